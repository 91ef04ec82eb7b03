import { readWrapHeader, type WrapHeader } from '../../lambda/crypto/key-wrap.ts';
import { parseId, type SessionId } from '../../lambda/domain/ids.ts';
import type { AccountRow, ManifestRow, Row, RowKey, SessionRow, ThrottleRow } from '../../lambda/domain/records.ts';
import { UnavailableError } from '../../lambda/errors.ts';
import type { Change } from '../../lambda/ports/vault-store.ts';
import {
  type Answer,
  createMemoryApp,
  type MemoryApp,
  type MemoryAppOptions,
  PASSWORD,
  verdict,
} from '../fixtures/app.ts';
import { createMemoryHasher, type MemoryHasher } from '../fixtures/memory-hasher.ts';
import type { Call } from '../fixtures/memory-hooks.ts';
import { rowName } from '../fixtures/memory-vault-store.ts';

export const EMAIL = 'owner@example.com';
/** As long as {@link EMAIL}. */
export const UNKNOWN = 'other@example.com';
export const WRONG = 'seven grey lanterns hiss';
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

/** The API on memory doubles, with a hasher that is counted and costs nothing, and a clock that only `pass` moves. */
export interface AccountsApp extends MemoryApp {
  readonly hasher: MemoryHasher;
  readonly time: { now: number };
}

type AccountsAppOptions = Omit<MemoryAppOptions, 'hasher' | 'sharing'> & { readonly sharing?: AccountsApp };

export function createAccountsApp({ sharing, ...options }: AccountsAppOptions = {}): AccountsApp {
  const { hasher, time } = sharing ?? { hasher: createMemoryHasher(), time: { now: Date.now() } };
  const app = createMemoryApp({ ...options, ...(sharing === undefined ? {} : { sharing }), hasher });
  Object.assign(app.env, { clock: () => time.now });
  const pass = (ms: number) => {
    time.now += ms;
  };
  return { ...app, hasher, time, pass };
}

/** Who calls a use case by itself. */
export const CALLER = { sourceIp: '192.0.2.1', userAgent: 'a test' } as const;

/** Where accounts are registered from, so that it is known to them. */
export const HOME = '192.0.2.1';
/** A source that no account knows. */
export const ELSEWHERE = '198.51.100.77';

/** An app with an account that knows {@link HOME}, with the decoy made, and with no failed try on record. */
export async function prepared(
  options?: AccountsAppOptions,
): Promise<AccountsApp & { readonly token: string; readonly accountId: string }> {
  const app = createAccountsApp(options);
  const { token, accountId } = await app.register();
  await signIn(app, WRONG, 'first@example.com', ELSEWHERE);
  for (const row of rowsOf(app, 'throttle')) if (row.failures > 0) app.store.rows.delete(rowName(row));
  return { ...app, token, accountId };
}

export function signIn(
  app: MemoryApp,
  password: string = PASSWORD,
  email: string = EMAIL,
  sourceIp: string = HOME,
): Promise<Answer> {
  return app.call('POST /v1/sessions', { body: { email, password }, sourceIp });
}

export function register(
  app: MemoryApp,
  email: string = EMAIL,
  password: string = PASSWORD,
  sourceIp = HOME,
): Promise<Answer> {
  return app.call('POST /v1/accounts', { body: { email, password, acceptDataLoss: true }, sourceIp });
}

/** So many tries one after another. @returns their verdicts */
export async function inTurn(times: number, act: () => Promise<Answer>): Promise<string[]> {
  const verdicts: string[] = [];
  for (let i = 0; i < times; i++) verdicts.push(verdict(await act()));
  return verdicts;
}

/** The rows of a kind, in no order. */
export function rowsOf<K extends Row['kind']>(app: MemoryApp, kind: K): Extract<Row, { kind: K }>[] {
  return [...app.store.rows.values()].filter((row): row is Extract<Row, { kind: K }> => row.kind === kind);
}

/** The one row of a kind that passes. @throws Error where it is not one */
export function only<T>(rows: readonly T[]): T {
  const [row] = rows;
  if (row === undefined || rows.length > 1) throw new Error(`there are ${rows.length}, not one`);
  return row;
}

export function accountRow(app: MemoryApp, accountId: string): AccountRow {
  return only(rowsOf(app, 'account').filter((row) => row.accountId === accountId));
}

export function manifestRow(app: MemoryApp, accountId: string): ManifestRow {
  return only(rowsOf(app, 'manifest').filter((row) => row.accountId === accountId));
}

export function sessionRow(app: MemoryApp, sessionId: string): SessionRow {
  return only(rowsOf(app, 'session').filter((row) => row.sessionId === parseId<SessionId>(sessionId)));
}

/** The failures that are counted, without what names their counters. */
export function throttles(app: MemoryApp): Pick<ThrottleRow, 'failures' | 'blockedUntil'>[] {
  return rowsOf(app, 'throttle')
    .filter(({ failures }) => failures > 0)
    .map(({ failures, blockedUntil }) => ({ failures, blockedUntil }));
}

/** Writes a row past the service. */
export function plant(app: MemoryApp, row: Row): void {
  app.store.rows.set(rowName(row), row);
}

/** The header of an account's stored password wrap. */
export async function passwordHeader(app: MemoryApp, accountId: string): Promise<WrapHeader> {
  const row = accountRow(app, accountId);
  const { dekVersion, passwordWrap } = row;
  return readWrapHeader(
    await app.keys.unwrap(passwordWrap, { purpose: 'password', accountId: row.accountId, dekVersion }),
    1,
  );
}

