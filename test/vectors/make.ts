import { createHash, createHmac } from 'node:crypto';
import bcrypt from 'bcryptjs';
import { concat, SecretBytes, utf8 } from '../../lambda/crypto/bytes.ts';
import { HEADER_SIZE, rangeOf, SEALED_CHUNK_SIZE } from '../../lambda/crypto/cobblestone.ts';
import { encryptionContext } from '../../lambda/crypto/context.ts';
import { authenticatedRow, idempotencyKeyHash, requestMac } from '../../lambda/crypto/idempotency.ts';
import { passwordIkm } from '../../lambda/crypto/kek.ts';
import {
  newPasswordHeader,
  newSecretHeader,
  type Suite,
  type WrapBinding,
  wrapDek,
} from '../../lambda/crypto/key-wrap.ts';
import { encodeManifest, entryOf, type Manifest, newManifest, withEntry } from '../../lambda/crypto/manifest.ts';
import { emailMessage, pepperMessage, prehash, preparePassword } from '../../lambda/crypto/password.ts';
import { deriveRecoveryKey, encodeRecoveryRecord, formatRecoveryCode } from '../../lambda/crypto/recovery-code.ts';
import { formatToken, sessionSecretHash } from '../../lambda/crypto/session-token.ts';
import { VaultKeys } from '../../lambda/crypto/vault-keys.ts';
import type { Sealed, WrappedKey } from '../../lambda/domain/records.ts';
import {
  ALICE,
  BOB,
  DOCUMENT,
  fixedRandom,
  flipped,
  ITEM,
  OTHER_ITEM,
  OTHER_SESSION,
  pattern,
  SESSION,
} from '../crypto/helpers.ts';
import type {
  ContentVectors,
  IdempotencyRowCase,
  IdempotencyVectors,
  ManifestVectors,
  MessageVectors,
  RecoveryVectors,
  SealedCase,
  SealedVectors,
  SessionVectors,
  Splice,
  VectorFiles,
  WrapCase,
  WrapVectors,
} from './shapes.ts';

const random = fixedRandom('golden vectors');
const DEK = random(32);
const MAC_KEY = random(32);
const PASSWORD = 'an invented gâteau recipe';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const secret = (bytes: Uint8Array): SecretBytes => new SecretBytes(bytes.slice());
const keysOf = (seed: string): VaultKeys => new VaultKeys(secret(DEK), ALICE, 1, fixedRandom(seed));

function withByte(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const copy = bytes.slice();
  copy[at] = value;
  return copy;
}

/** All files of golden vectors: the same in every run. */
export function makeVectors(): VectorFiles {
  return {
    'messages.json': messages(),
    'wraps.json': wraps(),
    'sessions.json': sessions(),
    'recovery.json': recovery(),
    'sealed.json': sealed(),
    'content.json': content(),
    'manifests.json': manifests(),
    'idempotency.json': idempotency(),
  };
}

function messages(): MessageVectors {
  const preSalt = random(32);
  const passwords = [
    'p'.repeat(72),
    'p'.repeat(73),
    PASSWORD,
    PASSWORD.normalize('NFD'),
    ' a\u3000b\u00a0c ',
    '\u{1f512}',
  ];
  const tail = 'abcdefghijklmnopqrstuvwxyz01234';
  return {
    passwords: passwords.map((text) => {
      const prepared = preparePassword(text);
      return { text, prepared: hex(prepared), preSalt: hex(preSalt), prehash: prehash(prepared, preSalt) };
    }),
    refusedPasswords: [
      { reason: 'empty', text: '' },
      { reason: 'control character', text: 'nul\0nul' },
      { reason: 'control character', text: 'c1\u0085c1' },
      { reason: 'lone surrogate', text: 'half\ud83dhalf' },
      { reason: 'over 1,024 bytes', text: 'é'.repeat(513) },
    ],
    pepper: [{ accountId: ALICE, bcryptTail: tail, message: hex(pepperMessage(ALICE, utf8(tail))) }],
    email: [{ email: 'ada@example.com', message: hex(emailMessage('ada@example.com')) }],
    encryptionContexts: (['password', 'session', 'recovery'] as const).map((purpose) => ({
      ...encryptionContext({ purpose, accountId: ALICE, dekVersion: 7 }),
    })),
  };
}

