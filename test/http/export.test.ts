import { beforeAll, describe, expect, it } from '@jest/globals';
import { type Fetch, streamed } from '../../lambda/http/gateway.ts';
import { PASSWORD } from '../fixtures/app.ts';
import { checkAnswer, problemOf } from '../fixtures/contract.ts';
import { gatewayEvent } from '../fixtures/gateway-event.ts';
import { RuntimeStream } from '../fixtures/runtime-stream.ts';
import { contentsOf, type ExportApp, exported, furnished, seedDocuments } from '../usecases/export-support.ts';
import { MINUTE } from '../usecases/support.ts';

const CALL = 'GET /v1/account/export';
const MIB = 2 ** 20;

describe('an export by HTTP', () => {
  it.each<[string, number, string, (app: ExportApp) => Promise<{ query?: string; token?: string; headers?: object }>]>([
    ['without a session', 401, 'unauthenticated', () => Promise.resolve({ token: '' })],
    [
      'without the password given lately',
      403,
      'reauthentication_required',
      (app) => {
        app.pass(11 * MINUTE);
        return Promise.resolve({});
      },
    ],
    [
      'of too much',
      409,
      'export_too_large',
      async (app) => {
        await seedDocuments(app, app.token, [{ size: 180 * MIB }, { size: 180 * MIB }]);
        return {};
      },
    ],
    [
      'from a client that has seen more',
      409,
      'vault_rolled_back',
      () => Promise.resolve({ headers: { 'x-vault-revision-seen': '999' } }),
    ],
    ['of a part that is none', 422, 'invalid_request', () => Promise.resolve({ query: '?part=2' })],
    ['with an unknown parameter', 422, 'invalid_request', () => Promise.resolve({ query: '?parts=1' })],
  ])('%s answers %i %s', async (_, status, code, prepare) => {
    const app = await furnished(1);
    const { query = '', token = app.token, headers = {} } = await prepare(app);
    for (const method of ['GET', 'HEAD']) {
      const call = `${method} /v1/account/export${query}`;
      const answer = await app.call(call, { token, headers: { ...headers } });
      checkAnswer(call, answer);
      if (method === 'GET') expect(problemOf(answer)).toEqual([status, code]);
      else expect([answer.status, answer.bytes.length]).toEqual([status, 0]);
    }
  });

  it('answers as documented', async () => {
    const app = await furnished(1);
    const answer = await app.call(CALL, { token: app.token });
    checkAnswer(CALL, answer);
    expect(answer.status).toBe(200);
    expect(contentsOf(answer.bytes).manifest.documents).toHaveLength(1);
  });

  it('is nobody else’s', async () => {
    const app = await furnished(1);
    const other = await app.register('other@example.com', PASSWORD);
    const contents = contentsOf((await exported(app, other.token)).bytes);
    expect(contents.manifest).toMatchObject({ accountId: other.accountId, documents: [] });
    expect(contents.json('items.json')).toEqual({ items: [] });
  });
});

describe('an export through Lambda’s own stream', () => {
  let app: ExportApp;
  beforeAll(async () => {
    app = await furnished(3);
  });

  async function through(fetch: Fetch): Promise<RuntimeStream> {
    const stream = new RuntimeStream();
    const handler = streamed(fetch, (out, head) => RuntimeStream.from(out, head));
    await handler(gatewayEvent(CALL, { headers: { Authorization: `Bearer ${app.token}` } }), stream);
    return stream;
  }

  it('comes whole, behind its head', async () => {
    const { head, body, state } = await through(app.fetch);
    expect(head).toMatchObject({ statusCode: 200, headers: { 'content-type': 'application/zip' } });
    expect([state, contentsOf(body).manifest.documents.length]).toEqual(['ended', 3]);
  });

  it('is destroyed, not ended, where it breaks off', async () => {
    const [, , [key, bytes] = ['', new Uint8Array(0)]] = [...app.objects.objects];
    app.objects.objects.set(key, bytes.with(-1, (bytes.at(-1) ?? 0) ^ 1));
    const { head, body, state } = await through(app.fetch);
    expect([head?.statusCode, state]).toEqual([200, 'destroyed']);
    expect(() => contentsOf(body)).toThrow('an end of the directory');
  });
});
