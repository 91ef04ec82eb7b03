import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { SecretBytes } from '../../lambda/crypto/bytes.ts';
import { hkdfExpand } from '../../lambda/crypto/hkdf.ts';
import { rotatedObject } from '../../lambda/crypto/rotation.ts';
import { VaultKeys } from '../../lambda/crypto/vault-keys.ts';
import { type AccountId, type DocumentId, newId } from '../../lambda/domain/ids.ts';
import { ALICE, BOB, DOCUMENT, fixedRandom } from './helpers.ts';

const DEK = fixedRandom('dek')(32);
const OTHER_DOCUMENT = newId<DocumentId>(1_700_000_000_000, fixedRandom('other document')(10));

function keysOf(accountId: AccountId = ALICE, dek = DEK): VaultKeys {
  return new VaultKeys(new SecretBytes(dek.slice()), accountId, 2, fixedRandom('salts'));
}

describe('the object that a document is moved to', () => {
  const object = rotatedObject(keysOf(), DOCUMENT, 3);

  it('has a name and a salt of the written layout', () => {
    const key = hkdfExpand(DEK, Buffer.from('twinlock/rotation/v1'), 32);
    const due = (what: string): Buffer => {
      const message = `\0\x04${what}\0\x1a${ALICE}\0\x1a${DOCUMENT}\0\0\0\0\0\0\0\x03`;
      return createHmac('sha256', key).update(Buffer.from(message, 'latin1')).digest();
    };
    expect(object.name).toBe(due('name').subarray(0, 16).toString('base64url'));
    expect(Buffer.from(object.salt)).toEqual(due('salt').subarray(0, 24));
  });

  it('is the same for whoever moves it', () => {
    expect(rotatedObject(keysOf(), DOCUMENT, 3)).toEqual(object);
  });

  it.each([
    ['account', rotatedObject(keysOf(BOB), DOCUMENT, 3)],
    ['DEK', rotatedObject(keysOf(ALICE, fixedRandom('other dek')(32)), DOCUMENT, 3)],
    ['document', rotatedObject(keysOf(), OTHER_DOCUMENT, 3)],
    ['version', rotatedObject(keysOf(), DOCUMENT, 2)],
  ])('has another name and another salt for another %s', (_what, other) => {
    expect(other.name).not.toBe(object.name);
    expect(other.salt).not.toEqual(object.salt);
  });
});
