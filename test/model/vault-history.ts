import type { Specification } from './linearizable.ts';

/** What a client of one account asks for. Items go by their labels, which tell who made them and never change. */
export type Ask =
  | { readonly op: 'create'; readonly session: string; readonly label: string; readonly text: string }
  | { readonly op: 'get' | 'delete'; readonly session: string; readonly label: string }
  | {
      readonly op: 'replace';
      readonly session: string;
      readonly label: string;
      readonly version: number;
      readonly text: string;
    }
  | { readonly op: 'list'; readonly session: string }
  | { readonly op: 'password'; readonly session: string; readonly current: string; readonly next: string }
  | { readonly op: 'end'; readonly session: string; readonly target: string }
  | { readonly op: 'sign in'; readonly password: string };

/** What it was told. */
export interface Told {
  /** Status and code. */
  readonly said: string;
  /** Of an item that was made, shown or replaced. */
  readonly item?: Stored;
  /** Of a list: versions by label. */
  readonly versions?: Readonly<Record<string, number>>;
  /** Of one that began. */
  readonly session?: string;
}

interface Stored {
  readonly version: number;
  readonly text: string;
}

/** All of an account that a history is about. */
export interface VaultState {
  readonly items: Readonly<Record<string, Stored>>;
  readonly password: string;
  readonly live: readonly string[];
}

/** An account as it answers one call after the other. */
export function vaultFrom(initial: VaultState): Specification<VaultState, Ask, Told> {
  return { initial, step, nameOf: ({ items, password, live }) => JSON.stringify([sorted(items), password, live]) };
}

/** What leaves all as it is, and may come whenever others are at work on the account's row or its counters. */
const GIVEN_UP = ['409 version_conflict', '429 too_many_attempts'];

function step(state: VaultState, ask: Ask, told: Told | null): VaultState | null {
  if (ask.op === 'sign in') return signedIn(state, ask.password, told);
  const isLive = state.live.includes(ask.session);
  if (told?.said === '401 unauthenticated') return isLive ? null : state;
  if (!isLive) return told === null ? state : null;
  const [said, next] = answered(state, ask);
  if (told === null) return next;
  if (ask.op === 'password' && GIVEN_UP.includes(told.said)) return state;
  return isSame(told, said) ? next : null;
}

function signedIn(state: VaultState, password: string, told: Told | null): VaultState | null {
  // A session that nobody was told of does nothing.
  if (told === null || told.said === '429 too_many_attempts') return state;
  if (password !== state.password) return told.said === '401 invalid_credentials' ? state : null;
  if (told.said !== '201' || told.session === undefined) return null;
  return { ...state, live: [...state.live, told.session].sort() };
}

/** What a live session is told, and the state behind it. */
function answered(state: VaultState, ask: Exclude<Ask, { readonly op: 'sign in' }>): [Told, VaultState] {
  const { items, live, password } = state;
  const missing: [Told, VaultState] = [{ said: '404 not_found' }, state];
  switch (ask.op) {
    case 'create': {
      const item = { version: 1, text: ask.text };
      return [
        { said: '201', item },
        { ...state, items: { ...items, [ask.label]: item } },
      ];
    }
    case 'get': {
      const item = items[ask.label];
      return item === undefined ? missing : [{ said: '200', item }, state];
    }
    case 'replace': {
      const before = items[ask.label];
      if (before === undefined) return missing;
      if (before.version !== ask.version) return [{ said: '412 precondition_failed' }, state];
      const item = { version: before.version + 1, text: ask.text };
      return [
        { said: '200', item },
        { ...state, items: { ...items, [ask.label]: item } },
      ];
    }
    case 'delete': {
      const { [ask.label]: gone, ...rest } = items;
      return gone === undefined ? missing : [{ said: '204' }, { ...state, items: rest }];
    }
    case 'list': {
      const versions = Object.fromEntries(Object.entries(items).map(([label, { version }]) => [label, version]));
      return [{ said: '200', versions }, state];
    }
    case 'password':
      if (ask.current !== password) return [{ said: '403 wrong_password' }, state];
      return [{ said: '204' }, { ...state, password: ask.next, live: [ask.session] }];
    case 'end':
      if (!live.includes(ask.target)) return missing;
      return [{ said: '204' }, { ...state, live: live.filter((session) => session !== ask.target) }];
  }
}

function isSame(told: Told, expected: Told): boolean {
  const { said, item, versions } = expected;
  return (
    told.said === said &&
    told.item?.version === item?.version &&
    told.item?.text === item?.text &&
    JSON.stringify(sorted(told.versions ?? {})) === JSON.stringify(sorted(versions ?? {}))
  );
}

function sorted(record: Readonly<Record<string, unknown>>): (readonly [string, unknown])[] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
}
