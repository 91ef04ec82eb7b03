import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { type CallObserver, observing } from './cloud-calls.ts';

/** Milliseconds until a connection is given up. */
const CONNECT_MS = 1_000;

/** Milliseconds until an answer is given up: three attempts must fit into a function's time. */
const ANSWER_MS = 5_000;

const quiet = (): void => undefined;
const SILENT = { trace: quiet, debug: quiet, info: quiet, warn: quiet, error: quiet };

/** Static keys, for emulators; on Lambda the SDK finds the function's own. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Where emulators listen. */
export interface Endpoints {
  readonly dynamodb: string;
  readonly s3: string;
  readonly kms: string;
}

export interface ClientOptions {
  readonly region: string;
  /** @default the region's own */
  readonly endpoints?: Endpoints;
  /** @default the SDK's own chain */
  readonly credentials?: Credentials;
  /** For a tool that nobody waits for: tries for longer, and slows down where it is throttled. @default false */
  readonly patient?: boolean;
  /** Is told of each attempt of each call. @default nobody is */
  readonly observe?: CallObserver;
}

/** A client of DynamoDB. */
export function dynamoDbClient(options: ClientOptions): DynamoDBClient {
  const client = new DynamoDBClient({ ...clientConfig(options, 'dynamodb'), requestHandler: httpHandler(ANSWER_MS) });
  if (options.observe !== undefined) client.middlewareStack.use(observing('dynamodb', options.observe));
  return client;
}

/** A client of KMS. */
export function kmsClient(options: ClientOptions): KMSClient {
  const client = new KMSClient({ ...clientConfig(options, 'kms'), requestHandler: httpHandler(ANSWER_MS) });
  if (options.observe !== undefined) client.middlewareStack.use(observing('kms', options.observe));
  return client;
}

/** What the clients share: retries that end while the function still runs, and no word to the log past its allow-list. */
export function clientConfig(
  { region, endpoints, credentials, patient = false }: ClientOptions,
  service: keyof Endpoints,
) {
  return {
    region,
    maxAttempts: patient ? 10 : 3,
    retryMode: patient ? 'adaptive' : 'standard',
    logger: SILENT,
    ...(endpoints === undefined ? {} : { endpoint: endpoints[service] }),
    ...(credentials === undefined ? {} : { credentials }),
  };
}

/** How the clients send. @param requestTimeout ms until an answer is given up */
export function httpHandler(requestTimeout: number): NodeHttpHandler {
  return new NodeHttpHandler({
    connectionTimeout: CONNECT_MS,
    requestTimeout,
    // Without it the SDK only warns.
    throwOnRequestTimeout: true,
    httpAgent: { keepAlive: true },
    httpsAgent: { keepAlive: true },
  });
}
