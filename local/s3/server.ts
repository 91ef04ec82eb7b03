import { listenOnLoopback, type RunningServer } from '../loopback.ts';
import { parseTarget, respond } from './http.ts';
import { route } from './routes.ts';
import { Store } from './store.ts';

export interface S3Options {
  /** Where buckets and objects are kept, made if need be; null: in a temporary folder that `close` removes. */
  readonly folder: string | null;
  /** @default 0, a free one */
  readonly port?: number;
  /** Milliseconds since 1970, for the times that S3 sets. @default Date.now */
  readonly now?: () => number;
}

/**
 * Starts an S3 on the loopback address: path-style, any credentials, no signature checked. What it answers was written is
 * on the disk; after a crash an object is the old or the new, never a part. One process at a time may use a folder.
 *
 * @throws FolderUnusableError (code `folder_unusable`); Error with code `EADDRINUSE`
 */
export async function startS3({ folder, port = 0, now = Date.now }: S3Options): Promise<RunningServer> {
  const store = Store.open(folder, now);
  try {
    const server = await listenOnLoopback(
      (request, response) =>
        respond(request, response, () => route(store, request, parseTarget(request.url ?? ''), now)),
      port,
    );
    const close = async (): Promise<void> => {
      await server.close();
      store.dispose();
    };
    return { endpoint: server.endpoint, port: server.port, close };
  } catch (error) {
    store.dispose();
    throw error;
  }
}
