import { isDeepStrictEqual } from 'node:util';
import { parseToken } from '../../lambda/crypto/session-token.ts';
import type { AccountRow, ActivityRow, ManifestRow, Row, SessionRow } from '../../lambda/domain/records.ts';
import { verdict } from '../fixtures/app.ts';
import { rowName } from '../fixtures/memory-vault-store.ts';
import { attack, CALLS, type CallName, INTEGRITY, UNAUTHENTICATED } from './calls.ts';
import { KINDS, type Kind, type World } from './world.ts';

/** Kinds of rows that are put back, each whole, to how they were after a step: what is newer goes, what was removed returns. */
export interface Rollback {
  readonly step: string;
  readonly kinds: readonly Kind[];
  /** Whether the plain `revision` of every session's row is lowered besides, to that of the step. */
  readonly lowered?: true;
}

/**
 * What is asked after a rollback: what else there is to call fails and works as these do, which manifest.test.ts holds.
 * The last signs in anew, and asks that session for items, documents and activity.
 */
export const PROBES = [
  'list items',
  'get content',
  'list documents',
  'list sessions',
  'get activity',
  'anew',
] as const satisfies readonly (CallName | 'anew')[];
export type Probe = (typeof PROBES)[number];
export type Answers = Record<Probe, string>;

/** The ids of each session's entries, oldest first. */
export type Lives = ReadonlyMap<string, readonly string[]>;

/**
 * Every kind alone, every two, all but sessions, all but activity, and all, at every step; kinds that have not changed
 * since are left out.
 */
export function rollbacks(world: World, steps: readonly string[]): Rollback[] {
  const sets = [
    ...KINDS.flatMap((one, i) => [[one], ...KINDS.slice(i + 1).map((other) => [one, other])]),
    ...(['session', 'activity'] as const).map((left) => KINDS.filter((kind) => kind !== left)),
    KINDS,
  ];
  const all = steps.flatMap((step) =>
    sets.map((kinds): Rollback => ({ step, kinds: kinds.filter((kind) => changedSince(world, step, kind)) })),
  );
  const named = new Map(all.filter(({ kinds }) => kinds.length > 0).map((one) => [nameOf(one), one]));
  return [...named.values()];
}

/** Whether any row of a kind is another one than after a step. */
export function changedSince(world: World, step: string, kind: Kind): boolean {
  return !same(world.ofKindAt(step, kind), world.ofKindAt(world.now, kind));
}

export function nameOf({ step, kinds }: Rollback): string {
  return `${kinds.join(' and ')} as after "${step}"`;
}

export function rollBack(world: World, { step, kinds, lowered }: Rollback): void {
  for (const kind of kinds) {
    world.remove(...world.ofKindAt(world.now, kind));
    world.write(...world.ofKindAt(step, kind));
  }
  if (lowered !== true) return;
  const revision = revisionAt(world, step);
  const sessions = world.ofKindAt(kinds.includes('session') ? step : world.now, 'session');
  world.write(...sessions.map((row) => ({ ...(row as SessionRow), revision })));
}

/** The ids of each session's entries, read from the untouched world. */
export async function livesOf(world: World): Promise<Lives> {
  world.restore();
  const answer = await world.call('GET /v1/account/activity?limit=100');
  const body = answer.body as { activity: { id: string; sessionId: string }[]; nextCursor: string | null };
  const { activity, nextCursor } = body;
  if (nextCursor !== null) throw new Error('the world has more entries than a page');
  const lives = new Map<string, string[]>();
  for (const { id, sessionId } of activity.reverse()) lives.set(sessionId, [...(lives.get(sessionId) ?? []), id]);
  return lives;
}

/** What comes of each probe, said as {@link foretell} says it. */
export async function meet(world: World, rollback: Rollback): Promise<Answers> {
  const tamper = () => {
    rollBack(world, rollback);
  };
  const met: [Probe, string][] = [];
  for (const probe of PROBES) {
    if (probe === 'anew')
      met.push([probe, await anew(world, tamper, ['list items', 'list documents', 'get activity'])]);
    else met.push([probe, foretold(probe, await attack(world, { tamper, late: true }, probe))]);
  }
  return Object.fromEntries(met) as Answers;
}

