import { describe, expect, it } from '@jest/globals';
import type { ThrottleRow } from '../../lambda/domain/records.ts';
import { IntegrityError, UnavailableError } from '../../lambda/errors.ts';
import type { Change, CommitResult } from '../../lambda/ports/vault-store.ts';
import { commitSuccess } from '../../lambda/usecases/guess-counter.ts';
import { type Answer, type MemoryApp, PASSWORD, verdict } from '../fixtures/app.ts';
import { roundTrips } from '../fixtures/round-trips.ts';
import {
  type AccountsApp,
  atOnce,
  ELSEWHERE,
  EMAIL,
  eachFault,
  HOME,
  HOUR,
  hookAll,
  inTurn,
  MINUTE,
  only,
  plant,
  prepared,
  register,
  rowsOf,
  signIn,
  traced,
  UNKNOWN,
  WRONG,
} from './support.ts';

const DAY = 24 * HOUR;
const OPENED = '201';
const REFUSED = '401 invalid_credentials';
const THROTTLED = '429 too_many_attempts';
const REAUTHENTICATE = 'POST /v1/sessions/current/reauthentication';

const fail = (app: MemoryApp, source = ELSEWHERE, email = EMAIL) => signIn(app, WRONG, email, source);
const enter = (app: MemoryApp, source = HOME) => signIn(app, PASSWORD, EMAIL, source);
const source = (n: number) => `203.0.113.${n}`;

/** So many failures, each as soon as it is taken. */
async function failures(app: AccountsApp, times: number, from = ELSEWHERE): Promise<void> {
  for (let i = 0; i < times; i++) {
    const blocked = Math.max(...rowsOf(app, 'throttle').map(({ blockedUntil }) => blockedUntil), app.time.now);
    app.pass(blocked - app.time.now + 1);
    expect(verdict(await fail(app, from))).toBe(REFUSED);
  }
}

function counter(app: MemoryApp, of: string): ThrottleRow | undefined {
  return rowsOf(app, 'throttle').find((row) => row.source === of);
}

