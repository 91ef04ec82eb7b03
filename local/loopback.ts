import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

export interface RunningServer {
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string;
  readonly port: number;
  /** Ends every connection, waits for the requests at work and frees the port. May be called again. */
  close(): Promise<void>;
}

export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

const HOST = '127.0.0.1';
/** A page on the web that points its own name at 127.0.0.1 sends that name as host: it gets nothing. */
export const LOOPBACK_HOST = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?$/i;

/**
 * Serves HTTP on the loopback address alone.
 *
 * @param port 0 for a free one
 * @throws Error with code `EADDRINUSE` when the port is taken
 */
export async function listenOnLoopback(handle: RequestHandler, port: number): Promise<RunningServer> {
  const atWork = new Set<Promise<void>>();
  const server = createServer((request, response) => {
    if (!LOOPBACK_HOST.test(request.headers.host ?? '')) {
      request.resume();
      response.writeHead(403, { 'content-type': 'text/plain' }).end('only for this machine: 127.0.0.1 or localhost\n');
      return;
    }
    const work = handle(request, response)
      .catch(() => response.destroy())
      .then(() => void atWork.delete(work));
    atWork.add(work);
  });
  // Longer than a client's pause between two calls: a connection closed under a request in flight is an error to it.
  server.keepAliveTimeout = 60_000;
  server.requestTimeout = 0;

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, HOST, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no TCP address');

  let closing: Promise<void> | null = null;
  const close = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => {
      server.close(() => {
        resolve();
      });
    });
    server.closeAllConnections();
    await closed;
    await Promise.all(atWork);
  };
  return {
    endpoint: `http://${HOST}:${address.port}`,
    port: address.port,
    close: () => (closing ??= close()),
  };
}