function wraps(): WrapVectors {
  const password = (suite: Suite): WrapCase => {
    const header = newPasswordHeader(suite, 10, 1, random);
    const prehashed = prehash(preparePassword(PASSWORD), header.preSalt);
    const salt = `$2b$10$${bcrypt.encodeBase64(header.bcryptSalt, 16)}`;
    const bcryptTail = bcrypt.hashSync(prehashed, salt).slice(29);
    const mac = createHmac('sha256', MAC_KEY)
      .update(pepperMessage(ALICE, utf8(bcryptTail)))
      .digest();
    const ikm = passwordIkm(utf8(bcryptTail), mac);
    const binding: WrapBinding = { format: 1, accountId: ALICE, dekVersion: 1 };
    const inner = wrapDek(secret(DEK), header, binding, ikm, random(12));
    return {
      name: `password, suite ${suite}`,
      expect: 'opens',
      binding,
      password: { text: PASSWORD, prehash: prehashed, bcryptTail, mac: hex(mac) },
      ikm: hex(ikm.bytes),
      inner: hex(inner),
      dek: hex(DEK),
    };
  };
  const direct = (name: string, binding: Exclude<WrapBinding, { format: 1 }>, suite: Suite): WrapCase => {
    const ikm = random(32);
    const inner = wrapDek(
      secret(DEK),
      newSecretHeader(binding.format, suite, random),
      binding,
      secret(ikm),
      random(12),
    );
    return {
      name: `${name}, suite ${suite}`,
      expect: 'opens',
      binding,
      ikm: hex(ikm),
      inner: hex(inner),
      dek: hex(DEK),
    };
  };
  const session = { format: 2, accountId: ALICE, dekVersion: 1, sessionId: SESSION, epoch: 3 } as const;
  const good = {
    password: password(2),
    weaker: password(1),
    session: direct('session', session, 2),
    weakerSession: direct('session', session, 1),
    recovery: direct('recovery', { format: 3, accountId: ALICE, dekVersion: 1 }, 2),
  };
  const rebound = (base: WrapCase, name: string, change: Partial<WrapBinding>): WrapCase => {
    const { dek: _dek, password: _password, ...rest } = base;
    return { ...rest, name, expect: 'wrong-secret', binding: { ...base.binding, ...change } as WrapBinding };
  };
  const altered = (
    base: WrapCase,
    name: string,
    change: (inner: Uint8Array) => Uint8Array,
    wrong = false,
  ): WrapCase => {
    const { dek: _dek, password: _password, ...rest } = base;
    const inner = hex(change(Buffer.from(base.inner, 'hex')));
    return { ...rest, name, expect: wrong ? 'wrong-secret' : 'integrity', inner };
  };
  return {
    macKey: hex(MAC_KEY),
    cases: [
      ...Object.values(good),
      { ...rebound(good.password, 'another password', {}), ikm: hex(random(63)) },
      rebound(good.password, 'password wrap of another account', { accountId: BOB }),
      rebound(good.password, 'password wrap of another DEK version', { dekVersion: 2 }),
      rebound(good.session, 'session wrap of another session', { sessionId: OTHER_SESSION }),
      rebound(good.session, 'session wrap of another epoch', { epoch: 4 }),
      rebound(good.recovery, 'recovery wrap of another account', { accountId: BOB }),
      altered(good.password, 'KEK salt changed', (inner) => flipped(inner, 52), true),
      altered(good.password, 'commitment changed', (inner) => flipped(inner, 84), true),
      altered(good.password, 'iv changed', (inner) => flipped(inner, 116)),
      altered(good.password, 'wrapped DEK changed', (inner) => flipped(inner, 128)),
      altered(good.password, 'tag changed', (inner) => flipped(inner, 175, 7)),
      altered(good.password, 'pre-salt changed under the same input key material', (inner) => flipped(inner, 20)),
      altered(good.password, 'format 3 where 1 was asked for', (inner) => withByte(inner, 0, 3)),
      altered(good.password, 'suite 3', (inner) => withByte(inner, 1, 3)),
      altered(good.password, 'cost 31', (inner) => withByte(inner, 2, 31)),
      altered(good.password, 'cost 4', (inner) => withByte(inner, 2, 4)),
      altered(good.password, 'cost 11, in bounds but not the one', (inner) => withByte(inner, 2, 11)),
      altered(good.password, 'pepper 0', (inner) => withByte(inner, 3, 0)),
      altered(good.password, 'tag cut to 12 bytes', (inner) => inner.subarray(0, 172)),
      altered(good.session, 'a cost where a zero is due', (inner) => withByte(inner, 2, 12)),
      altered(good.session, 'a bcrypt salt where zeros are due', (inner) => flipped(inner, 4)),
      altered(good.recovery, 'a pre-salt where zeros are due', (inner) => flipped(inner, 51)),
      altered(good.recovery, 'one byte too many', (inner) => concat(inner, new Uint8Array(1))),
    ],
  };
}

