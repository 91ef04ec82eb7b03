import { createHash } from 'node:crypto';
import { type Fault, faultsOf } from './checks.ts';
import type { Contract, Operation } from './document.ts';
import { GAPS } from './gaps.ts';
import { Random } from './random.ts';
import { Tally } from './report.ts';
import { CLASSES, type Class, curlOf, jsonOf, type Received, type Sending, type Transport } from './sending.ts';
import { hostile, nearlyValid } from './unlike.ts';
import { operationOf, type Tools, validRequest } from './valid.ts';
import { createMaker } from './values.ts';
import { KINDS, World } from './world.ts';

export interface FuzzOptions {
  readonly contract: Contract;
  readonly send: Transport;
  readonly seed: number;
  /** Requests after which it ends, and when it ends at the latest, as `Date.now()` tells. */
  readonly requests: number;
  readonly until: number;
  /** Of the service, for commands. */
  readonly url: string;
  /** What the service wrote since it was asked last. */
  readonly log?: () => string;
  /** Moves the service's clock, ms. Without it time passes by itself. */
  readonly pass?: (ms: number) => void;
}

/** Calls that end what others live on are made less often. */
const RARE: ReadonlySet<string> = new Set(['deleteAccount', 'endAllSessions', 'signOut', 'rotateKeys', 'abortUpload']);
const REMEMBERED = 4;
const SHRINKING = 25;
const MAKERS: Readonly<Record<Class, (tools: Tools, operation: Operation) => Sending>> = {
  valid: validRequest,
  nearly: nearlyValid,
  hostile,
};

/** Sends requests that a seed chooses until the time or their number is over, then looks whether the vaults are sound. */
export async function fuzz(options: FuzzOptions): Promise<Tally> {
  const { contract, send, url, pass } = options;
  const random = new Random(options.seed);
  let passed = 0;
  const world = new World(contract, () => Date.now() + passed);
  const tools: Tools = { contract, random, maker: createMaker(contract, random), world };
  const tally = new Tally(contract.operations);
  const changes: string[] = [];

  const wait = async (ms: number) => {
    passed += pass === undefined ? 0 : ms;
    if (pass === undefined) await new Promise((resolve) => setTimeout(resolve, Math.min(ms, 2000)));
    else pass(ms);
  };
  const exchange = async (sending: Sending): Promise<{ received: Received | null; faults: Fault[] }> => {
    try {
      const received = await send(sending);
      world.learn(sending, received);
      return { received, faults: faultsOf(contract, sending, received, options.log?.() ?? '', tally.used) };
    } catch (error) {
      return {
        received: null,
        faults: [{ kind: 'no answer', detail: error instanceof Error ? error.message : 'unknown' }],
      };
    }
  };
  const ask = async (sending: Sending): Promise<Received | null> => {
    const { received, faults } = await exchange(sending);
    const status = received?.status ?? 0;
    tally.sent(sending, status);
    for (const fault of faults) {
      const name = sending.operation?.id ?? '(no operation)';
      if (fault.kind === '503') continue;
      const before = [...changes];
      const shrunk = tally.findings.has(`${name}: ${fault.kind}`) ? sending : await shrink(sending, fault, exchange);
      tally.found(name, fault, () => ({ curl: curlOf(url, shrunk), before }));
    }
    if (sending.method !== 'GET' && status >= 200 && status < 300) changes.push(curlOf(url, sending).slice(0, 600));
    if (changes.length > REMEMBERED) changes.shift();
    if (status === 429) await wait((Number(received?.headers['retry-after']) || 1) * 1000);
    return received;
  };

  for (const name of ['listTemplates', 'listItemTypes']) await ask(validRequest(tools, operationOf(contract, name)));
  /** Asks for what is needed first, as a valid request, until it is there. */
  const attempt = async (make: () => Sending | null, operation: Operation) => {
    for (let steps = 0; steps < 40; steps++) {
      const sending = make();
      const isIt = sending !== null && (sending.operation === operation || sending.operation === null);
      await ask(isIt ? sending : validRequest(tools, sending?.operation ?? operation, sending?.account ?? undefined));
      if (sending?.operation === operation) return;
    }
  };
  // Each class of each operation and each gap first, whatever the time, then by chance.
  const each = contract.operations.flatMap((one) => CLASSES.map((kind) => [one, kind] as const));
  for (const [operation, kind] of random.shuffled(each)) await attempt(() => MAKERS[kind](tools, operation), operation);
  for (const gap of GAPS) {
    for (let tries = 0; tries < 40 && !tally.used.has(gap); tries++) {
      const sending = gap.example(tools);
      await ask(sending ?? validRequest(tools, operationOf(contract, gap.call)));
    }
  }
  while (tally.requests < options.requests && Date.now() < options.until) {
    const [operation, kind] = [random.pick(contract.operations), random.pick(CLASSES)];
    if (RARE.has(operation.id) && random.chance(0.8)) continue;
    if (pass !== undefined && random.chance(0.004)) await wait(random.pick([11, 31, 70]) * 60_000);
    await attempt(() => MAKERS[kind](tools, operation), operation);
  }
  await requireGone(tools, ask);
  await requireSound(tools, ask, tally, wait);
  return tally;
}

