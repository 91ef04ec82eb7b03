import { createHmac } from 'node:crypto';
import bcrypt from 'bcryptjs';
import { concat, utf8 } from '../../lambda/crypto/bytes.ts';
import { HEADER_SIZE, rangeOf, SEALED_CHUNK_SIZE } from '../../lambda/crypto/cobblestone.ts';
import { encryptionContext } from '../../lambda/crypto/context.ts';
import { passwordIkm } from '../../lambda/crypto/kek.ts';
import {
  newPasswordHeader,
  newSecretHeader,
  type Suite,
  type WrapBinding,
  wrapDek,
} from '../../lambda/crypto/key-wrap.ts';
import { emailMessage, pepperMessage, prehash, preparePassword } from '../../lambda/crypto/password.ts';
import { deriveRecoveryKey, encodeRecoveryRecord, formatRecoveryCode } from '../../lambda/crypto/recovery-code.ts';
import { rewrapMessage, wrapHash } from '../../lambda/crypto/rewrap.ts';
import { formatToken, sessionSecretHash } from '../../lambda/crypto/session-token.ts';
import {
  ALICE,
  BOB,
  DOCUMENT,
  ENTRY,
  fixedRandom,
  flipped,
  ITEM,
  OTHER_ITEM,
  OTHER_SESSION,
  pattern,
  SESSION,
} from '../crypto/helpers.ts';
import { activity, idempotency, rotation } from './make-activity.ts';
import { manifests } from './make-manifests.ts';
import { stretched } from './make-stretched.ts';
import { DEK, hex, keysOf, MAC_KEY, random, secret, sha256, withByte } from './material.ts';
import type {
  ContentVectors,
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

const PASSWORD = 'an invented gâteau recipe';

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
    'activity.json': activity(),
    'rotation.json': rotation(),
    'stretched.json': stretched(),
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
      const prepared = preparePassword(text, 'plain');
      return { text, prepared: hex(prepared.bytes), preSalt: hex(preSalt), prehash: prehash(prepared, preSalt) };
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
    rewrap: (['password', 'recovery'] as const).map((part) => {
      const [before, after] = [`an outer wrap before (${part})`, `an outer wrap now (${part})`];
      const message = rewrapMessage(
        part,
        { accountId: ALICE, version: 9 },
        wrapHash(utf8(before)),
        wrapHash(utf8(after)),
      );
      return { part, accountId: ALICE, version: 9, before, after, message: hex(message) };
    }),
    encryptionContexts: (['password', 'session', 'recovery'] as const).map((purpose) => ({
      ...encryptionContext({ purpose, accountId: ALICE, dekVersion: 7 }),
    })),
  };
}

function wraps(): WrapVectors {
  const password = (suite: Suite): WrapCase => {
    const header = newPasswordHeader(suite, 10, 1, random);
    const prehashed = prehash(preparePassword(PASSWORD, 'plain'), header.preSalt);
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
  const make = (kind: SealedCase['kind'], id: string, version: number, plaintext: string, under = keys): SealedCase => {
    const bytes = utf8(plaintext);
    const message = hex(under.seal(kind, id, version, bytes));
    const context = { accountId: ALICE, id, version, dekVersion: under.dekVersion };
    return { name: kind, expect: 'opens', kind, ...context, message, plaintext: hex(bytes) };
  };
  const item = make('item', ITEM, 3, '{"type":"note","data":{"text":"an invented note"}}');
  const previous = make(
    'previous-dek',
    ALICE,
    6,
    'an invented data-encryption key.',
    keysOf('previous DEK vectors', 2),
  );
  const good = [
    item,
    make('document', DOCUMENT, 1, '{"title":"an invented letter"}'),
    make('profile', ALICE, 1, '{"email":"ada@example.com"}'),
    make('session', SESSION, 3, '{"userAgent":"an invented browser"}'),
    make('cursor', 'items', 0, ''),
    make('recovery', ALICE, 4, 'an invented recovery key and its time...'),
    make('activity', ENTRY, 1, '{"number":1,"action":"item.revealed"}'),
    previous,
    make('upload', DOCUMENT, 2, '{"title":"an invented scan","retentionDays":90,"parts":[]}'),
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
      { ...without(previous), name: 'a previous DEK of another version of the account row', version: 7 },
      { ...without(previous), name: 'a previous DEK under the DEK version before', dekVersion: 1 },
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
