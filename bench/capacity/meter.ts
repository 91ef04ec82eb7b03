import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { Ledger, type Units } from './units.ts';

/** A cloud call, as it passed on the wire. */
export interface Call extends Units {
  /** As `kms:Decrypt`; of S3 the method, or `LIST`, or `DELETE` for many at once. */
  readonly call: string;
  /** From 0: it began after a call of the wave before had ended. */
  readonly wave: number;
}

export type Endpoints = Readonly<Record<'dynamodb' | 's3' | 'kms', string>>;

interface Passed extends Units {
  readonly call: string;
  readonly from: number;
  until: number;
}

const NOTHING: Units = { reads: 0, writes: 0, index: 0 };

/** Stands between a service and its cloud, and counts what passes: what AWS would be asked for, retries included. */
export class Meter {
  readonly ledger = new Ledger();
  /** How long each call is held up, ms: what waits for what is then plain to see. */
  delayMs = 0;
  readonly #servers: Server[] = [];
  #passed: Passed[] = [];

  /** @returns where the service finds its cloud now */
  async open(cloud: Endpoints): Promise<Endpoints> {
    const [dynamodb, s3, kms] = await Promise.all([
      this.#listen('dynamodb', cloud.dynamodb),
      this.#listen('s3', cloud.s3),
      this.#listen('kms', cloud.kms),
    ]);
    return { dynamodb, s3, kms };
  }

  /** The calls since this was asked before, by their beginnings. */
  take(): Call[] {
    const all = this.#passed.toSorted((a, b) => a.from - b.from);
    this.#passed = [];
    const waves = new Map<Passed, number>();
    return all.map((one) => {
      const before = all.filter(({ until }) => until <= one.from).map((other) => waves.get(other) ?? 0);
      const wave = before.length === 0 ? 0 : Math.max(...before) + 1;
      waves.set(one, wave);
      const { call, reads, writes, index } = one;
      return { call, wave, reads, writes, index };
    });
  }

  async close(): Promise<void> {
    await Promise.all(
      this.#servers.map(async (server) => {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }),
    );
  }

  async #listen(service: keyof Endpoints, target: string): Promise<string> {
    const server = createServer((incoming, outgoing) => {
      this.#pass(service, target, incoming, outgoing).catch(() => outgoing.destroy());
    });
    this.#servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async #pass(
    service: keyof Endpoints,
    target: string,
    incoming: IncomingMessage,
    outgoing: ServerResponse,
  ): Promise<void> {
    const from = performance.now();
    const body = await whole(incoming);
    if (this.delayMs > 0) await setTimeout(this.delayMs);
    const { method = 'GET', headers, url = '/' } = incoming;
    // The body is here whole: nobody needs to be asked whether to go on.
    const { expect: _, ...kept } = headers;
    const sent = request(new URL(url, target), { method, headers: kept });
    const answering = new Promise<IncomingMessage>((resolve, reject) => {
      sent.once('response', resolve).once('error', reject);
    });
    sent.end(body);
    const answer = await answering;
    const answered = await whole(answer);
    const operation = operationOf(service, incoming);
    const counts = service === 'dynamodb' && answer.statusCode === 200;
    const units = counts ? this.ledger.unitsOf(operation, json(body), json(answered)) : NOTHING;
    this.#passed.push({ call: `${service}:${operation}`, ...units, from, until: performance.now() });
    outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
    outgoing.end(answered);
  }
}

function operationOf(service: keyof Endpoints, { method = '', url = '', headers }: IncomingMessage): string {
  if (service !== 's3') return String(headers['x-amz-target']).replace(/^.*\./, '');
  if (method === 'POST' && /[?&]delete\b/.test(url)) return 'DELETE';
  return method === 'GET' && /[?&](?:versions|list-type)\b/.test(url) ? 'LIST' : method;
}

async function whole(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}

function json(body: Buffer): object {
  return JSON.parse(body.toString()) as object;
}
