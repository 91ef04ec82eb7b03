import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, jest } from '@jest/globals';
import type { WrapContext, WrapPurpose } from '../../lambda/crypto/context.ts';
import type { AccountId } from '../../lambda/domain/ids.ts';
import { type Send, verdict } from '../fixtures/app.ts';
import { attacks } from './cases.ts';
import {
  altered,
  bytesOf,
  callsOf,
  change,
  each,
  flipped,
  type Holder,
  keysOf,
  meet,
  SETTING_MS,
  type Stage,
  setStage,
} from './stores.ts';

// Hundreds of calls for one line.
jest.setTimeout(600_000);

let stage: Stage;
beforeAll(async () => {
  stage = await setStage();
}, SETTING_MS);
afterAll(() => stage.close());

const PURPOSES = ['password', 'session', 'recovery'] as const satisfies readonly WrapPurpose[];
/** The attribute of each wrap, the row that holds it, and the call that opens it. */
const ATTRIBUTES = { password: 'passwordWrap', session: 'wrap', recovery: 'recoveryWrap' } as const;
const CALLS = { password: 'signIn', session: 'account', recovery: 'recover' } as const;
const rowOf = (of: Holder, purpose: WrapPurpose) => keysOf(of)[purpose === 'session' ? 'session' : 'account'];
const contextOf = ({ accountId }: Holder, purpose: WrapPurpose): WrapContext => ({
  purpose,
  accountId: accountId as AccountId,
  dekVersion: 1,
});

const wrapOf = async (of: Holder, purpose: WrapPurpose) =>
  bytesOf(await stage.table.get(rowOf(of, purpose)), ATTRIBUTES[purpose]);

const innerOf = async (of: Holder, purpose: WrapPurpose) =>
  stage.decrypt(await wrapOf(of, purpose), contextOf(of, purpose));

/** Puts other bytes in the place of one of the owner's wraps, and makes the call that opens it: without a hash. */
async function planted(purpose: WrapPurpose, wrap: Uint8Array, hashes = 0): Promise<string> {
  const { owner } = stage;
  await change(stage, rowOf(owner, purpose), () => ({ [ATTRIBUTES[purpose]]: { B: wrap } }));
  const before = stage.hashes();
  const answer = await meet(stage, callsOf(owner)[CALLS[purpose]]);
  expect([purpose, stage.hashes() - before]).toEqual([purpose, hashes]);
  return answer;
}

/** The same with an inner wrap, of whom may call kms:Encrypt. */
const plantedInner = async (purpose: WrapPurpose, inner: Uint8Array, hashes = 0) =>
  planted(purpose, await stage.encrypt(inner, contextOf(stage.owner, purpose)), hashes);

/** Each of the three wraps, with its inner wrap changed in each of these ways. */
async function eachInner(changes: readonly ((inner: Buffer) => Uint8Array)[], purposes = PURPOSES): Promise<string> {
  const ways = purposes.flatMap((purpose) =>
    changes.map((made) => async () => plantedInner(purpose, made(await innerOf(stage.owner, purpose)))),
  );
  return each(stage, ways);
}

/** Makes the call that opens a wrap, with each of these in the wrap's place: one after another, for none changes anything. */
async function eachOf(purpose: WrapPurpose, wraps: readonly Uint8Array[]): Promise<string> {
  const call: readonly [string, Send] = callsOf(stage.owner)[CALLS[purpose]];
  const row = await stage.table.get(rowOf(stage.owner, purpose));
  const [hashed, answers] = [stage.hashes(), new Set<string>()];
  for (const B of wraps) {
    await stage.table.put(altered(row, { [ATTRIBUTES[purpose]]: { B } }));
    answers.add(verdict(await stage.call(...call)));
  }
  expect(stage.hashes()).toBe(hashed);
  await stage.reset();
  expect(await meet(stage, call)).toMatch(/^20[01]$/);
  return [...answers].join('; ');
}

/** Bytes of a blob, each changed alone: the first 64 and every so many behind. */
async function bytes(purpose: WrapPurpose, stride: number): Promise<string> {
  await stage.reset();
  const wrap = await wrapOf(stage.owner, purpose);
  expect(wrap.length).toBeGreaterThan(176);
  return eachOf(
    purpose,
    [...wrap.keys()]
      .filter((at) => at < 64 || at % stride === 0 || at >= wrap.length - 16)
      .map((at) => flipped(wrap, at)),
  );
}

const withByte = (at: number, value: number) => (inner: Buffer) => {
  const changed = Buffer.from(inner);
  changed[at] = value;
  return changed;
};

const PASSWORD_ONLY = ['password'] as unknown as typeof PURPOSES;

