import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DisableKeyCommand } from '@aws-sdk/client-kms';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { composeWorld } from '../../admin/compose.ts';
import { readDeployment } from '../../admin/deployment.ts';
import { keysRewrap } from '../../admin/keys-rewrap.ts';
import { createReport } from '../../admin/report.ts';
import type { World } from '../../admin/world.ts';
import { UnavailableError } from '../../lambda/errors.ts';
import { PASSWORD } from '../fixtures/app.ts';
import { type Person, recoveryCode, register, type Site, startSite } from './support.ts';

type Fault = 'refused' | 'answer lost';

/** The world, its calls counted, and the one with this number failing. */
function faulty(world: World, place: number, fault: Fault): { readonly world: World; readonly calls: () => number } {
  let calls = 0;
  const through = <T extends object>(part: T): T =>
    new Proxy(part, {
      get: (target, name, self) => {
        const value: unknown = Reflect.get(target, name, self);
        if (typeof value !== 'function') return value;
        return async (...args: unknown[]) => {
          const mine = calls++;
          if (mine === place && fault === 'refused') throw new UnavailableError(String(name));
          const result: unknown = await (value as (...args: unknown[]) => unknown).apply(target, args);
          if (mine === place) throw new UnavailableError(String(name));
          return result;
        };
      },
    });
  const [scan, store, keys] = [through(world.scan), through(world.store), through(world.keys)];
  const [mover, wraps] = [through(world.mover), through(world.wraps)];
  return { world: { ...world, scan, store, keys, mover, wraps }, calls: () => calls };
}

describe('a rewrap that stops at any of its calls', () => {
  let site: Site;
  let world: World;
  let person: Person;
  let code: string;

  beforeEach(async () => {
    site = await startSite();
    world = composeWorld(readDeployment(given(2), {}));
    person = await register(site.api(), 'owner@example.com');
    code = await recoveryCode(site.api(), person);
  });
  afterEach(async () => {
    world.close();
    await site.close();
  });

  const state = () => join(site.folder, 'state.json');
  const given = (to: number) => ({
    options: {
      local: true,
      folder: site.folder,
      apply: true,
      to: String(to),
      rate: '100000',
      segments: '2',
      state: state(),
    },
    operands: [],
    ask: () => Promise.resolve(''),
  });
  const silent = { write: () => true };
  const rewrap = (over: World, to: number) =>
    keysRewrap.run(over, given(to), createReport({ out: silent, err: silent }, true));

  it.each(['refused', 'answer lost'] as const)('is finished by the next run: %s', async (fault) => {
    const counting = faulty(world, -1, fault);
    expect((await rewrap(counting.world, 2)).ok).toBe(true);
    const calls = counting.calls();
    expect(calls).toBeGreaterThan(20);
    for (let place = 0; place < calls; place++) {
      // Back and forth: what is moved again has records of what stood before.
      const to = place % 2 === 0 ? 1 : 2;
      await expect(rewrap(faulty(world, place, fault).world, to)).rejects.toThrow(UnavailableError);
      // Whatever it left, sessions go on: under both keys, as the functions have them meanwhile.
      expect((await site.api([0, 1])('GET /v1/account', { token: person.token })).status).toBe(200);
      expect(await rewrap(world, to)).toMatchObject({ ok: true, data: { left: 0 } });
      expect(existsSync(state())).toBe(false);
    }
    const last = (calls - 1) % 2 === 0 ? 0 : 1;
    await site.kms.send(new DisableKeyCommand({ KeyId: site.cloud.wrapKeyArns[1 - last] }));
    const api = site.api([last]);
    expect((await api('POST /v1/sessions', { body: { email: person.email, password: PASSWORD } })).status).toBe(201);
    const body = { email: person.email, recoveryCode: code, newPassword: 'nine copper rivers wander' };
    expect((await api('POST /v1/recovery', { body })).status).toBe(201);
  });
});
