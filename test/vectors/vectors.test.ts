import { createHash, createHmac, webcrypto } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import bcrypt from 'bcryptjs';
import { entryMac, NO_ENTRY } from '../../lambda/crypto/activity.ts';
import { concat, field, SecretBytes, utf8 } from '../../lambda/crypto/bytes.ts';
import { encryptionContext, type WrapPurpose } from '../../lambda/crypto/context.ts';
import { idempotencyKeyHash, requestMac, requireAuthentic } from '../../lambda/crypto/idempotency.ts';
import { passwordIkm } from '../../lambda/crypto/kek.ts';
import { readWrapHeader, unwrapDek } from '../../lambda/crypto/key-wrap.ts';
import { decodeManifest, encodeManifest, entryKey } from '../../lambda/crypto/manifest.ts';
import { emailMessage, pepperMessage, prehash, preparePassword } from '../../lambda/crypto/password.ts';
import {
  decodeRecoveryRecord,
  deriveRecoveryKey,
  encodeRecoveryRecord,
  formatRecoveryCode,
  parseRecoveryCode,
} from '../../lambda/crypto/recovery-code.ts';
import { rewrapMessage, wrapHash } from '../../lambda/crypto/rewrap.ts';
import { rotatedObject } from '../../lambda/crypto/rotation.ts';
import { formatToken, parseToken, sessionSecretHash } from '../../lambda/crypto/session-token.ts';
import { VaultKeys } from '../../lambda/crypto/vault-keys.ts';
import type { ActivityEntry } from '../../lambda/domain/activity.ts';
import { normaliseEmail } from '../../lambda/domain/email.ts';
import type { AccountId, DocumentId, ItemId, SessionId } from '../../lambda/domain/ids.ts';
import { IntegrityError, InvalidRequestError } from '../../lambda/errors.ts';
import { collect, pattern, ragged } from '../crypto/helpers.ts';
import { makeVectors } from './make.ts';
import type { Chain, VectorFiles } from './shapes.ts';

function load<N extends keyof VectorFiles>(name: N): VectorFiles[N] {
  return JSON.parse(readFileSync(join(__dirname, name), 'utf8')) as VectorFiles[N];
}

const bytesOf = (text: string): Buffer => Buffer.from(text, 'hex');
const hex = (bytes: Uint8Array | readonly number[]): string => Buffer.from(bytes).toString('hex');
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const noRandom = (): never => {
  throw new Error('opening takes no random bytes');
};

describe('the committed vectors', () => {
  const made = makeVectors();
  it.each(Object.entries(made))('%s are what the code writes today', (name, vectors) => {
    expect(readFileSync(join(__dirname, name), 'utf8')).toBe(`${JSON.stringify(vectors, null, 1)}\n`);
  });
});

describe('messages.json', () => {
  const vectors = load('messages.json');

  it.each(vectors.passwords)('prepares and pre-hashes password %#', (vector) => {
    const prepared = preparePassword(vector.text, 'plain');
    expect(hex(prepared.bytes)).toBe(vector.prepared);
    expect(prehash(prepared, bytesOf(vector.preSalt))).toBe(vector.prehash);
  });

  it.each(vectors.refusedPasswords)('refuses a password: $reason (%#)', ({ text }) => {
    expect(() => preparePassword(text, 'plain')).toThrow(InvalidRequestError);
  });

  it('gives the messages to the mac key and the contexts of the wrap key', () => {
    for (const { accountId, bcryptTail, message } of vectors.pepper) {
      expect(hex(pepperMessage(accountId, utf8(bcryptTail)))).toBe(message);
    }
    for (const { email, message } of vectors.email) expect(hex(emailMessage(email))).toBe(message);
    for (const { part, before, after, message, ...account } of vectors.rewrap) {
      expect(hex(rewrapMessage(part, account, wrapHash(utf8(before)), wrapHash(utf8(after))))).toBe(message);
    }
    for (const context of vectors.encryptionContexts) {
      const { purpose, account, dek } = context;
      const made = encryptionContext({
        purpose: purpose as WrapPurpose,
        accountId: account as AccountId,
        dekVersion: Number(dek),
      });
      expect(made).toEqual(context);
    }
  });
});

