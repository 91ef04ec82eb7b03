import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Stands between the tool and a service, and is told of calls before they go on and before they are answered. */
export interface Relay {
  readonly endpoint: string;
  /** Calls back at each call; what it throws is not caught. @param operation the name behind the dot of `x-amz-target` */
  watch: { before?: (operation: string) => void; after?: (operation: string) => void };
  close(): Promise<void>;
}

/** Starts a relay to an endpoint on loopback. */
export async function startRelay(to: string): Promise<Relay> {
  const relay = { watch: {} } as Relay;
  const server = createServer((incoming, outgoing) => {
    const operation = operationOf(incoming);
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('error', () => undefined);
    outgoing.on('error', () => undefined);
    incoming.on('end', () => {
      relay.watch.before?.(operation);
      const { method, headers, url } = incoming;
      const onward = request(new URL(url ?? '/', to), { method, headers, agent: false }, (answer) => {
        relay.watch.after?.(operation);
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      });
      onward.on('error', () => outgoing.destroy());
      onward.end(Buffer.concat(chunks));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(relay, {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}

function operationOf({ headers }: IncomingMessage): string {
  return String(headers['x-amz-target'] ?? '').split('.')[1] ?? '';
}