function sessions(): SessionVectors {
  const bytes = random(32);
  const token = formatToken({ accountId: ALICE, sessionId: SESSION, secret: secret(bytes) });
  const hash = hex(sessionSecretHash(secret(bytes)));
  return {
    tokens: [{ token, accountId: ALICE, sessionId: SESSION, secret: hex(bytes), hash }],
    malformed: [
      { reason: 'another version', token: token.replace('tw1', 'tw2') },
      { reason: 'padding', token: `${token}=` },
      { reason: 'low bits of the last character set', token: `${token.slice(0, -1)}B` },
      { reason: 'lower-case id', token: token.replace(ALICE, ALICE.toLowerCase()) },
      { reason: 'id over 128 bits', token: token.replace(ALICE, `8${ALICE.slice(1)}`) },
      { reason: 'short secret', token: token.slice(0, -1) },
    ],
  };
}

function recovery(): RecoveryVectors {
  const fresh = fixedRandom('recovery vectors');
  const salt = fresh(32);
  const key = fresh(32);
  // The check value of the second is 36, which only the last character of a code can spell.
  const bytes = [fresh(20), concat(new Uint8Array(19), Uint8Array.of(36)), new Uint8Array(20).fill(0xff)];
  const texts = bytes.map((code) => formatRecoveryCode(secret(code)));
  const [text = ''] = texts;
  const other = text.endsWith('0') ? '1' : '0';
  return {
    codes: bytes.map((code, place) => ({
      bytes: hex(code),
      text: texts[place] ?? '',
      typed: spellings(texts[place] ?? ''),
      accountId: ALICE,
      salt: hex(salt),
      key: hex(deriveRecoveryKey(secret(code), salt, ALICE).bytes),
    })),
    refused: [
      { reason: 'empty', text: '' },
      { reason: 'another check character', text: text.slice(0, -1) + other },
      { reason: 'no check character', text: text.slice(0, -1) },
      { reason: 'a character too many', text: `${text}0` },
      { reason: 'two groups exchanged', text: text.replace(/^(.{4})-(.{4})/, '$2-$1') },
      { reason: 'U among the digits', text: `U${text.slice(1)}` },
      { reason: 'a check symbol among the digits', text: `*${text.slice(1)}` },
      { reason: 'a full-width digit', text: `\uff10${text.slice(1)}` },
      { reason: 'a dotless i', text: `\u0131${text.slice(1)}` },
    ],
    records: [
      {
        key: hex(key),
        createdAt: 1_790_000_000_000,
        bytes: hex(encodeRecoveryRecord({ key: secret(key), createdAt: 1_790_000_000_000 })),
      },
    ],
  };
}

/** How a code may be typed: in lower case, with other spaces and hyphens, with letters that look like its digits. */
function spellings(text: string): string[] {
  return [
    text.toLowerCase(),
    text.replaceAll('-', ''),
    ` ${text.replaceAll('-', ' ')}\n`,
    text.replaceAll('-', '\u2011\u00a0'),
    text.replaceAll('0', 'O').replaceAll('1', 'I'),
    text.replaceAll('0', 'o').replaceAll('1', 'l'),
  ];
}

