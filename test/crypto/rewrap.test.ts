import { describe, expect, it } from '@jest/globals';
import { ACCOUNT_TAGS, newManifest, withAccount } from '../../lambda/crypto/manifest.ts';
import { confirmations, rewrapMessage, wrapHash } from '../../lambda/crypto/rewrap.ts';
import type { AccountRow, Rewrap, Sealed, WrappedKey } from '../../lambda/domain/records.ts';
import { ALICE, fixedRandom } from './helpers.ts';

const random = fixedRandom('rewrap');
const wrap = () => random(200) as WrappedKey;
const ACCOUNT: AccountRow = {
  kind: 'account',
  accountId: ALICE,
  emailMac: random(32),
  epoch: 2,
  version: 5,
  dekVersion: 1,
  passwordWrap: wrap(),
  profile: random(120) as Sealed,
  profileVersion: 4,
  recovery: { wrap: wrap(), salt: random(32), sealed: random(96) as Sealed, version: 5 },
};
const RECOVERY = ACCOUNT.recovery as NonNullable<AccountRow['recovery']>;
const MANIFEST = newManifest(ACCOUNT);

const record = (part: Rewrap['part'], before: Uint8Array): Rewrap => ({
  part,
  before: wrapHash(before),
  mac: random(32),
});

describe('an account row is held to its manifest', () => {
  it('with nothing to confirm where none of its wraps was moved', () => {
    expect(confirmations(MANIFEST, ACCOUNT)).toEqual([]);
  });

  it('with a record to confirm for each wrap that was', () => {
    const [password, recovery] = [record('password', ACCOUNT.passwordWrap), record('recovery', RECOVERY.wrap)];
    const row = {
      ...ACCOUNT,
      passwordWrap: wrap(),
      recovery: { ...RECOVERY, wrap: wrap() },
      rewraps: [record('password', wrap()), recovery, password],
    };
    const messageOf = ({ part, before }: Rewrap, now: WrappedKey) => rewrapMessage(part, row, before, wrapHash(now));
    expect(confirmations(MANIFEST, row)).toEqual([
      { message: messageOf(password, row.passwordWrap), mac: password.mac },
      { message: messageOf(recovery, row.recovery.wrap), mac: recovery.mac },
    ]);
  });

  it('with nothing to confirm where the manifest has been written since', () => {
    const row = { ...ACCOUNT, passwordWrap: wrap(), rewraps: [record('password', ACCOUNT.passwordWrap)] };
    expect(confirmations(withAccount(MANIFEST, row), row)).toEqual([]);
  });

  it.each<[string, Partial<AccountRow>]>([
    ['no record', { passwordWrap: wrap() }],
    ['a record of another wrap before', { passwordWrap: wrap(), rewraps: [record('password', wrap())] }],
    ['the record of the other part', { passwordWrap: wrap(), rewraps: [record('recovery', ACCOUNT.passwordWrap)] }],
    ['a record, and another version', { version: 6, rewraps: [record('password', ACCOUNT.passwordWrap)] }],
    [
      'a record, and another profile',
      { profile: random(120) as Sealed, rewraps: [record('password', ACCOUNT.profile)] },
    ],
    [
      'a record for one of two',
      {
        passwordWrap: wrap(),
        recovery: { ...RECOVERY, wrap: wrap() },
        rewraps: [record('password', ACCOUNT.passwordWrap)],
      },
    ],
  ])('and refused with %s', (_what, change) => {
    expect(confirmations(MANIFEST, { ...ACCOUNT, ...change })).toBeNull();
  });

  it('and refused with a record in the place of a recovery code that is gone', () => {
    const { recovery: _, ...without } = ACCOUNT;
    expect(confirmations(MANIFEST, { ...without, rewraps: [record('recovery', RECOVERY.wrap)] })).toBeNull();
  });
});

describe('what the MAC key is asked to authenticate', () => {
  const [before, after] = [random(32), random(32)];
  const usual = rewrapMessage('password', ACCOUNT, before, after);

  it.each([
    ['part', rewrapMessage('recovery', ACCOUNT, before, after)],
    [
      'account',
      rewrapMessage('password', { ...ACCOUNT, accountId: `${ALICE.slice(0, -1)}Z` as typeof ALICE }, before, after),
    ],
    ['version', rewrapMessage('password', { ...ACCOUNT, version: 6 }, before, after)],
    ['wrap before', rewrapMessage('password', ACCOUNT, after, after)],
    ['wrap now', rewrapMessage('password', ACCOUNT, before, before)],
  ])('is another for another %s', (_what, other) => {
    expect(other).not.toEqual(usual);
    expect(other).toHaveLength(usual.length);
  });

  it('begins with a label of its own, and names the part as the manifest does', () => {
    const label = 'twinlock/rewrap/v1\0';
    expect(Buffer.from(usual).subarray(0, label.length).toString()).toBe(label);
    expect(usual[label.length]).toBe(ACCOUNT_TAGS.passwordWrap);
  });
});
