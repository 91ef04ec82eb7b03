import { describe, expect, it } from '@jest/globals';
import { UnavailableError } from '../../lambda/errors.ts';
import { PASSWORD, verdict } from '../fixtures/app.ts';
import { rowName } from '../fixtures/memory-vault-store.ts';
import {
  begun,
  draw,
  furnished,
  maintain,
  readAll,
  remaining,
  requireMoved,
  rotate,
  step,
} from './rotation-support.ts';
import { accountRow, HOUR, hookAll, MINUTE, only, plant, rowsOf, signIn } from './support.ts';

const DAY = 24 * HOUR;

describe('a slow cloud', () => {
  it('lets each call begin nothing more after 12 s, and the rotation end all the same', async () => {
    const app = await begun(3);
    const before = await readAll(app, app.token);
    for (let left = Number.POSITIVE_INFINITY; left > 0; ) {
      const since = app.time.now;
      hookAll(app, { before: () => app.pass(1500) });
      const next = remaining(await step(app, app.token, 1000));
      hookAll(app, {});
      expect(app.time.now - since).toBeLessThan(29_000);
      expect(next).toBeLessThan(left);
      left = next;
    }
    expect(await readAll(app, app.token)).toEqual(before);
    await requireMoved(app, app.token, app.old);
  });
});

describe('documents that can not be moved', () => {
  it('an expired one does not keep a rotation from its end', async () => {
    const app = await furnished();
    await draw(app, app.token, app.itemId, {}, 1);
    app.pass(DAY - 10 * MINUTE);
    const token = (await signIn(app)).text('session.token');
    await step(app, token, 1, PASSWORD);
    app.pass(12 * MINUTE);
    await rotate(app, token);
    expect(accountRow(app, app.accountId).previousDek).toBeUndefined();
    expect((await readAll(app, token)).documents).toHaveLength(1);
    await maintain(app, 0);
    await requireMoved(app, token, app.old);
  });

  it('an expired one is waited for until no clock can call it alive', async () => {
    const app = await furnished(0);
    await draw(app, app.token, app.itemId, {}, 1);
    const expiresAt = Math.min(...rowsOf(app, 'document').map((row) => row.expiresAt));
    app.pass(DAY - 10 * MINUTE);
    const token = (await signIn(app)).text('session.token');
    await step(app, token, 1, PASSWORD);
    app.time.now = expiresAt + MINUTE - 1;
    // The one that is no more, and nothing else.
    while (remaining(await step(app, token, 1000)) > 1);
    expect(remaining(await step(app, token, 1000))).toBe(1);
    app.pass(1);
    expect(remaining(await step(app, token, 1000))).toBe(0);
  });

  it('a damaged one is told of, all else is moved, and its deletion lets the rotation end', async () => {
    const app = await furnished(2);
    const { token } = app;
    const row = only(rowsOf(app, 'document').filter(({ documentId }) => documentId === app.documentId));
    const object = app.objects.objects.get(only(row.objectKeys));
    if (object === undefined) throw new Error('no object');
    object[object.length - 1] = (object.at(-1) ?? 0) ^ 1;
    const damaged = object.slice();
    for (const password of [PASSWORD, undefined]) {
      expect(verdict(await step(app, token, 1000, password))).toBe('500 integrity_failure');
    }
    expect(accountRow(app, app.accountId).previousDek).toBeDefined();
    const rows = [...app.store.rows.values()].filter((one) => 'dekVersion' in one && one.dekVersion === 1);
    expect(rows.map(rowName)).toEqual([rowName(row)]);
    expect(app.objects.objects.get(only(row.objectKeys))).toEqual(damaged);
    expect((await app.call('GET /v1/items?reveal=true', { token })).status).toBe(200);

    expect((await app.call(`DELETE /v1/documents/${app.documentId}`, { token })).status).toBe(204);
    await rotate(app, token);
    await maintain(app, 2 * HOUR);
    const again = (await signIn(app)).text('session.token');
    await requireMoved(app, again, app.old);
    expect((await readAll(app, again)).documents).toHaveLength(1);
  });

  it('one whose new object was damaged before it was entered keeps its old one', async () => {
    const app = await begun();
    const before = await readAll(app, app.token);
    const old = new Map(app.objects.objects);
    app.objects.hooks.after = ({ op }) => {
      if (op === 'put') throw new UnavailableError('s3:put');
    };
    expect(verdict(await step(app, app.token, 1000))).toBe('503 temporarily_unavailable');
    app.objects.hooks.after = () => undefined;
    const put = only([...app.objects.objects].filter(([name]) => !old.has(name)));
    const whole = put[1].slice();
    put[1][100] = (put[1][100] ?? 0) ^ 1;
    expect(verdict(await step(app, app.token, 1000))).toBe('500 integrity_failure');
    expect(await readAll(app, app.token)).toEqual(before);
    app.objects.objects.set(put[0], whole);
    await rotate(app, app.token);
    expect(await readAll(app, app.token)).toEqual(before);
    await requireMoved(app, app.token, app.old);
  });

  it('one whose row says another key than the manifest is told of, and moved once it is mended', async () => {
    const app = await begun();
    const row = only(rowsOf(app, 'document'));
    plant(app, { ...row, dekVersion: 2 });
    expect(verdict(await step(app, app.token, 1000))).toBe('500 integrity_failure');
    plant(app, row);
    await rotate(app, app.token);
    await requireMoved(app, app.token, app.old);
  });
});

it('an entry of the activity that does not open stops no rotation, and is named before and after', async () => {
  const app = await furnished(1);
  const row = rowsOf(app, 'activity')[0];
  if (row === undefined) throw new Error('nothing was done');
  const sealed = Uint8Array.from(row.sealed) as typeof row.sealed;
  sealed[60] = (sealed[60] ?? 0) ^ 1;
  plant(app, { ...row, sealed });
  const named = async () => (await app.call('GET /v1/account/activity', { token: app.token })).body;
  const changed = { chain: 'broken', breaks: expect.arrayContaining([{ fault: 'changed', id: row.activityId }]) };
  expect(await named()).toMatchObject(changed);
  const counted = () => app.telemetry.counts.get('IntegrityFailure') ?? 0;
  const before = counted();
  expect(await rotate(app, app.token, 1000, PASSWORD)).toBeDefined();
  expect(counted()).toBe(before + 1);
  expect(accountRow(app, app.accountId).previousDek).toBeUndefined();
  expect(await named()).toMatchObject(changed);
});
