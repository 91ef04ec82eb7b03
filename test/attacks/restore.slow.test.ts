import { expect, it } from '@jest/globals';
import type { DocumentRow, Row } from '../../lambda/domain/records.ts';
import { sweep } from '../../lambda/usecases/sweep.ts';
import { type Answer, type MemoryApp, PASSWORD, type Send, verdict } from '../fixtures/app.ts';
import { createCheapApp, refill } from './world.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const LATER = 'nine blue kettles drift';

/**
 * An account, and its table put back to a time when it had one document, after it has lived on. The bucket is as it is.
 *
 * @returns also the rows that the table held before it was put back, as `past`
 */
async function restored(
  live: (call: (name: string, send?: Send) => Promise<Answer>, document: string) => Promise<void>,
) {
  const app = createCheapApp();
  const { token } = await app.register();
  const call = (name: string, send: Send = {}) => app.call(name, { token, ...send });
  const item = await app.addItem(token, 'note', { text: 'then' });
  const body = { template: 'personal-data-record', inputs: { items: [item] }, retentionDays: 2 };
  const document = (await call('POST /v1/documents', { body })).text('id');
  const then = new Map<string, Row>(app.store.rows);
  const revision = Number((await call('GET /v1/account')).headers.get('x-vault-revision'));
  await live(call, document);
  const past = new Map(app.store.rows);
  refill(app.store.rows, then);
  return { app, call, document, revision, past };
}

const signIn = (app: MemoryApp, password: string) =>
  app.call('POST /v1/sessions', { body: { email: 'owner@example.com', password } });

it('a restored table tells each client once, whose session lives on with what there was', async () => {
  let seen = '';
  const { call, revision } = await restored(async (send) => {
    const answer = await send('POST /v1/items', { body: { type: 'note', data: { text: 'lost' } } });
    seen = answer.headers.get('x-vault-revision') ?? '';
  });
  const told = await call('GET /v1/items', { headers: { 'x-vault-revision-seen': seen } });
  expect([verdict(told), told.headers.get('x-vault-revision')]).toEqual(['409 vault_rolled_back', String(revision)]);
  const headers = { 'x-vault-revision-seen': String(revision) };
  expect((await call('GET /v1/items?reveal=true', { headers })).body).toMatchObject({
    items: [{ data: { text: 'then' } }],
  });
  expect((await call('GET /v1/account/activity', { headers })).body).toMatchObject({
    chain: 'intact',
    verifiedSince: null,
  });
});

it('fails where newer rows of sessions stay, until they are removed: then the activity alone tells of it', async () => {
  const { app, call, past } = await restored(async (send) => {
    expect((await send('POST /v1/items', { body: { type: 'note', data: { text: 'lost' } } })).status).toBe(201);
  });
  const sessions = [...past].filter(([, { kind }]) => kind === 'session');
  for (const [name, row] of sessions) app.store.rows.set(name, row);
  expect([verdict(await call('GET /v1/items')), verdict(await signIn(app, PASSWORD))]).toEqual([
    '500 integrity_failure',
    '500 integrity_failure',
  ]);
  for (const [name] of sessions) app.store.rows.delete(name);
  expect(verdict(await call('GET /v1/items'))).toBe('401 unauthenticated');
  const token = (await signIn(app, PASSWORD)).text('session.token');
  expect((await app.call('GET /v1/items', { token })).status).toBe(200);
  expect((await app.call('GET /v1/account/activity', { token })).body).toMatchObject({
    chain: 'broken',
    breaks: [{ fault: 'session-missing' }],
  });
});

it('brings back passwords, sessions and keys of requests as they were', async () => {
  const keyed = { headers: { 'idempotency-key': 'made-since' }, body: { type: 'note', data: { text: 'made since' } } };
  const ids: string[] = [];
  const { app, call } = await restored(async (send) => {
    ids.push((await send('POST /v1/items', keyed)).text('id'));
    const body = { currentPassword: PASSWORD, newPassword: LATER };
    expect((await send('PUT /v1/account/password', { body })).status).toBe(204);
    expect((await send('DELETE /v1/sessions')).status).toBe(204);
  });
  expect((await call('GET /v1/account')).status).toBe(200);
  expect([verdict(await signIn(app, LATER)), verdict(await signIn(app, PASSWORD))]).toEqual([
    '401 invalid_credentials',
    '201',
  ]);
  const again = await call('POST /v1/items', keyed);
  expect([again.status, ids.includes(again.text('id'))]).toEqual([201, false]);
});

it('shows a document that was deleted since, without its content, until it is deleted again or its time is up', async () => {
  const remove = async (send: (name: string) => Promise<Answer>, id: string) => {
    expect((await send(`DELETE /v1/documents/${id}`)).status).toBe(204);
  };
  const { app, call, document } = await restored(remove);
  const path = `/v1/documents/${document}`;
  expect((await call(`GET ${path}`)).status).toBe(200);
  expect(verdict(await call(`GET ${path}/content`))).toBe('500 integrity_failure');
  const rows = new Map(app.store.rows);
  expect((await call(`DELETE ${path}`)).status).toBe(204);
  expect(verdict(await call(`GET ${path}`))).toBe('404 not_found');
  refill(app.store.rows, rows);
  app.pass(3 * DAY_MS);
  expect(await sweep(app.env, app.env.clock() + HOUR_MS)).toMatchObject({ removed: 1, failed: 0 });
});

it('leaves the object of a document that was made since to the bucket’s own rules', async () => {
  const { app } = await restored(async (send, document) => {
    const item = (await send('GET /v1/items')).body as { items: { id: string }[] };
    const body = { template: 'personal-data-record', inputs: { items: [item.items[0]?.id] } };
    expect((await send('POST /v1/documents', { body })).status).toBe(201);
    expect(document).not.toBe('');
  });
  app.pass(3 * DAY_MS);
  await sweep(app.env, app.env.clock() + HOUR_MS);
  const named = [...app.store.rows.values()].filter((row): row is DocumentRow => row.kind === 'document');
  expect([named, app.objects.objects.size]).toEqual([[], 1]);
});

it('brings an account back that was deleted since', async () => {
  const { app } = await restored(async (send) => {
    expect((await send('POST /v1/account/deletion', { body: { password: PASSWORD } })).status).toBe(200);
  });
  expect(verdict(await signIn(app, PASSWORD))).toBe('201');
});
