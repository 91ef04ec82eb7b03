import { concat } from '../../lambda/crypto/bytes.ts';
import {
  encodeManifest,
  entryOf,
  type Manifest,
  newManifest,
  withAccount,
  withEntry,
  withSession,
} from '../../lambda/crypto/manifest.ts';
import { idTime, type SessionId } from '../../lambda/domain/ids.ts';
import type { Sealed, SessionRow, WrappedKey } from '../../lambda/domain/records.ts';
import { ALICE, DOCUMENT, fixedRandom, ITEM, OTHER_ITEM, OTHER_SESSION, SESSION } from '../crypto/helpers.ts';
import { DEK, hex, keysOf, random, withByte } from './material.ts';
import type { ManifestVectors } from './shapes.ts';

/** Manifests: of a new account, of a full one, of sessions, in the middle of a rotation; and bytes that are none. */
export function manifests(): ManifestVectors {
  const account = {
    kind: 'account',
    accountId: ALICE,
    emailMac: random(32),
    epoch: 2,
    version: 5,
    dekVersion: 1,
    passwordWrap: random(300) as WrappedKey,
    profile: random(200) as Sealed,
    profileVersion: 5,
  } as const;
  const message = (): Sealed => random(100) as Sealed;
  const fresh = fixedRandom('recovery in manifest vectors');
  const recovery = { wrap: fresh(300) as WrappedKey, salt: fresh(32), sealed: fresh(112) as Sealed, version: 4 };
  const item = { kind: 'item', accountId: ALICE, version: 3, dekVersion: 1 } as const;
  const expiresAt = 1_790_000_000_000;
  const document = { ...item, kind: 'document', documentId: DOCUMENT, version: 1, state: 'READY' } as const;
  const empty = newManifest(account);
  const full = [
    entryOf({ ...document, sealed: message(), objectKeys: [], busyUntil: 0, expiresAt, dueAt: expiresAt }),
    entryOf({ ...item, itemId: OTHER_ITEM, sealed: message() }),
    entryOf({ ...item, itemId: ITEM, sealed: message() }),
  ].reduce(withEntry, { ...empty, revision: 9 });
  const keys = keysOf('manifest vectors');
  const later = fixedRandom('sessions and rotations in manifest vectors');
  const session = (sessionId: SessionId, activityCount: number): SessionRow => ({
    kind: 'session',
    accountId: ALICE,
    sessionId,
    epoch: 2,
    dekVersion: 1,
    secretHash: later(32),
    wrap: later(300) as WrappedKey,
    sealed: later(200) as Sealed,
    expiresAt,
    lastSeenAt: expiresAt,
    activityCount,
    activityHead: later(32),
    activityAt: expiresAt,
    revision: 0,
  });
  const rows = [session(SESSION, 3), session(OTHER_SESSION, 300)] as const;
  const now = idTime(SESSION);
  const visited = withSession(withSession(full, rows[0], true, now), rows[1], false, now);
  const previousDek = { sealed: later(104) as Sealed, version: 6 };
  const rotating = { ...account, epoch: 3, version: 6, dekVersion: 2, previousDek };
  const moved = entryOf({ ...item, dekVersion: 2, itemId: ITEM, sealed: later(100) as Sealed });
  const between = withEntry(withAccount({ ...visited, revision: 11 }, rotating), moved);
  const good = (name: string, manifest: Manifest, under = keys) => {
    const bytes = encodeManifest(manifest);
    return {
      name,
      revision: manifest.revision,
      account: {
        epoch: manifest.account.epoch,
        version: manifest.account.version,
        dekVersion: manifest.account.dekVersion,
        hashes: Object.fromEntries([...manifest.account.hashes].map(([tag, hash]) => [tag, hex(hash)])),
      },
      entries: [...manifest.entries.values()].map((entry) => ({ ...entry, commitment: hex(entry.commitment) })),
      sessions: [...manifest.sessions].map(([id, anchor]) => ({ id, ...anchor, head: hex(anchor.head) })),
      bytes: hex(bytes),
      sealed: hex(under.seal('manifest', ALICE, manifest.revision, bytes)),
    };
  };
  const bytes = encodeManifest(full);
  const start = 1 + 3 * 8 + 4 + 1 + 3 * 33 + 4;
  const [one, two] = [bytes.subarray(start, start + 41), bytes.subarray(start + 41, start + 82)];
  const [head, rest] = [bytes.subarray(0, start), bytes.subarray(start + 82)];
  const visits = encodeManifest(visited);
  const [first, last] = [visits.subarray(-82, -41), visits.subarray(-41)];
  const before = visits.subarray(0, -82);
  const rotation = encodeManifest(between);
  // One hash more: the previous DEK's. ITEM is moved and comes last of the items; what is not moved has 0x80 in its kind.
  const place = start + 33;
  const left = rotation.subarray(place, place + 41);
  const fail = (name: string, faulty: Uint8Array) => ({ name, bytes: hex(faulty) });
  return {
    dek: hex(DEK),
    accountId: ALICE,
    accountRow: {
      emailMac: hex(account.emailMac),
      passwordWrap: hex(account.passwordWrap),
      profile: hex(account.profile),
      recoveryWrap: hex(recovery.wrap),
      recoverySalt: hex(recovery.salt),
      recoverySealed: hex(recovery.sealed),
      previousDek: hex(previousDek.sealed),
    },
    opens: [
      good('empty', empty),
      good('two items and a document', full),
      good('an account with a recovery code', newManifest({ ...account, recovery })),
      good('a session that ended and one that lives', { ...visited, revision: 10 }),
      good('an item that is moved to a new DEK, and two rows that are not', between, keysOf('rotated manifest', 2)),
    ],
    integrity: [
      fail('another format', withByte(bytes, 0, 2)),
      fail('revision of 2^53', withByte(bytes, 2, 0x20)),
      fail('tag 0', withByte(bytes, 30, 0)),
      fail('a tag twice', withByte(bytes, 63, 1)),
      fail('unknown kind', withByte(bytes, start, 9)),
      fail('entries out of order', concat(head, two, one, rest)),
      fail('an entry twice', concat(head, one, one, rest)),
      fail('an entry fewer than counted', concat(head, one, rest)),
      fail('2,001 entries claimed', concat(head.subarray(0, -2), Uint8Array.of(0x07, 0xd1), one, two, rest)),
      fail('one byte missing', bytes.subarray(0, -1)),
      fail('one byte too many', concat(bytes, new Uint8Array(1))),
      fail('a row under a previous DEK where there is none', withByte(bytes, start, 0x81)),
      fail('unknown kind, under the previous DEK', withByte(rotation, place, 0x83)),
      fail(
        'a row under both DEKs',
        concat(
          withByte(rotation.subarray(0, place), place - 1, 4),
          withByte(left, 0, 1),
          left,
          rotation.subarray(place + 41),
        ),
      ),
      fail('no number of sessions', bytes.subarray(0, -4)),
      fail('unknown kind of session', withByte(visits, visits.length - 82, 5)),
      fail('an item among the sessions', withByte(visits, visits.length - 82, 1)),
      fail('a session of a previous DEK', withByte(rotation, rotation.length - 82, 0x84)),
      fail('sessions out of order', concat(before, last, first)),
      fail('a session twice', concat(before, first, first)),
      fail('a session twice, ended and alive', concat(before, first, withByte(first, 0, 7 - (first[0] ?? 0)))),
      fail('a session fewer than counted', concat(before, first)),
      fail('a session more than counted', concat(visits, withByte(last, 1, 0xff))),
      fail('a count of 2^53', withByte(visits, visits.length - 41 + 18, 0x20)),
    ],
  };
}
