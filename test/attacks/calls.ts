import { expect } from '@jest/globals';
import type { Row } from '../../lambda/domain/records.ts';
import { type Answer, type Send, verdict } from '../fixtures/app.ts';
import { CANARY, credentials, type World } from './world.ts';

/** What of the stored state a call relies on, beside the account row, the manifest and the session. */
export type Part = 'person' | 'note' | 'gone item' | 'stray item' | 'document' | 'spare' | 'gone document';

interface ApiCall {
  readonly needs: readonly Part[];
  /** The answer when nothing was tampered with. */
  readonly healthy: string;
  readonly send: (world: World) => readonly [call: string, send?: Send];
}

const ITEMS = ['person', 'note', 'gone item', 'stray item'] as const;
const DOCUMENTS = ['document', 'spare', 'gone document'] as const;
const person = ({ owner }: World) => `/v1/items/${owner.person.itemId}`;
const document = ({ owner }: World) => `/v1/documents/${owner.document.documentId}`;

/** Every call that reads or changes the vault. */
export const CALLS = {
  'get item': { needs: ['person'], healthy: '200', send: (w) => [`GET ${person(w)}`] },
  'get other item': { needs: ['note'], healthy: '200', send: (w) => [`GET /v1/items/${w.owner.note.itemId}`] },
  'get gone item': {
    needs: ['gone item'],
    healthy: '404 not_found',
    send: (w) => [`GET /v1/items/${w.gone.item.itemId}`],
  },
  'get stray item': {
    needs: ['stray item'],
    healthy: '404 not_found',
    send: (w) => [`GET /v1/items/${w.other.person.itemId}`],
  },
  'list items': { needs: ITEMS, healthy: '200', send: () => ['GET /v1/items?reveal=true'] },
  'search items': {
    needs: ITEMS,
    healthy: '200',
    send: () => ['POST /v1/items/search', { body: { type: 'email', reveal: true } }],
  },
  'create item': {
    needs: [],
    healthy: '201',
    send: () => ['POST /v1/items', { body: { type: 'note', data: { text: 'new' } } }],
  },
  'replace item': {
    needs: ['person'],
    healthy: '200',
    send: (w) => [
      `PUT ${person(w)}`,
      { body: { data: { givenName: 'New', familyName: 'Name' } }, headers: { 'if-match': '"3"' } },
    ],
  },
  'delete item': { needs: ['person'], healthy: '204', send: (w) => [`DELETE ${person(w)}`] },
  generate: {
    needs: ['person'],
    healthy: '201',
    send: (w) => [
      'POST /v1/documents',
      { body: { template: 'personal-data-record', inputs: { items: [w.owner.person.itemId] } } },
    ],
  },
  'list documents': { needs: DOCUMENTS, healthy: '200', send: () => ['GET /v1/documents'] },
  'get document': { needs: ['document'], healthy: '200', send: (w) => [`GET ${document(w)}`] },
  'get gone document': {
    needs: ['gone document'],
    healthy: '404 not_found',
    send: (w) => [`GET /v1/documents/${w.gone.document.documentId}`],
  },
  'get content': { needs: ['document'], healthy: '200', send: (w) => [`GET ${document(w)}/content`] },
  'get a range': {
    needs: ['document'],
    healthy: '206',
    send: (w) => [`GET ${document(w)}/content`, { headers: { range: 'bytes=1-4' } }],
  },
  'delete document': { needs: ['document'], healthy: '204', send: (w) => [`DELETE ${document(w)}`] },
  'get account': { needs: [], healthy: '200', send: () => ['GET /v1/account'] },
  'get activity': { needs: [], healthy: '200', send: () => ['GET /v1/account/activity?limit=100'] },
  'list sessions': { needs: [], healthy: '200', send: () => ['GET /v1/sessions'] },
  'sign in': { needs: [], healthy: '201', send: () => ['POST /v1/sessions', { body: credentials('owner') }] },
} as const satisfies Record<string, ApiCall>;

export type CallName = keyof typeof CALLS;
export const CALL_NAMES = Object.keys(CALLS) as CallName[];
export const SIGNED_IN_CALLS = CALL_NAMES.filter((name) => name !== 'sign in');

/** The calls that do something before all that they need is verified. */
const LATE: readonly CallName[] = ['generate', 'get content', 'get a range'];

export const INTEGRITY = '500 integrity_failure';
export const ROLLED_BACK = '409 vault_rolled_back';
export const UNAUTHENTICATED = '401 unauthenticated';

/** Something that is done to the table, and what the calls then answer. */
export interface Manipulation {
  readonly name: string;
  readonly tamper: (world: World) => void;
  /** The parts that are no longer what the manifest says; 'all' when account row and manifest disagree. */
  readonly breaks: readonly Part[] | 'all';
  /** Calls that answer otherwise than `breaks` tells. */
  readonly answers?: Partial<Record<CallName, string>>;
  /** Whether the manifest is an earlier one: then a client that remembers the revision is told. */
  readonly older?: true;
  /** Whether it may show only once a document is being made, or its reading was written down: then that stays. */
  readonly late?: true;
}

