import type { IncomingMessage } from 'node:http';

import * as buckets from './bucket-routes.ts';
import type { Call, ObjectCall } from './call.ts';
import { S3Error } from './errors.ts';
import type { Answer, Target } from './http.ts';
import * as objects from './object-routes.ts';
import type { Store } from './store.ts';
import * as uploads from './upload-routes.ts';

interface Route<C> {
  readonly method: string;
  /** The query parameter that makes it this operation; null for the plain one. */
  readonly on: string | null;
  /** Further parameters that it takes. Any other is refused: a subresource that is passed over would be another call. */
  readonly query?: readonly string[];
  readonly run: (call: C) => Answer | Promise<Answer>;
}

const LIST = ['prefix', 'delimiter', 'max-keys', 'encoding-type'];
/** `x-id` is how the SDKs name the operation; the others are a presigned URL's. */
const ALWAYS =
  /^(?:x-id|x-amz-(?:algorithm|credential|date|expires|signedheaders|signature|security-token|content-sha256|user-agent))$/i;

const SERVICE: readonly Route<Call>[] = [{ method: 'GET', on: null, run: buckets.listBuckets }];

const BUCKET: readonly Route<Call>[] = [
  { method: 'PUT', on: null, run: buckets.createBucket },
  { method: 'HEAD', on: null, run: buckets.headBucket },
  { method: 'DELETE', on: null, run: buckets.deleteBucket },
  { method: 'GET', on: 'location', run: buckets.getLocation },
  { method: 'GET', on: 'versioning', run: buckets.getVersioning },
  { method: 'PUT', on: 'versioning', run: buckets.putVersioning },
  { method: 'GET', on: 'lifecycle', run: buckets.getLifecycle },
  { method: 'PUT', on: 'lifecycle', run: buckets.putLifecycle },
  { method: 'DELETE', on: 'lifecycle', run: buckets.deleteLifecycle },
  {
    method: 'GET',
    on: 'versions',
    query: [...LIST, 'key-marker', 'version-id-marker'],
    run: buckets.listObjectVersions,
  },
  {
    method: 'GET',
    on: 'list-type',
    query: [...LIST, 'continuation-token', 'start-after', 'fetch-owner'],
    run: buckets.listObjectsV2,
  },
  { method: 'POST', on: 'delete', run: buckets.deleteObjects },
];

const OBJECT: readonly Route<ObjectCall>[] = [
  { method: 'PUT', on: null, run: objects.putObject },
  { method: 'GET', on: null, query: ['versionId'], run: objects.getObject },
  { method: 'HEAD', on: null, query: ['versionId'], run: objects.getObject },
  { method: 'DELETE', on: null, query: ['versionId'], run: objects.deleteObject },
  { method: 'POST', on: 'uploads', run: uploads.createMultipartUpload },
  { method: 'PUT', on: 'uploadId', query: ['partNumber'], run: uploads.uploadPart },
  { method: 'GET', on: 'uploadId', query: ['max-parts', 'part-number-marker'], run: uploads.listParts },
  { method: 'POST', on: 'uploadId', run: uploads.completeMultipartUpload },
  { method: 'DELETE', on: 'uploadId', run: uploads.abortMultipartUpload },
];

/** Runs the operation that a request asks for. @throws S3Error NotImplemented for one that is not known here */
export async function route(
  store: Store,
  request: IncomingMessage,
  target: Target,
  now: () => number,
): Promise<Answer> {
  const call: Call = {
    store,
    request,
    target,
    now,
    get bucket() {
      return store.bucket(target.bucket ?? '');
    },
  };
  const method = request.method ?? '';
  if (target.bucket === null) return choose(SERVICE, method, target).run(call);
  if (target.key === null) return choose(BUCKET, method, target).run(call);
  const operation = choose(OBJECT, method, target);
  return operation.run({ ...call, bucket: call.bucket, key: target.key });
}

function choose<C>(routes: readonly Route<C>[], method: string, { query }: Target): Route<C> {
  const ofMethod = routes.filter((candidate) => candidate.method === method);
  const chosen =
    ofMethod.find(({ on }) => on !== null && query.has(on)) ?? ofMethod.find(({ on }) => on === null) ?? null;
  if (chosen === null) {
    if (ofMethod.length > 0 || query.size > 0) throw notImplemented(`${method} with this query`);
    throw new S3Error('MethodNotAllowed', { details: { Method: method } });
  }
  const unknown = [...query.keys()].find(
    (name) => name !== chosen.on && !ALWAYS.test(name) && chosen.query?.includes(name) !== true,
  );
  if (unknown !== undefined) throw notImplemented(`the query parameter ${unknown}`);
  return chosen;
}

function notImplemented(what: string): S3Error {
  return new S3Error('NotImplemented', { message: `${what} is not implemented by the local S3.` });
}
