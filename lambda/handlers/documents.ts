import { composeDocuments, lambdaPlatform } from '../compose.ts';
import { readEdgeSecret, readStationery, text } from '../config.ts';
import { type ResponseStream, streamed } from '../http/gateway.ts';

/** What Lambda's Node runtime puts into a function's global scope. */
declare const awslambda: {
  streamifyResponse<T>(handler: T): T;
  HttpResponseStream: {
    from(
      stream: ResponseStream,
      head: { readonly statusCode: number; readonly headers: Readonly<Record<string, string>> },
    ): ResponseStream;
  };
};

const fetch = composeDocuments(
  lambdaPlatform('documents'),
  text(process.env, 'BUCKET_NAME'),
  readStationery(process.env),
);

export const handler = awslambda.streamifyResponse(
  streamed(fetch, (stream, head) => awslambda.HttpResponseStream.from(stream, head), readEdgeSecret(process.env)),
);
