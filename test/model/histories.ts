import fc from 'fast-check';
import { UnavailableError } from '../../lambda/errors.ts';
import { createCheapApp } from '../attacks/world.ts';
import { type Client, type MemoryApp, PASSWORD, verdict } from '../fixtures/app.ts';
import { checkAnswer } from '../fixtures/contract.ts';
import { dice } from '../fixtures/dice.ts';
import { linearization, type Operation } from './linearizable.ts';
import { type Ask, type Told, vaultFrom } from './vault-history.ts';

/** What one client does next; what it is about is left to what is known by then. */
export interface Move {
  readonly op: Ask['op'];
  /** Which of the known items or sessions. */
  readonly place: number;
  /** Whether a version or a password is the one that is known. */
  readonly isRight: boolean;
}

/** What is sent at once, and how the cloud takes it. */
export interface Plot {
  /** By client. */
  readonly moves: readonly (readonly Move[])[];
  /** Of the failures of the cloud. */
  readonly faults: number;
  /** How many of its writes fail, or lose their answer; of 1. */
  readonly faulty: number;
  readonly scheduler: fc.Scheduler;
}

/** One answer, told to nobody but the judge. */
interface Event extends Operation<Ask, Told> {
  readonly revision: number | null;
}

const CLIENTS = 4;
const MOVES = 6;
const EMAIL = 'owner@example.com';
const PASSWORDS = [PASSWORD, 'violet harbor ticks slowly', 'nine copper kettles sing'];
/** Milliseconds that pass with each call. */
const TICK_MS = 2000;
const WRITES: readonly Ask['op'][] = ['create', 'replace', 'delete', 'password', 'end'];

const ops = fc.oneof(
  { weight: 2, arbitrary: fc.constant<Ask['op']>('create') },
  { weight: 4, arbitrary: fc.constantFrom<Ask['op'][]>('get', 'list') },
  { weight: 5, arbitrary: fc.constant<Ask['op']>('replace') },
  { weight: 2, arbitrary: fc.constantFrom<Ask['op'][]>('delete', 'password', 'end') },
  { weight: 2, arbitrary: fc.constant<Ask['op']>('sign in') },
);
const moves = fc.record({ op: ops, place: fc.nat(3), isRight: fc.constantFrom(true, true, true, false) });

/** Plots of several clients of one account. */
export const plots: fc.Arbitrary<Plot> = fc.record({
  moves: fc.array(fc.array(moves, { minLength: 1, maxLength: MOVES, size: 'max' }), {
    minLength: CLIENTS,
    maxLength: CLIENTS,
  }),
  faults: fc.nat(),
  faulty: fc.constantFrom(0, 0, 0.04),
  scheduler: fc.scheduler(),
});

/**
 * Lets all clients of a plot at the service at once, and judges what they were told.
 *
 * @param through what stands between them and the service
 * @returns how many calls there were
 * @throws Error with the history where no order of its calls explains the answers
 */
export async function play(plot: Plot, through: (app: MemoryApp) => Client = ({ call }) => call): Promise<number> {
  const clock = { now: Date.UTC(2026, 0, 31) };
  const app = createCheapApp();
  Object.assign(app.env, { clock: () => clock.now });
  const stage = new Stage(through(app), clock);
  const begun = await stage.begin(app);
  await atOnce(app, plot, () => stage.run(plot.moves));
  await stage.end();
  judge(begun, stage.events);
  return stage.events.length;
}

/** Runs work whose every call of the cloud waits for its turn, and may fail. */
async function atOnce(app: MemoryApp, { scheduler, faults, faulty }: Plot, work: () => Promise<void>): Promise<void> {
  const roll = dice(faults);
  const turn = async (what: string) => {
    await scheduler.schedule(Promise.resolve(), what);
  };
  const fail = async (when: string, op: string) => {
    await turn(`${when} ${op}`);
    if (op === 'commit' && roll() < faulty) throw new UnavailableError('dynamodb:TransactWriteItems');
  };
  for (const { hooks } of [app.store, app.keys, app.objects]) {
    hooks.before = ({ op }) => fail('before', op);
    hooks.after = ({ op }) => fail('after', op);
  }
  Object.assign(app.env, { sleep: () => turn('sleep') });
  // Everybody comes to the next call of the cloud before one of them is let through.
  await scheduler.waitFor(work(), async (release) => {
    await release();
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  });
  for (const { hooks } of [app.store, app.keys, app.objects]) {
    delete hooks.before;
    delete hooks.after;
  }
}

