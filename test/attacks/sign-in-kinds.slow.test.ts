import { afterAll, beforeAll, expect } from '@jest/globals';
import { type Answer, verdict } from '../fixtures/app.ts';
import { STRETCHED, stretch } from '../fixtures/stretched.ts';
import { attacks } from './cases.ts';
import { type Attacked, startAttacked } from './service.ts';
import { alike, type Cost, costOf, inTurn, MINUTE, OTHER, signIn, told, WRONG } from './sign-in-support.ts';

const READS = ['dynamodb GetItem', 'dynamodb PutItem', 'dynamodb Query', 'dynamodb TransactGetItems'];
const WRONG_PASSWORD: Cost = { calls: [...READS, 'kms Decrypt', 'kms GenerateMac', 'kms GenerateMac'], hashes: 1 };
const NOTHING: Cost = { calls: [], hashes: 0 };
const SESSION_LOOKED_UP: Cost = { calls: ['dynamodb TransactGetItems'], hashes: 0 };
const NO_CODE = '0000-0000-0000-0000-0000-0000-0000-00000';
const ELSEWHERE = 'elsewhere@example.com';
const PASSWORD = 'seven grey lanterns hum';

type Body = Readonly<Record<string, unknown>>;

let service: Attacked;
let registered = 0;

beforeAll(async () => {
  service = await startAttacked({ still: true });
  // The first unknown e-mail of a deployment finds no decoy, and makes it.
  await signIn(service.call, 'first@example.com', WRONG);
});

afterAll(() => service.close());

interface Owner {
  readonly email: string;
  /** 43 characters. */
  readonly secret: string;
  readonly token: string;
  readonly accountId: string;
}

/** Registers an account under 43 characters, of the one kind or the other. */
async function register(kind: Body): Promise<Owner> {
  const email = `owner-${++registered}@example.com`;
  const secret = stretch(PASSWORD, email);
  const body = { email, password: secret, acceptDataLoss: true, ...kind };
  const answer = await service.call('POST /v1/accounts', { body });
  return { email, secret, token: answer.text('session.token'), accountId: answer.text('accountId') };
}

const enter = (body: Body) => service.call('POST /v1/sessions', { body });

/** Tries each, and holds that nothing tells it from the first but its request id, nor what it costs. */
async function same(tries: readonly Body[]): Promise<string> {
  const seen = [];
  for (const body of tries) {
    seen.push(await costOf(service, () => enter(body)));
    service.pass(16 * MINUTE);
  }
  for (const { cost, result } of seen) {
    expect(cost).toEqual(WRONG_PASSWORD);
    expect(told(result)).toEqual(told(seen[0]?.result ?? result));
  }
  return alike(seen.map(({ result }) => result));
}

/** Each call that asks for the account's password in a session. */
const inside = (given: Body): readonly (readonly [call: string, body: Body])[] => [
  [
    'PUT /v1/account/password',
    { currentPassword: given['password'], currentPasswordKind: given['passwordKind'], newPassword: OTHER },
  ],
  [
    'PUT /v1/account/email',
    {
      ...given,
      email: ELSEWHERE,
      ...(given['passwordKind'] === undefined ? {} : { newPassword: stretch(PASSWORD, ELSEWHERE) }),
    },
  ],
  ['POST /v1/account/recovery-code', given],
  ['POST /v1/account/recovery-code/removal', given],
  ['POST /v1/account/key-rotation', given],
  ['POST /v1/account/deletion', given],
  ['POST /v1/sessions/current/reauthentication', given],
];

/** Sends what is no password of its kind to each call that takes one, and holds that it is refused by its form alone. */
async function refused({ email, token }: Owner, ...given: readonly Body[]): Promise<string> {
  const answers: Answer[] = [];
  let sent = '';
  const send = async (due: Cost, call: string, body: Body, session: { token?: string }) => {
    const { result, cost } = await costOf(service, () => service.call(call, { ...session, body }));
    expect({ call, cost }).toEqual({ call, cost: due });
    expect(result.bytes.toString()).not.toContain(sent);
    answers.push(result);
  };
  for (const { password, ...kind } of given) {
    sent = String(password);
    await send(NOTHING, 'POST /v1/sessions', { email, password, ...kind }, {});
    await send(NOTHING, 'POST /v1/accounts', { email, password, acceptDataLoss: true, ...kind }, {});
    await send(NOTHING, 'POST /v1/recovery', { email, recoveryCode: NO_CODE, newPassword: password, ...kind }, {});
    for (const [call, body] of inside({ password, ...kind })) await send(SESSION_LOOKED_UP, call, body, { token });
  }
  return alike(answers);
}

/** The attributes of an account's rows, each with its length in place of its value. */
async function shapes({ accountId }: Pick<Owner, 'accountId'>): Promise<string[]> {
  const rows = (await service.table.all()).filter(({ pk }) => pk?.S === `A#${accountId}`);
  return rows
    .flatMap(({ sk, ...row }) =>
      Object.entries(row).map(([name, value]) => {
        const kind = sk?.S?.split('#')[0] ?? '';
        return `${kind} ${name} ${value.B?.length ?? (value.S === undefined ? Object.keys(value).join() : value.S.length)}`;
      }),
    )
    .sort();
}

