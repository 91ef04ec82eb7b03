import { afterAll, beforeAll, expect } from '@jest/globals';
import { buffered } from '../../lambda/http/gateway.ts';
import { type Answer, PASSWORD, verdict } from '../fixtures/app.ts';
import { gatewayEvent } from '../fixtures/gateway-event.ts';
import { attacks } from './cases.ts';
import { type Attacked, type Member, startAttacked } from './service.ts';
import {
  alike,
  anotherSession,
  answerWith,
  everywhere,
  gatewayFetch,
  HOUR,
  inTurn,
  MINUTE,
  OTHER,
  rawGet,
  rowsOf,
  signIn,
  times,
  told,
} from './sign-in-support.ts';

let service: Attacked;
let owner: Member;
let second: string;
let other: Member;

beforeAll(async () => {
  service = await startAttacked({ still: true });
  owner = await service.register();
  second = await anotherSession(service, owner);
  other = await service.register();
});

afterAll(() => service.close());

const account = (token: string) => service.call('GET /v1/account', { token });
/** Reads the account with headers as they stand. */
const withHeaders = (...headers: readonly string[]) => rawGet(`${service.url}/v1/account`, headers);

/** Reads the account with each token; holds that all are refused like one that never was, and that the owner's still lives. */
async function refused(answers: readonly Answer[]): Promise<string> {
  const never = `tw1.${'0'.repeat(25)}9.${'0'.repeat(25)}9.${'A'.repeat(43)}`;
  const expected = told(await account(never));
  expect(expected.headers).toContainEqual(['www-authenticate', 'Bearer']);
  expect(answers.length).toBeGreaterThan(0);
  for (const answer of answers) {
    expect(answer.bytes.toString()).not.toContain(owner.accountId);
    expect(told(answer)).toEqual(expected);
  }
  expect((await account(owner.token)).status).toBe(200);
  return alike(answers);
}

const refusedHeaders = async (...all: readonly (readonly string[])[]) =>
  refused(await inTurn(all.map((headers) => () => withHeaders(...headers))));

const refusedTokens = (tokens: Iterable<string>) =>
  refusedHeaders(...[...tokens].map((token) => ['authorization', `Bearer ${token}`]));

/** The four parts of a token. */
function partsOf(token: string): [string, string, string] {
  const [, accountId = '', sessionId = '', secret = ''] = token.split('.');
  return [accountId, sessionId, secret];
}

const tokenOf = (...parts: readonly string[]) => ['tw1', ...parts].join('.');

/** Every character exchanged for another of those that tokens are spelled with. */
function* flipped(token: string): Generator<string> {
  for (const [place, char] of Array.from(token).entries()) {
    for (const instead of ['A', '0', '_', '.']) {
      if (instead !== char) yield token.slice(0, place) + instead + token.slice(place + 1);
    }
  }
}

/** What follows the end of one of two sessions: what its token opens, and what the other's. */
async function afterEnd(end: (member: Member, elsewhere: string) => Promise<Answer>): Promise<string> {
  const member = await service.register();
  const elsewhere = await anotherSession(service, member);
  const ended = await end(member, elsewhere);
  expect(ended.status).toBeLessThan(300);
  return `${verdict(ended)}, then ${await everywhere(service, member.token)}; ${verdict(await account(elsewhere))}`;
}

async function recoveryCode(token: string): Promise<string> {
  return (await service.call('POST /v1/account/recovery-code', { token, body: { password: PASSWORD } })).text(
    'recoveryCode',
  );
}