describe('wraps.json', () => {
  const { macKey, cases } = load('wraps.json');

  it.each(cases)('$name: $expect', ({ expect: expected, binding, ikm, inner, dek }) => {
    const open = (): SecretBytes | null => unwrapDek(bytesOf(inner), binding, new SecretBytes(bytesOf(ikm)));
    if (expected === 'integrity') expect(open).toThrow(IntegrityError);
    else expect(open()?.bytes.length ?? null).toBe(expected === 'opens' ? 32 : null);
    if (dek !== undefined) expect(hex(open()?.bytes ?? new Uint8Array(0))).toBe(dek);
  });

  it.each(cases.filter(({ password }) => password !== undefined))('$name: from the password on', (vector) => {
    const {
      text,
      bcryptTail,
      mac,
      prehash: expected,
    } = vector.password ?? { text: '', bcryptTail: '', mac: '', prehash: '' };
    const header = readWrapHeader(bytesOf(vector.inner), 1);
    const prehashed = prehash(preparePassword(text, 'plain'), header.preSalt);
    expect(prehashed).toBe(expected);
    const salt = `$2b$${header.cost}$${bcrypt.encodeBase64(header.bcryptSalt, 16)}`;
    expect(bcrypt.hashSync(prehashed, salt).slice(29)).toBe(bcryptTail);
    const message = pepperMessage(vector.binding.accountId, utf8(bcryptTail));
    expect(createHmac('sha256', bytesOf(macKey)).update(message).digest('hex')).toBe(mac);
    expect(hex(passwordIkm(utf8(bcryptTail), bytesOf(mac)).bytes)).toBe(vector.ikm);
  });
});

describe('stretched.json', () => {
  const { macKey, derivations, refused, cases } = load('stretched.json');

  it.each(derivations)('derives and pre-hashes $email', async ({ password, email, service, ...vector }) => {
    const salt = concat(utf8('twinlock/stretch/v1\0'), field(service), field(email));
    expect(hex(salt)).toBe(vector.salt);
    const { bytes } = preparePassword(password, 'plain');
    const key = await webcrypto.subtle.importKey('raw', Buffer.from(bytes), 'PBKDF2', false, ['deriveBits']);
    const pbkdf2 = { name: 'PBKDF2', hash: 'SHA-256', salt: Buffer.from(salt), iterations: 600_000 };
    const secret = Buffer.from(await webcrypto.subtle.deriveBits(pbkdf2, key, 256));
    expect([hex(secret), secret.toString('base64url')]).toEqual([vector.secret, vector.text]);
    expect(prehash(preparePassword(vector.text, 'stretched-v1'), bytesOf(vector.preSalt))).toBe(vector.prehash);
    expect(prehash(preparePassword(vector.text, 'plain'), bytesOf(vector.preSalt))).not.toBe(vector.prehash);
  });

  it.each(derivations)('has $typed under its one spelling', ({ typed, email }) => {
    expect(normaliseEmail(typed)).toBe(email);
  });

  it.each(refused)('refuses a stretched password: $reason', ({ text }) => {
    expect(() => preparePassword(text, 'stretched-v1')).toThrow(InvalidRequestError);
  });

  it.each(cases)('$name: $expect', ({ expect: expected, kind, text, binding, ...vector }) => {
    const header = readWrapHeader(bytesOf(vector.inner), 1);
    const prehashed = prehash(preparePassword(text, kind), header.preSalt);
    expect(prehashed).toBe(vector.prehash);
    const salt = `$2b$${header.cost}$${bcrypt.encodeBase64(header.bcryptSalt, 16)}`;
    const tail = utf8(bcrypt.hashSync(prehashed, salt).slice(29));
    const mac = createHmac('sha256', bytesOf(macKey)).update(pepperMessage(binding.accountId, tail)).digest();
    const ikm = passwordIkm(tail, mac);
    expect(hex(ikm.bytes)).toBe(vector.ikm);
    const dek = unwrapDek(bytesOf(vector.inner), binding, ikm);
    expect(dek === null ? null : hex(dek.bytes)).toBe(expected === 'opens' ? vector.dek : null);
  });
});

describe('sessions.json', () => {
  const { tokens, malformed } = load('sessions.json');

  it.each(tokens)('reads, writes and hashes token %#', ({ token, accountId, sessionId, secret, hash }) => {
    const parsed = parseToken(token);
    expect(parsed).toMatchObject({ accountId, sessionId });
    expect(hex(parsed?.secret.bytes ?? new Uint8Array(0))).toBe(secret);
    const bytes = new SecretBytes(bytesOf(secret));
    expect(hex(sessionSecretHash(bytes))).toBe(hash);
    expect(formatToken({ accountId, sessionId, secret: bytes })).toBe(token);
  });

  it.each(malformed)('refuses a token: $reason', ({ token }) => {
    expect(parseToken(token)).toBeNull();
  });
});

