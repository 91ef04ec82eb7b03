import { createHash, hkdfSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SecretBytes } from '../../lambda/crypto/bytes.ts';
import { formatToken, parseToken, sessionKeyName, sessionSecretHash } from '../../lambda/crypto/session-token.ts';
import { ALICE, fixedRandom, SESSION } from './helpers.ts';

const SECRET = fixedRandom('secret')(32);
const TOKEN = formatToken({ accountId: ALICE, sessionId: SESSION, secret: new SecretBytes(SECRET.slice()) });

describe('session token', () => {
  it('reads back as what it was made of', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
        const token = formatToken({ accountId: ALICE, sessionId: SESSION, secret: new SecretBytes(bytes) });
        const parsed = parseToken(token);
        expect(parsed).toMatchObject({ accountId: ALICE, sessionId: SESSION });
        expect(Buffer.from(parsed?.secret.bytes ?? [])).toEqual(Buffer.from(bytes));
      }),
    );
  });

  const last = TOKEN.at(-1) ?? '';
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  it.each([
    ['nothing', ''],
    ['another version', TOKEN.replace('tw1', 'tw2')],
    ['a missing part', TOKEN.slice(0, TOKEN.lastIndexOf('.'))],
    ['a part too many', `${TOKEN}.`],
    ['a newline behind it', `${TOKEN}\n`],
    ['a space before it', ` ${TOKEN}`],
    ['a short secret', TOKEN.slice(0, -1)],
    ['a long secret', `${TOKEN}A`],
    ['padding', `${TOKEN}=`],
    ['another spelling of the same secret', TOKEN.slice(0, -1) + alphabet.charAt(alphabet.indexOf(last) + 1)],
    ['a secret in base64', TOKEN.replace(/.{4}$/, '+/AA')],
    ['a lower-case id', TOKEN.replace(ALICE, ALICE.toLowerCase())],
    ['an id over 128 bits', TOKEN.replace(ALICE, `8${ALICE.slice(1)}`)],
    ['a letter that no id has', TOKEN.replace(SESSION, `${SESSION.slice(0, -1)}U`)],
  ])('is null for %s', (_name, token) => {
    expect(token).not.toBe(TOKEN);
    expect(parseToken(token)).toBeNull();
  });

  it('refuses to be made of a secret of another length', () => {
    const secret = new SecretBytes(new Uint8Array(31));
    const make = () => formatToken({ accountId: ALICE, sessionId: SESSION, secret });
    expect(make).toThrow(new RangeError('secret has 31 bytes, not 32'));
  });

  it('is known to its row by a hash from which the wrap cannot be opened', () => {
    const hash = sessionSecretHash(new SecretBytes(SECRET.slice()));
    expect(Buffer.from(hash)).toEqual(Buffer.from(hkdfSync('sha512', SECRET, '', 'twinlock/session-id/v1\0', 32)));
  });
});

describe('what a session’s DEK is kept under', () => {
  const secret = (byte = 1) => new SecretBytes(new Uint8Array(32).fill(byte));
  const session = { accountId: ALICE, sessionId: SESSION, epoch: 3, dekVersion: 2, wrap: new Uint8Array(204) };

  it('is one name for one secret and one wrap, and tells nothing of either', () => {
    const name = sessionKeyName(secret(), session);
    expect(name).toMatch(/^[A-Za-z0-9+/]{43}=$/);
    expect(sessionKeyName(secret(), { ...session, wrap: session.wrap.slice() })).toBe(name);
    expect(name).not.toBe(Buffer.from(sessionSecretHash(secret())).toString('base64'));
  });

  it.each([
    ['secret', secret(2), session],
    ['account', secret(), { ...session, accountId: SESSION as string as typeof ALICE }],
    ['session', secret(), { ...session, sessionId: ALICE as string as typeof SESSION }],
    ['epoch', secret(), { ...session, epoch: 4 }],
    ['DEK version', secret(), { ...session, dekVersion: 3 }],
    ['wrap', secret(), { ...session, wrap: session.wrap.with(203, 1) }],
    ['length of wrap', secret(), { ...session, wrap: new Uint8Array(205) }],
  ])('is another for another %s', (_, with_, other) => {
    expect(sessionKeyName(with_, other)).not.toBe(sessionKeyName(secret(), session));
  });

  it('is made as docs/format.md says', () => {
    const text = (value: string) => Buffer.concat([Buffer.of(0, value.length), Buffer.from(value)]);
    const hash = createHash('sha256').update(session.wrap).digest();
    const info = Buffer.concat([
      Buffer.from('twinlock/session-cache/v1\0'),
      text(ALICE),
      text(SESSION),
      Buffer.of(0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 2, 0, 32),
      hash,
    ]);
    const name = Buffer.from(hkdfSync('sha512', secret().bytes, '', info, 32)).toString('base64');
    expect(sessionKeyName(secret(), session)).toBe(name);
  });

  it('is there for a wrap of any length', () => {
    expect(sessionKeyName(secret(), { ...session, wrap: new Uint8Array(100_000) })).toHaveLength(44);
  });
});
