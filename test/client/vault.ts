import { TwinlockClient } from '../../client/src/main.ts';
import type { ClientOptions } from '../../client/src/types.ts';
import { answerOf, type MemoryApp } from '../fixtures/app.ts';
import { suiteWatch } from '../leaks/watch.ts';

/** A body that went out, as it was sent. */
export interface SentBody {
  readonly call: string;
  readonly body: string;
}

/** A client of a service without a socket; what it sends as private is looked for at the suite's end. */
export function clientOf(app: MemoryApp, options: ClientOptions = {}, sent: SentBody[] = []): TwinlockClient {
  let requests = 0;
  const fetch: ClientOptions['fetch'] = async (url, init) => {
    const request = new Request(url, init);
    const call = `${request.method} ${new URL(url).pathname}`;
    const response = await app.fetch(request, { requestId: `request-${String(++requests)}`, sourceIp: '192.0.2.1' });
    const { body = null } = init;
    if (typeof body === 'string') sent.push({ call, body });
    const given: unknown = typeof body === 'string' ? JSON.parse(body) : body;
    const isJson = /\bjson\b/.test(response.headers.get('content-type') ?? '');
    if (isJson) suiteWatch.call(call, { body: given }, await answerOf(response.clone()));
    return response;
  };
  return new TwinlockClient({ baseUrl: 'http://vault.test', fetch, ...options });
}

/** Something that the service takes for a PDF. */
export function pdfOf(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.concat([Buffer.from('%PDF-1.7\n'), bytes, Buffer.from('\n%%EOF\n')]));
}