attacks('Wraps', {
  'wraps-of-two-accounts': () =>
    each(
      stage,
      PURPOSES.map((purpose) => async () => planted(purpose, await wrapOf(stage.other, purpose))),
    ),
  'wraps-of-other-purposes': () =>
    each(
      stage,
      PURPOSES.flatMap((purpose) =>
        PURPOSES.filter((other) => other !== purpose).map(
          (other) => async () => planted(purpose, await wrapOf(stage.owner, other)),
        ),
      ),
    ),
  'inner-wraps-of-other-purposes': () =>
    each(
      stage,
      PURPOSES.flatMap((purpose) =>
        PURPOSES.filter((other) => other !== purpose).map(
          (other) => async () => plantedInner(purpose, await innerOf(stage.owner, other)),
        ),
      ),
    ),
  'inner-session-wrap-of-another-account': () =>
    each(stage, [async () => plantedInner('session', await innerOf(stage.other, 'session'))]),
  'session-wraps-of-two-sessions': () =>
    each(stage, [
      async () => {
        const { owner } = stage;
        const { email, password } = owner;
        const answer = await stage.call('POST /v1/sessions', { body: { email, password } });
        return planted('session', await wrapOf({ ...owner, sessionId: answer.text('session.id') }, 'session'));
      },
    ]),
  'password-wrap-bytes': () => bytes('password', 4),
  'session-wrap-every-byte': () => bytes('session', 1),
  'recovery-wrap-bytes': () => bytes('recovery', 4),
  'outer-wrap-of-another-length': () =>
    each(
      stage,
      PURPOSES.flatMap((purpose) =>
        [
          (wrap: Buffer) => wrap.subarray(0, -1),
          (wrap: Buffer) => wrap.subarray(1),
          (wrap: Buffer) => Buffer.concat([wrap, Buffer.alloc(1)]),
          () => Buffer.alloc(0),
          () => Buffer.alloc(1),
          () => Buffer.alloc(7000),
        ].map((made) => async () => planted(purpose, made(await wrapOf(stage.owner, purpose)))),
      ),
    ),
  'outer-wrap-of-garbage': () =>
    eachInner([() => Buffer.alloc(176, 0xa5), () => Buffer.alloc(176), () => Buffer.alloc(1)]),
  'inner-wrap-of-another-length': () =>
    eachInner([
      (inner) => inner.subarray(0, -1),
      (inner) => inner.subarray(1),
      (inner) => Buffer.concat([inner, Buffer.alloc(1)]),
      (inner) => Buffer.concat([inner, inner]),
    ]),
  'inner-wrap-of-unknown-format': () => eachInner([0, 4, 127, 255].map((format) => withByte(0, format))),
  'inner-wrap-of-unknown-suite': () => eachInner([0, 3, 127, 255].map((suite) => withByte(1, suite))),
  'planted-cost': () =>
    eachInner(
      [0, 9, 15, 31, 255].map((cost) => withByte(2, cost)),
      PASSWORD_ONLY,
    ),
  'planted-pepper': () => eachInner([withByte(3, 0)], PASSWORD_ONLY),
  'planted-pepper-of-no-key': () =>
    each(stage, [async () => plantedInner('password', withByte(3, 2)(await innerOf(stage.owner, 'password')), 1)]),
  'cost-raised-within-bounds': () =>
    each(stage, [async () => plantedInner('password', withByte(2, 11)(await innerOf(stage.owner, 'password')), 1)]),
  'suite-lowered': async () => {
    const lowered = (purpose: WrapPurpose, hashes: number) => async () =>
      plantedInner(purpose, withByte(1, 1)(await innerOf(stage.owner, purpose)), hashes);
    return each(stage, [lowered('password', 1), lowered('session', 0)]);
  },
  'work-asked-of-a-secret': () =>
    eachInner([withByte(2, 10), withByte(3, 1), withByte(4, 1), withByte(51, 1)], [
      'session',
      'recovery',
    ] as unknown as typeof PURPOSES),
  'header-kept-rest-random': async () => {
    const garbage = (inner: Buffer) => Buffer.concat([inner.subarray(0, 52), randomBytes(124)]);
    return each(stage, [
      async () => plantedInner('password', garbage(await innerOf(stage.owner, 'password')), 1),
      async () => plantedInner('session', garbage(await innerOf(stage.owner, 'session'))),
    ]);
  },
  'inner-session-wrap-every-byte': async () => {
    await stage.reset();
    const inner = await innerOf(stage.owner, 'session');
    const context = contextOf(stage.owner, 'session');
    const wraps: Uint8Array[] = [];
    for (const at of inner.keys()) wraps.push(await stage.encrypt(flipped(inner, at), context));
    return eachOf('session', wraps);
  },
});