type NamedHook = (name: string, call: Call) => void | Promise<void>;

/** Sets the hooks of all that can fail or be watched: store, bucket, key service and hasher. Names are as `store.get email`. */
export function hookAll(app: AccountsApp, { before, after }: { before?: NamedHook; after?: NamedHook }): void {
  const { store, objects, keys, hasher } = app;
  for (const [port, { hooks }] of Object.entries({ store, objects, keys, hasher })) {
    hooks.before = (call) => before?.(`${port}.${describeCall(call)}`, call);
    hooks.after = (call) => after?.(`${port}.${describeCall(call)}`, call);
  }
}

/**
 * Runs acts at once, each call of a port giving way to the others: in memory one request would else end before the next
 * begins.
 *
 * @param hooks as {@link hookAll} takes them, for the while
 */
export async function atOnce<T>(
  app: AccountsApp,
  acts: readonly (() => Promise<T>)[],
  { before, ...hooks }: { before?: NamedHook; after?: NamedHook } = {},
): Promise<T[]> {
  hookAll(app, {
    ...hooks,
    before: async (name, call) => {
      await new Promise(setImmediate);
      await before?.(name, call);
    },
  });
  const results = await Promise.all(acts.map((act) => act()));
  hookAll(app, {});
  return results;
}

/** The calls that an act makes, in order, each with what of it an onlooker can see: kinds, sizes, costs, no content. */
export async function traced(app: AccountsApp, act: () => Promise<unknown>): Promise<string[]> {
  const names: string[] = [];
  hookAll(app, {
    before: (name) => {
      names.push(name);
    },
  });
  await act();
  hookAll(app, {});
  return names;
}

/** Runs an act. @returns the lengths of the random bytes that it was given and had zeroed by its end, in order */
export async function zeroed({ env }: MemoryApp, act: () => Promise<unknown>): Promise<number[]> {
  const { random } = env;
  const given: Uint8Array[] = [];
  const watch = (length: number): Uint8Array => {
    const bytes = random(length);
    given.push(bytes);
    return bytes;
  };
  Object.assign(env, { random: watch });
  await act();
  Object.assign(env, { random });
  // A single byte is for a pause, and may be 0 by itself.
  return given.filter((bytes) => bytes.length > 1 && bytes.every((byte) => byte === 0)).map(({ length }) => length);
}

/** How a call fails: it is refused, its answer is lost, or its answer is lost and nothing answers from then on. */
export type Fault = 'refused' | 'answer lost' | 'crash';

/** Makes the call with this number fail, counted from 0 and from now on. */
export function failAt(app: AccountsApp, place: number, fault: Fault): void {
  let calls = 0;
  let dead = false;
  let doomed: Call | null = null;
  const fail = (name: string): never => {
    throw new UnavailableError(name);
  };
  hookAll(app, {
    before: (name, call) => {
      if (calls++ === place) doomed = call;
      if (dead || (call === doomed && fault === 'refused')) fail(name);
    },
    after: (name, call) => {
      if (call !== doomed) return;
      dead = fault === 'crash';
      fail(name);
    },
  });
}

/**
 * Runs an act once for every call that it makes, that call failing, each time on an app made anew.
 *
 * @param prepare makes the app
 * @param act what meets the fault
 * @param judge is called once the fault is over
 */
export async function eachFault<A extends AccountsApp>(
  faults: readonly Fault[],
  prepare: () => Promise<A>,
  act: (app: A) => Promise<Answer>,
  judge: (
    app: A,
    answer: Answer,
    at: { readonly place: number; readonly name: string; readonly fault: Fault },
  ) => Promise<void>,
): Promise<number> {
  const names = await prepare().then((app) => traced(app, () => act(app)));
  for (const fault of faults) {
    for (const [place, name] of names.entries()) {
      const app = await prepare();
      failAt(app, place, fault);
      const answer = await act(app);
      // What was begun beside the failing call comes to its end.
      await new Promise(setImmediate);
      hookAll(app, {});
      try {
        await judge(app, answer, { place, name, fault });
      } catch (error) {
        throw new Error(`${name}, ${fault}, answered ${verdict(answer)}`, { cause: error });
      }
    }
  }
  return names.length;
}

function describeCall({ op, args }: Call): string {
  const [first, second] = args;
  // An object's name is random.
  if (typeof first === 'string' && (op === 'get' || op === 'put' || op === 'remove')) return op;
  switch (op) {
    case 'get':
      return `get ${(first as RowKey).kind}`;
    case 'snapshot':
      return `snapshot ${(first as RowKey[]).map(({ kind }) => kind).join(' ')}`;
    case 'list':
      return `list ${String(second)}`;
    case 'commit':
      return `commit ${(first as Change[]).map(describeChange).join(', ')}`;
    case 'mac':
      return `mac ${String(first)} of ${(second as Uint8Array).length}`;
    case 'wrap':
    case 'unwrap':
      return `${op} ${(second as { purpose: string }).purpose} of ${(first as Uint8Array).length}`;
    case 'tail':
      return `tail of ${String(first).length} at cost ${String(args[2])}`;
    default:
      return op;
  }
}

function describeChange(change: Change): string {
  if (change.op === 'discard') return `discard ${change.key.kind}`;
  const { op, row } = change;
  return op === 'put' ? `put ${row.kind}${change.replaces === null ? ' anew' : ''}` : `${op} ${row.kind}`;
}