describe('a source that has signed in', () => {
  it('is not slowed by an attacker at 50 others who never stops for a day', async () => {
    const app = await prepared();
    let taken = 0;
    for (let minute = 0; minute < 24 * 60; minute += 3) {
      for (let i = 0; i < 3; i++) {
        const attack = verdict(await fail(app, source((minute + i) % 50)));
        if (attack === REFUSED) taken++;
      }
      if (minute % 15 === 0) expect(verdict(await enter(app))).toBe(OPENED);
      app.pass(3 * MINUTE);
    }
    expect(verdict(await fail(app, HOME))).toBe(REFUSED);
    expect(verdict(await enter(app))).toBe(OPENED);
    // The owner's successes give the attacker nothing.
    expect(counter(app, '*')?.failures).toBe(taken);
    expect(taken).toBeGreaterThan(80);
    expect(taken).toBeLessThan(20 + (24 * 60) / 15);
  });

  it('gives the password in a session though all others have to wait', async () => {
    const app = await prepared();
    await failures(app, 8);
    const again = (sourceIp: string, password = PASSWORD) =>
      app.call(REAUTHENTICATE, { token: app.token, body: { password }, sourceIp });
    expect(verdict(await again(ELSEWHERE))).toBe(THROTTLED);
    expect(verdict(await again(HOME, WRONG))).toBe('403 wrong_password');
    expect(counter(app, HOME)?.failures).toBe(1);
    expect(verdict(await again(HOME))).toBe('204');
    expect([counter(app, HOME)?.failures, counter(app, '*')?.failures]).toEqual([0, 8]);
  });

  it('has a counter of its own, which slows nobody else', async () => {
    const app = await prepared();
    await enter(app, source(1));
    expect(await inTurn(5, () => fail(app, HOME))).toEqual(Array(5).fill(REFUSED));
    const slowed = await enter(app, HOME);
    expect([verdict(slowed), slowed.headers.get('retry-after')]).toEqual([THROTTLED, '1']);
    expect(counter(app, '*')).toBeUndefined();
    expect(verdict(await enter(app, source(1)))).toBe(OPENED);
    expect(verdict(await fail(app, ELSEWHERE))).toBe(REFUSED);
    app.pass(1000);
    expect(verdict(await enter(app, HOME))).toBe(OPENED);
    expect([counter(app, HOME)?.failures, counter(app, '*')?.failures]).toEqual([0, 1]);
  });

  it('is forgotten 90 days after its last success, by the clock, and counts with all others then', async () => {
    const app = await prepared();
    await failures(app, 6);
    app.pass(90 * DAY - 8 * MINUTE);
    await failures(app, 6);
    expect(verdict(await enter(app))).toBe(OPENED);
    app.pass(90 * DAY - 15 * MINUTE);
    await failures(app, 20);
    expect(verdict(await enter(app, ELSEWHERE))).toBe(THROTTLED);
    const end = (counter(app, HOME)?.lastSuccessAt ?? 0) + 90 * DAY;
    plant(app, { ...only(rowsOf(app, 'throttle').filter((row) => row.source === '*')), blockedUntil: end + MINUTE });
    app.pass(end - 1 - app.time.now);
    expect(verdict(await fail(app, HOME))).toBe(REFUSED);
    app.pass(1);
    expect(verdict(await fail(app, HOME))).toBe(THROTTLED);
  });

  it.each([
    [-1, REFUSED],
    [0, THROTTLED],
  ])('is known to the very millisecond: 90 days and %i ms after its success a try is %s', async (ms, answer) => {
    const app = await prepared();
    const [home] = rowsOf(app, 'throttle');
    app.pass(90 * DAY - HOUR);
    await failures(app, 10);
    app.pass((home?.lastSuccessAt ?? 0) + 90 * DAY + ms - app.time.now);
    const shared = counter(app, '*');
    if (shared !== undefined) plant(app, { ...shared, blockedUntil: app.time.now + MINUTE });
    expect(verdict(await fail(app, HOME))).toBe(answer);
  });

  it('becomes known by registering, by signing in, and by the password in a session', async () => {
    const app = await prepared();
    expect(rowsOf(app, 'throttle').map((row) => row.source)).toEqual([HOME]);
    await enter(app, source(1));
    await app.call(REAUTHENTICATE, { token: app.token, body: { password: PASSWORD }, sourceIp: source(2) });
    await fail(app, source(3));
    expect(
      rowsOf(app, 'throttle')
        .map((row) => row.source)
        .sort(),
    ).toEqual(['*', HOME, source(1), source(2)]);
    await failures(app, 8);
    const answers = await Promise.all([1, 2, 3].map((n) => enter(app, source(n))));
    expect(answers.map(verdict)).toEqual([OPENED, OPENED, THROTTLED]);
  });

  it('is known by its /64 in IPv6, and by the gateway’s word alone', async () => {
    const app = await prepared();
    await enter(app, '2001:db8:1:2::1');
    await failures(app, 8);
    expect(verdict(await enter(app, '2001:DB8:1:2:ffff::9'))).toBe(OPENED);
    expect(verdict(await enter(app, '2001:db8:1:3::1'))).toBe(THROTTLED);
    expect(verdict(await enter(app, `::ffff:${HOME}`))).toBe(OPENED);
    const headers = { 'x-forwarded-for': HOME, forwarded: `for=${HOME}`, 'x-real-ip': HOME };
    const body = { email: EMAIL, password: PASSWORD };
    expect(verdict(await app.call('POST /v1/sessions', { body, headers, sourceIp: ELSEWHERE }))).toBe(THROTTLED);
  });

  it('is none where the gateway gives no address', async () => {
    const app = await prepared();
    expect(verdict(await enter(app, 'nowhere'))).toBe(OPENED);
    await failures(app, 8);
    expect(verdict(await enter(app, 'nowhere'))).toBe(THROTTLED);
    expect(verdict(await register(app, UNKNOWN, PASSWORD, 'nowhere'))).toBe(OPENED);
    expect(counter(app, 'unknown')).toBeUndefined();
  });

  it('makes room for the 21st: the one that has not signed in for longest goes', async () => {
    const app = await prepared();
    for (let n = 1; n <= 24; n++) {
      app.pass(1000);
      expect(verdict(await enter(app, source(n)))).toBe(OPENED);
      app.pass(1000);
      if (n > 5) await enter(app, source(2));
    }
    const known = rowsOf(app, 'throttle').map((row) => row.source);
    expect(known.sort()).toEqual([2, ...Array.from({ length: 19 }, (_, i) => i + 6)].map(source).sort());
  });

  it('is one of 20 at most, whoever signs in at once', async () => {
    const app = await prepared();
    for (let n = 1; n <= 18; n++) await enter(app, source(n));
    app.pass(1000);
    const acts = [19, 20, 21, 22].map((n) => () => enter(app, source(n)));
    expect((await atOnce(app, acts)).map(verdict)).toEqual(Array(4).fill(OPENED));
    await enter(app, source(23));
    const known = rowsOf(app, 'throttle').map((row) => row.source);
    expect(known).toHaveLength(20);
    expect(known).toEqual(expect.arrayContaining([19, 20, 21, 22, 23].map(source)));
  });
});

