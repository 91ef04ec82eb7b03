import { afterAll, beforeAll, expect, jest } from '@jest/globals';
import { type Answer, type Client, PASSWORD, verdict } from '../fixtures/app.ts';
import { attacks } from './cases.ts';
import { type Attacked, type Member, startAttacked } from './service.ts';
import {
  AWAY,
  alike,
  anotherSession,
  gatewayClient,
  HOME,
  inTurn,
  MINUTE,
  OTHER,
  rowsOf,
  signIn,
  tally,
  times,
  WRONG,
} from './sign-in-support.ts';

// Many hashes, which a busy machine takes its time for.
jest.setTimeout(300_000);

let service: Attacked;
/** The same deployment from any address. */
let gateway: Client;

beforeAll(async () => {
  service = await startAttacked({ still: true });
  gateway = gatewayClient(service);
  await signIn(service.call, 'unknown@example.com', WRONG);
});

afterAll(() => service.close());

const enter = ({ email }: Member, password = PASSWORD) => signIn(service.call, email, password);
const enterFrom = (sourceIp: string, { email }: Member, password = WRONG, headers = {}) =>
  signIn(gateway, email, password, { sourceIp, headers });

/** Fails so often, one wait after the other; gives the waits, s. @returns after the last one's wait */
async function failTimes(count: number, fail: () => Promise<Answer>): Promise<number[]> {
  const waits: number[] = [];
  for (let failed = 0; failed < count; failed++) {
    expect(verdict(await fail())).toBe('401 invalid_credentials');
    const next = 2 ** Math.max(0, failed - 4);
    const hashed = service.hashes();
    const refused = failed < 4 ? null : await fail();
    if (refused === null) continue;
    expect(verdict(refused)).toBe('429 too_many_attempts');
    expect(service.hashes()).toBe(hashed);
    const wait = Number(refused.headers.get('retry-after'));
    expect(wait).toBe(Math.min(900, next));
    waits.push(wait);
    service.pass(wait * 1000);
  }
  return waits;
}

/** Makes tries, and holds how many passwords were hashed for them. */
async function hashing(count: number, tries: () => Promise<Answer[]>): Promise<Answer[]> {
  const before = service.hashes();
  const answers = await tries();
  expect(service.hashes() - before).toBe(count);
  return answers;
}

/** Each call that asks for the password in a session, with a wrong one. */
function guessesInside(token: string): (() => Promise<Answer>)[] {
  const password = WRONG;
  const bodies: Readonly<Record<string, Record<string, unknown>>> = {
    'POST /v1/sessions/current/reauthentication': { password },
    'PUT /v1/account/password': { currentPassword: password, newPassword: OTHER },
    'PUT /v1/account/email': { password, email: 'elsewhere@example.com' },
    'POST /v1/account/recovery-code': { password },
    'POST /v1/account/recovery-code/removal': { password },
    'POST /v1/account/key-rotation': { password },
    'POST /v1/account/deletion': { password },
  };
  return Object.entries(bodies).map(
    ([call, body]) =>
      () =>
        service.call(call, { token, body }),
  );
}

