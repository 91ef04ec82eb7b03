import { afterAll, beforeAll, expect } from '@jest/globals';
import { type Answer, type Client, PASSWORD, verdict } from '../fixtures/app.ts';
import { attacks } from './cases.ts';
import { type Attacked, startAttacked } from './service.ts';
import { alike, type Cost, costOf, gatewayClient, inTurn, signIn, times, told, WRONG } from './sign-in-support.ts';

/** What a password or a recovery code that opens nothing costs: the counters, the rows, the wrap and the hash. */
const READS = ['dynamodb GetItem', 'dynamodb PutItem', 'dynamodb Query', 'dynamodb TransactGetItems'];
const WRONG_PASSWORD: Cost = { calls: [...READS, 'kms Decrypt', 'kms GenerateMac', 'kms GenerateMac'], hashes: 1 };
const WRONG_CODE: Cost = { calls: [...READS, 'kms Decrypt', 'kms GenerateMac'], hashes: 0 };
/** A try that is refused while a delay runs. */
const REFUSED: Cost = { calls: ['dynamodb GetItem', 'dynamodb Query', 'kms GenerateMac'], hashes: 0 };
const NOTHING: Cost = { calls: [], hashes: 0 };
/** A session is looked up before its request is read. */
const SESSION_LOOKED_UP: Cost = { calls: ['dynamodb TransactGetItems'], hashes: 0 };

/** The form of a recovery code, with its check character. */
const NO_CODE = '0000-0000-0000-0000-0000-0000-0000-00000';

let service: Attacked;
let away: Client;

beforeAll(async () => {
  service = await startAttacked({ still: true });
  away = gatewayClient(service);
  // The first unknown e-mail of a deployment finds no decoy, and makes it.
  await signIn(service.call, 'first@example.com', WRONG);
});

afterAll(() => service.close());

/** Makes each try, and holds that nothing but its request id tells it from the first; gives that one's answer. */
async function same(cost: Cost, tries: readonly (() => Promise<Answer>)[]): Promise<string> {
  const seen = await inTurn(tries.map((work) => () => costOf(service, work)));
  for (const one of seen) {
    expect(one.cost).toEqual(cost);
    expect(told(one.result)).toEqual(told(seen[0]?.result ?? one.result));
  }
  return alike(seen.map(({ result }) => result));
}

/** Makes a call, and holds what it costs and that what was sent does not come back. */
async function costing(cost: Cost, call: string, token: string | null, body: Record<string, unknown>): Promise<Answer> {
  const send = { body, ...(token === null ? {} : { token }) };
  const { result, cost: was } = await costOf(service, () => service.call(call, send));
  expect(was).toEqual(cost);
  expect(result.bytes.length).toBeLessThan(1000);
  return result;
}

const recover = (call: Client, email: string, recoveryCode: string, newPassword = WRONG) =>
  call('POST /v1/recovery', { body: { email, recoveryCode, newPassword } });

/** Every place where a password is sent: with and without a session. */
function passwordCalls(email: string, password: string) {
  const open = { email, password };
  return {
    strangers: [
      ['POST /v1/sessions', open],
      ['POST /v1/accounts', { ...open, acceptDataLoss: true }],
      ['POST /v1/recovery', { email, recoveryCode: NO_CODE, newPassword: password }],
    ],
    signedIn: [
      ['PUT /v1/account/password', { currentPassword: PASSWORD, newPassword: password }],
      ['PUT /v1/account/email', { password, email: 'elsewhere@example.com' }],
      ['POST /v1/account/recovery-code', { password }],
      ['POST /v1/account/recovery-code/removal', { password }],
      ['POST /v1/account/key-rotation', { password }],
      ['POST /v1/account/deletion', { password }],
      ['POST /v1/sessions/current/reauthentication', { password }],
    ],
  } as const;
}

