import { S3Client } from '@aws-sdk/client-s3';
import { type ClientOptions, clientConfig, httpHandler } from '../aws-clients.ts';
import { observing } from '../cloud-calls.ts';

/** Milliseconds until S3's answer to a whole upload is given up: three attempts fit into a function's 26 s. */
const UPLOAD_MS = 7_000;

/** S3 refuses pieces under 8 KiB of a body of unknown checksum, all but the last: smaller chunks are joined. */
const UPLOAD_PIECE = 65_536;

/** A client of S3. In a file of its own: most calls of a function need none. */
export function s3Client(options: ClientOptions): S3Client {
  const client = new S3Client({
    ...clientConfig(options, 's3'),
    forcePathStyle: options.endpoints !== undefined,
    requestStreamBufferSize: UPLOAD_PIECE,
    requestHandler: httpHandler(UPLOAD_MS),
  });
  if (options.observe !== undefined) client.middlewareStack.use(observing('s3', options.observe));
  return client;
}
