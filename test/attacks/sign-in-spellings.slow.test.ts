import { afterAll, beforeAll, expect } from '@jest/globals';
import { type Answer, PASSWORD, verdict } from '../fixtures/app.ts';
import { attacks } from './cases.ts';
import { type Attacked, startAttacked } from './service.ts';
import { alike, inTurn, MINUTE, signIn, times } from './sign-in-support.ts';

let service: Attacked;
let registered = 0;

beforeAll(async () => {
  service = await startAttacked({ still: true });
});

afterAll(() => service.close());

const register = (email: string, password = PASSWORD) =>
  service.call('POST /v1/accounts', { body: { email, password, acceptDataLoss: true } });

/** Tries a secret after all delays, so that what was wrong before does not answer for it. */
async function tryIn(email: string, password: string): Promise<Answer> {
  service.pass(16 * MINUTE);
  return signIn(service.call, email, password);
}

/** Registers the first, and says what registering and signing in with each of the others answers. */
async function oneAccount(first: string, ...others: readonly string[]): Promise<string> {
  const own = await register(first);
  const registered = await inTurn(others.map((email) => () => register(email)));
  const signedIn = await inTurn(others.map((email) => () => tryIn(email, PASSWORD)));
  for (const answer of signedIn) expect(answer.text('accountId')).toBe(own.text('accountId'));
  service.pass(24 * 60 * MINUTE);
  return `${alike(registered)}, and ${alike(signedIn)}`;
}

/** Registers all, each with a password of its own, and holds that each opens an account of its own. */
async function accountsApart(...emails: readonly string[]): Promise<string> {
  const answers = await inTurn(emails.map((email, i) => () => register(email, `${PASSWORD} ${i}`)));
  expect(new Set(answers.map((answer) => answer.text('accountId'))).size).toBe(emails.length);
  for (const [i, email] of emails.entries()) {
    const own = await tryIn(email, `${PASSWORD} ${i}`);
    expect(own.text('accountId')).toBe(answers[i]?.text('accountId'));
  }
  return alike(answers);
}

/** Sends texts that are no e-mail wherever one is taken. */
async function noEmails(...texts: readonly string[]): Promise<string> {
  const { token } = await service.register();
  const rows = (await service.table.all()).length;
  const answers = await inTurn(
    texts.flatMap((email) => [
      () => register(email),
      () => signIn(service.call, email, PASSWORD),
      () => service.call('POST /v1/recovery', { body: { email, recoveryCode: '', newPassword: PASSWORD } }),
      () => service.call('PUT /v1/account/email', { token, body: { email, password: PASSWORD } }),
    ]),
  );
  for (const { body } of answers) expect(body).toMatchObject({ errors: [{ path: '/email' }] });
  for (const [i, { bytes }] of answers.entries()) {
    const sent = texts[Math.floor(i / 4)] ?? '';
    if (sent.length > 3) expect(bytes.toString()).not.toContain(sent);
  }
  expect((await service.table.all()).length).toBe(rows);
  return alike(answers);
}

/** Registers with a password, and says what signing in with each of the others answers. */
async function passwords(password: string, ...others: readonly string[]): Promise<string> {
  const email = `password-${++registered}@example.com`;
  expect(verdict(await register(email, password))).toBe('201');
  const answers = await inTurn(others.map((other) => () => tryIn(email, other)));
  expect(verdict(await tryIn(email, password))).toBe('201');
  return alike(answers);
}

/** Sends texts that are no password to each call that takes one, new or not. */
async function noPasswords(...texts: readonly string[]): Promise<string> {
  const { email, token } = await service.register();
  const hashed = service.hashes();
  const answers = await inTurn(
    texts.flatMap((password) => [
      () => register('nobody@example.com', password),
      () => signIn(service.call, email, password),
      () => service.call('POST /v1/recovery', { body: { email, recoveryCode: '', newPassword: password } }),
      () =>
        service.call('PUT /v1/account/password', { token, body: { currentPassword: PASSWORD, newPassword: password } }),
      () =>
        service.call('PUT /v1/account/password', { token, body: { currentPassword: password, newPassword: PASSWORD } }),
      () => service.call('POST /v1/sessions/current/reauthentication', { token, body: { password } }),
    ]),
  );
  expect(service.hashes()).toBe(hashed);
  return alike(answers);
}