async function oversized(password: string): Promise<string> {
  const { email, token } = await service.register();
  const { strangers, signedIn } = passwordCalls(email, password);
  return alike([
    ...(await inTurn(
      strangers.map(
        ([call, body]) =>
          () =>
            costing(NOTHING, call, null, body),
      ),
    )),
    ...(await inTurn(
      signedIn.map(
        ([call, body]) =>
          () =>
            costing(SESSION_LOOKED_UP, call, token, body),
      ),
    )),
  ]);
}

attacks('Telling accounts apart, and asking for work', {
  'unknown-email': async () => {
    const { email } = await service.register();
    return same(WRONG_PASSWORD, [
      () => signIn(service.call, email, WRONG),
      () => signIn(service.call, 'unknown@example.com', WRONG),
    ]);
  },

  'unknown-email-from-elsewhere': async () => {
    const { email } = await service.register();
    return same(WRONG_PASSWORD, [
      () => signIn(away, email, WRONG),
      () => signIn(away, 'unknown-away@example.com', WRONG),
    ]);
  },

  'unknown-email-in-a-delay': async () => {
    const { email } = await service.register();
    const tries = [email, 'unknown-delayed@example.com'].map((tried) => async () => {
      const taken = await inTurn(times(5, () => () => signIn(away, tried, WRONG)));
      expect(alike(taken)).toBe('401 invalid_credentials');
      return costOf(service, () => signIn(away, tried, WRONG));
    });
    const [known, unknown] = await inTurn(tries);
    expect(known?.cost).toEqual(REFUSED);
    expect(unknown?.cost).toEqual(REFUSED);
    expect(unknown && told(unknown.result)).toEqual(known && told(known.result));
    return known === undefined ? '' : verdict(known.result);
  },

  'deleted-email': async () => {
    const { email, token, password } = await service.register();
    const other = await service.register();
    expect((await service.call('POST /v1/account/deletion', { token, body: { password } })).status).toBe(200);
    return same(WRONG_PASSWORD, [
      () => signIn(service.call, other.email, WRONG),
      () => signIn(service.call, email, PASSWORD),
    ]);
  },

  'recovery-without-a-code': async () => {
    const [owner, without, other] = await inTurn(times(3, () => () => service.register()));
    const code = async ({ token, password }: { token: string; password: string }) =>
      (await service.call('POST /v1/account/recovery-code', { token, body: { password } })).text('recoveryCode');
    if (owner === undefined || without === undefined || other === undefined) throw new Error('an account is missing');
    const [spent, others] = [await code(owner), await code(other)];
    expect((await recover(service.call, owner.email, spent)).status).toBe(201);
    return same(WRONG_CODE, [
      () => recover(away, 'unknown-recovered@example.com', NO_CODE),
      () => recover(away, without.email, NO_CODE),
      () => recover(away, other.email, NO_CODE),
      () => recover(away, owner.email, spent),
      () => recover(away, owner.email, others),
      () => recover(away, other.email, 'no code at all'),
      () => recover(away, other.email, ''),
    ]);
  },

  'recovery-to-a-weak-password': async () => {
    const { email } = await service.register();
    return same(NOTHING, [
      () => recover(away, email, NO_CODE, 'password1234567'),
      () => recover(away, 'unknown-weak@example.com', NO_CODE, 'password1234567'),
    ]);
  },

  'megabyte-password': () => oversized('a'.repeat(1024 * 1024)),

  'password-beyond-the-body-limit': () => oversized('ä'.repeat(128 * 1024)),

  'password-of-many-bytes': async () => {
    // Within the limit of a body; beyond the schema's, and beyond the 1,024 bytes that are hashed.
    const answers = [await oversized('b'.repeat(200_000)), await oversized('c'.repeat(4097))];
    const { email } = await service.register();
    const [call, body] = passwordCalls(email, 'd'.repeat(1025)).strangers[0];
    expect(new Set(answers).size).toBe(1);
    return alike([await costing(NOTHING, call, null, body)]);
  },
});
