import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect } from '@jest/globals';
import { PASSWORD, verdict } from '../fixtures/app.ts';
import { attacks } from './cases.ts';
import { type Attacked, keyOf, type Member, type RawRow, startAttacked } from './service.ts';
import {
  alike,
  counters,
  everywhere,
  HOUR,
  inTurn,
  MINUTE,
  rowsOf,
  SIGNED_IN_CALLS,
  signIn,
  tally,
  times,
  WRONG,
} from './sign-in-support.ts';

/** What stands in a time's place: no number, or none that is a whole one from 0 to 2^53 - 1; absent where it is null. */
const NO_TIMES: readonly (AttributeValue | null)[] = [
  { S: '9999999999999' },
  { NULL: true },
  { BOOL: true },
  { B: Uint8Array.of(255, 255, 255, 255, 255, 255) },
  { L: [{ N: '9999999999999' }] },
  { M: {} },
  { NS: ['9999999999999'] },
  { N: '-1' },
  { N: '0.5' },
  { N: '9007199254740992' },
  { N: '1e30' },
  null,
];

const NOTE = { type: 'note', data: { text: 'a note' } };

let service: Attacked;

beforeAll(async () => {
  service = await startAttacked({ still: true });
});

afterAll(() => service.close());

const account = (token: string) => service.call('GET /v1/account', { token });
const addNote = (token: string) => service.call('POST /v1/items', { token, body: NOTE });
const enter = ({ email, password }: Member) => signIn(service.call, email, password);

async function sessionRow({ accountId, sessionId }: Member): Promise<RawRow> {
  return service.table.get({ pk: `A#${accountId}`, sk: `S#${sessionId}` });
}

/** The row of the one counter that an account, or an e-mail, has; those of others are removed first. */
async function onlyCounter(make: () => Promise<unknown>): Promise<RawRow> {
  await service.table.remove(...(await counters(service)).map(keyOf));
  await make();
  const [row, ...others] = await counters(service);
  if (row === undefined || others.length > 0) throw new Error('there is not one counter');
  return row;
}

/** A row with another value of one attribute; without it where the value is null. */
function withValue(row: RawRow, name: string, value: AttributeValue | null): RawRow {
  const { [name]: _, ...rest } = row;
  return value === null ? rest : { ...rest, [name]: value };
}

/** Puts each wrong value in the place of each attribute, and asks what a call answers; nothing may be hashed or written. */
async function spoiled(row: RawRow, names: readonly string[], ask: () => Promise<string>): Promise<string> {
  const answers: string[] = [];
  const before = service.hashes();
  for (const name of names) {
    for (const value of NO_TIMES) {
      const planted = withValue(row, name, value);
      await service.table.put(planted);
      const rows = await service.table.all();
      const alarms = service.telemetry.counts.get('IntegrityFailure') ?? 0;
      answers.push(await ask());
      expect(service.telemetry.counts.get('IntegrityFailure')).toBeGreaterThan(alarms);
      expect(await service.table.all()).toEqual(rows);
    }
  }
  expect(service.hashes()).toBe(before);
  await service.table.put(row);
  const [first = '', ...others] = new Set(answers);
  expect(others).toEqual([]);
  return first;
}