function sealed(): SealedVectors {
  const keys = keysOf('sealed vectors');
  const make = (kind: SealedCase['kind'], id: string, version: number, plaintext: string): SealedCase => {
    const bytes = utf8(plaintext);
    const message = hex(keys.seal(kind, id, version, bytes));
    const context = { accountId: ALICE, id, version, dekVersion: 1 };
    return { name: kind, expect: 'opens', kind, ...context, message, plaintext: hex(bytes) };
  };
  const item = make('item', ITEM, 3, '{"type":"note","data":{"text":"an invented note"}}');
  const good = [
    item,
    make('document', DOCUMENT, 1, '{"title":"an invented letter"}'),
    make('profile', ALICE, 1, '{"email":"ada@example.com"}'),
    make('session', SESSION, 3, '{"userAgent":"an invented browser"}'),
    make('cursor', 'items', 0, ''),
    make('recovery', ALICE, 4, 'an invented recovery key and its time...'),
  ];
  const without = ({ plaintext: _plaintext, ...rest }: SealedCase): SealedCase => ({ ...rest, expect: 'integrity' });
  const moved = (name: string, change: Partial<SealedCase>): SealedCase => ({ ...without(item), ...change, name });
  const altered = (name: string, change: (message: Uint8Array) => Uint8Array): SealedCase =>
    moved(name, { message: hex(change(Buffer.from(item.message, 'hex'))) });
  return {
    dek: hex(DEK),
    cases: [
      ...good,
      moved("in another account's place", { accountId: BOB }),
      moved("in another item's place", { id: OTHER_ITEM }),
      moved('an older version in the place of a newer', { version: 4 }),
      moved('another kind', { kind: 'document' }),
      moved('another DEK version', { dekVersion: 2 }),
      altered('salt changed', (message) => flipped(message, 0)),
      altered('commitment changed', (message) => flipped(message, 24)),
      altered('ciphertext changed', (message) => flipped(message, HEADER_SIZE)),
      altered('tag changed', (message) => flipped(message, message.length - 1)),
      altered('tag cut to 12 bytes', (message) => message.subarray(0, -4)),
      altered('header alone', (message) => message.subarray(0, HEADER_SIZE)),
      altered('one byte too many', (message) => concat(message, new Uint8Array(1))),
    ],
  };
}

function content(): ContentVectors {
  const keys = keysOf('content vectors');
  const make = (name: string, size: number, ranges: readonly (readonly [number, number])[]) => {
    const plaintext = pattern(size);
    const message = keys.seal('content', DOCUMENT, 1, plaintext);
    return {
      name,
      size,
      sha256: sha256(plaintext),
      message: Buffer.from(message).toString('base64'),
      ranges: ranges.map(([first, last]) => ({
        first,
        last,
        message: rangeOf(first, last, size),
        sha256: sha256(plaintext.subarray(first, last + 1)),
      })),
    };
  };
  const [header, one, two] = [HEADER_SIZE, HEADER_SIZE + SEALED_CHUNK_SIZE, HEADER_SIZE + 2 * SEALED_CHUNK_SIZE];
  const end = 33_000 + HEADER_SIZE + 3 * 16;
  const fail = (name: string, authentic: number, ...pieces: readonly Splice[]) => ({
    name,
    of: 'three chunks',
    pieces,
    authentic,
  });
  return {
    dek: hex(DEK),
    accountId: ALICE,
    id: DOCUMENT,
    version: 1,
    dekVersion: 1,
    opens: [
      make('empty', 0, []),
      make('one full chunk and an empty one', 16_384, [[0, 16_383]]),
      make('three chunks', 33_000, [
        [0, 0],
        [16_383, 16_384],
        [20_000, 32_999],
      ]),
    ],
    integrity: [
      fail('header cut', 0, [0, 55]),
      fail('chunks 0 and 1 swapped', 0, [0, header], [one, two], [header, one], [two, end]),
      fail('chunk 0 in the place of chunk 1', 16_384, [0, one], [header, one], [two, end]),
      fail('last chunk missing', 32_768, [0, two]),
      fail('last chunk cut', 32_768, [0, end - 1]),
      fail('last tag changed', 32_768, [0, end - 16], '00000000000000000000000000000000'),
      fail('a byte added', 32_768, [0, end], '00'),
      fail('last chunk twice', 32_768, [0, end], [two, end]),
    ],
  };
}