describe('all other sources', () => {
  it.each([EMAIL, UNKNOWN])('share one count, exact under 40 tries at once: %s', async (email) => {
    const app = await prepared();
    const hashes = app.hasher.calls.length;
    const acts = Array.from({ length: 40 }, (_, n) => () => fail(app, source(n), email));
    const answers = await atOnce(app, acts);
    const refused = answers.flatMap((answer, n) => (verdict(answer) === REFUSED ? [source(n)] : []));
    expect(refused).toHaveLength(5);
    expect(answers.map(verdict).filter((one) => one === THROTTLED)).toHaveLength(35);
    expect(app.hasher.calls).toHaveLength(hashes + 5);
    const shared = counter(app, '*');
    expect(shared).toMatchObject({ failures: 5, blockedUntil: app.time.now + 1000, lastFailureAt: app.time.now });
    expect(shared?.tries.map((one) => one.source).sort()).toEqual(refused.sort());
  });

  it.each([
    ['that are not known, together', ELSEWHERE, '*', (n: number) => source(n)],
    ['that is known', HOME, HOME, () => HOME],
  ])('get one try in 15 minutes from 100 failures on: those %s', async (_, first, name, from) => {
    const app = await prepared();
    await failures(app, 100, first);
    expect(counter(app, name)?.failures).toBe(100);
    for (let quarter = 0; quarter < 8; quarter++) {
      app.pass(15 * MINUTE - 2);
      const early = await fail(app, from(quarter));
      expect([verdict(early), early.headers.get('retry-after')]).toEqual([THROTTLED, '1']);
      app.pass(2);
      const answers = await atOnce(
        app,
        Array.from({ length: 30 }, (__, n) => () => fail(app, from(n))),
      );
      expect(answers.map(verdict).filter((one) => one === REFUSED)).toHaveLength(1);
      const waits = answers.flatMap(({ headers }) => headers.get('retry-after') ?? []);
      expect(new Set(waits)).toEqual(new Set(['900']));
    }
    expect(counter(app, name)?.failures).toBe(108);
    app.pass(15 * MINUTE);
    expect(verdict(await enter(app, from(1)))).toBe(OPENED);
    expect(counter(app, name)?.failures).toBe(0);
  });

  it('are counted by sign-in, recovery and passwords in a session together', async () => {
    const app = await prepared();
    const recovery = { email: EMAIL, recoveryCode: 'nobody-has-this', newPassword: 'eight amber kites drift' };
    await fail(app);
    await app.call('POST /v1/recovery', { body: recovery, sourceIp: source(1) });
    const body = { password: WRONG };
    await app.call(REAUTHENTICATE, { token: app.token, body, sourceIp: source(2) });
    const change = { currentPassword: WRONG, newPassword: 'eight amber kites drift' };
    await app.call('PUT /v1/account/password', { token: app.token, body: change, sourceIp: source(3) });
    await app.call('PUT /v1/account/email', {
      token: app.token,
      body: { ...body, email: UNKNOWN },
      sourceIp: source(4),
    });
    const tried = [ELSEWHERE, ...[1, 2, 3, 4].map(source)].map((from) => ({ at: app.time.now, source: from }));
    expect(counter(app, '*')).toMatchObject({ failures: 5, tries: tried });
    expect(verdict(await app.call('POST /v1/recovery', { body: recovery, sourceIp: source(5) }))).toBe(THROTTLED);
    expect(verdict(await enter(app))).toBe(OPENED);
  });
});

