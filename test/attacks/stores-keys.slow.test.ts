import { randomBytes } from 'node:crypto';
import { GenerateMacCommand } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, expect } from '@jest/globals';
import { createPasswordHasher } from '../../lambda/adapters/system/password-hasher.ts';
import { concat, SecretBytes, utf8 } from '../../lambda/crypto/bytes.ts';
import { MessageKey, openMessage } from '../../lambda/crypto/cobblestone.ts';
import { dataContext, type WrapPurpose } from '../../lambda/crypto/context.ts';
import { hkdfExpand } from '../../lambda/crypto/hkdf.ts';
import { deriveKek, kekInfo, passwordIkm, type WrapBinding } from '../../lambda/crypto/kek.ts';
import { readWrapHeader, unwrapDek } from '../../lambda/crypto/key-wrap.ts';
import { pepperMessage, prehash, preparePassword } from '../../lambda/crypto/password.ts';
import { parseToken } from '../../lambda/crypto/session-token.ts';
import type { AccountId, SessionId } from '../../lambda/domain/ids.ts';
import { attacks } from './cases.ts';
import { forThreeKeys, type GcmKey, openRaw } from './multi-key.ts';
import { bytesOf, callsOf, change, type Holder, keysOf, meet, SETTING_MS, type Stage, setStage } from './stores.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await setStage();
}, SETTING_MS);
afterAll(() => stage.close());

/** Three passwords, none of them an account's. */
const GUESSES = ['first guess of three', 'second guess of three', 'third guess of three'] as const;
const COMMITMENT = 84;
const IV = 116;
const DEK = 128;

const idOf = ({ accountId }: Holder) => accountId as AccountId;
const binding = (of: Holder): WrapBinding => ({ format: 1, accountId: idOf(of), dekVersion: 1 });
const ATTRIBUTES = { password: 'passwordWrap', session: 'wrap', recovery: 'recoveryWrap' } as const;

/** An inner wrap, for whom may call kms:Decrypt with every context. */
async function innerOf(of: Holder, purpose: WrapPurpose): Promise<Buffer> {
  const row = await stage.table.get(keysOf(of)[purpose === 'session' ? 'session' : 'account']);
  return stage.decrypt(bytesOf(row, ATTRIBUTES[purpose]), { purpose, accountId: idOf(of), dekVersion: 1 });
}

/** What a password gives to who may call kms:GenerateMac. */
async function ikmOf(of: Holder, password: string, inner: Uint8Array): Promise<SecretBytes> {
  const { preSalt, bcryptSalt, cost } = readWrapHeader(inner, 1);
  const tail = await createPasswordHasher({ workers: 0 }).tail(
    prehash(preparePassword(password, 'plain'), preSalt),
    bcryptSalt,
    cost,
  );
  const { Mac = new Uint8Array(0) } = await stage.kms.send(
    new GenerateMacCommand({
      KeyId: stage.cloud.macKeyArn,
      Message: pepperMessage(idOf(of), tail),
      MacAlgorithm: 'HMAC_SHA_256',
    }),
  );
  return passwordIkm(tail, Mac);
}

/** The DEK, by the session's own secret. */
async function dekOf(of: Holder): Promise<SecretBytes> {
  const token = parseToken(of.token);
  const inner = await innerOf(of, 'session');
  const { accountId, sessionId } = { accountId: idOf(of), sessionId: of.sessionId as SessionId };
  const session = { format: 2, accountId, dekVersion: 1, sessionId, epoch: 1 } as const;
  const dek = token === null ? null : unwrapDek(inner, session, token.secret);
  if (dek === null) throw new Error('the session does not open');
  return dek;
}

/** The wrap that opens raw under all three guesses, and the parts that the keys hang on. */
async function wrapOfThree(commitment: 'none' | 'first'): Promise<Buffer> {
  const { owner } = stage;
  const head = (await innerOf(owner, 'password')).subarray(0, IV);
  const info = kekInfo(2, binding(owner));
  const salt = head.subarray(52, COMMITMENT);
  const keks = [];
  for (const guess of GUESSES) {
    const inner = Buffer.concat([head, Buffer.alloc(60)]);
    keks.push(deriveKek(await ikmOf(owner, guess, inner), salt, 2, info));
  }
  const [first] = keks;
  const committed = commitment === 'first' ? (first?.commitment ?? randomBytes(32)) : randomBytes(32);
  const planted = Buffer.concat([head.subarray(0, COMMITMENT), committed]);
  const iv = randomBytes(12);
  const keys = keks.map(({ kek }): GcmKey => ({ key: kek.bytes, nonce: iv, aad: concat(planted, info) }));
  const made = forThreeKeys(keys as [GcmKey, GcmKey, GcmKey], null);
  // The ciphertext does what it was made for, where nothing commits to a key.
  for (const key of keys) expect(openRaw(key, made)).toHaveLength(32);
  return Buffer.concat([planted, iv, made.ciphertext, made.tag]);
}

