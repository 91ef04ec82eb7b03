import { createHmac, pbkdf2Sync } from 'node:crypto';
import bcrypt from 'bcryptjs';
import { concat, field, utf8 } from '../../lambda/crypto/bytes.ts';
import { passwordIkm } from '../../lambda/crypto/kek.ts';
import { newPasswordHeader, type WrapHeader, wrapDek } from '../../lambda/crypto/key-wrap.ts';
import { type PasswordKind, pepperMessage, prehash, preparePassword } from '../../lambda/crypto/password.ts';
import { ALICE, fixedRandom } from '../crypto/helpers.ts';
import { DEK, hex, MAC_KEY, secret } from './material.ts';
import type { StretchedCase, StretchedVectors } from './shapes.ts';

const ROUNDS = 600_000;
const PASSWORD = 'an invented gâteau recipe';
const HERE = 'Twinlock at vault.example.com';
const BINDING = { format: 1, accountId: ALICE, dekVersion: 1 } as const;
const random = fixedRandom('stretched vectors');

/** What clients derive in place of a password, and wraps that open under it. */
export function stretched(): StretchedVectors {
  const preSalt = random(32);
  const derivation = (password: string, typed: string, email: string, service = HERE) => {
    const salt = concat(utf8('twinlock/stretch/v1\0'), field(service), field(email));
    const bytes = pbkdf2Sync(preparePassword(password, 'plain').bytes, salt, ROUNDS, 32, 'sha256');
    const text = bytes.toString('base64url');
    const hash = prehash(preparePassword(text, 'stretched-v1'), preSalt);
    return {
      ...{ password, typed, email, service, salt: hex(salt), secret: hex(bytes), text },
      ...{ preSalt: hex(preSalt), prehash: hash },
    };
  };
  const ada = derivation(PASSWORD, ' Ada@Example.COM ', 'ada@example.com');
  const moved = derivation(PASSWORD.normalize('NFD'), 'ada@bücher.example', 'ada@xn--bcher-kva.example');
  const elsewhere = derivation(PASSWORD, 'ada@example.com', 'ada@example.com', 'Ein anderer Dienst für Ära');
  const { text } = ada;
  return {
    macKey: hex(MAC_KEY),
    rounds: ROUNDS,
    derivations: [ada, moved, elsewhere],
    refused: [
      { reason: 'empty', text: '' },
      { reason: 'a password as it was typed', text: PASSWORD },
      { reason: 'a typed password of 43 characters', text: PASSWORD.padEnd(43, '!') },
      { reason: 'a character short', text: text.slice(0, -1) },
      { reason: 'a character too many', text: `${text}A` },
      { reason: 'a line end', text: `${text}\n` },
      { reason: 'padding', text: `${text}=` },
      { reason: 'hex', text: ada.secret },
      { reason: 'the alphabet of base64', text: `+${text.slice(1)}` },
      { reason: 'a full-width letter', text: `\uff21${text.slice(1)}` },
      { reason: 'low bits of the last character set', text: `${text.slice(0, -1)}B` },
      { reason: '32 zero bytes', text: 'A'.repeat(43) },
      { reason: '32 times 0xff', text: `${'_'.repeat(42)}8` },
    ],
    cases: casesOf(text, [
      ['of another e-mail', 'stretched-v1', moved.text],
      ['of another service', 'stretched-v1', elsewhere.text],
      ['as it was typed', 'plain', PASSWORD],
    ]),
  };
}

/** A wrap under a text of each kind, and what must not open the first. */
function casesOf(text: string, others: readonly (readonly [string, PasswordKind, string])[]): StretchedCase[] {
  const [stretchedWrap, plainWrap] = [wrapUnder('stretched-v1', text), wrapUnder('plain', text)];
  const opens = { expect: 'opens', dek: hex(DEK) } as const;
  const wrong = { expect: 'wrong-secret' } as const;
  return [
    { name: 'under a stretched password', ...opens, ...stretchedWrap('stretched-v1', text) },
    { name: 'under a stretched password, which comes as a plain one', ...wrong, ...stretchedWrap('plain', text) },
    { name: 'under a plain password of that form', ...opens, ...plainWrap('plain', text) },
    { name: 'under a plain password, which comes as a stretched one', ...wrong, ...plainWrap('stretched-v1', text) },
    ...others.map(([name, kind, other]) => ({
      name: `under a stretched password, which comes ${name}`,
      ...wrong,
      ...stretchedWrap(kind, other),
    })),
  ];
}

/** A wrap under a password, for it to be tried with others. */
function wrapUnder(kind: PasswordKind, text: string) {
  const header = newPasswordHeader(2, 10, 1, random);
  const { ikm } = inputOf(header, kind, text);
  const inner = hex(wrapDek(secret(DEK), header, BINDING, ikm, random(12)));
  return (given: PasswordKind, tried: string) => {
    const { hash, ikm: key } = inputOf(header, given, tried);
    return { binding: BINDING, kind: given, text: tried, prehash: hash, ikm: hex(key.bytes), inner };
  };
}

function inputOf(header: WrapHeader, kind: PasswordKind, text: string) {
  const hash = prehash(preparePassword(text, kind), header.preSalt);
  const tail = utf8(
    bcrypt.hashSync(hash, `$2b$${header.cost}$${bcrypt.encodeBase64(header.bcryptSalt, 16)}`).slice(29),
  );
  const mac = createHmac('sha256', MAC_KEY).update(pepperMessage(ALICE, tail)).digest();
  return { hash, ikm: passwordIkm(tail, mac) };
}