/** Signs in, and gives what that session is told. */
export async function anew(
  world: World,
  tamper: () => void,
  names: readonly ('list items' | 'list documents' | 'get activity')[],
): Promise<string> {
  const begun = await attack(world, { tamper }, 'sign in');
  if (begun.status !== 201) return verdict(begun);
  const token = begun.text('session.token');
  const told: string[] = [];
  for (const name of names) told.push(foretold(name, await world.call(CALLS[name].send()[0], { token })));
  return told.join(' | ');
}

/** An answer as far as it is foretold: its outcome, and what it shows. */
function foretold(probe: CallName, answer: Awaited<ReturnType<typeof attack>>): string {
  const what = verdict(answer);
  if (answer.status !== 200) return what;
  const body = answer.body as Readonly<Record<string, unknown>>;
  const list = (name: string) => {
    const rows = body[name] as { id: string; version?: number }[];
    return [what, ...rows.map(({ id, version = 1 }) => `${id} ${version}`).sort()].join('; ');
  };
  switch (probe) {
    case 'list items':
      return list('items');
    case 'list documents':
      return list('documents');
    case 'list sessions':
      return list('sessions');
    case 'get activity':
      return [what, ...(body['breaks'] as object[]).map((found) => JSON.stringify(found)).sort()].join('; ');
    default:
      return what;
  }
}

/** What the manifest of a step knows of a session. */
interface Known {
  readonly count: number;
  readonly ended: boolean;
}

/**
 * What every probe must say after a rollback, by the rules of docs/format.md alone: the manifest of its step against the
 * other rows of theirs.
 */
export function foretell(world: World, lives: Lives, { step, kinds, lowered }: Rollback): Answers {
  const stepOf = (kind: Kind) => (kinds.includes(kind) ? step : world.now);
  const rows = <R extends Row>(kind: Kind, at: string = stepOf(kind)) => world.ofKindAt(at, kind) as R[];
  const told = stepOf('manifest');
  const [account] = rows<AccountRow>('account');
  const sessions = new Map(rows<SessionRow>('session').map((row) => [row.sessionId as string, row]));
  const known = knownAt(world, lives, told);
  const entries = new Map(rows<ActivityRow>('activity').map((row) => [row.activityId as string, opens(row, account)]));
  const agrees = isDeepStrictEqual(rows('account'), rows('account', told));
  const revision = revisionAt(world, told);
  const hasSeen = (row: SessionRow | undefined) => lowered !== true && (row?.revision ?? 0) > revision;
  const isSeen = [...sessions.values()].some(hasSeen);

  const own = parseToken(world.token)?.sessionId ?? '';
  const isLive = (row: SessionRow | undefined) => row !== undefined && row.epoch === account?.epoch;
  const anchor = known.get(own);
  const anchored = anchor?.ended === false && anchor.count <= (sessions.get(own)?.activityCount ?? 0);
  const holds = agrees && anchored && !hasSeen(sessions.get(own));
  const gate = isLive(sessions.get(own)) ? (holds ? null : INTEGRITY) : UNAUTHENTICATED;

  const version = (row: Row) => ('version' in row ? row.version : 0);
  const list = (kind: 'item' | 'document') => {
    if (!same(rows(kind), rows(kind, told))) return INTEGRITY;
    return [
      '200',
      ...rows(kind)
        .map((row) => `${idOf(row)} ${version(row)}`)
        .sort(),
    ].join('; ');
  };
  const one = (key: Row, well: (row: Row) => string) => {
    const [row, due] = [rows(key.kind as Kind), rows(key.kind as Kind, told)].map((all) =>
      all.find((found) => rowName(found) === rowName(key)),
    );
    if (!isDeepStrictEqual(row, due)) return INTEGRITY;
    return row === undefined ? '404 not_found' : well(row);
  };
  const { document } = world.owner;
  const objects = (row: Row) => ('objectKeys' in row ? row.objectKeys : []);
  const bucket = world.app.objects.objects;
  const liveOnes = [...sessions.values()]
    .filter((row) => isLive(row) && known.get(row.sessionId)?.ended === false)
    .map((row) => `${row.sessionId} 1`)
    .sort();
  const healthy: Omit<Answers, 'anew'> = {
    'list items': list('item'),
    // An object is removed once its document's row tells of another.
    'get content': one(document, (row) => (objects(row).every((key) => bucket.has(key)) ? '200' : INTEGRITY)),
    'list documents': list('document'),
    // What any session's row has seen is held against the manifest here, and by signing in.
    'list sessions': isSeen ? INTEGRITY : ['200', ...liveOnes].join('; '),
    'get activity': isSeen ? INTEGRITY : activity(lives, known, counts(sessions), entries),
  };
  const gated = Object.fromEntries(Object.entries(healthy).map(([probe, well]) => [probe, gate ?? well]));

  // Signing in ends the sessions that are over, each at least as far as the manifest knows it.
  const afterwards = new Map(known);
  for (const [id, row] of sessions) {
    if (!isLive(row))
      afterwards.set(id, { count: Math.max(row.activityCount, known.get(id)?.count ?? 0), ended: true });
  }
  const living = new Map([...sessions].filter(([, row]) => isLive(row)));
  return {
    ...(gated as typeof healthy),
    anew:
      agrees && !isSeen
        ? [list('item'), list('document'), activity(lives, afterwards, counts(living), entries)].join(' | ')
        : INTEGRITY,
  };
}