describe('recovery.json', () => {
  const { codes, refused, records } = load('recovery.json');

  it.each(codes)('reads, writes and derives code %#', ({ bytes, text, typed, accountId, salt, key }) => {
    const code = new SecretBytes(bytesOf(bytes));
    expect(formatRecoveryCode(code)).toBe(text);
    for (const spelling of [text, ...typed]) expect(hex(parseRecoveryCode(spelling)?.bytes ?? [])).toBe(bytes);
    expect(hex(deriveRecoveryKey(code, bytesOf(salt), accountId).bytes)).toBe(key);
  });

  it.each(refused)('refuses a code: $reason', ({ text }) => {
    expect(parseRecoveryCode(text)).toBeNull();
  });

  it.each(records)('reads and writes record %#', ({ key, createdAt, bytes }) => {
    const read = decodeRecoveryRecord(bytesOf(bytes));
    expect([hex(read.key.bytes), read.createdAt]).toEqual([key, createdAt]);
    expect(hex(encodeRecoveryRecord(read))).toBe(bytes);
  });
});

describe('sealed.json', () => {
  const { dek, cases } = load('sealed.json');

  it.each(cases)('$name: $expect', (vector) => {
    const keys = new VaultKeys(new SecretBytes(bytesOf(dek)), vector.accountId, vector.dekVersion, noRandom);
    const open = (): Uint8Array => keys.open(vector.kind, vector.id, vector.version, bytesOf(vector.message));
    if (vector.expect === 'opens') expect(hex(open())).toBe(vector.plaintext);
    else expect(open).toThrow(IntegrityError);
  });
});

describe('content.json', () => {
  const vectors = load('content.json');
  const { dek, accountId, id, version, dekVersion } = vectors;
  const keys = new VaultKeys(new SecretBytes(bytesOf(dek)), accountId, dekVersion, noRandom);
  const messageOf = (name: string): Buffer =>
    Buffer.from(vectors.opens.find((vector) => vector.name === name)?.message ?? '', 'base64');

  it.each(vectors.opens)('opens, whole and by range: $name', async ({ message, size, ranges, ...vector }) => {
    const bytes = Buffer.from(message, 'base64');
    const plaintext = keys.open('content', id, version, bytes);
    expect([plaintext.length, sha256(plaintext), sha256(pattern(size))]).toEqual([size, vector.sha256, vector.sha256]);
    for (const { first, last, message: at, sha256: expected } of ranges) {
      const body = ragged(bytes.subarray(at.first, at.last + 1), [7000]);
      const hash = createHash('sha256');
      const header = bytes.subarray(0, 56);
      for await (const part of keys.openRange('content', id, version, header, { first, last, size }, body))
        hash.update(part);
      expect(hash.digest('hex')).toBe(expected);
    }
  });

  it.each(vectors.integrity)('refuses: $name', async ({ of, pieces, authentic }) => {
    const base = messageOf(of);
    const message = concat(
      ...pieces.map((piece) => (typeof piece === 'string' ? bytesOf(piece) : base.subarray(...piece))),
    );
    expect(() => keys.open('content', id, version, message)).toThrow(IntegrityError);
    let given = 0;
    const stream = keys.openStream('content', id, version, base.subarray(0, 56), ragged(message, [7000]));
    const read = async (): Promise<void> => {
      for await (const part of stream) given += part.length;
    };
    await expect(read()).rejects.toThrow(IntegrityError);
    expect(given).toBe(authentic);
  });
});

describe('idempotency.json', () => {
  const { activityKey, requests, rows } = load('idempotency.json');
  const keysOf = ({ accountId }: { accountId: AccountId }) => ({ accountId, activityKey: bytesOf(activityKey) });

  it.each(requests)('knows request %# again', (vector) => {
    expect(idempotencyKeyHash(vector.key)).toBe(vector.keyHash);
    expect(hex(requestMac(keysOf(vector), vector.keyHash, vector.parts.map(utf8)))).toBe(vector.mac);
  });

  it.each(rows)('$name: $expect', ({ name: _name, expect: expected, ...vector }) => {
    const row = { kind: 'idempotency', ...vector, request: bytesOf(vector.request), mac: bytesOf(vector.mac) } as const;
    const check = () => {
      requireAuthentic(keysOf(vector), row);
    };
    if (expected === 'integrity') expect(check).toThrow(IntegrityError);
    else expect(check).not.toThrow();
  });
});