/** The request with less in it that still shows the fault. */
async function shrink(
  sending: Sending,
  { kind }: Fault,
  exchange: (sending: Sending) => Promise<{ faults: Fault[] }>,
): Promise<Sending> {
  let smallest = sending;
  const without = (one: Sending): Sending[] => {
    const value = jsonOf(one.body);
    const isObject =
      typeof value === 'object' && value !== null && !Array.isArray(value) && (one.body?.length ?? 0) < 5000;
    return [
      ...Object.keys(one.headers).map((name) => ({ ...one, headers: omit(one.headers, name) })),
      ...one.query.map((_, place) => ({ ...one, query: one.query.filter((__, other) => other !== place) })),
      ...(isObject
        ? Object.keys(value).map((name) => ({
            ...one,
            body: Buffer.from(JSON.stringify(omit(value as Record<string, unknown>, name))),
          }))
        : []),
    ];
  };
  for (let tries = 0, next = without(smallest); tries < SHRINKING && next.length > 0; tries++) {
    const [candidate = smallest, ...rest] = next;
    const { faults } = await exchange(candidate);
    if (faults.some((fault) => fault.kind === kind)) [smallest, next] = [candidate, without(candidate)];
    else next = rest;
  }
  return smallest;
}

function omit<T>(record: Readonly<Record<string, T>>, name: string): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([key]) => key !== name));
}

/** What was removed answers 404 in every call that names it. */
async function requireGone(tools: Tools, ask: (sending: Sending) => Promise<Received | null>): Promise<void> {
  for (const account of tools.world.living.slice(-3)) {
    for (const operation of tools.contract.operations) {
      const kind = KINDS.find((name) => operation.path.includes(`{${name}}`));
      const ids =
        kind === undefined
          ? []
          : [...account.gone[kind]].filter((id) => !tools.world.idsOf(account, kind).includes(id));
      for (const id of ids.slice(-10)) {
        const valid = validRequest(tools, operation, account);
        if (valid.operation !== operation) continue;
        const isMade = operation.id === 'completeUpload' && account.documents.has(id);
        await ask({
          ...valid,
          class: 'nearly',
          params: { ...valid.params, [kind ?? '']: id },
          expected: isMade ? [201] : [404],
        });
      }
    }
  }
}

/** Every vault opens with its password, its activity hangs together, and its documents are what they were. */
async function requireSound(
  tools: Tools,
  ask: (sending: Sending) => Promise<Received | null>,
  tally: Tally,
  wait: (ms: number) => Promise<void>,
): Promise<void> {
  const { world, contract } = tools;
  const unsound = (detail: string) =>
    tally.found('(the end)', { kind: detail.replace(/\d+/g, 'n'), detail }, () => ({ curl: '', before: [] }));
  await wait(16 * 60_000);
  for (const account of world.living.toSorted((a, b) => b.items.size - a.items.size).slice(0, 12)) {
    account.sessions.clear();
    await ask(validRequest(tools, operationOf(contract, 'signIn'), account));
    const session = world.liveSessions(account)[0] ?? null;
    if (session === null) {
      unsound('a vault does not open with its password');
      continue;
    }
    const read = async (id: string, parameters: Record<string, string>, params: Record<string, string> = {}) => {
      const query = Object.entries(parameters);
      const { token } = session;
      const operation = operationOf(contract, id);
      return ask({
        operation,
        class: 'valid',
        method: 'GET',
        params,
        query,
        headers: {},
        body: null,
        account,
        session,
        token,
      });
    };
    const pages = async (id: string, list: string, parameters: Record<string, string>) => {
      const entries: { id: string }[] = [];
      for (let cursor: string | null = ''; cursor !== null; ) {
        const answer = jsonOf(
          (await read(id, { ...parameters, ...(cursor === '' ? {} : { cursor }) }))?.bytes ?? null,
        ) as Record<string, unknown> | undefined;
        if ('chain' in (answer ?? {}) && answer?.['chain'] !== 'intact')
          unsound(`the chain is ${String(answer?.['chain'])}`);
        entries.push(...((answer?.[list] ?? []) as { id: string }[]));
        cursor = typeof answer?.['nextCursor'] === 'string' ? answer['nextCursor'] : null;
      }
      return new Set(entries.map((entry) => entry.id));
    };
    await pages('getActivity', 'activity', { limit: '100' });
    const items = await pages('listItems', 'items', { reveal: 'true', limit: '100' });
    const documents = await pages('listDocuments', 'documents', { limit: '100' });
    if (world.idsOf(account, 'itemId').sort().join() !== [...items].sort().join())
      unsound('the items are not those that were stored');
    for (const id of world.idsOf(account, 'documentId')) {
      if (!documents.has(id)) unsound('a document is not listed');
      const pdf = await read('getDocumentContent', {}, { documentId: id });
      const etag = `"${createHash('sha256')
        .update(pdf?.bytes ?? '')
        .digest('hex')}"`;
      if (pdf?.status !== 200 || etag !== account.documents.get(id)?.etag) unsound('a document is not what it was');
    }
    await read('exportAccount', {});
  }
  await ask(validRequest(tools, operationOf(contract, 'getHealth')));
}