/** Some of the calls, of every kind: where all of a kind are alike. */
export const SOME_CALLS = [
  'get item',
  'get other item',
  'list items',
  'create item',
  'generate',
  'get document',
  'list documents',
  'get content',
  'get account',
  'get activity',
  'list sessions',
  'sign in',
] as const satisfies readonly CallName[];

/** What each call answers after a manipulation. */
export function expected(
  { breaks, answers }: Pick<Manipulation, 'breaks' | 'answers'>,
  names: readonly CallName[] = CALL_NAMES,
): Record<CallName, string> {
  const of = (name: CallName) => {
    const { needs, healthy }: ApiCall = CALLS[name];
    const broken = breaks === 'all' || needs.some((part) => breaks.includes(part));
    return answers?.[name] ?? (broken ? INTEGRITY : healthy);
  };
  return Object.fromEntries(names.map((name) => [name, of(name)])) as Record<CallName, string>;
}

/** The same answer of every signed-in call. */
export function everywhere(answer: string): Partial<Record<CallName, string>> {
  return Object.fromEntries(SIGNED_IN_CALLS.map((name) => [name, answer]));
}

/** Sends each call to a world that was tampered with afresh, and tells what came. */
export async function outcomes(
  world: World,
  manipulation: Manipulation,
  names: readonly CallName[] = CALL_NAMES,
): Promise<Record<CallName, string>> {
  const seen: [CallName, string][] = [];
  for (const name of names) {
    const answer = await attack(world, manipulation, name);
    seen.push([name, verdict(answer)]);
  }
  return Object.fromEntries(seen) as Record<CallName, string>;
}

/** One call to a world that was tampered with afresh; holds what every integrity failure must be like. */
export async function attack(
  world: World,
  { tamper, late }: Pick<Manipulation, 'tamper' | 'late'>,
  name: CallName,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const { counts } = world.app.telemetry;
  const { rows } = world.app.store;
  world.restore();
  tamper(world);
  const before = new Map(rows);
  const objects = [...world.app.objects.objects.keys()];
  counts.clear();
  const [call, send = {}]: readonly [string, Send?] = CALLS[name].send(world);
  const answer = await world.call(call, { ...send, headers: { ...send.headers, ...headers } });
  const failed = verdict(answer) === INTEGRITY;
  const counted = failed || isBroken(answer) ? 1 : 0;
  const blamed = [...rows.values()].filter((row) => row.kind === 'throttle' && row.failures + row.tries.length > 0);
  const integrity = counts.get('IntegrityFailure') ?? 0;
  expect({ name, integrity, strange: answer.bytes.includes(CANARY), blamed }).toEqual({
    name,
    integrity: counted,
    strange: false,
    blamed: [],
  });
  if (failed) {
    if (late === true && LATE.includes(name)) clearBegun(world, before);
    expect({
      guess: counts.has('SignInFailure'),
      type: answer.headers.get('content-type'),
      // Every write leaves a row of its own: the same rows are the same objects. A try is counted and given back.
      written: [...rows].filter(([key, row]) => row.kind !== 'throttle' && before.get(key) !== row),
      removed: [...before.keys()].filter((key) => !rows.has(key)),
      tries: triesIn(rows),
      objects: [...world.app.objects.objects.keys()],
    }).toEqual({
      guess: false,
      type: 'application/problem+json',
      written: [],
      removed: [],
      tries: triesIn(before),
      objects,
    });
  }
  return answer;
}

/** The rows that count tries. */
function triesIn(rows: ReadonlyMap<string, Row>): Map<string, Row> {
  return new Map([...rows].filter(([, { kind }]) => kind === 'throttle'));
}

/** Takes away what a call that failed late has left: a PENDING row and its object, or an entry and its session's count. */
function clearBegun({ app, remove }: World, before: ReadonlyMap<string, Row>): void {
  for (const [name, row] of app.store.rows) {
    const earlier = before.get(name);
    if (earlier?.kind === 'session') app.store.rows.set(name, earlier);
    if (earlier !== undefined) continue;
    if (row.kind === 'activity') remove(row);
    if (row.kind !== 'document' || row.state !== 'PENDING') continue;
    for (const key of row.objectKeys) app.objects.objects.delete(key);
    remove(row);
  }
}

/** Whether an answer tells of activity whose chain does not hold. */
export function isBroken({ body }: Answer): boolean {
  return typeof body === 'object' && body !== null && 'chain' in body && body.chain === 'broken';
}

/** Puts all back, and holds that every call works as if nothing had been. */
export async function recovers(world: World): Promise<void> {
  const nothing: Manipulation = { name: 'nothing', tamper: () => undefined, breaks: [] };
  expect(await outcomes(world, nothing)).toEqual(expected(nothing));
  world.restore();
}