describe('activity.json', () => {
  const { dek, activityKey, accountId, dekVersion, session, opens, integrity } = load('activity.json');

  /** The entries of a session, each held against the one before and the last against what is known of it. */
  function read({ count, head, entries }: Chain): { text: string; mac: string }[] {
    const keys = new VaultKeys(new SecretBytes(bytesOf(dek)), accountId, dekVersion, noRandom);
    let before = NO_ENTRY;
    const found = entries.map(({ id, sealed }, place) => {
      const bytes = keys.open('activity', id, 1, bytesOf(sealed));
      const text = Buffer.from(bytes).toString();
      const entry = JSON.parse(text) as ActivityEntry;
      const isNext = entry.number === place + 1 && entry.previous === Buffer.from(before).toString('base64');
      if (entry.session !== session || !isNext) throw new IntegrityError('activity');
      before = entryMac(bytesOf(activityKey), accountId, id, bytes);
      return { text, mac: hex(before) };
    });
    if (found.length !== count || hex(before) !== head) throw new IntegrityError('activity');
    return found;
  }

  it.each(opens)('follows from beginning to end: $name', (chain) => {
    expect(read(chain)).toEqual(chain.entries.map(({ text, mac }) => ({ text, mac })));
    expect(chain.entries.map(({ id }) => id).sort()).toEqual(chain.entries.map(({ id }) => id));
  });

  it.each(integrity)('refuses: $name', (chain) => {
    expect(() => read(chain)).toThrow(IntegrityError);
  });
});

describe('rotation.json', () => {
  const { dek, accountId, dekVersion, objects } = load('rotation.json');
  const keys = new VaultKeys(new SecretBytes(bytesOf(dek)), accountId, dekVersion, noRandom);

  it.each(objects)('makes the same object %#', async ({ id, part, name, salt, size, message }) => {
    const made = rotatedObject(keys, id, part);
    expect([made.name, hex(made.salt)]).toEqual([name, salt]);
    const sealing = keys.beginSeal('content', id, part, made.salt);
    expect(hex(await collect(sealing.seal([pattern(size)])))).toBe(message);
    expect(hex(keys.open('content', id, part, bytesOf(message)))).toBe(hex(pattern(size)));
  });
});

describe('manifests.json', () => {
  const { dek, accountId, accountRow, opens, integrity } = load('manifests.json');

  it.each(opens)('opens, decodes and encodes: $name', (vector) => {
    const { name, revision, account, entries, sessions, bytes, sealed } = vector;
    const keys = new VaultKeys(new SecretBytes(bytesOf(dek)), accountId, account.dekVersion, noRandom);
    const opened = keys.open('manifest', accountId, revision, bytesOf(sealed));
    expect(hex(opened)).toBe(bytes);
    const manifest = decodeManifest(opened);
    expect(hex(encodeManifest(manifest))).toBe(bytes);
    expect(manifest.revision).toBe(revision);
    const { hashes, ...numbers } = manifest.account;
    expect({ ...numbers, hashes: Object.fromEntries([...hashes].map(([tag, hash]) => [tag, hex(hash)])) }).toEqual(
      account,
    );
    expect(manifest.entries.size).toBe(entries.length);
    for (const { kind, id, commitment, ...rest } of entries) {
      const found = manifest.entries.get(entryKey(kind === 'item' ? 'item' : 'document', id as ItemId | DocumentId));
      expect({ ...found, commitment: hex(found?.commitment ?? new Uint8Array(0)) }).toEqual({
        kind,
        id,
        commitment,
        ...rest,
      });
    }
    expect(manifest.sessions.size).toBe(sessions.length);
    for (const { id, head, ...rest } of sessions) {
      const found = manifest.sessions.get(id as SessionId);
      expect({ ...found, head: hex(found?.head ?? []) }).toEqual({ head, ...rest });
    }
    expect(account.hashes).toEqual({
      1: sha256(bytesOf(accountRow.passwordWrap)),
      4: sha256(bytesOf(accountRow.profile)),
      5: sha256(bytesOf(accountRow.emailMac)),
      ...(name === 'an account with a recovery code'
        ? {
            2: sha256(bytesOf(accountRow.recoveryWrap)),
            6: sha256(bytesOf(accountRow.recoverySalt)),
            7: sha256(bytesOf(accountRow.recoverySealed)),
          }
        : {}),
      ...(account.dekVersion === 2 ? { 3: sha256(bytesOf(accountRow.previousDek)) } : {}),
    });
  });

  it.each(integrity)('refuses: $name', ({ bytes }) => {
    expect(() => decodeManifest(bytesOf(bytes))).toThrow(IntegrityError);
  });
});
