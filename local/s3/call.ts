import type { IncomingMessage } from 'node:http';

import type { Bucket } from './bucket.ts';
import type { Target } from './http.ts';
import type { Store } from './store.ts';

/** A request as the operations get it. */
export interface Call {
  readonly store: Store;
  readonly request: IncomingMessage;
  readonly target: Target;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** @throws S3Error NoSuchBucket when there is none */
  readonly bucket: Bucket;
}

/** A request that names an object, of a bucket that is there. */
export interface ObjectCall extends Call {
  readonly key: string;
}