/** Signs in to the owner's account with each of the three guesses. */
async function guessAll(inner: Uint8Array): Promise<string> {
  const { owner } = stage;
  const context = { purpose: 'password', accountId: idOf(owner), dekVersion: 1 } as const;
  const passwordWrap = { B: await stage.encrypt(inner, context) };
  const answers: string[] = [];
  for (const password of GUESSES) {
    await stage.reset();
    await change(stage, keysOf(owner).account, () => ({ passwordWrap }));
    const hashed = stage.hashes();
    answers.push(await meet(stage, ['POST /v1/sessions', { body: { email: owner.email, password } }]));
    expect(stage.hashes() - hashed).toBe(1);
  }
  return answers.join(', ');
}

/** The key that a person's message would have under a salt, and the same for node:crypto. */
async function messageKeys(of: Holder, salt: Uint8Array) {
  using dek = await dekOf(of);
  const inputKey = hkdfExpand(dek.bytes, utf8('twinlock/item/v1'), 32);
  const context = dataContext({ kind: 'item', accountId: idOf(of), id: of.person, version: 1, dekVersion: 1 });
  const label = utf8('c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0');
  const okm = hkdfExpand(inputKey, concat(label, salt, context), 32 + 12);
  const raw: GcmKey = { key: okm.subarray(0, 32), nonce: okm.subarray(32), aad: new Uint8Array(0) };
  return { raw, inputKey, context, header: new MessageKey(inputKey, context, salt).header };
}

attacks('One ciphertext, many keys', {
  'wrap-of-three-passwords': async () => guessAll(await wrapOfThree('none')),
  'wrap-of-three-passwords-that-commits-to-one': async () => guessAll(await wrapOfThree('first')),
  'item-of-three-keys': async () => {
    await stage.reset();
    const third = await stage.register();
    const made = await stage.call('POST /v1/items', {
      token: third.token,
      body: { type: 'person', data: { givenName: 'Third', familyName: 'Holder' } },
    });
    const holders = [stage.owner, stage.other, { ...stage.owner, ...third, person: made.text('id') }];
    const sealed = bytesOf(await stage.table.get(keysOf(stage.owner).person), 'sealed');
    const salt = sealed.subarray(0, 24);
    const keys = await Promise.all(holders.map((holder) => messageKeys(holder, salt)));
    const ciphertext = forThreeKeys(keys.map(({ raw }) => raw) as [GcmKey, GcmKey, GcmKey], randomBytes(16));
    for (const { raw } of keys) expect(openRaw(raw, ciphertext)).toHaveLength(48);
    // Each account's row in turn has the header that commits to the owner's key.
    const message = Buffer.concat([sealed.subarray(0, 56), ciphertext.ciphertext, ciphertext.tag]);
    const [owners, ...rest] = keys;
    expect(owners?.header).toEqual(new Uint8Array(sealed.subarray(0, 56)));
    for (const { inputKey, context } of rest) expect(() => openMessage(inputKey, context, message)).toThrow();
    const answers = new Set<string>();
    for (const holder of holders) {
      await change(stage, keysOf(holder).person, () => ({ sealed: { B: message } }));
      answers.add(await meet(stage, callsOf(holder).person));
    }
    return [...answers].join('; ');
  },
  'kms-and-the-table-without-a-password': async () => {
    await stage.reset();
    const { owner } = stage;
    using dek = await dekOf(owner);
    const row = await stage.table.get(keysOf(owner).session);
    const account = await stage.table.get(keysOf(owner).account);
    const inner = { password: await innerOf(owner, 'password'), session: await innerOf(owner, 'session') };
    const all = Buffer.concat([inner.password, inner.session, await innerOf(owner, 'recovery')]);
    expect(all).toHaveLength(3 * 176);
    // No eight bytes of the DEK stand in any inner wrap.
    for (let at = 0; at + 8 <= dek.bytes.length; at++)
      expect(all.includes(Buffer.from(dek.bytes.subarray(at, at + 8)))).toBe(false);
    for (const guess of [...GUESSES, owner.email, owner.accountId]) {
      expect(unwrapDek(inner.password, binding(owner), await ikmOf(owner, guess, inner.password))).toBeNull();
    }
    // What stands beside the wraps is none of their secrets.
    const sessionId = owner.sessionId as SessionId;
    const session = { format: 2, accountId: idOf(owner), dekVersion: 1, sessionId, epoch: 1 } as const;
    for (const name of ['secretHash', 'activityHead']) {
      expect(unwrapDek(inner.session, session, new SecretBytes(bytesOf(row, name)))).toBeNull();
    }
    const recovery = { format: 3, accountId: idOf(owner), dekVersion: 1 } as const;
    const salt = new SecretBytes(bytesOf(account, 'recoverySalt'));
    expect(unwrapDek(await innerOf(owner, 'recovery'), recovery, salt)).toBeNull();
    // The right password opens it, so that the guesses were put to what they are for.
    const opened = unwrapDek(inner.password, binding(owner), await ikmOf(owner, owner.password, inner.password));
    expect(opened?.bytes).toEqual(dek.bytes);
    expect(inner.password.subarray(DEK, DEK + 32)).not.toEqual(Buffer.from(dek.bytes));
    return 'nothing opens';
  },
});
