import { performance } from 'node:perf_hooks';
import { randomBytes } from '../../lambda/adapters/system/system.ts';
import { entryMac } from '../../lambda/crypto/activity.ts';
import { SecretBytes } from '../../lambda/crypto/bytes.ts';
import { passwordIkm } from '../../lambda/crypto/kek.ts';
import { newPasswordHeader, newSecretHeader, unwrapDek, wrapDek } from '../../lambda/crypto/key-wrap.ts';
import { prehash, preparePassword } from '../../lambda/crypto/password.ts';
import { VaultKeys } from '../../lambda/crypto/vault-keys.ts';
import { type AccountId, type ActivityId, newId, type SessionId } from '../../lambda/domain/ids.ts';
import { PASSWORD } from '../../test/fixtures/app.ts';
import { createMemoryHasher } from '../../test/fixtures/memory-hasher.ts';
import { median, spread } from '../measure.ts';
import type { Row } from '../results.ts';
import { signInFleet } from './fleet.ts';

/** Calls that are timed together. */
const BATCH = 20;
/** Bytes of a message: about a small manifest's, a profile's, an activity entry's. */
const MESSAGE = 200;

/** What a sign-in does beside its hash, µs each. @param times how often each is measured */
export async function partsOfSignIn(cost: number, times: number): Promise<Row[]> {
  const fleet = await signInFleet(createMemoryHasher(), cost);
  const accountId = newId<AccountId>(Date.now(), randomBytes(10));
  const sessionId = newId<SessionId>(Date.now(), randomBytes(10));
  const activityId = newId<ActivityId>(Date.now(), randomBytes(10));
  const [dek, secret] = [new SecretBytes(randomBytes(32)), new SecretBytes(randomBytes(32))];
  const keys = new VaultKeys(dek, accountId, 1, randomBytes);
  const preSalt = randomBytes(32);
  const ikm = passwordIkm(randomBytes(31), randomBytes(32));
  const own = { format: 1, accountId, dekVersion: 1 } as const;
  const session = { format: 2, accountId, dekVersion: 1, sessionId, epoch: 1 } as const;
  const inner = wrapDek(dek, newPasswordHeader(2, cost, 1, randomBytes), own, ikm, randomBytes(12));
  const message = randomBytes(MESSAGE);
  const sealed = keys.seal('manifest', accountId, 1, message);
  const parts: readonly Part[] = [
    {
      name: 'the password, prepared and pre-hashed',
      run: () => prehash(preparePassword(PASSWORD, undefined), preSalt),
    },
    { name: 'the DEK unwrapped, its KEK derived', run: () => unwrapDek(inner, own, ikm) },
    {
      name: 'the DEK wrapped for the session',
      run: () => wrapDek(dek, newSecretHeader(2, 2, randomBytes), session, secret, randomBytes(12)),
    },
    { name: 'manifest and profile opened', each: 2, run: () => keys.open('manifest', accountId, 1, sealed) },
    {
      name: 'session, activity entry and manifest sealed',
      each: 3,
      run: () => keys.seal('manifest', accountId, 2, message),
    },
    { name: 'the activity entry’s MAC', run: () => entryMac(secret.bytes, accountId, activityId, message) },
  ];
  const whole: number[] = [];
  for (let i = 0; i < times; i++) whole.push((await fleet.signIn()) * 1000);
  return [
    rowOf('all outside store, KMS and hash', whole),
    ...parts.map(({ name, each = 1, run }) => {
      const taken = Array.from({ length: times }, () => microseconds(run) * each);
      return rowOf(name, taken);
    }),
  ];
}

interface Part {
  readonly name: string;
  /** Times that a sign-in does it. @default 1 */
  readonly each?: number;
  readonly run: () => unknown;
}

function rowOf(name: string, taken: readonly number[]): Row {
  return { name, values: { µs: median(taken), spread: spread(taken) } };
}

/** Time that some work takes, µs. */
function microseconds(work: () => unknown): number {
  const from = performance.now();
  for (let n = 0; n < BATCH; n++) work();
  return ((performance.now() - from) * 1000) / BATCH;
}
