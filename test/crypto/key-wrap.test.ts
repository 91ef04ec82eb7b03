import { createDecipheriv, hkdfSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import bcrypt from 'bcryptjs';
import { concat, field, n32, n64, SecretBytes, utf8 } from '../../lambda/crypto/bytes.ts';
import { passwordIkm } from '../../lambda/crypto/kek.ts';
import {
  newPasswordHeader,
  newSecretHeader,
  readWrapHeader,
  type Suite,
  unwrapDek,
  type WrapBinding,
  type WrapHeader,
  wrapDek,
} from '../../lambda/crypto/key-wrap.ts';
import { prehash, preparePassword } from '../../lambda/crypto/password.ts';
import { IntegrityError } from '../../lambda/errors.ts';
import { ALICE, BOB, fixedRandom, flipped, OTHER_SESSION, SESSION } from './helpers.ts';

const DEK = fixedRandom('dek')(32);
const IV = fixedRandom('iv')(12);
const IKM = fixedRandom('ikm')(63);

const PASSWORD: WrapBinding = { format: 1, accountId: ALICE, dekVersion: 1 };
const SESSION_BINDING: WrapBinding = { format: 2, accountId: ALICE, dekVersion: 1, sessionId: SESSION, epoch: 4 };
const RECOVERY: WrapBinding = { format: 3, accountId: ALICE, dekVersion: 1 };
const BINDINGS = [PASSWORD, SESSION_BINDING, RECOVERY] as const;
const NAMES = { 1: 'password', 2: 'session', 3: 'recovery' } as const;

const secret = (bytes: Uint8Array = IKM): SecretBytes => new SecretBytes(bytes.slice());

function headerFor(format: WrapBinding['format'], suite: Suite): WrapHeader {
  const random = fixedRandom(`header ${format}`);
  return format === 1 ? newPasswordHeader(suite, 12, 1, random) : newSecretHeader(format, suite, random);
}

function wrapped(binding: WrapBinding, suite: Suite = 2): Uint8Array {
  return wrapDek(secret(DEK), headerFor(binding.format, suite), binding, secret(), IV);
}

const CASES = BINDINGS.flatMap((binding) =>
  ([1, 2] as const).map((suite) => ({ binding, suite, format: binding.format })),
);

describe.each(CASES)('a wrap of format $format in suite $suite', ({ binding, suite }) => {
  const inner = wrapped(binding, suite);

  it('has 176 bytes and gives the DEK back', () => {
    expect(inner).toHaveLength(176);
    expect(inner[1]).toBe(suite);
    expect(Buffer.from(unwrapDek(inner, binding, secret())?.bytes ?? [])).toEqual(Buffer.from(DEK));
  });

  it('is null for another secret', () => {
    expect(unwrapDek(inner, binding, secret(fixedRandom('another')(63)))).toBeNull();
  });

  it('is refused with any of its bytes changed', () => {
    for (let at = 0; at < inner.length; at++) {
      let opened: unknown = null;
      try {
        opened = unwrapDek(flipped(inner, at, at % 8), binding, secret());
      } catch (error) {
        expect(error).toBeInstanceOf(IntegrityError);
      }
      expect(opened).toBeNull();
    }
  });

  it('takes a changed salt or commitment for a wrong secret, and a changed iv, DEK or tag for tampering', () => {
    for (const at of [52, 83, 84, 115]) expect(unwrapDek(flipped(inner, at), binding, secret())).toBeNull();
    for (const at of [116, 127, 128, 159, 160, 175]) {
      expect(() => unwrapDek(flipped(inner, at), binding, secret())).toThrow(IntegrityError);
    }
  });

  it.each([0, 1, 160, 164, 172, 175, 177])('is refused with %i bytes: no short tag is taken', (length) => {
    const cut = new Uint8Array(length);
    cut.set(inner.subarray(0, length));
    expect(() => unwrapDek(cut, binding, secret())).toThrow(IntegrityError);
  });
});

describe('the binding of a wrap', () => {
  const others: readonly (readonly [string, WrapBinding, WrapBinding])[] = [
    ['another account (password)', PASSWORD, { ...PASSWORD, accountId: BOB }],
    ['another DEK version (password)', PASSWORD, { ...PASSWORD, dekVersion: 2 }],
    ['another account (session)', SESSION_BINDING, { ...SESSION_BINDING, accountId: BOB }],
    ['another DEK version (session)', SESSION_BINDING, { ...SESSION_BINDING, dekVersion: 2 }],
    ['another session', SESSION_BINDING, { ...SESSION_BINDING, sessionId: OTHER_SESSION }],
    ['another epoch', SESSION_BINDING, { ...SESSION_BINDING, epoch: 5 }],
    ['another account (recovery)', RECOVERY, { ...RECOVERY, accountId: BOB }],
    ['another DEK version (recovery)', RECOVERY, { ...RECOVERY, dekVersion: 2 }],
  ];

  it.each(others)('refuses a wrap that belongs to %s', (_name, made, asked) => {
    expect(unwrapDek(wrapped(made), asked, secret())).toBeNull();
  });

  it.each(
    BINDINGS.flatMap((made) => BINDINGS.filter((asked) => asked !== made).map((asked) => [made, asked] as const)),
  )('refuses a wrap of another format (%#)', (made, asked) => {
    expect(() => unwrapDek(wrapped(made), asked, secret())).toThrow(IntegrityError);
  });

  it('binds the header even where it makes no difference to the key: the cost and the pepper byte', () => {
    const inner = wrapped(PASSWORD);
    inner[2] = 13;
    expect(() => unwrapDek(inner, PASSWORD, secret())).toThrow(new IntegrityError('password wrap'));
    inner[2] = 12;
    inner[3] = 2;
    expect(() => unwrapDek(inner, PASSWORD, secret())).toThrow(new IntegrityError('password wrap'));
  });
});

describe('readWrapHeader', () => {
  it('gives the header back', () => {
    const header = headerFor(1, 2);
    expect(readWrapHeader(wrapped(PASSWORD), 1)).toEqual(header);
  });

  it.each([0, 83, 84, 175, 177])('refuses %i bytes', (length) => {
    const inner = new Uint8Array(length);
    inner.set(wrapped(PASSWORD).subarray(0, length));
    expect(() => readWrapHeader(inner, 1)).toThrow(new IntegrityError('password wrap header'));
  });

  it.each([
    ['cost 0', PASSWORD, 2, 0],
    ['cost 4', PASSWORD, 2, 4],
    ['cost 9', PASSWORD, 2, 9],
    ['cost 15', PASSWORD, 2, 15],
    ['cost 31', PASSWORD, 2, 31],
    ['cost 255', PASSWORD, 2, 255],
    ['pepper 0', PASSWORD, 3, 0],
    ['format 0', PASSWORD, 0, 0],
    ['format 4', PASSWORD, 0, 4],
    ['suite 0', PASSWORD, 1, 0],
    ['suite 3', PASSWORD, 1, 3],
    ['a cost where zeros are due', SESSION_BINDING, 2, 12],
    ['a pepper where zeros are due', SESSION_BINDING, 3, 1],
    ['a bcrypt salt where zeros are due', SESSION_BINDING, 19, 1],
    ['a pre-salt where zeros are due', RECOVERY, 51, 1],
    ['a cost where zeros are due (recovery)', RECOVERY, 2, 12],
    ['a pepper where zeros are due (recovery)', RECOVERY, 3, 1],
  ] as const)('refuses %s at once', (_name, binding, at, value) => {
    const inner = wrapped(binding);
    inner[at] = value;
    expect(() => readWrapHeader(inner, binding.format)).toThrow(
      new IntegrityError(`${NAMES[binding.format]} wrap header`),
    );
  });
});

describe('wrapDek', () => {
  const sound = headerFor(1, 2);
  it.each([
    ['a cost of 9', { ...sound, cost: 9 }],
    ['a cost of 15', { ...sound, cost: 15 }],
    ['pepper 0', { ...sound, pepper: 0 }],
    ['pepper 256', { ...sound, pepper: 256 }],
    ['a short bcrypt salt', { ...sound, bcryptSalt: new Uint8Array(15) }],
    ['a short pre-salt', { ...sound, preSalt: new Uint8Array(31) }],
    ['a short salt', { ...sound, kekSalt: new Uint8Array(16) }],
    ["a session's header", headerFor(2, 2)],
  ])('refuses to make what could not be opened: %s', (_name, header) => {
    expect(() => wrapDek(secret(DEK), header, PASSWORD, secret(), IV)).toThrow(
      new RangeError('wrap header is out of bounds'),
    );
  });

  it.each([
    ['the least cost', { ...sound, cost: 10 }],
    ['the greatest cost', { ...sound, cost: 14 }],
    ['the last pepper', { ...sound, pepper: 255 }],
  ])('takes %s, and it can be opened', (_name, header) => {
    const inner = wrapDek(secret(DEK), header, PASSWORD, secret(), IV);
    expect(readWrapHeader(inner, 1)).toEqual(header);
    expect(unwrapDek(inner, PASSWORD, secret())).not.toBeNull();
  });

  it('refuses a DEK or an iv of another length', () => {
    const wrap = (dek: Uint8Array, iv: Uint8Array) => () => wrapDek(secret(dek), sound, PASSWORD, secret(), iv);
    expect(wrap(DEK.slice(1), IV)).toThrow(new RangeError('dek has 31 bytes, not 32'));
    expect(wrap(DEK, IV.slice(1))).toThrow(new RangeError('nonce has 11 bytes, not 12'));
  });

  it('makes what a stranger can open from the text alone', () => {
    const inner = wrapped(SESSION_BINDING);
    const info = concat(utf8('twinlock/kek/v1\0'), Uint8Array.of(2, 2), field(ALICE), n32(1), field(SESSION), n64(4));
    const okm = Buffer.from(hkdfSync('sha512', IKM, inner.subarray(52, 84), info, 64));
    expect(Buffer.from(inner.subarray(84, 116))).toEqual(okm.subarray(32));
    const gcm = createDecipheriv('aes-256-gcm', okm.subarray(0, 32), inner.subarray(116, 128));
    gcm.setAAD(concat(inner.subarray(0, 116), info)).setAuthTag(inner.subarray(160));
    expect(Buffer.concat([gcm.update(inner.subarray(128, 160)), gcm.final()])).toEqual(Buffer.from(DEK));
  });
});

describe('a password, whatever keyboard typed it', () => {
  it('opens its wrap in NFC and in NFD', () => {
    const header = newPasswordHeader(2, 10, 1, fixedRandom('nfc'));
    const salt = `$2b$10$${bcrypt.encodeBase64(header.bcryptSalt, 16)}`;
    const ikmOf = (password: string): SecretBytes => {
      const tail = utf8(bcrypt.hashSync(prehash(preparePassword(password, 'plain'), header.preSalt), salt).slice(29));
      return passwordIkm(tail, fixedRandom('mac')(32));
    };
    const composed = 'g\u00e2teau \u00e0 la cr\u00e8me br\u00fbl\u00e9e';
    const inner = wrapDek(secret(DEK), header, PASSWORD, ikmOf(composed), IV);

    expect(composed.normalize('NFD')).not.toBe(composed);
    expect(unwrapDek(inner, PASSWORD, ikmOf(composed.normalize('NFD')))).not.toBeNull();
    expect(unwrapDek(inner, PASSWORD, ikmOf(composed.toUpperCase()))).toBeNull();
  });

  it('gives key material only from a whole tail and a whole MAC', () => {
    expect(passwordIkm(new Uint8Array(31), new Uint8Array(32)).bytes).toHaveLength(63);
    const made = (tail: number, mac: number) => () => passwordIkm(new Uint8Array(tail), new Uint8Array(mac));
    expect(made(31, 31)).toThrow(new RangeError('mac has 31 bytes, not 32'));
    expect(made(32, 32)).toThrow(new RangeError('bcryptTail has 32 bytes, not 31'));
  });
});
