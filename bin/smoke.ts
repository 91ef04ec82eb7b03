import { createHash, randomBytes } from 'node:crypto';
import { type Answer, apiAddress, type Call, clientOf } from './client.ts';

/** What a step did not find as it must be. Its message names no value of the account's. */
class Unmet extends Error {
  override readonly name = 'Unmet';
}

/** The throwaway account: nobody has its e-mail (RFC 6761 §6.4), and its password is never shown. */
interface Guest {
  readonly email: string;
  readonly password: string;
  accountId: string | null;
  token: string | null;
  /** Whether a registration was sent, and no deletion was acknowledged. */
  mayStand: boolean;
}

const IBAN = 'DE89370400440532013000';
const ITEM = { type: 'bank-account', label: 'Smoke', data: { iban: IBAN, holder: 'Ada Example' } };

/** Does one step, and prints how long it took. @throws Unmet or what the call threw, once it is printed */
async function step<T>(name: string, work: () => Promise<T>): Promise<T> {
  const begun = performance.now();
  const line = (mark: string) => `${mark} ${name.padEnd(44)}${Math.round(performance.now() - begun)} ms`;
  try {
    const result = await work();
    console.log(line('✓'));
    return result;
  } catch (error) {
    console.log(`${line('✗')}: ${reasonOf(error)}`);
    throw error;
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof Unmet) return error.message;
  // Of a call that got no answer Node says why in the cause: a code of the connection, or a text of its own.
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(cause instanceof Error)) return 'no answer';
  return `no answer (${'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message})`;
}

/** @throws Unmet that tells status, code and request id of another answer */
function expectStatus(answer: Answer, status: number, code?: string): Answer {
  if (answer.status === status && (code === undefined || answer.body['code'] === code)) return answer;
  throw unmet(
    `answered ${told(answer)} where ${[status, ...(code === undefined ? [] : [code])].join(' ')} is due`,
    answer,
  );
}

function expectThat(holds: boolean, what: string, answer: Answer): void {
  if (!holds) throw unmet(what, answer);
}

function unmet(what: string, { headers }: Answer): Unmet {
  return new Unmet(`${what}, request ${plain(headers.get('x-request-id'))}`);
}

function told({ status, body }: Answer): string {
  return body['code'] === undefined ? String(status) : `${status} ${plain(body['code'])}`;
}

/** A code or an id as it may be printed: what else a service says there is not repeated. */
function plain(value: unknown): string {
  return typeof value === 'string' && /^[\w=:.-]{1,64}$/.test(value) ? value : 'unknown';
}

/** A text field of an answer. @throws Unmet where there is none */
function text(answer: Answer, name: string, from: unknown = answer.body): string {
  const value = (from as Record<string, unknown> | undefined)?.[name];
  if (typeof value !== 'string' || value === '') throw unmet(`answered without ${name}`, answer);
  return value;
}