attacks('Guessing', {
  'guess-five': async () => {
    const member = await service.register();
    const wrong = await hashing(5, () => inTurn(times(7, () => () => enter(member, WRONG))));
    const right = await hashing(0, async () => [await enter(member)]);
    service.pass(1000);
    return `${tally(wrong)}; the right one ${alike(right)}, and after the wait ${verdict(await enter(member))}`;
  },

  'guess-fifteen': async () => {
    const member = await service.register();
    const waits = await failTimes(15, () => enter(member, WRONG));
    return `${waits.join(', ')} s; then ${verdict(await enter(member))}`;
  },

  'guess-a-hundred': async () => {
    const member = await service.register();
    const waits = await failTimes(100, () => enterFrom(AWAY, member));
    expect(waits.reduce((sum, wait) => sum + wait, 0)).toBeGreaterThan(21 * 3600);
    const right = await enterFrom(AWAY, member, PASSWORD);
    return `${waits.slice(-86).every((wait) => wait === 900) ? 'each from the fifteenth on 900 s' : ''}; then ${verdict(right)}`;
  },

  'guess-from-elsewhere': async () => {
    const member = await service.register();
    const wrong = await inTurn(times(6, (i) => () => enterFrom(`198.51.100.${i}`, member)));
    const owner = await enter(member);
    // Its owner's success, from a source with a counter of its own, does not give the others their tries back.
    const again = await hashing(0, async () => [await enterFrom('198.51.100.99', member)]);
    return `${tally(wrong)}; the owner ${verdict(owner)}; elsewhere still ${alike(again)}`;
  },

  'guess-forwarded-locally': async () => {
    const member = await service.register();
    const forged = times(9, (i) => () => {
      const headers = {
        'x-forwarded-for': `198.51.100.${i}`,
        'x-real-ip': `198.51.100.${i}`,
        'true-client-ip': `198.51.100.${i}`,
        'cf-connecting-ip': `198.51.100.${i}`,
        forwarded: `for=198.51.100.${i};host=vault.example`,
      };
      return signIn(service.call, member.email, WRONG, { headers });
    });
    const wrong = await hashing(5, () => inTurn(forged));
    const { body } = await service.call('GET /v1/sessions', { token: member.token });
    expect(body).toMatchObject({ sessions: [{ sourceIp: HOME }] });
    return tally(wrong);
  },

  'guess-forwarded-by-the-gateway': async () => {
    const member = await service.register();
    // The owner's own address, which has a counter of its own, and others, in front and behind.
    const forged = times(9, (i) => () => {
      const list = [HOME, `198.51.100.${i}`, HOME].slice(i % 2).join(', ');
      return enterFrom(AWAY, member, WRONG, { 'X-Forwarded-For': list, Forwarded: `for=${HOME}`, 'X-Real-IP': HOME });
    });
    const wrong = await hashing(5, () => inTurn(forged));
    return `${tally(wrong)}; the owner ${verdict(await enter(member))}`;
  },

  'guess-from-a-network': async () => {
    const member = await service.register();
    const home = '2001:db8:7:7::1';
    expect(verdict(await enterFrom(home, member, PASSWORD))).toBe('201');
    const near = await hashing(5, () =>
      inTurn(times(8, (i) => () => enterFrom(`2001:db8:7:7:${i}::${i + 2}`, member))),
    );
    const spelled = await enterFrom('2001:0DB8:0007:0007:0:0:0:ffff', member, PASSWORD);
    const far = await hashing(5, () => inTurn(times(8, (i) => () => enterFrom(`2001:db8:7:${i + 8}::1`, member))));
    const mapped = await enterFrom('::ffff:203.0.113.9', member, PASSWORD);
    expect([verdict(spelled), verdict(mapped)]).toEqual(Array(2).fill('429 too_many_attempts'));
    return `${tally(near)}; from other networks ${tally(far)}; the owner over HTTP ${verdict(await enter(member))}`;
  },

  'guess-under-other-spellings': async () => {
    const member = await service.register('spelled@bücher.example');
    const spellings = [
      'SPELLED@bücher.example',
      ' spelled@bücher.example',
      'spelled@xn--bcher-kva.example',
      'spelled@BÜCHER.example',
    ];
    const wrong = await hashing(5, () =>
      inTurn(times(12, (i) => () => signIn(service.call, spellings[i % 4] ?? member.email, WRONG))),
    );
    return tally(wrong);
  },

  'guess-fifty-at-once': async () => {
    const member = await service.register();
    const wrong = await hashing(5, () => Promise.all(times(50, () => enter(member, WRONG))));
    service.pass(1000);
    return `${tally(wrong)}; then ${verdict(await enter(member))}`;
  },

  'guess-everywhere-at-once': async () => {
    const member = await service.register();
    const body = { email: member.email, recoveryCode: '', newPassword: OTHER };
    const before = service.hashes();
    const answers = await Promise.all([
      ...times(3, () => guessesInside(member.token).map((guess) => guess())).flat(),
      ...times(10, () => enter(member, WRONG)),
      ...times(10, () => service.call('POST /v1/recovery', { body })),
    ]);
    const taken = answers.filter(({ status }) => status === 401 || status === 403);
    expect(taken).toHaveLength(5);
    expect(service.hashes() - before).toBeLessThanOrEqual(5);
    service.pass(1000);
    return `5 taken, ${tally(answers.filter((answer) => !taken.includes(answer)))}; then ${verdict(await enter(member))}`;
  },

  'guess-inside-a-session': async () => {
    const member = await service.register();
    const guesses = guessesInside(member.token);
    const wrong = await hashing(5, () => inTurn(guesses));
    const outside = await enter(member);
    service.pass(1000);
    return `${tally(wrong)}; signing in ${verdict(outside)}, and after the wait ${verdict(await enter(member))}`;
  },

  'guess-at-each-call-inside': async () => {
    const member = await service.register();
    const answers = await inTurn(
      guessesInside(member.token).map((_, i) => async () => {
        const token = await anotherSession(service, member);
        const wrong = await inTurn(times(6, () => guessesInside(token)[i] ?? (() => enter(member, WRONG))));
        service.pass(1000);
        return tally(wrong);
      }),
    );
    expect(new Set(answers).size).toBe(1);
    return answers[0] ?? '';
  },

  'guess-to-delete': async () => {
    const { token, accountId } = await service.register();
    await service.call('POST /v1/items', { token, body: { type: 'note', data: { text: 'stays' } } });
    const rows = await rowsOf(service, accountId);
    const answer = await service.call('POST /v1/account/deletion', { token, body: { password: WRONG } });
    expect(await rowsOf(service, accountId)).toEqual(rows);
    return verdict(answer);
  },

  'guess-recovery-codes': async () => {
    const member = await service.register();
    const { token } = member;
    const made = await service.call('POST /v1/account/recovery-code', { token, body: { password: PASSWORD } });
    const right = made.text('recoveryCode');
    const recover = (recoveryCode: string) =>
      service.call('POST /v1/recovery', { body: { email: member.email, recoveryCode, newPassword: OTHER } });
    const wrong = await inTurn(times(6, () => () => recover(`${right.slice(0, -6)}000000`)));
    const refused = [await recover(right), await enter(member)];
    service.pass(1000);
    return `${tally(wrong)}; the right one and the password ${alike(refused)}, and after the wait ${verdict(await recover(right))}`;
  },

  'register-to-learn': async () => {
    const member = await service.register();
    const body = { email: member.email, password: PASSWORD, acceptDataLoss: true };
    const probe = (sourceIp: string) => gateway('POST /v1/accounts', { body, sourceIp });
    const answers = await inTurn(times(22, (i) => () => probe(`2001:db8:9:9::${i + 1}`)));
    const other = await probe('2001:db8:9:a::1');
    service.pass(15 * MINUTE);
    return `${tally(answers)}; from another network ${verdict(other)}`;
  },

  'two-hundred-at-once': async () => {
    const [owner, victim] = [await service.register(), await service.register()];
    const burst = Promise.all([
      ...times(100, (i) => signIn(service.call, `nobody-${i}@example.com`, WRONG)),
      ...times(100, () => enterFrom(AWAY, victim)),
    ]);
    const health = await inTurn(times(10, () => () => service.call('GET /v1/health')));
    const answers = await burst;
    // A hash that would have to wait too long is refused, and its try is not counted.
    const known = new Set(['401 invalid_credentials', '429 too_many_attempts', '503 temporarily_unavailable']);
    for (const answer of answers) expect(known).toContain(verdict(answer));
    const after = [await enter(owner), await enter(victim)];
    return `health ${alike(health)}; then the owners ${alike(after)}`;
  },
});
