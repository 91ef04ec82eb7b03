import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ROUTES, type Route } from '../../lambda/http/route-list.ts';
import { verdict } from '../fixtures/app.ts';
import { ROLLED_BACK } from './calls.ts';
import { rollBack } from './history.ts';
import { NOTICED_BY_REVISION, requireTold } from './threats.ts';
import { createWorld, KINDS, type World } from './world.ts';

/** A world takes its time where other suites run beside, ms. */
jest.setTimeout(30_000);

const SIGNED_IN = Object.entries<Route>(ROUTES).filter(([, { open }]) => open !== true);
const SCAN = Buffer.from('%PDF-1.7\n%%EOF');
const WHOLE = { step: 'person replaced', kinds: KINDS };

describe('a whole account that is put back', () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
  });

  /** A call of a route, whatever it names, from a client that has seen this revision. */
  const send = ({ method, path }: Route, seen: number) =>
    world.call(`${method} ${path.replace(/\{\w+\}/g, world.owner.person.itemId)}`, {
      headers: { 'x-vault-revision-seen': String(seen) },
    });

  it.each(SIGNED_IN)('is told of before anything is shown, opened or written: %s', async (_, route) => {
    world.restore();
    rollBack(world, WHOLE);
    const { store, keys, objects } = world.app;
    const rows = new Map(store.rows);
    for (const { calls } of [store, keys, objects]) calls.length = 0;
    const answer = await send(route, world.revision);
    expect(verdict(answer)).toBe(ROLLED_BACK);
    // A row that the path names is asked for beside, and its answer is nobody's.
    const named = /\{(?:itemId|documentId|uploadId)\}/.test(route.path);
    expect(store.calls.map(({ op }) => op)).toEqual([...(named ? ['get'] : []), 'snapshot']);
    expect([...keys.calls, ...objects.calls]).toEqual([]);
    expect(store.rows).toEqual(rows);
    const text = answer.bytes.toString();
    for (const name of ['Ada', 'Sample', 'owner@example.com']) expect(text).not.toContain(name);
  });

  it('looks like itself to a client that remembers nothing, or that same revision', async () => {
    world.restore();
    rollBack(world, WHOLE);
    const then = await world.call(`GET /v1/items/${world.owner.person.itemId}`);
    expect(then.body).toMatchObject({ version: 2, data: { familyName: 'Sample' } });
    const revision = Number(then.headers.get('x-vault-revision'));
    expect(revision).toBeLessThan(world.revision);
    expect((await send(ROUTES.listItems, revision)).status).toBe(200);
    expect((await world.call('GET /v1/account/activity')).body).toMatchObject({ chain: 'intact' });
    requireTold(NOTICED_BY_REVISION, 'the whole account put back');
  });

  it('is no longer told once as many writes have been made as were lost: the number must be sent before', async () => {
    world.restore();
    rollBack(world, WHOLE);
    let revision = 0;
    while (revision < world.revision) {
      const answer = await world.call('POST /v1/items', { body: { type: 'note', data: { text: 'again' } } });
      revision = Number(answer.headers.get('x-vault-revision'));
    }
    expect((await send(ROUTES.listItems, world.revision)).status).toBe(200);
    requireTold(NOTICED_BY_REVISION, 'until as many writes have been made anew');
  });

  it('can’t pass for now, since each write raises the revision, and a read does not', async () => {
    world.restore();
    const { itemId } = world.owner.person;
    const { documentId } = world.owner.document;
    const inputs = { items: [itemId] };
    const revisions: number[] = [world.revision];
    const call = async (name: string, body?: unknown, headers = {}) => {
      const answer = await world.call(name, { ...(body === undefined ? {} : { body }), headers });
      expect([name, answer.status < 300]).toEqual([name, true]);
      revisions.push(Number(answer.headers.get('x-vault-revision')));
    };
    const data = { givenName: 'New', familyName: 'Name' };
    await call('POST /v1/items', { type: 'note', data: { text: 'new' } });
    await call(`PUT /v1/items/${itemId}`, { data }, { 'if-match': '"3"' });
    await call('POST /v1/documents', { template: 'personal-data-record', inputs });
    await call('POST /v1/documents', SCAN, { 'content-type': 'application/pdf' });
    await call(`PATCH /v1/documents/${documentId}`, { expiresAt: new Date(Date.now() + 60_000).toISOString() });
    await call(`DELETE /v1/documents/${documentId}`);
    await call(`DELETE /v1/items/${itemId}`);
    await call('DELETE /v1/sessions/current');
    expect(revisions).toEqual(Array.from({ length: 9 }, (_, i) => world.revision + i));
    world.restore();
    for (const path of [
      'items?reveal=true',
      `items/${itemId}`,
      'documents',
      `documents/${documentId}/content`,
      'account',
      'account/activity',
    ]) {
      const answer = await world.call(`GET /v1/${path}`);
      expect([path, answer.headers.get('x-vault-revision')]).toEqual([path, String(world.revision)]);
    }
  });
});