describe('a try that ends without a verdict', () => {
  const broken = (calls: ReadonlySet<number>) => {
    let unwraps = 0;
    return (name: string) => {
      if (name.startsWith('keys.unwrap password') && calls.has(unwraps++)) throw new UnavailableError('kms:Decrypt');
    };
  };

  it.each([
    ['shared', ELSEWHERE, '*', 0],
    ['shared', ELSEWHERE, '*', 4],
    ['shared', ELSEWHERE, '*', 25],
    ['own', HOME, HOME, 0],
    ['own', HOME, HOME, 4],
    ['own', HOME, HOME, 25],
  ])(
    'leaves the %s counter of %s as it was, with 5 at once and %s after %i failures',
    async (_, from, name, before) => {
      const app = await prepared();
      await failures(app, before, from);
      app.pass(HOUR);
      const counted = counter(app, name);
      const answers = await atOnce(
        app,
        Array.from({ length: 5 }, () => () => fail(app, from)),
        { before: broken(new Set([0, 1, 2, 3, 4])) },
      );
      expect(new Set(answers.map(verdict))).toEqual(
        new Set(before < 4 ? ['503 temporarily_unavailable'] : ['503 temporarily_unavailable', THROTTLED]),
      );
      expect(counter(app, name)).toEqual(counted);
    },
  );

  it.each(Array.from({ length: 31 }, (_, subset) => subset))(
    'counts for nobody beside those that have one: %i',
    async (subset) => {
      const app = await prepared();
      const fails = new Set([0, 1, 2, 3, 4].filter((n) => ((subset >> n) & 1) === 1));
      const acts = Array.from({ length: 5 }, (_, n) => () => {
        app.pass(1);
        return fail(app, source(n));
      });
      const answers = await atOnce(app, acts, { before: broken(fails) });
      const wrong = answers.flatMap((answer, n) => (verdict(answer) === REFUSED ? [source(n)] : []));
      expect(wrong).toHaveLength(5 - fails.size);
      const shared = counter(app, '*');
      expect(shared?.failures).toBe(wrong.length);
      expect(shared?.tries.map((one) => one.source).sort()).toEqual(wrong.sort());
      expect(shared?.lastFailureAt).toBe(shared?.tries.at(-1)?.at);
      const delay = wrong.length === 5 ? 1000 : 0;
      expect(shared?.blockedUntil).toBe((shared?.lastFailureAt ?? 0) + delay);
    },
  );

  it('takes nothing from what others failed at after a success came between', async () => {
    const app = await prepared();
    await inTurn(2, () => fail(app));
    let late: (() => void) | null = null;
    hookAll(app, {
      before: async (name) => {
        if (!name.startsWith('keys.unwrap password') || late !== null) return;
        await new Promise<void>((go) => {
          late = go;
        });
        throw new UnavailableError('kms:Decrypt');
      },
    });
    const slow = fail(app, source(1));
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    app.pass(1);
    expect(verdict(await enter(app, source(2)))).toBe(OPENED);
    app.pass(1);
    expect(verdict(await fail(app, source(3)))).toBe(REFUSED);
    (late as (() => void) | null)?.();
    expect(verdict(await slow)).toBe('503 temporarily_unavailable');
    const shared = counter(app, '*');
    expect(shared?.failures).toBe(1);
    expect(shared?.tries.map((one) => one.source)).toEqual([ELSEWHERE, ELSEWHERE, source(3)]);
  });
});

