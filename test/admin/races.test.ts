import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { composeWorld } from '../../admin/compose.ts';
import { readDeployment } from '../../admin/deployment.ts';
import { keysRewrap } from '../../admin/keys-rewrap.ts';
import { createReport } from '../../admin/report.ts';
import type { World } from '../../admin/world.ts';
import { UnavailableError } from '../../lambda/errors.ts';
import { PASSWORD } from '../fixtures/app.ts';
import { type Person, register, type Site, startSite } from './support.ts';

const OTHER_PASSWORD = 'nine copper rivers wander';

describe('keys rewrap beside a service that is at work', () => {
  let site: Site;
  let person: Person;
  let world: World;

  beforeEach(async () => {
    site = await startSite();
    person = await register(site.api(), 'owner@example.com');
    world = composeWorld(readDeployment(given(), {}));
  });
  afterEach(async () => {
    world.close();
    await site.close();
  });

  const given = () => ({
    options: { local: true, folder: site.folder, apply: true, rate: '100000', state: join(site.folder, 'state.json') },
    operands: [],
    ask: () => Promise.resolve(''),
  });
  const rewrap = (over: Partial<World>) => {
    const silent = { write: () => true };
    return keysRewrap.run({ ...world, ...over }, given(), createReport({ out: silent, err: silent }, true));
  };
  const signIn = (password: string) =>
    site.api([0, 1])('POST /v1/sessions', { body: { email: person.email, password } });

  it('does not undo a change of the password that comes between reading and writing', async () => {
    let changes = 0;
    const account: World['wraps']['account'] = async (read, next) => {
      if (changes++ === 0) {
        const body = { currentPassword: PASSWORD, newPassword: OTHER_PASSWORD };
        const answer = await site.api([0, 1])('PUT /v1/account/password', { token: person.token, body });
        expect(answer.status).toBe(204);
      }
      return world.wraps.account(read, next);
    };
    const outcome = await rewrap({ wraps: { ...world.wraps, account } });
    expect(outcome.ok).toBe(true);
    expect((await signIn(PASSWORD)).status).toBe(401);
    expect((await signIn(OTHER_PASSWORD)).status).toBe(201);
  });

  it('leaves out a session that ends meanwhile', async () => {
    const session: World['wraps']['session'] = async (read, wrap) => {
      await site.api([0, 1])('DELETE /v1/sessions/current', { token: person.token });
      return world.wraps.session(read, wrap);
    };
    const outcome = await rewrap({ wraps: { ...world.wraps, session } });
    expect(outcome).toMatchObject({ ok: true, data: { moved: 1, left: 0 } });
  });

  it('knows its own write again whose answer was lost', async () => {
    let lost = 0;
    const account: World['wraps']['account'] = async (read, next) => {
      await world.wraps.account(read, next);
      if (lost++ === 0) throw new UnavailableError('dynamodb:UpdateItem');
      return false;
    };
    await expect(rewrap({ wraps: { ...world.wraps, account } })).rejects.toThrow(UnavailableError);
    expect(await rewrap({})).toMatchObject({ ok: true, data: { left: 0 } });
    expect((await signIn(PASSWORD)).status).toBe(201);
  });

  it('writes nothing when the moved wrap does not hold the same', async () => {
    const before = await site.raw.rows();
    const other = await register(site.api([1]), 'other@example.com');
    const row = await world.store.get({ kind: 'account', accountId: other.accountId as never });
    const move: World['mover']['move'] = () => Promise.resolve(row?.passwordWrap ?? ('' as never));
    await expect(rewrap({ mover: { ...world.mover, move } })).rejects.toThrow('integrity failure: moved wrap');
    const after = await site.raw.rows();
    expect(after.filter(({ pk }) => pk?.S === `A#${person.accountId}`)).toEqual(
      before.filter(({ pk }) => pk?.S === `A#${person.accountId}`),
    );
  });

  it('gives up a row that is written again and again, and tells so', async () => {
    const never = () => Promise.resolve(false);
    const outcome = await rewrap({ wraps: { account: never, session: never }, sleep: () => Promise.resolve() });
    expect(outcome).toMatchObject({ ok: false, data: { left: 2, stayed: [{ code: 'wrap.raced', count: 2 }] } });
  });
});