function idempotency(): IdempotencyVectors {
  const keys = keysOf('idempotency vectors');
  const request = (key: string, parts: readonly string[]) => {
    const keyHash = idempotencyKeyHash(key);
    const mac = hex(requestMac(keys, keyHash, parts.map(utf8)));
    return { accountId: ALICE, dekVersion: 1, key, keyHash, parts, mac };
  };
  const item = request('an-invented-key', ['POST /v1/items', '{"type":"note","data":{"text":"an invented note"}}']);
  const document = request('~', ['POST /v1/documents', '{"title":"an invented letter"}', '']);
  const row = (
    name: string,
    of: typeof item,
    state: IdempotencyRowCase['state'],
    resourceId: IdempotencyRowCase['resourceId'],
  ): IdempotencyRowCase => {
    const bytes = Uint8Array.from(Buffer.from(of.mac, 'hex'));
    const content = { keyHash: of.keyHash, dekVersion: 1, state, resourceId, createdAt: 1_790_000_000_000 };
    const { mac } = authenticatedRow(keys, { kind: 'idempotency', ...content, request: bytes });
    return { name, expect: 'authentic', accountId: ALICE, ...content, request: of.mac, mac: hex(mac) };
  };
  const done = row('an item that was made', item, 'DONE', ITEM);
  const altered = (name: string, change: Partial<IdempotencyRowCase>): IdempotencyRowCase => ({
    ...done,
    ...change,
    name,
    expect: 'integrity',
  });
  return {
    dek: hex(DEK),
    requests: [item, document],
    rows: [
      done,
      row('a document that is being made', document, 'BEGUN', DOCUMENT),
      altered("in another account's place", { accountId: BOB }),
      altered("in another key's place", { keyHash: document.keyHash }),
      altered('another DEK version', { dekVersion: 2 }),
      altered('another state', { state: 'BEGUN' }),
      altered('another resource', { resourceId: OTHER_ITEM }),
      altered('another time', { createdAt: 1_790_000_000_001 }),
      altered('another request', { request: document.mac }),
      altered('HMAC cut to 16 bytes', { mac: done.mac.slice(0, 32) }),
    ],
  };
}

function manifests(): ManifestVectors {
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
    entryOf({ ...document, sealed: message(), objectKeys: [], expiresAt, dueAt: expiresAt }),
    entryOf({ ...item, itemId: OTHER_ITEM, sealed: message() }),
    entryOf({ ...item, itemId: ITEM, sealed: message() }),
  ].reduce(withEntry, { ...empty, revision: 9 });
  const keys = keysOf('manifest vectors');
  const good = (name: string, manifest: Manifest) => {
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
      bytes: hex(bytes),
      sealed: hex(keys.seal('manifest', ALICE, manifest.revision, bytes)),
    };
  };
  const bytes = encodeManifest(full);
  const start = 1 + 3 * 8 + 4 + 1 + 3 * 33 + 4;
  const [one, two] = [bytes.subarray(start, start + 41), bytes.subarray(start + 41, start + 82)];
  const [head, rest] = [bytes.subarray(0, start), bytes.subarray(start + 82)];
  const fail = (name: string, faulty: Uint8Array) => ({ name, bytes: hex(faulty) });
  return {
    dek: hex(DEK),
    accountId: ALICE,
    dekVersion: 1,
    accountRow: {
      emailMac: hex(account.emailMac),
      passwordWrap: hex(account.passwordWrap),
      profile: hex(account.profile),
      recoveryWrap: hex(recovery.wrap),
      recoverySalt: hex(recovery.salt),
      recoverySealed: hex(recovery.sealed),
    },
    opens: [
      good('empty', empty),
      good('two items and a document', full),
      good('an account with a recovery code', newManifest({ ...account, recovery })),
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
    ],
  };
}