describe('a success', () => {
  it('of five at once from one source opens all of them, and leaves nothing counted', async () => {
    for (const from of [HOME, ELSEWHERE]) {
      const app = await prepared();
      const answers = await atOnce(
        app,
        Array.from({ length: 5 }, () => () => enter(app, from)),
      );
      expect(answers.map(verdict)).toEqual(Array(5).fill(OPENED));
      for (const row of rowsOf(app, 'throttle')) expect(row).toMatchObject({ failures: 0, tries: [], blockedUntil: 0 });
      expect(rowsOf(app, 'session')).toHaveLength(6);
    }
  });

  it('among failures at once from everywhere keeps record of each of them, and of none besides', async () => {
    const app = await prepared();
    const acts: (() => Promise<Answer>)[] = [0, 1, 2, 3].map((n) => () => fail(app, source(n)));
    const answers = await atOnce(app, [...acts.slice(0, 2), () => enter(app, ELSEWHERE), ...acts.slice(2)]);
    expect(answers.map(verdict)).toEqual([REFUSED, REFUSED, OPENED, REFUSED, REFUSED]);
    const shared = counter(app, '*');
    expect(shared?.tries.map((one) => one.source).sort()).toEqual([0, 1, 2, 3].map(source));
    expect(shared?.failures).toBeLessThan(5);
    expect(counter(app, ELSEWHERE)).toMatchObject({ failures: 0, tries: [], lastSuccessAt: app.time.now });
  });

  it('keeps the record of the last 20 failed tries, of 30 days', async () => {
    const app = await prepared();
    for (let n = 0; n < 22; n++) {
      await failures(app, 1, source(n));
      app.pass(HOUR);
    }
    const kept = Array.from({ length: 20 }, (_, i) => source(i + 2));
    const listed = () => counter(app, '*')?.tries.map((one) => one.source);
    expect(listed()).toEqual(kept);
    expect(verdict(await enter(app, ELSEWHERE))).toBe(OPENED);
    expect(listed()).toEqual(kept);
    expect(counter(app, '*')).toMatchObject({ failures: 0, blockedUntil: 0 });
    const first = counter(app, '*')?.tries[0]?.at ?? 0;
    app.pass(first + 30 * DAY - app.time.now);
    await fail(app, source(40));
    expect(listed()).toEqual([...kept.slice(1), source(40)]);
  });

  it('answers in the budget: 7 round trips, 4 KMS calls, 1 hash', async () => {
    for (const from of [HOME, ELSEWHERE]) {
      const app = await prepared();
      expect(await roundTrips(app, () => enter(app, from))).toMatchObject({ trips: 7, kms: 4, hashes: 1 });
    }
  });

  it('costs an unknown e-mail as many round trips as a known one to refuse, from a known source too', async () => {
    const app = await prepared();
    const calls = async (email: string, from: string) =>
      (await traced(app, () => fail(app, from, email))).map((name) => name.replace(' anew', ''));
    expect(await calls(UNKNOWN, ELSEWHERE)).toEqual(await calls(EMAIL, ELSEWHERE));
    expect(await calls(UNKNOWN, HOME)).toEqual(await calls(EMAIL, HOME));
    const trips = [EMAIL, UNKNOWN].map((email) => () => roundTrips(app, () => fail(app, ELSEWHERE, email)));
    expect((await trips[0]?.())?.trips).toBe((await trips[1]?.())?.trips);
  });
});