attacks('Kinds of passwords', {
  'stretched-as-plain': async () => {
    const { email, secret } = await register(STRETCHED);
    return same([
      { email, password: WRONG },
      { email, password: stretch(WRONG, email), ...STRETCHED },
      { email, password: secret },
      { email: 'unknown@example.com', password: secret },
      { email: 'unknown@example.com', password: secret, ...STRETCHED },
    ]);
  },

  'plain-as-stretched': async () => {
    const { email, secret } = await register({});
    return same([
      { email, password: WRONG },
      { email, password: stretch(WRONG, email), ...STRETCHED },
      { email, password: secret, ...STRETCHED },
    ]);
  },

  'stretched-of-another-e-mail': async () => {
    const { email } = await register(STRETCHED);
    return same([
      { email, password: stretch(PASSWORD, ELSEWHERE), ...STRETCHED },
      { email, password: PASSWORD },
    ]);
  },

  'other-kind-inside': async () => {
    const counts = new Set<string>();
    for (const [own, other] of [
      [STRETCHED, {}],
      [{}, STRETCHED],
    ] as const) {
      const { email, secret, token } = await register(own);
      const calls = inside({ password: secret, ...other });
      const answers = await inTurn(
        calls.map(
          ([call, body]) =>
            () =>
              service.call(call, { token, body }),
        ),
      );
      const verdicts = answers.map(verdict);
      const times = (due: string) => verdicts.filter((one) => one === due).length;
      const during = await enter({ email, password: secret, ...own });
      service.pass(16 * MINUTE);
      const after = await enter({ email, password: secret, ...own });
      counts.add(
        `${times('403 wrong_password')} × 403 wrong_password, ${times('429 too_many_attempts')} × 429 too_many_attempts; ` +
          `signing in ${verdict(during)}, and after the wait ${verdict(after)}`,
      );
    }
    return [...counts].join(' or ');
  },

  'plain-sent-as-stretched': async () =>
    refused(await register(STRETCHED), { password: PASSWORD, ...STRETCHED }, { password: OTHER, ...STRETCHED }),

  'stretched-in-another-spelling': async () => {
    const owner = await register(STRETCHED);
    const { secret } = owner;
    const next = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const spellings = [
      `${secret}=`,
      Buffer.from(secret, 'base64url').toString('base64'),
      secret.slice(0, -1) + (next[next.indexOf(secret.slice(-1)) + 1] ?? ''),
      secret.slice(0, -1),
      `${secret}A`,
      ` ${secret}`,
      Buffer.from(secret, 'base64url').toString('hex'),
    ];
    return refused(owner, ...spellings.map((password) => ({ password, ...STRETCHED })));
  },

  'stretched-of-one-byte': async () => {
    const flat = [0, 0x41].map((byte) => Buffer.alloc(32, byte).toString('base64url'));
    return refused(await register(STRETCHED), ...flat.map((password) => ({ password, ...STRETCHED })));
  },

  'kind-that-is-none': async () => {
    const owner = await register(STRETCHED);
    const kinds = ['plain', 'stretched', 'stretched-v2', 'STRETCHED-V1', '', null, 1, true, ['stretched-v1'], {}];
    return refused(owner, ...kinds.map((passwordKind) => ({ password: owner.secret, passwordKind })));
  },

  'kind-in-the-table': async () => {
    const [stretched, plain, moved] = [await register(STRETCHED), await register({}), await register({})];
    const body = { currentPassword: moved.secret, newPassword: stretch(OTHER, moved.email) };
    const change = async ({ token }: Owner, kinds: Body, given: Body = body) =>
      verdict(await service.call('PUT /v1/account/password', { token, body: { ...given, ...kinds } }));
    const [first, second] = [await shapes(stretched), await shapes(plain)];
    expect(first.length).toBeGreaterThan(20);
    expect(second).toEqual(first);
    // A change, whatever it is to: of two accounts the one stays plain, the other does not.
    const own = { currentPassword: plain.secret, newPassword: stretch(OTHER, plain.email) };
    expect([await change(moved, STRETCHED), await change(plain, {}, own)]).toEqual(['204', '204']);
    expect(await shapes(moved)).toEqual(await shapes(plain));
    return 'every attribute alike, and as long';
  },

  'e-mail-change-without-a-new-form': async () => {
    const { email, secret, token } = await register(STRETCHED);
    const bodies = [
      { password: secret, ...STRETCHED },
      { password: secret, ...STRETCHED, newPassword: secret },
      { password: secret, newPassword: stretch(PASSWORD, ELSEWHERE) },
    ];
    const answers = await inTurn(
      bodies.map((body) => () => service.call('PUT /v1/account/email', { token, body: { email: ELSEWHERE, ...body } })),
    );
    expect(verdict(await enter({ email, password: secret, ...STRETCHED }))).toBe('201');
    return alike(answers);
  },

  'e-mail-change-of-the-old-form': async () => {
    const { email, secret, token } = await register(STRETCHED);
    const newPassword = stretch(PASSWORD, ELSEWHERE);
    const body = { password: secret, email: ELSEWHERE, newPassword, ...STRETCHED };
    const change = () => service.call('PUT /v1/account/email', { token, body });
    expect(verdict(await change())).toBe('204');
    const tries = [email, ELSEWHERE].map((tried) => () => enter({ email: tried, password: secret, ...STRETCHED }));
    const refusals = await inTurn(tries);
    const account = async () => (await service.table.all()).filter(({ sk }) => /^(?:ACCOUNT|M)$/.test(sk?.S ?? ''));
    const before = await account();
    const again = await change();
    expect(await account()).toEqual(before);
    const opened = await enter({ email: ELSEWHERE, password: newPassword, ...STRETCHED });
    return `${alike(refusals)}; ${verdict(again)}; by the new form ${verdict(opened)}`;
  },
});