attacks('Tokens', {
  'token-from-the-table': async () => {
    const rows = await rowsOf(service, owner.accountId);
    const secrets = [...rows].flatMap(([name, row]) => [
      Buffer.from(name.padEnd(32)),
      ...Object.values(row).map(({ B, S, N }) => Buffer.from(B ?? S ?? N ?? '')),
    ]);
    const starts = secrets.flatMap((bytes) => [bytes.subarray(0, 32), bytes.subarray(-32)]);
    const whole = starts.filter(({ length }) => length === 32).map((bytes) => bytes.toString('base64url'));
    const [accountId, sessionId] = partsOf(owner.token);
    expect(whole.length).toBeGreaterThan(30);
    return refusedTokens(whole.map((secret) => tokenOf(accountId, sessionId, secret)));
  },

  'token-cut': () =>
    refusedTokens(times(owner.token.length - 1, (i) => [owner.token.slice(0, i + 1), owner.token.slice(i + 1)]).flat()),

  'token-changed': () => refusedTokens(flipped(owner.token)),

  'token-doubled': () => {
    const { token } = owner;
    const [accountId, sessionId, secret] = partsOf(token);
    return refusedTokens([
      token + token,
      `${token}.${token}`,
      `${token},${token}`,
      `tw1.${token}`,
      `${token}.`,
      `${token}=`,
      `${token}==`,
      `${token}A`,
      `${token}%20`,
      encodeURIComponent(token.replaceAll('.', '%2E')),
      tokenOf(accountId, sessionId, `${secret}${secret}`),
      tokenOf(accountId, sessionId, `${secret.slice(0, 42)}${nextSpelling(secret.slice(42))}`),
      Buffer.from(token).toString('base64'),
    ]);
  },

  'token-in-another-case': () => {
    const { token } = owner;
    const [accountId, sessionId, secret] = partsOf(token);
    return refusedTokens([
      token.toLowerCase(),
      token.toUpperCase(),
      `TW1${token.slice(3)}`,
      tokenOf(accountId.toLowerCase(), sessionId, secret),
      tokenOf(accountId, sessionId.toLowerCase(), secret),
      tokenOf(accountId, sessionId, secret.toUpperCase()),
      token.replace('tw1', 'tw2'),
    ]);
  },

  'token-with-spaces': () => {
    const { token } = owner;
    const half = token.length / 2;
    return refusedHeaders(
      ['authorization', `Bearer\t${token}`],
      ['authorization', `Bearer\u00a0${token}`],
      ['authorization', `Bearer${token}`],
      ['authorization', `Bearer ${token.slice(0, half)} ${token.slice(half)}`],
      ['authorization', `Bearer ${token}\u00a0`],
      ['authorization', `Bearer "${token}"`],
      ['authorization', `Bearer ${token.replaceAll('.', ' .')}`],
      ['authorization', 'Bearer '],
      ['authorization', ''],
    );
  },

  'token-as-http-spells-it': async () => {
    const answers = [
      await withHeaders('authorization', `bearer ${owner.token}`),
      await withHeaders('AUTHORIZATION', `BEARER   ${owner.token}`),
      await withHeaders('authorization', `  Bearer ${owner.token} \t`),
    ];
    for (const { body } of answers) expect(body).toMatchObject({ accountId: owner.accountId });
    return alike(answers);
  },

  'token-mixed': () => {
    const [a, b, c] = [partsOf(owner.token), partsOf(other.token), partsOf(second)];
    return refusedTokens([
      tokenOf(a[0], b[1], b[2]),
      tokenOf(a[0], a[1], b[2]),
      tokenOf(a[0], b[1], a[2]),
      tokenOf(b[0], a[1], a[2]),
      tokenOf(b[0], b[1], a[2]),
      tokenOf(a[0], c[1], a[2]),
      tokenOf(a[0], a[1], c[2]),
      tokenOf(a[1], a[0], a[2]),
      tokenOf(a[0], a[0], a[2]),
    ]);
  },

  'token-of-the-decoy': async () => {
    await signIn(service.call, 'unknown@example.com', OTHER);
    const decoy = '0'.repeat(26);
    const [, sessionId, secret] = partsOf(owner.token);
    return refusedTokens([tokenOf(decoy, sessionId, secret), tokenOf(decoy, decoy, 'A'.repeat(43))]);
  },

  'token-elsewhere': async () => {
    const { token } = owner;
    const answers = [
      ...(await inTurn(
        ['token', 'access_token', 'authorization', 'bearer'].map(
          (name) => () => service.call(`GET /v1/account?${name}=${encodeURIComponent(token)}`),
        ),
      )),
      await withHeaders('cookie', `token=${token}; authorization=Bearer ${token}; session=${token}`),
      await withHeaders('proxy-authorization', `Bearer ${token}`),
      await withHeaders('x-authorization', `Bearer ${token}`),
      await withHeaders('x-access-token', token),
      await service.call('POST /v1/items/search', { body: { token, access_token: token } }),
    ];
    return refused(answers);
  },

  'token-by-another-scheme': () => {
    const { token } = owner;
    const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
    const all = [
      basic(token),
      basic(`${token}:`),
      basic(`:${token}`),
      basic(`${owner.email}:${owner.password}`),
      `Basic ${token}`,
      `Digest ${token}`,
      `Token ${token}`,
      `DPoP ${token}`,
      token,
      `Basic x, Bearer ${token}`,
      `Bearer ${token}, Basic x`,
      `BearerBearer ${token}`,
      `Bearer Bearer ${token}`,
    ];
    return refusedHeaders(...all.map((value) => ['authorization', value]));
  },

  'token-twice': async () => {
    const [good, bad] = [`Bearer ${owner.token}`, `Bearer ${other.token}`];
    const handler = buffered(gatewayFetch(service));
    const byGateway = async (...values: readonly string[]) => {
      const { body, statusCode, headers } = await handler(
        gatewayEvent('GET /v1/account', { headers: { Authorization: values } }),
      );
      return answerWith(statusCode, headers, body);
    };
    return refused([
      await withHeaders('authorization', good, 'authorization', bad),
      await withHeaders('authorization', bad, 'authorization', good),
      await withHeaders('authorization', good, 'authorization', good),
      await withHeaders('authorization', `${good}, ${good}`),
      await byGateway(good, bad),
      await byGateway(bad, good),
      await byGateway(good, good),
    ]);
  },

  'ended-by-signing-out': () => afterEnd(({ token }) => service.call('DELETE /v1/sessions/current', { token })),

  'ended-by-another-session': () =>
    afterEnd(({ sessionId }, token) => service.call(`DELETE /v1/sessions/${sessionId}`, { token })),

  'ended-with-all': () => afterEnd((_, token) => service.call('DELETE /v1/sessions', { token })),

  'ended-by-a-password-change': () =>
    afterEnd((_, token) => {
      const body = { currentPassword: PASSWORD, newPassword: OTHER };
      return service.call('PUT /v1/account/password', { token, body });
    }),

  'ended-by-a-recovery': () =>
    afterEnd(async ({ email, token }) => {
      const body = { email, recoveryCode: await recoveryCode(token), newPassword: OTHER };
      return service.call('POST /v1/recovery', { body });
    }),

  'ended-by-a-key-rotation': () =>
    afterEnd((_, token) => service.call('POST /v1/account/key-rotation', { token, body: { password: PASSWORD } })),

  'ended-by-a-deletion': () =>
    afterEnd((_, token) => service.call('POST /v1/account/deletion', { token, body: { password: PASSWORD } })),

  'lives-through-an-e-mail-change': async () => {
    const member = await service.register();
    const elsewhere = await anotherSession(service, member);
    const body = { password: PASSWORD, email: 'moved@example.com' };
    const changed = await service.call('PUT /v1/account/email', { token: elsewhere, body });
    const seen = [await account(member.token), await account(elsewhere)];
    for (const answer of seen) expect(answer.body).toMatchObject({ email: 'moved@example.com' });
    return `${verdict(changed)}, then ${alike(seen)}`;
  },

  'ended-unused': async () => {
    const { token } = await service.register();
    service.pass(30 * MINUTE - 2000);
    const before = verdict(await account(token));
    service.pass(30 * MINUTE);
    const after = await everywhere(service, token);
    // A token whose session is over does not bring it back to life by being sent.
    return `${before}, then ${after}, then ${verdict(await account(token))}`;
  },

  'ended-after-eight-hours': async () => {
    const { token } = await service.register();
    const seen: Answer[] = [];
    for (let used = 0; used < 19; used++) {
      service.pass(25 * MINUTE);
      seen.push(await account(token));
    }
    service.pass(8 * HOUR - 19 * 25 * MINUTE);
    return `${alike(seen)}, then ${await everywhere(service, token)}`;
  },

  'deleted-and-registered-anew': async () => {
    const member = await service.register();
    const item = await service.call('POST /v1/items', {
      token: member.token,
      body: { type: 'note', data: { text: 'of the first' } },
    });
    const body = { password: PASSWORD };
    await service.call('POST /v1/account/deletion', { token: member.token, body });
    const anew = await service.register(member.email);
    expect(anew.accountId).not.toBe(member.accountId);
    const [, sessionId, secret] = partsOf(member.token);
    const moved = await everywhere(service, tokenOf(anew.accountId, sessionId, secret));
    const ofTheFirst = await service.call(`GET /v1/items/${item.text('id')}`, { token: anew.token });
    const items = await service.call('GET /v1/items', { token: anew.token });
    expect(items.body).toEqual({ items: [], nextCursor: null });
    expect((await account(anew.token)).body).toMatchObject({ accountId: anew.accountId });
    expect(moved).toBe('401 unauthenticated');
    return `${await everywhere(service, member.token)}; its item to the new one ${verdict(ofTheFirst)}`;
  },
});

/** The last character of a secret, with one of the two bits set that carry nothing. */
function nextSpelling(char: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return alphabet.charAt(alphabet.indexOf(char) + 1);
}