attacks('Clocks, and stored times', {
  'clock-set-back-59-minutes': async () => {
    const member = await service.register();
    service.pass(-59 * MINUTE);
    const back = [await account(member.token), await addNote(member.token), await enter(member)];
    service.pass(59 * MINUTE);
    const ended = back[2]?.text('session.expiresAt') ?? '';
    expect(Date.parse(ended)).toBe(service.clock() + 8 * HOUR - 59 * MINUTE);
    return `${back.map(verdict).join(', ')}; then ${alike([await account(member.token), await addNote(member.token).then(() => account(member.token))])}`;
  },

  'clock-set-back-two-hours': async () => {
    const { token, accountId } = await service.register();
    service.pass(-2 * HOUR);
    const rows = await rowsOf(service, accountId);
    const back = [await account(token), await addNote(token)];
    expect(await rowsOf(service, accountId)).toEqual(rows);
    service.pass(2 * HOUR);
    return `${back.map(verdict).join(', ')}; then ${verdict(await addNote(token))}`;
  },

  'clock-set-ahead': async () => {
    const member = await service.register();
    service.pass(31 * MINUTE);
    const ahead = await everywhere(service, member.token);
    service.pass(-31 * MINUTE);
    const back = verdict(await account(member.token));
    service.pass(31 * MINUTE);
    const again = verdict(await enter(member));
    service.pass(-31 * MINUTE);
    return `${ahead}; back again ${back}; after a sign-in ahead ${again}, then ${await everywhere(service, member.token)}`;
  },

  'clock-set-back-in-a-delay': async () => {
    const member = await service.register();
    const wrong = await inTurn(times(6, () => () => signIn(service.call, member.email, WRONG)));
    expect(tally(wrong)).toBe('5 × 401 invalid_credentials, 1 × 429 too_many_attempts');
    service.pass(-HOUR);
    const hashed = service.hashes();
    const back = [await enter(member), await signIn(service.call, member.email, WRONG)];
    expect(service.hashes()).toBe(hashed);
    service.pass(HOUR + 1000);
    return `${alike(back)}; then ${verdict(await enter(member))}`;
  },

  'session-times-that-are-none': async () => {
    const member = await service.register();
    const row = await sessionRow(member);
    const answered = await spoiled(row, ['expiresAt', 'lastSeenAt', 'activityAt'], async () =>
      alike([await account(member.token), await addNote(member.token)]),
    );
    return `${answered}; put right ${verdict(await account(member.token))}`;
  },

  'times-that-are-no-numbers': async () => {
    const row = await sessionRow(await service.register());
    const refused = await inTurn(
      ['NaN', 'Infinity', '-Infinity', '', '0x10', '1 day'].map((N) => async () => {
        return service.table.put(withValue(row, 'expiresAt', { N })).then(
          () => 'stored',
          (error: unknown) => (error as Error).name,
        );
      }),
    );
    expect(
      await sessionRow({ accountId: keyOf(row).pk.slice(2), sessionId: keyOf(row).sk.slice(2) } as Member),
    ).toEqual(row);
    return `${[...new Set(refused)].join()} of the table`;
  },

  'session-times-of-zero': async () => {
    const member = await service.register();
    const row = await sessionRow(member);
    const answers: string[] = [];
    for (const name of ['expiresAt', 'lastSeenAt']) {
      await service.table.put(withValue(row, name, { N: '0' }));
      answers.push(await everywhere(service, member.token));
    }
    return [...new Set(answers)].join();
  },

  'session-expiry-put-off': async () => {
    const member = await service.register();
    const later = { N: String(service.clock() + 365 * 24 * HOUR) };
    const row = withValue(withValue(await sessionRow(member), 'expiresAt', later), 'lastSeenAt', {
      N: String(service.clock() + 9 * HOUR),
    });
    service.pass(9 * HOUR);
    const calls = SIGNED_IN_CALLS.filter((call) => /^(?:GET|DELETE) /.test(call)).map((call) => async () => {
      // Signing out removes the row all the same.
      await service.table.put(row);
      return service.call(call, { token: member.token });
    });
    const note = async () => {
      await service.table.put(row);
      return addNote(member.token);
    };
    const answers = await inTurn([...calls, note]);
    expect(answers.length).toBeGreaterThan(15);
    return alike(answers);
  },

  'session-use-put-forward': async () => {
    const member = await service.register();
    service.pass(4 * HOUR);
    expect(verdict(await account(member.token))).toBe('401 unauthenticated');
    const row = await sessionRow(member);
    await service.table.put(withValue(row, 'lastSeenAt', { N: String(service.clock() + 9 * HOUR) }));
    const alive = verdict(await account(member.token));
    service.pass(4 * HOUR);
    return `${alive}, then ${await everywhere(service, member.token)}`;
  },

  'counter-times-that-are-none': async () => {
    const member = await service.register();
    const row = await onlyCounter(() => signIn(service.call, member.email, WRONG));
    const names = ['failures', 'lastFailureAt', 'blockedUntil', 'lastSuccessAt', 'tries'];
    const answered = await spoiled(row, names, async () =>
      alike([await enter(member), await signIn(service.call, member.email, WRONG)]),
    );
    await service.table.remove(keyOf(row));
    return `${answered}; removed ${verdict(await enter(member))}`;
  },

  'counter-of-registrations-that-is-none': async () => {
    const member = await service.register();
    const again = { email: member.email, password: PASSWORD, acceptDataLoss: true };
    const row = await onlyCounter(() => service.call('POST /v1/accounts', { body: again }));
    const names = ['failures', 'lastFailureAt', 'blockedUntil'];
    const body = { ...again, email: 'fresh@example.com' };
    const answered = await spoiled(row, names, async () => verdict(await service.call('POST /v1/accounts', { body })));
    await service.table.remove(keyOf(row));
    return `${answered}; removed ${verdict(await service.call('POST /v1/accounts', { body }))}`;
  },

  'counter-delay-too-long': async () => {
    const member = await service.register();
    const row = await onlyCounter(() => signIn(service.call, member.email, WRONG));
    const hashed = service.hashes();
    const answers = await inTurn(
      [21 * MINUTE, 24 * HOUR, Number.MAX_SAFE_INTEGER - service.clock()].map((wait) => async () => {
        await service.table.put(withValue(row, 'blockedUntil', { N: String(service.clock() + wait) }));
        return enter(member);
      }),
    );
    expect(service.hashes()).toBe(hashed);
    await service.table.put(withValue(row, 'blockedUntil', { N: String(service.clock() + 15 * MINUTE) }));
    return `${alike(answers)}; of 15 minutes ${verdict(await enter(member))}`;
  },

  'counter-set-back': async () => {
    const member = await service.register();
    const row = await onlyCounter(() => inTurn(times(5, () => () => signIn(service.call, member.email, WRONG))));
    const refused = verdict(await enter(member));
    const later = { N: String(service.clock() + 365 * 24 * HOUR) };
    const forged = [
      withValue(row, 'blockedUntil', { N: '0' }),
      withValue(withValue(row, 'failures', { N: '0' }), 'blockedUntil', { N: '0' }),
      withValue(withValue(row, 'lastFailureAt', later), 'blockedUntil', later),
    ];
    const answers = await inTurn(
      forged.map((one) => async () => {
        await service.table.put(one);
        return signIn(service.call, member.email, WRONG);
      }),
    );
    const stands = await service.table.get(keyOf(row));
    expect(Number(stands['lastFailureAt']?.N)).toBeLessThanOrEqual(service.clock());
    return `${refused}, then ${alike(answers)}; then ${verdict(await enter(member))}`;
  },
});
