import { equal, wipe } from '../lambda/crypto/bytes.ts';
import type { WrapContext } from '../lambda/crypto/context.ts';
import { rewrapMessage, wrapHash } from '../lambda/crypto/rewrap.ts';
import type { AccountRow, Rewrap, SessionRow, WrappedKey } from '../lambda/domain/records.ts';
import { IntegrityError } from '../lambda/errors.ts';
import type { Pace } from './pace.ts';
import type { World } from './world.ts';

/** Times that a move may lose to other writes of its row. */
const TRIES = 8;
/** The MAC key that authenticates records of moved wraps. */
const RECORD_MAC_KEY = 1;

/** What moving needs. */
export type Mover = Pick<World, 'mover' | 'keys' | 'wraps' | 'store' | 'sleep' | 'wrapKeys'> & {
  /** Before each call of KMS. */
  readonly pace: Pace;
  /** ARN of the key that all wraps are moved to. */
  readonly to: string;
};

/**
 * What became of a wrap: `there` is one that was under the key before. `tampered`, `refused` and `foreign` ones (of a key
 * that is none of the deployment's) and those of a `record` that no MAC confirms stay as they are; so do `raced` ones,
 * whose row was written again and again meanwhile.
 */
export type Fate = 'moved' | 'there' | 'gone' | 'tampered' | 'refused' | 'foreign' | 'record' | 'raced';

type Moved = { readonly fate: 'moved'; readonly wrap: WrappedKey } | { readonly fate: Exclude<Fate, 'moved'> };

/**
 * Moves an account's wraps, by one conditional write.
 *
 * 1. Move each wrap inside KMS, and open the new one to see that it holds the same. 2. Authenticate, for each wrap that a
 * manifest may know, that the new one stands for it. 3. Write wraps and records where the row is as it was read; after
 * a lost race begin anew with the row as it stands.
 *
 * @returns what became of each wrap, by its purpose
 */
export async function moveAccount(
  move: Mover,
  found: AccountRow,
): Promise<{ readonly password: Fate; readonly recovery: Fate | null }> {
  const { accountId } = found;
  let read: AccountRow | null = found;
  for (let tries = 1; read !== null && tries <= TRIES; tries++) {
    const { dekVersion, recovery } = read;
    const password = await moveWrap(move, read.passwordWrap, { purpose: 'password', accountId, dekVersion });
    const second =
      recovery === undefined
        ? null
        : await moveWrap(move, recovery.wrap, { purpose: 'recovery', accountId, dekVersion });
    const fates = { password: password.fate, recovery: second?.fate ?? null };
    const passwordWrap = password.fate === 'moved' ? password.wrap : read.passwordWrap;
    const recoveryWrap = second?.fate === 'moved' ? second.wrap : recovery?.wrap;
    if (password.fate !== 'moved' && second?.fate !== 'moved') return fates;
    const rewraps = await recordsOf(move, read, passwordWrap, recoveryWrap);
    if (rewraps === null) return asRecord(fates);
    const next = { passwordWrap, ...(recoveryWrap === undefined ? {} : { recoveryWrap }), rewraps };
    if (await move.wraps.account(read, next)) return fates;
    await move.sleep(20 * tries);
    read = await move.store.get({ kind: 'account', accountId });
  }
  const fate = read === null ? 'gone' : 'raced';
  return { password: fate, recovery: read?.recovery === undefined ? null : fate };
}

/** Moves a session's wrap, by one conditional write. */
export async function moveSession(move: Mover, found: SessionRow): Promise<Fate> {
  let read: SessionRow | null = found;
  for (let tries = 1; read !== null && tries <= TRIES; tries++) {
    const { accountId, dekVersion } = read;
    const moved = await moveWrap(move, read.wrap, { purpose: 'session', accountId, dekVersion });
    if (moved.fate !== 'moved' || (await move.wraps.session(read, moved.wrap))) return moved.fate;
    await move.sleep(20 * tries);
    read = await move.store.get(read);
  }
  return read === null ? 'gone' : 'raced';
}

/** The same inner wrap under the new key. @throws IntegrityError where the new one does not hold the same */
async function moveWrap(
  { mover, pace, to, wrapKeys }: Mover,
  wrapped: WrappedKey,
  context: WrapContext,
): Promise<Moved> {
  await pace();
  const before = await mover.open(wrapped, context);
  if (before.state !== 'open') return { fate: before.state };
  try {
    if (before.key === to) return { fate: 'there' };
    // Whoever can write rows may wrap under a key of their own: moving that would vouch for it.
    if (!wrapKeys.includes(before.key)) return { fate: 'foreign' };
    await pace();
    const wrap = await mover.move(wrapped, context, before.key, to);
    await pace();
    const after = await mover.open(wrap, context);
    if (after.state !== 'open') throw new IntegrityError('moved wrap');
    try {
      if (after.key !== to || !equal(before.inner, after.inner)) throw new IntegrityError('moved wrap');
    } finally {
      wipe(after.inner);
    }
    return { fate: 'moved', wrap };
  } finally {
    wipe(before.inner);
  }
}

/** The records of an account whose wraps become these; null where one that it has is not confirmed. */
async function recordsOf(
  move: Mover,
  read: AccountRow,
  passwordWrap: WrappedKey,
  recoveryWrap: WrappedKey | undefined,
): Promise<readonly Rewrap[] | null> {
  const records: Rewrap[] = [];
  const parts = [
    { part: 'password', stood: read.passwordWrap, next: passwordWrap },
    { part: 'recovery', stood: read.recovery?.wrap, next: recoveryWrap },
  ] as const;
  for (const { part, stood, next } of parts) {
    const own = (read.rewraps ?? []).filter((record) => record.part === part);
    if (stood === undefined || next === undefined) continue;
    const [old, after] = [wrapHash(stood), wrapHash(next)];
    if (equal(old, after)) {
      records.push(...own);
      continue;
    }
    for (const { before, mac } of own) {
      await move.pace();
      if (!(await move.keys.confirms(rewrapMessage(part, read, before, old), mac))) return null;
    }
    const known = own.map(({ before }) => before);
    for (const before of known.some((hash) => equal(hash, old)) ? known : [...known, old]) {
      await move.pace();
      records.push({
        part,
        before,
        mac: await move.keys.mac(RECORD_MAC_KEY, rewrapMessage(part, read, before, after)),
      });
    }
  }
  return records;
}

/** Nothing was written: what would have been moved stays for its account's records. */
function asRecord<T extends { readonly password: Fate; readonly recovery: Fate | null }>(fates: T): T {
  const stays = (fate: Fate | null) => (fate === 'moved' ? 'record' : fate);
  return { ...fates, password: stays(fates.password), recovery: stays(fates.recovery) };
}
