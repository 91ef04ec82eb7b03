import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { refill } from '../attacks/world.ts';
import type { Client, MemoryApp } from '../fixtures/app.ts';
import { play, plots } from './histories.ts';
import type { Clock } from './model.ts';
import { memoryReal } from './real.ts';
import { live, PATIENCE_MS, runsOf } from './runs.ts';

jest.setTimeout(PATIENCE_MS);

/** Runs in which a planted fault must show. */
const RUNS = 60;
/** Of the runs, so that each time the same is found. */
const SEED = 20_260_131;

/** Stands between the clients and a service, and does something wrong. */
type Fault = (app: MemoryApp) => Client;

const isReplace = (call: string) => call.startsWith('PUT /v1/items/');

/** The version that an item has, as whoever calls sees it. */
async function versionOf(app: MemoryApp, call: string, token: string | undefined): Promise<string | null> {
  const path = call.split(' ')[1] ?? '';
  const read = await app.call(`GET ${path}?mask=true`, token === undefined ? {} : { token });
  return read.headers.get('etag');
}

const ignoresIfMatch: Fault = (app) => async (call, send) => {
  const version = isReplace(call) ? await versionOf(app, call, send?.token) : null;
  return app.call(call, version === null ? send : { ...send, headers: { ...send?.headers, 'if-match': version } });
};

const FAULTS: readonly (readonly [string, Fault])[] = [
  ['a replacement whatever its if-match', ignoresIfMatch],
  [
    'a write that is acknowledged and lost',
    (app) => async (call, send) => {
      const before = new Map(app.store.rows);
      const answer = await app.call(call, send);
      if (isReplace(call) && answer.status === 200) refill(app.store.rows, before);
      return answer;
    },
  ],
  [
    'a session that outlives a change of the password',
    (app) => {
      const heirs = new Map<string, string>();
      const owners = new Map<string, string>();
      return async (call, send) => {
        const token = heirs.get(send?.token ?? '') ?? send?.token;
        const answer = await app.call(call, token === undefined ? send : { ...send, token });
        const { accountId, session } = (answer.body ?? {}) as { accountId?: string; session?: { token: string } };
        if (accountId !== undefined && session !== undefined) owners.set(session.token, accountId);
        if (call === 'PUT /v1/account/password' && answer.status === 204 && token !== undefined) {
          for (const [other, owner] of owners) if (owner === owners.get(token)) heirs.set(other, token);
        }
        return answer;
      };
    },
  ],
  [
    'a request that is done twice, whatever its idempotency key',
    (app) => (call, send) => {
      const { 'idempotency-key': _key, ...headers } = send?.headers ?? {};
      return app.call(call, { ...send, headers });
    },
  ],
  [
    'an item that is listed to everybody',
    (app) => {
      let first: string | null = null;
      return async (call, send) => {
        const answer = await app.call(call, send);
        if (call === 'POST /v1/items' && answer.status === 201) first ??= send?.token ?? null;
        if (!call.startsWith('GET /v1/items?') || first === null) return answer;
        const { token: _own, ...rest } = send ?? {};
        const strange = await app.call(call, { ...rest, token: first });
        return { ...answer, bytes: strange.bytes, body: strange.status === 200 ? strange.body : answer.body };
      };
    },
  ],
];

/** What makes a property fail; null where nothing does. @param endOnFailure whether it is taken as it was found */
async function found<T>(property: fc.IAsyncProperty<[T]>, endOnFailure = true): Promise<T | null> {
  const { failed, counterexample } = await fc.check(property, { seed: SEED, numRuns: RUNS, endOnFailure });
  return failed ? (counterexample?.[0] ?? null) : null;
}

function runsThrough(through: Fault) {
  const tally = { runs: 0, deeds: 0, requests: 0 };
  const faulty = (clock: Clock) => {
    const real = memoryReal(clock);
    return { ...real, call: through(real.app) };
  };
  return fc.asyncProperty(runsOf(), (all) => live(all, faulty, tally));
}

describe('a fault of the service', () => {
  it.each(FAULTS)('is found by the runs: %s', async (_name, through) => {
    expect(await found(runsThrough(through))).not.toBeNull();
  });

  it('is shown by the few deeds that it takes', async () => {
    const deeds = await found(runsThrough(ignoresIfMatch), false);
    expect([...(deeds ?? [])].map((one) => one.toString().split('(')[0])).toEqual(['replace item']);
  });
});

describe('a fault among clients at once', () => {
  const FAULTS_AT_ONCE: readonly (readonly [string, Fault])[] = [
    ['an update that is lost', ignoresIfMatch],
    [
      'a read that is stale',
      (app) => {
        const kept = new Map<string, Awaited<ReturnType<Client>>>();
        return async (call, send) => {
          const answer = await app.call(call, send);
          if (!call.startsWith('GET /v1/items/') || answer.status !== 200) return answer;
          const known = kept.get(call) ?? answer;
          kept.set(call, known);
          return { ...answer, body: known.body };
        };
      },
    ],
    [
      'an item that is made twice',
      (app) => async (call, send) => {
        if (call === 'POST /v1/items') await app.call(call, send);
        return app.call(call, send);
      },
    ],
  ];

  it.each(FAULTS_AT_ONCE)('is found by the histories: %s', async (_name, through) => {
    expect(
      await found(
        fc.asyncProperty(plots, async (plot) => {
          await play(plot, through);
        }),
      ),
    ).not.toBeNull();
  });
});