/** A strong password of so many code points, each of its own kind. */
function longPassword(points: number, alphabet: readonly string[]): string {
  return times(points, (i) => alphabet[(i * i + 3 * i) % alphabet.length] ?? '').join('');
}

const EMOJI = Array.from('🌵🚲🎺🧵🪁🦔🌋🛶🥁🪴🧭🐙🧊');

attacks('Spellings of e-mails and passwords', {
  'e-mail-case': () => oneAccount('case@example.com', 'CASE@EXAMPLE.COM', 'Case@example.Com', 'cAsE@eXAMPLE.cOM'),

  'e-mail-spaces-around': () =>
    oneAccount(
      'spaces@example.com',
      ' spaces@example.com',
      'spaces@example.com\t\r\n',
      '\u3000spaces@example.com\ufeff',
    ),

  'e-mail-domain-labels': () =>
    oneAccount(
      'label@bücher.example',
      'label@xn--bcher-kva.example',
      'label@BÜCHER.example',
      'label@XN--BCHER-KVA.EXAMPLE',
      'label@bu\u0308cher.example',
    ),

  'e-mail-domain-forms': () =>
    oneAccount(
      'form@example.com',
      'form@example。com',
      'form@ｅｘａｍｐｌｅ.com',
      'form@exa\u00admple.com',
      'form@exam\u200bple.com',
      'form@ⓔxample.com',
    ),

  'e-mail-composed': () =>
    oneAccount(
      'zoë.å@example.com',
      'zoe\u0308.a\u030a@example.com',
      'ZOË.Å@example.com',
      'ZOE\u0308.\u212b@example.com',
    ),

  'e-mail-compatible-singletons': () =>
    oneAccount('kelvin@example.com', '\u212aelvin@example.com', 'KELVIN@example.com'),

  'e-mail-look-alikes': () =>
    accountsApart(
      'paypal@example.com',
      'p\u0430ypal@example.com',
      'ｐaypal@example.com',
      'paypaⅼ@example.com',
      'paypaı@example.com',
      'paypal@ex\u0430mple.com',
    ),

  'e-mail-tags-and-dots': () =>
    accountsApart(
      'first.last@example.com',
      'firstlast@example.com',
      'first.last+tag@example.com',
      'f.i.rstlast@example.com',
      'first-last@example.com',
    ),

  'e-mail-sharp-s': () =>
    accountsApart(
      'strasse@strasse.example',
      'straße@strasse.example',
      'strasse@straße.example',
      '\u017ftrasse@strasse.example',
    ),

  'e-mail-trailing-dot': () =>
    noEmails('dot@example.com.', 'dot.@example.com', '.dot@example.com', 'd..ot@example.com', 'dot@example..com'),

  'e-mail-quoted': () =>
    noEmails(
      '"quoted"@example.com',
      '"qu oted"@example.com',
      'qu\\oted@example.com',
      '"quoted@example.com"',
      'Quoted <quoted@example.com>',
      'quoted(comment)@example.com',
    ),

  'e-mail-invisible': () =>
    noEmails(
      'invi\u200bsible@example.com',
      'invi\u00adsible@example.com',
      'invi\u202esible@example.com',
      'invi\u0000sible@example.com',
      'invi sible@example.com',
      'invi\u00a0sible@example.com',
      'invisible@exam ple.com',
      'invisible@exam\u0000ple.com',
      'invi\ufeffsible@example.com',
    ),

  'e-mail-more-than-one': () =>
    noEmails(
      'a@example.com,b@example.com',
      'a@example.com b@example.com',
      'a@b@example.com',
      'a@example.com\r\nbcc:b@example.com',
      'a＠example.com',
      'a@example.com\u0000b@example.com',
    ),

  'e-mail-odd-domains': () =>
    noEmails(
      'odd@localhost',
      'odd@127.0.0.1',
      'odd@[127.0.0.1]',
      'odd@[::1]',
      'odd@1.1',
      'odd@0x7f.1',
      'odd@example.com/path',
      'odd@example.com:25',
      'odd@ex%61mple.com',
      'odd@-example.com',
      'odd@example.123',
      'odd@',
      '@example.com',
      '',
    ),

  'e-mail-overlong': () =>
    noEmails(
      `${'a'.repeat(65)}@example.com`,
      `${'ä'.repeat(33)}@example.com`,
      `long@${'a'.repeat(64)}.example`,
      `long@${`${'a'.repeat(60)}.`.repeat(4)}example`,
      `${' '.repeat(1100)}long@example.com`,
    ),

  'password-composed': () =>
    passwords('sieben graue Töne üben', 'sieben graue To\u0308ne u\u0308ben', 'sieben graue T\u00f6ne u\u0308ben'),

  'password-spaces': () =>
    passwords(
      'seven pale otters doze',
      'seven\u00a0pale\u2003otters\u3000doze',
      'seven\u2007pale\u202fotters\u1680doze',
    ),

  'password-as-it-is': () =>
    passwords(
      'Seven pale otters doze 7 km',
      'seven pale otters doze 7 km',
      'SEVEN PALE OTTERS DOZE 7 KM',
      'Seven pale otters doze 7 km ',
      ' Seven pale otters doze 7 km',
      'Seven pale  otters doze 7 km',
      'Ｓeven pale otters doze 7 km',
      'Seven pale otters doze 7 ㎞',
      'Seven pale otters doze ７ km',
      'Seven pale otters doze\u200b 7 km',
      'Seven pale otters doze\u2028 7 km',
      'S\u0435ven pale otters doze 7 km',
      'Seven pale otters doze 7 k\u0301m',
      'Seven pale otters doze 7 k',
    ),

  'password-of-spaces-around': () =>
    passwords(
      '  nine pale otters doze  ',
      'nine pale otters doze',
      ' nine pale otters doze ',
      '  nine pale otters doze',
      'nine pale otters doze  ',
    ),

  'password-beyond-72-bytes': () => {
    const long = longPassword(100, Array.from('quick jumping zebras vow')).slice(0, 100);
    return passwords(`${long}1`, `${long}2`, long, long.slice(0, 72), `${long}1 `);
  },

  'password-of-emoji': () => {
    const password = longPassword(20, EMOJI);
    return passwords(password, `${password}\ufe0f`, password.slice(0, -2), longPassword(20, [...EMOJI].reverse()));
  },

  'password-of-256-characters': async () => {
    const [longest, letters] = [longPassword(256, EMOJI), longPassword(256, Array.from('quick jumping zebras vow'))];
    expect(Buffer.byteLength(longest)).toBe(1024);
    const answers = await inTurn(
      [longest, letters].map((password, i) => () => register(`longest-${i}@example.com`, password)),
    );
    const opened = [await tryIn('longest-0@example.com', longest), await tryIn('longest-1@example.com', letters)];
    return `${alike(answers)}, and ${alike(opened)}`;
  },

  'password-of-257-characters': async () => {
    const letters = longPassword(256, Array.from('quick jumping zebras vow'));
    await register('longer@example.com', letters);
    const answer = await register('longest@example.com', `${letters}x`);
    return `${verdict(answer)}, and at a sign-in ${verdict(await tryIn('longer@example.com', `${letters}x`))}`;
  },

  'password-with-controls': () =>
    noPasswords(
      'seven grey\u0000 lanterns hum',
      '\u0000',
      'seven grey lanterns\n',
      'seven\tgrey lanterns hum',
      'seven grey\u007f lanterns',
      'seven grey\u0085 lanterns',
      'seven grey \u001b[2J lanterns',
    ),

  'password-malformed': () =>
    noPasswords(
      '',
      'seven grey \ud800 lanterns',
      '\udc00 seven grey lanterns',
      `${'a'.repeat(1024)}b`,
      'ä'.repeat(513),
    ),
});
