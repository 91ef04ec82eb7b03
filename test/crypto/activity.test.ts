import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { ENTRY_MAC_SIZE, entryMac, NO_ENTRY } from '../../lambda/crypto/activity.ts';
import { utf8 } from '../../lambda/crypto/bytes.ts';
import { type ActivityId, newId } from '../../lambda/domain/ids.ts';
import { ALICE, BOB, fixedRandom, flipped } from './helpers.ts';

const KEY = fixedRandom('activity key')(32);
const ID = newId<ActivityId>(1_790_000_000_000, new Uint8Array(10));
const OTHER_ID = newId<ActivityId>(1_790_000_000_001, new Uint8Array(10));
const ENTRY = utf8('{"number":1}');

describe('the MAC of an entry', () => {
  const mac = entryMac(KEY, ALICE, ID, ENTRY);

  it('is of the written layout', () => {
    const message = `twinlock/activity/v1\0\0\x1a${ALICE}\0\x1a${ID}{"number":1}`;
    const due = createHmac('sha256', KEY).update(Buffer.from(message, 'latin1')).digest();
    expect(Buffer.from(mac)).toEqual(due);
    expect(mac).toHaveLength(ENTRY_MAC_SIZE);
  });

  it.each([
    ['key', entryMac(flipped(KEY, 0), ALICE, ID, ENTRY)],
    ['account', entryMac(KEY, BOB, ID, ENTRY)],
    ['id', entryMac(KEY, ALICE, OTHER_ID, ENTRY)],
    ['byte of the entry', entryMac(KEY, ALICE, ID, flipped(ENTRY, 10))],
    ['length of the entry', entryMac(KEY, ALICE, ID, ENTRY.subarray(0, -1))],
  ])('differs with another %s', (_what, other) => {
    expect(other).not.toEqual(mac);
  });

  it('of no entry is 32 zero bytes', () => {
    expect(NO_ENTRY).toEqual(new Uint8Array(32));
  });
});