describe('what a right guess allows', () => {
  const MINE: Change = { op: 'discard', key: { kind: 'walk', name: 'bucket' } };
  const THEIRS: Change = { op: 'discard', key: { kind: 'walk', name: 'bucket' } };

  /** Writes it to a table that answers so, the last answer again and again. @returns what came of it, and what was written */
  async function write(own: readonly Change[], counted: readonly Change[], ...answers: CommitResult[]) {
    const written: unknown[] = [];
    const pauses: number[] = [];
    const app = await prepared();
    const commit = (changes: readonly Change[]) => {
      written.push(changes);
      return Promise.resolve(answers[Math.min(written.length, answers.length) - 1] as CommitResult);
    };
    const env = { ...app.env, store: { ...app.store, commit } };
    Object.assign(env, { sleep: (ms: number) => Promise.resolve(pauses.push(ms)) });
    const done = await commitSuccess(env, () => Promise.resolve([...counted]), own).catch((error: unknown) => error);
    return { done, written, pauses: pauses.length };
  }

  it('is written with the counters in one transaction, and nothing where there is nothing', async () => {
    expect(await write([MINE], [THEIRS], { ok: true })).toEqual({ done: true, written: [[MINE, THEIRS]], pauses: 0 });
    expect(await write([], [], { ok: true })).toEqual({ done: true, written: [], pauses: 0 });
  });

  it('is given up where its own condition does not hold', async () => {
    const failed = await write([MINE], [THEIRS], { ok: false, failed: [0, 1] });
    expect(failed).toEqual({ done: false, written: [[MINE, THEIRS]], pauses: 0 });
  });

  it('is written again where other guesses got in between, 30 times at most, after a pause each', async () => {
    const again = await write([MINE], [THEIRS], { ok: false, failed: [1] }, { ok: false, failed: [] }, { ok: true });
    expect([again.done, again.written.length, again.pauses]).toEqual([true, 3, 2]);
    const lost = await write([MINE], [THEIRS], { ok: false, failed: [1] });
    expect(lost).toMatchObject({ done: { message: 'vault:guess is unavailable' }, pauses: 30 });
    expect(lost.written).toHaveLength(30);
  });
});

describe('a password in a session, while the cloud fails', () => {
  it.each([HOME, ELSEWHERE])('counts for nobody, and can be sent again: from %s', async (from) => {
    const calls = await eachFault(
      ['refused', 'answer lost', 'crash'],
      async () => {
        const app = await prepared();
        await inTurn(2, () => fail(app, from));
        app.pass(1);
        return { ...app, token: app.token };
      },
      (app) => app.call(REAUTHENTICATE, { token: tokenOf(app), body: { password: PASSWORD }, sourceIp: from }),
      async (app, answer, { name, fault }) => {
        expect(verdict(answer)).toBe('503 temporarily_unavailable');
        const row = counter(app, from === HOME ? HOME : '*');
        const done = name.includes('put session') && fault !== 'refused';
        if (fault !== 'crash') {
          const raised = name.startsWith('store.commit put throttle') && fault === 'answer lost';
          expect([row?.failures, row?.tries.length]).toEqual([done ? 0 : raised ? 3 : 2, raised ? 3 : 2]);
        }
        const again = await app.call(REAUTHENTICATE, {
          token: tokenOf(app),
          body: { password: PASSWORD },
          sourceIp: from,
        });
        expect(verdict(again)).toBe('204');
        expect(rowsOf(app, 'throttle').every((one) => one.failures === 0)).toBe(true);
      },
    );
    expect(calls).toBe(7);
  });
});

