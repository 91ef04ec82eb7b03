import { afterAll, beforeAll, expect, jest } from '@jest/globals';
import { type Answer, PASSWORD, verdict } from '../fixtures/app.ts';
import { attacks } from './cases.ts';
import { type Attacked, type Member, startAttacked } from './service.ts';
import { alike, anotherSession, inTurn, MINUTE, OTHER, rowsOf, signIn, tally, times } from './sign-in-support.ts';

/** Times that what is decided by chance is raced. */
const ROUNDS = 3;
/** What a sign-in may be answered while others are at work. */
const ENTERED = ['201', '401 invalid_credentials', '429 too_many_attempts', '503 temporarily_unavailable'];

// Many hashes, which a busy machine takes its time for.
jest.setTimeout(300_000);

let service: Attacked;
let emails = 0;

beforeAll(async () => {
  service = await startAttacked({ still: true });
});

afterAll(() => service.close());

const account = (token: string) => service.call('GET /v1/account', { token });
const register = (email: string, password = PASSWORD) =>
  service.call('POST /v1/accounts', { body: { email, password, acceptDataLoss: true } });
const changeEmail = ({ token }: Member, email: string) =>
  service.call('PUT /v1/account/email', { token, body: { password: PASSWORD, email } });
const changePassword = (token: string, newPassword = OTHER) =>
  service.call('PUT /v1/account/password', { token, body: { currentPassword: PASSWORD, newPassword } });

const freshEmail = () => `raced-${++emails}@example.com`;

/** Signs in after all delays. */
async function enter(email: string, password: string): Promise<Answer> {
  service.pass(16 * MINUTE);
  return signIn(service.call, email, password);
}

/** The accounts that index rows lead to and that stand, and no others: each has one row of either kind. */
async function standing(): Promise<string[]> {
  const rows = await service.table.all();
  const led = rows.filter(({ sk }) => sk?.S === 'E').map((row) => `A#${row['accountId']?.S ?? ''}`);
  const stand = rows.filter(({ sk }) => sk?.S === 'ACCOUNT').map((row) => row['pk']?.S ?? '');
  expect(led.sort()).toEqual(stand.filter((pk) => pk !== `A#${'0'.repeat(26)}`).sort());
  return stand;
}

/** The sessions that sign-ins made: each opens the account or is ended, and nothing between. */
async function whole(answers: readonly Answer[]): Promise<{ alive: number; ended: number }> {
  const made = answers.filter(({ status }) => status === 201);
  const seen = await inTurn(made.map((answer) => () => account(answer.text('session.token'))));
  const alive = seen.filter(({ status }) => status === 200).length;
  const ended = seen.filter((answer) => verdict(answer) === '401 unauthenticated').length;
  expect(alive + ended).toBe(made.length);
  return { alive, ended };
}