/** The main job, from registration to deletion. */
async function mainJob(call: Call, guest: Guest): Promise<void> {
  const { email, password } = guest;
  await step('health', async () => {
    const answer = expectStatus(await call('GET /v1/health'), 200);
    expectThat(answer.body['status'] === 'ok', 'the service does not say that it is well', answer);
  });
  await step('no account without the warning accepted', async () => {
    const body = { email, password, acceptDataLoss: false };
    // Should it be made after all, it is removed.
    guest.mayStand = true;
    expectStatus(await call('POST /v1/accounts', { body }), 422, 'invalid_request');
    guest.mayStand = false;
  });
  await step('registration', async () => {
    guest.mayStand = true;
    enter(
      guest,
      expectStatus(await call('POST /v1/accounts', { body: { email, password, acceptDataLoss: true } }), 201),
    );
  });
  const token = () => guest.token;
  const item = await step('an item is stored', async () =>
    text(expectStatus(await call('POST /v1/items', { token: token(), body: ITEM }), 201), 'id'),
  );
  await step('the list masks it', async () => {
    const answer = expectStatus(await call('GET /v1/items', { token: token() }), 200);
    const shown = answer.bytes.toString();
    expectThat(shown.includes(item), 'the list lacks the item', answer);
    expectThat(!shown.includes(IBAN) && shown.includes(IBAN.slice(-4)), 'the list does not mask the item', answer);
  });
  await step('it is revealed whole', async () => {
    const answer = expectStatus(await call(`GET /v1/items/${item}`, { token: token() }), 200);
    expectThat(JSON.stringify(answer.body['data']) === JSON.stringify(ITEM.data), 'the item came back changed', answer);
  });
  const made = await step('a document is made from a template', async () => {
    const body = { template: 'personal-data-record', title: 'Smoke', inputs: { items: [item] } };
    return expectStatus(await call('POST /v1/documents', { token: token(), body }), 201);
  });
  await step('its content is the PDF that was told', async () => {
    const answer = expectStatus(await call(`GET /v1/documents/${text(made, 'id')}/content`, { token: token() }), 200);
    const { bytes } = answer;
    expectThat(bytes.subarray(0, 5).toString() === '%PDF-', 'the content is no PDF', answer);
    expectThat(bytes.length === made.body['size'], 'the content has another size', answer);
    const sum = createHash('sha256').update(bytes).digest('hex');
    expectThat(sum === made.body['sha256'], 'the content has another SHA-256', answer);
  });
  // One failure earns no delay.
  await step('a wrong password is refused', async () => {
    const body = { email, password: randomBytes(24).toString('base64url') };
    expectStatus(await call('POST /v1/sessions', { body }), 401, 'invalid_credentials');
  });
  await step('signing out ends the session', async () => {
    expectStatus(await call('DELETE /v1/sessions/current', { token: token() }), 204);
    expectStatus(await call('GET /v1/account', { token: token() }), 401, 'unauthenticated');
  });
  await step('signing in', async () => {
    enter(guest, expectStatus(await call('POST /v1/sessions', { body: { email, password } }), 201));
  });
  await step('the account is deleted', async () => {
    const answer = expectStatus(await remove(call, guest), 200);
    guest.mayStand = false;
    const { items, documents } = answer.body;
    expectThat(
      items === 1 && documents === 1,
      'the receipt tells other numbers than one item and one document',
      answer,
    );
    expectStatus(await call('GET /v1/account', { token: token() }), 401, 'unauthenticated');
  });
}

function enter(guest: Guest, answer: Answer): void {
  guest.accountId = text(answer, 'accountId');
  guest.token = text(answer, 'token', answer.body['session']);
}

function remove(call: Call, { token, password }: Guest): Promise<Answer> {
  return call('POST /v1/account/deletion', { token, body: { password } });
}

/** After a step that failed: nothing is to stay, not even of a registration whose answer was lost. */
async function tidy(call: Call, guest: Guest): Promise<void> {
  const { email, password } = guest;
  await step('what was begun is removed', async () => {
    if (guest.token !== null && (await remove(call, guest)).status === 200) return;
    const answer = await call('POST /v1/sessions', { body: { email, password } });
    if (answer.status === 401 && guest.accountId === null) return;
    enter(guest, expectStatus(answer, 201));
    expectStatus(await remove(call, guest), 200);
  });
}

async function main(): Promise<void> {
  const address = process.argv[2];
  if (address === undefined || process.argv.length > 3) throw new Error('usage: npm run smoke -- <address of the API>');
  const call = clientOf(apiAddress(address));
  const guest: Guest = {
    email: `smoke-${randomBytes(8).toString('hex')}@smoke.invalid`,
    password: randomBytes(24).toString('base64url'),
    accountId: null,
    token: null,
    mayStand: false,
  };
  const begun = performance.now();
  try {
    await mainJob(call, guest);
  } catch (error) {
    process.exitCode = 1;
    if (guest.mayStand) {
      await tidy(call, guest).catch(() => console.log(`An account may stand: ${guest.accountId ?? guest.email}`));
    }
    console.log(
      `Failed: ${error instanceof Unmet ? 'the service does not do its main job.' : 'the service can not be used.'}`,
    );
    return;
  }
  console.log(`All is well, in ${Math.round(performance.now() - begun)} ms, and nothing is left.`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