describe('a change of the e-mail', () => {
  const NEW_EMAIL = 'moved@example.com';
  const move = (app: AccountsApp) =>
    app.call('PUT /v1/account/email', {
      token: tokenOf(app),
      body: { password: PASSWORD, email: NEW_EMAIL },
      sourceIp: HOME,
    });

  /** 20 known sources, and a full record. */
  async function crowded() {
    const app = await prepared();
    for (let n = 1; n <= 19; n++) await enter(app, source(n));
    await failures(app, 21);
    return { ...app, token: (await enter(app)).text('session.token') };
  }

  const contents = (app: MemoryApp) =>
    rowsOf(app, 'throttle')
      .map(({ subject: _, lastSuccessAt: __, ...row }) => row)
      .sort((a, b) => (a.source < b.source ? -1 : 1));

  it('moves all counters and records in its one transaction', async () => {
    const app = await crowded();
    const before = contents(app);
    const subject = counter(app, '*')?.subject;
    expect(before).toHaveLength(21);
    expect(verdict(await move(app))).toBe('204');
    expect(contents(app)).toEqual(before);
    expect(rowsOf(app, 'throttle').filter((row) => row.subject === subject)).toEqual([]);
    expect(verdict(await signIn(app, PASSWORD, NEW_EMAIL, source(3)))).toBe(OPENED);
    expect(verdict(await signIn(app, PASSWORD, NEW_EMAIL, ELSEWHERE))).toBe(THROTTLED);
  });

  it('lets go of the known sources beyond 20 as it moves the others', async () => {
    const app = await crowded();
    const home = only(rowsOf(app, 'throttle').filter((row) => row.source === HOME));
    for (const n of [103, 104]) plant(app, { ...home, source: source(n), lastSuccessAt: 1 });
    expect(verdict(await move(app))).toBe('204');
    expect(rowsOf(app, 'throttle')).toHaveLength(21);
    expect([counter(app, source(103)), counter(app, source(104))]).toEqual([undefined, undefined]);
  });

  it('takes along what failed elsewhere while it was at work', async () => {
    const app = await crowded();
    app.pass(15 * MINUTE);
    let attacked = '';
    app.store.hooks.before = async ({ op, args }) => {
      if (attacked !== '' || op !== 'commit' || !JSON.stringify(args).includes('"kind":"account"')) return;
      attacked = 'begun';
      attacked = verdict(await fail(app, source(77)));
    };
    expect(verdict(await move(app))).toBe('204');
    expect(attacked).toBe(REFUSED);
    expect(counter(app, '*')).toMatchObject({ failures: 22, lastFailureAt: app.time.now });
    expect(counter(app, '*')?.tries.at(-1)?.source).toBe(source(77));
    expect(rowsOf(app, 'throttle')).toHaveLength(21);
  });

  it('leaves them under the old e-mail or the new one, whichever call fails', async () => {
    const calls = await eachFault(
      ['refused', 'answer lost', 'crash'],
      crowded,
      move,
      (app, answer, { name, fault }) => {
        expect(verdict(answer)).toBe('503 temporarily_unavailable');
        const subjects = new Set(rowsOf(app, 'throttle').map(({ subject }) => subject));
        expect([subjects.size, rowsOf(app, 'throttle').length]).toEqual([1, 21]);
        const moved = name.includes('put account') && fault !== 'refused';
        const index = only(rowsOf(app, 'email'));
        expect([...subjects]).toEqual([Buffer.from(index.mac).toString('base64url')]);
        expect(counter(app, '*')?.failures).toBe(21);
        if (moved) expect(counter(app, HOME)?.failures).toBe(0);
        return Promise.resolve();
      },
    );
    expect(calls).toBe(9);
  });
});

describe('a counter that was tampered with', () => {
  it.each<[string, Partial<ThrottleRow>]>([
    ['a delay without end', { blockedUntil: Date.UTC(2126, 0) }],
    ['more failures than there can be', { failures: Number.MAX_SAFE_INTEGER }],
  ])('is an integrity failure, and keeps the try from being made: %s', async (_, change) => {
    const app = await prepared();
    await fail(app);
    const shared = counter(app, '*');
    if (shared !== undefined) plant(app, { ...shared, ...change });
    const hashes = app.hasher.calls.length;
    expect(verdict(await enter(app, ELSEWHERE))).toBe('500 integrity_failure');
    expect(app.telemetry.counts.get('IntegrityFailure')).toBe(1);
    expect(app.hasher.calls).toHaveLength(hashes);
    expect(counter(app, '*')).toEqual({ ...shared, ...change });
  });

  it('of which an attribute has another type is an integrity failure, before any try is counted', async () => {
    const app = await prepared();
    app.store.hooks.before = ({ op }) => {
      if (op === 'throttles') throw new IntegrityError('throttle row');
    };
    const rows = new Map(app.store.rows);
    expect(verdict(await enter(app))).toBe('500 integrity_failure');
    expect(new Map(app.store.rows)).toEqual(rows);
  });

  it('of which the record was filled up is cut to its size', async () => {
    const app = await prepared();
    await fail(app);
    const shared = counter(app, '*');
    const tries = Array.from({ length: 500 }, () => ({ at: app.time.now, source: 'x' }));
    if (shared !== undefined) plant(app, { ...shared, tries });
    await fail(app);
    expect(counter(app, '*')?.tries).toHaveLength(20);
    expect(verdict(await enter(app, ELSEWHERE))).toBe(OPENED);
  });
});

/** The token of an app that was prepared here. */
function tokenOf(app: AccountsApp): string {
  if (!('token' in app) || typeof app.token !== 'string') throw new Error('the app has no token');
  return app.token;
}