/** The clients, what they know, and what they were told. */
class Stage {
  readonly events: Event[] = [];
  readonly #call: Client;
  readonly #clock: { now: number };
  /** By session. */
  readonly #tokens = new Map<string, string>();
  /** By client. */
  readonly #sessions: string[] = [];
  /** By label: the id, and the last version that somebody saw. */
  readonly #items = new Map<string, { readonly id: string; readonly version: number }>();
  #password = PASSWORD;
  #time = 0;
  #made = 0;

  constructor(call: Client, clock: { now: number }) {
    [this.#call, this.#clock] = [call, clock];
  }

  /** An account with two items, and a session for each client. */
  async begin(app: MemoryApp) {
    await app.register(EMAIL);
    for (let client = 0; client < CLIENTS; client++) await this.#send(client, { op: 'sign in', password: PASSWORD });
    for (const client of [0, 1]) await this.#move(client, { op: 'create', place: 0, isRight: true });
    const live = [...this.#tokens.keys()].sort();
    const items = Object.fromEntries(
      this.events.flatMap(({ input, output }) =>
        input.op === 'create' && output?.item !== undefined ? [[input.label, output.item]] : [],
      ),
    );
    this.events.length = 0;
    return { items, password: PASSWORD, live };
  }

  async run(all: Plot['moves']): Promise<void> {
    const runs = all.map(async (own, client) => {
      for (const move of own) await this.#move(client, move);
    });
    await Promise.all(runs);
  }

  /** Looks at what has become of all, one call after the other. */
  async end(): Promise<void> {
    for (const password of PASSWORDS) await this.#send(CLIENTS, { op: 'sign in', password });
    const session = this.#sessions[CLIENTS] ?? '';
    await this.#send(CLIENTS, { op: 'list', session });
    for (const label of this.#items.keys()) await this.#send(CLIENTS, { op: 'get', session, label });
    for (const known of this.#sessions) await this.#send(CLIENTS, { op: 'list', session: known });
  }

  async #move(client: number, { op, place, isRight }: Move): Promise<void> {
    const session = this.#sessions[client] ?? '';
    const known = [...this.#items];
    const [label = '', { version } = { version: 1 }] = known[place % Math.max(1, known.length)] ?? [];
    const text = `text ${this.#made++}`;
    const other = PASSWORDS[place % PASSWORDS.length] ?? '';
    const password = isRight ? this.#password : other;
    switch (op) {
      case 'create':
        return this.#send(client, { op, session, label: `item ${this.#made}`, text });
      case 'get':
      case 'delete':
        return this.#send(client, { op, session, label });
      case 'replace':
        return this.#send(client, { op, session, label, version: isRight ? version : version + 1, text });
      case 'list':
        return this.#send(client, { op, session });
      case 'password':
        return this.#send(client, { op, session, current: password, next: other });
      case 'end':
        return this.#send(client, { op, session, target: this.#sessions[place % CLIENTS] ?? '' });
      case 'sign in':
        return this.#send(client, { op, password });
    }
  }

  async #send(client: number, ask: Ask): Promise<void> {
    const sourceIp = `192.0.2.${client + 1}`;
    const [call, body, headers = {}] = requestOf(ask, this.#items);
    const token = ask.op === 'sign in' ? {} : { token: this.#tokens.get(ask.session) ?? '' };
    this.#clock.now += TICK_MS;
    const sentAt = this.#time++;
    const answer = await this.#call(call, { ...token, ...(body === undefined ? {} : { body }), headers, sourceIp });
    const answeredAt = this.#time++;
    checkAnswer(call, answer);
    const said = verdict(answer);
    const isKnown = said !== '503 temporarily_unavailable';
    const output = isKnown ? this.#learn(client, ask, said, answer.body) : null;
    const revision = answer.headers.get('x-vault-revision');
    const told = { output, answeredAt: isKnown ? answeredAt : Number.POSITIVE_INFINITY };
    this.events.push({ client, input: ask, sentAt, ...told, revision: revision === null ? null : Number(revision) });
  }

  /** What an answer tells. */
  #learn(client: number, ask: Ask, said: string, body: unknown): Told {
    if (ask.op === 'sign in' && said === '201') {
      const { session } = body as { session: { id: string; token: string } };
      this.#tokens.set(session.id, session.token);
      this.#sessions[client] = session.id;
      return { said, session: session.id };
    }
    if (ask.op === 'password' && said === '204') this.#password = ask.next;
    if (ask.op === 'list' && said === '200') {
      const { items } = body as { items: ShownItem[] };
      for (const item of items) this.#items.set(item.label, item);
      return { said, versions: Object.fromEntries(items.map(({ label, version }) => [label, version])) };
    }
    const isItem = ['create', 'get', 'replace'].includes(ask.op) && said.startsWith('2');
    if (!isItem) return { said };
    const item = body as ShownItem;
    this.#items.set(item.label, item);
    return { said, item: { version: item.version, text: item.data.text } };
  }
}

interface ShownItem {
  readonly id: string;
  readonly label: string;
  readonly version: number;
  readonly data: { readonly text: string };
}

type Request = readonly [call: string, body?: unknown, headers?: Readonly<Record<string, string>>];

function requestOf(ask: Ask, items: ReadonlyMap<string, { readonly id: string }>): Request {
  const item = 'label' in ask ? `/v1/items/${items.get(ask.label)?.id ?? ''}` : '';
  switch (ask.op) {
    case 'create':
      return ['POST /v1/items', { type: 'note', label: ask.label, data: { text: ask.text } }];
    case 'get':
      return [`GET ${item}`];
    case 'replace':
      return [`PUT ${item}`, { label: ask.label, data: { text: ask.text } }, { 'if-match': `"${ask.version}"` }];
    case 'delete':
      return [`DELETE ${item}`];
    case 'list':
      return ['GET /v1/items?limit=100'];
    case 'password':
      return ['PUT /v1/account/password', { currentPassword: ask.current, newPassword: ask.next }];
    case 'end':
      return [`DELETE /v1/sessions/${ask.target}`];
    case 'sign in':
      return ['POST /v1/sessions', { email: EMAIL, password: ask.password }];
  }
}

/** Holds a history to an order that explains it, and its revisions to that they only grow. */
function judge(begun: Parameters<typeof vaultFrom>[0], events: readonly Event[]): void {
  const faults: string[] = [];
  if (linearization(vaultFrom(begun), events) === null) faults.push('no order explains it');
  const written = events.filter(({ input, output }) => WRITES.includes(input.op) && output?.said.startsWith('2'));
  const revisions = written.map(({ revision }) => revision);
  if (new Set(revisions).size < revisions.length) faults.push('two writes have one revision');
  for (const early of events) {
    const late = events.find(
      ({ sentAt, revision }) => sentAt > early.answeredAt && (revision ?? Infinity) < (early.revision ?? 0),
    );
    if (late !== undefined) faults.push(`the revision falls from ${early.revision ?? 0}`);
    const isGivenUp = early.output?.said === '409 version_conflict';
    if (isGivenUp && !events.some((other) => changesAccount(other) && overlap(early, other))) {
      faults.push('a conflict with nobody');
    }
  }
  if (faults.length === 0) return;
  const lines = [...events]
    .sort((a, b) => a.sentAt - b.sentAt)
    .map(({ client, input, output, sentAt, answeredAt, revision }) => {
      return `${sentAt}-${answeredAt} client ${client}: ${JSON.stringify(input)} → ${JSON.stringify(output)} at ${revision ?? '-'}`;
    });
  throw new Error([...faults, JSON.stringify(begun), ...lines].join('\n'));
}

function changesAccount({ input, output }: Event): boolean {
  return input.op === 'password' && (output === null || output.said === '204');
}

function overlap(one: Event, other: Event): boolean {
  return one !== other && one.sentAt < other.answeredAt && other.sentAt < one.answeredAt;
}