/** The revision of the manifest after a step. */
function revisionAt(world: World, step: string): number {
  const [manifest] = world.ofKindAt(step, 'manifest') as ManifestRow[];
  return manifest?.revision ?? 0;
}

/** Whether answers tell that something is wrong. */
export function isNoticed(answers: Answers): boolean {
  return Object.values(answers).some((answer) => answer.includes(INTEGRITY) || answer.includes('fault'));
}

function knownAt(world: World, lives: Lives, step: string): Map<string, Known> {
  const written = world.written(step);
  const entries = new Set(world.ofKindAt(written, 'activity').map(idOf));
  const standing = new Set(world.ofKindAt(written, 'session').map(idOf));
  const known = [...lives].map(([id, ids]): [string, Known] => {
    const count = ids.filter((entry) => entries.has(entry)).length;
    return [id, { count, ended: !standing.has(id) }];
  });
  return new Map(known.filter(([, { count }]) => count > 0));
}

/** What is told of the activity: the manifest's ends and the sessions' rows against the entries that are there. */
function activity(
  lives: Lives,
  known: ReadonlyMap<string, Known>,
  rows: ReadonlyMap<string, number>,
  entries: ReadonlyMap<string, boolean>,
): string {
  const breaks: object[] = [];
  for (const [sessionId, ids] of lives) {
    const there = ids.flatMap((id, i) => (entries.get(id) === true ? [i + 1] : []));
    const anchor = known.get(sessionId);
    const row = anchor?.ended === true ? undefined : rows.get(sessionId);
    const ahead = row !== undefined && row >= (anchor?.count ?? 0);
    const end = anchor === undefined ? 0 : ahead ? row : anchor.count;
    // Where a live session's row is gone, or behind, nothing tells how many more entries there were.
    const isOpen = anchor?.ended === false && !ahead;
    if (isOpen) breaks.push({ fault: row === undefined ? 'session-missing' : 'session-changed', sessionId });
    if (!isOpen) breaks.push(...there.filter((i) => i > end).map((i) => ({ fault: 'unexpected', id: ids[i - 1] })));
    const within = [0, ...there.filter((i) => i <= end || isOpen), Math.max(end, ...(isOpen ? there : [])) + 1];
    for (const [i, next] of within.entries()) {
      const first = (within[i - 1] ?? 0) + 1;
      if (i > 0 && first < next) breaks.push({ fault: 'missing', sessionId, first, last: next - 1 });
    }
  }
  for (const [id, isWhole] of entries) if (!isWhole) breaks.push({ fault: 'changed', id });
  return ['200', ...breaks.map((found) => JSON.stringify(found)).sort()].join('; ');
}

/** Whether an entry is under the account's DEK, or the one before while that stands. */
function opens({ dekVersion }: ActivityRow, account: AccountRow | undefined): boolean {
  if (account === undefined) return false;
  const isPrevious = dekVersion === account.dekVersion - 1 && account.previousDek !== undefined;
  return dekVersion === account.dekVersion || isPrevious;
}

function counts(sessions: ReadonlyMap<string, SessionRow>): Map<string, number> {
  return new Map([...sessions].map(([id, { activityCount }]) => [id, activityCount]));
}

function idOf(row: Row): string {
  switch (row.kind) {
    case 'item':
      return row.itemId;
    case 'document':
      return row.documentId;
    case 'session':
      return row.sessionId;
    case 'activity':
      return row.activityId;
    default:
      return '';
  }
}

function byName(rows: readonly Row[]): Map<string, Row> {
  return new Map(rows.map((row) => [rowName(row), row]));
}

function same(a: readonly Row[], b: readonly Row[]): boolean {
  return isDeepStrictEqual(byName(a), byName(b));
}