attacks('Races', {
  'sign-in-against-a-password-change': async () => {
    const late: Answer[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const member = await service.register();
      const token = await anotherSession(service, member);
      const delayed = async (wait: number) => {
        await new Promise((resolve) => setTimeout(resolve, wait));
        return signIn(service.call, member.email, PASSWORD);
      };
      // Four tries at once: a fifth that is under way would earn a delay.
      const [changed, before, after] = await Promise.all([
        changePassword(token),
        Promise.all(times(2, (i) => delayed(i * 40))),
        Promise.all([signIn(service.call, member.email, OTHER)]),
      ]);
      expect(verdict(changed)).toBe('204');
      for (const answer of [...before, ...after]) expect(ENTERED).toContain(verdict(answer));
      // What the old password opened, it opened before the change, which ended it.
      expect((await whole(before)).alive).toBe(0);
      expect((await whole(after)).ended).toBe(0);
      expect((await account(token)).status).toBe(200);
      late.push(await enter(member.email, PASSWORD));
      expect(verdict(await enter(member.email, OTHER))).toBe('201');
    }
    return alike(late);
  },

  'sign-in-against-a-deletion': async () => {
    const after: Answer[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const { email, token, accountId } = await service.register();
      const [deleted, ...entered] = await Promise.all([
        service.call('POST /v1/account/deletion', { token, body: { password: PASSWORD } }),
        ...times(3, () => signIn(service.call, email, PASSWORD)),
      ]);
      if (deleted.status !== 200) {
        // Another change of the account came first: then nothing was deleted.
        expect(verdict(deleted)).toBe('409 version_conflict');
        after.push(await enter(email, PASSWORD).then(() => enter(email, OTHER)));
        continue;
      }
      expect((await whole(entered)).alive).toBe(0);
      const left = [...(await rowsOf(service, accountId)).keys()];
      expect(left.filter((sk) => /^(?:ACCOUNT|M|S#)/.test(sk))).toEqual([]);
      after.push(await enter(email, PASSWORD));
    }
    await standing();
    return alike(after);
  },

  'password-changes-at-once': async () => {
    const member = await service.register();
    const second = await anotherSession(service, member);
    const answers = await Promise.all([changePassword(member.token, OTHER), changePassword(second, `${OTHER} again`)]);
    const lost = answers.filter(({ status }) => status !== 204).map(verdict);
    expect(['409 version_conflict', '401 unauthenticated', '403 wrong_password']).toContain(lost.join());
    const opens = await inTurn(
      [OTHER, `${OTHER} again`, PASSWORD].map((password) => () => enter(member.email, password)),
    );
    return tally(opens);
  },

  'register-at-once': async () => {
    const email = freshEmail();
    const answers = await Promise.all(times(20, () => register(email)));
    const winner = answers.find(({ status }) => status === 201);
    expect((await account(winner?.text('session.token') ?? '')).body).toMatchObject({ email });
    const opened = await enter(email, PASSWORD);
    expect(opened.text('accountId')).toBe(winner?.text('accountId'));
    await standing();
    service.pass(25 * 60 * MINUTE);
    return tally(answers);
  },

  'register-against-a-deletion': async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const { email, token, accountId } = await service.register(freshEmail());
      const [deleted, ...registered] = await Promise.all([
        service.call('POST /v1/account/deletion', { token, body: { password: PASSWORD } }),
        ...times(3, (i) => register(email, `${OTHER} ${i}`)),
      ]);
      expect(verdict(deleted)).toBe('200');
      const won = registered.filter(({ status }) => status === 201);
      expect(won.length).toBeLessThanOrEqual(1);
      for (const lost of registered) if (lost.status !== 201) expect(verdict(lost)).toBe('409 account_exists');
      expect(verdict(await account(token))).toBe('401 unauthenticated');
      expect((await standing()).filter((pk) => pk === `A#${accountId}`)).toEqual([]);
      const place = registered.findIndex(({ status }) => status === 201);
      // Whoever did not win while the account stood can register now.
      const owner = place < 0 ? await register(email, OTHER) : registered[place];
      const opened = await enter(email, place < 0 ? OTHER : `${OTHER} ${place}`);
      expect(opened.text('accountId')).toBe(owner?.text('accountId'));
      expect(verdict(await enter(email, PASSWORD))).toBe('401 invalid_credentials');
      service.pass(25 * 60 * MINUTE);
    }
    return 'at most 1 × 201, others 409 account_exists';
  },

  'e-mail-change-against-registering': async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const member = await service.register(freshEmail());
      const wanted = freshEmail();
      const [moved, registered] = await Promise.all([changeEmail(member, wanted), register(wanted, OTHER)]);
      expect([verdict(moved), verdict(registered)].sort().join()).toMatch(/^(?:201|204),409 account_exists$/);
      const [won, password] =
        moved.status === 204 ? [member.accountId, PASSWORD] : [registered.text('accountId'), OTHER];
      expect((await enter(wanted, password)).text('accountId')).toBe(won);
      const before = await enter(member.email, PASSWORD);
      expect(verdict(before)).toBe(moved.status === 204 ? '401 invalid_credentials' : '201');
      await standing();
    }
    return 'one, and 409 account_exists';
  },

  'e-mail-changes-at-once': async () => {
    const members = await inTurn(times(4, () => () => service.register(freshEmail())));
    const wanted = freshEmail();
    const answers = await Promise.all(members.map((member) => changeEmail(member, wanted)));
    const winner = members[answers.findIndex(({ status }) => status === 204)];
    expect((await enter(wanted, PASSWORD)).text('accountId')).toBe(winner?.accountId);
    for (const member of members.filter((one) => one !== winner)) {
      expect((await enter(member.email, PASSWORD)).text('accountId')).toBe(member.accountId);
    }
    await standing();
    return tally(answers);
  },

  'recovery-at-once': async () => {
    const { email, token } = await service.register();
    const made = await service.call('POST /v1/account/recovery-code', { token, body: { password: PASSWORD } });
    const recoveryCode = made.text('recoveryCode');
    const answers = await Promise.all(
      times(4, (i) =>
        service.call('POST /v1/recovery', { body: { email, recoveryCode, newPassword: `${OTHER} ${i}` } }),
      ),
    );
    const place = answers.findIndex(({ status }) => status === 201);
    const opens = await inTurn(times(4, (i) => () => enter(email, `${OTHER} ${i}`)));
    expect(opens.map(({ status }) => status === 201)).toEqual(times(4, (i) => i === place));
    expect((await account(answers[place]?.text('session.token') ?? '')).status).toBe(401);
    service.pass(16 * MINUTE);
    const fresh = answers[place]?.text('recoveryCode') ?? '';
    const again = await service.call('POST /v1/recovery', {
      body: { email, recoveryCode: fresh, newPassword: PASSWORD },
    });
    return `${tally(answers)}; by the fresh code ${verdict(again)}`;
  },
});
