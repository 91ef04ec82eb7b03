import { describe, expect, it, jest } from '@jest/globals';
import { sweep } from '../../lambda/usecases/sweep.ts';
import type { Answer, Send } from '../fixtures/app.ts';
import { type AccountsApp, createAccountsApp, eachFault, HOUR, rowsOf, signIn, verdict } from '../usecases/support.ts';
import { plain } from './world.ts';

/** Apps are made anew for every call that fails, ms. */
jest.setTimeout(60_000);

/** An app with an account that holds an item and a document. */
interface Prepared extends AccountsApp {
  readonly token: string;
  readonly item: string;
  readonly document: string;
}

async function prepare(): Promise<Prepared> {
  const app = createAccountsApp();
  Object.assign(app.env, { renderer: plain(app.env.renderer) });
  const { token } = await app.register();
  const item = await app.addItem(token, 'note', { text: 'old' });
  const document = (await app.call('POST /v1/documents', { token, body: drawing(item) })).text('id');
  return { ...app, token, item, document };
}

const drawing = (item: string) => ({ template: 'personal-data-record', inputs: { items: [item] } });

/** What of the vault an onlooker can tell: versions of items, documents, and what was done, oldest first. */
interface State {
  readonly items: readonly number[];
  readonly documents: number;
  readonly done: readonly string[];
}

const OLD: State = { items: [1], documents: 1, done: ['account.registered', 'item.created', 'document.created'] };

/** Reads the state, and holds that the whole of it is sound. */
async function stateOf(app: Prepared, token = app.token): Promise<State> {
  const read = async (path: string) => {
    const answer = await app.call(`GET /v1/${path}`, { token });
    expect([path, answer.status]).toEqual([path, 200]);
    return answer.body as Record<string, { version: number; action: string }[]> & { chain: string };
  };
  const [items, documents, activity] = [await read('items'), await read('documents'), await read('account/activity')];
  expect(activity).toMatchObject({ chain: 'intact', breaks: [] });
  const done = (activity['activity'] ?? []).map(({ action }) => action).reverse();
  return {
    items: (items['items'] ?? []).map(({ version }) => version),
    documents: documents['documents']?.length ?? 0,
    done,
  };
}

interface Write {
  readonly name: string;
  readonly call: (app: Prepared) => readonly [call: string, send: Send];
  readonly action: string;
  /** The vault once it has happened. */
  readonly once: Omit<State, 'done'>;
  /** The answer where nothing fails. */
  readonly well: string;
  /** The vault once it was sent again after it had happened, and how often it has happened then. */
  readonly twice: Omit<State, 'done'>;
  readonly times: 1 | 2;
  /** The answers that the second sending may get then. */
  readonly again: readonly string[];
}

/** The writes of the vault. A creation with an idempotency key is test/usecases/idempotency.test.ts's. */
const WRITES: readonly Write[] = [
  {
    name: 'creating an item',
    call: () => ['POST /v1/items', { body: { type: 'note', data: { text: 'new' } } }],
    action: 'item.created',
    once: { items: [1, 1], documents: 1 },
    twice: { items: [1, 1, 1], documents: 1 },
    well: '201',
    times: 2,
    again: ['201'],
  },
  {
    name: 'replacing an item',
    call: ({ item }) => [`PUT /v1/items/${item}`, { body: { data: { text: 'new' } }, headers: { 'if-match': '"1"' } }],
    action: 'item.changed',
    once: { items: [2], documents: 1 },
    twice: { items: [2], documents: 1 },
    well: '200',
    times: 1,
    again: ['412 precondition_failed'],
  },
  {
    name: 'deleting an item',
    call: ({ item }) => [`DELETE /v1/items/${item}`, {}],
    action: 'item.deleted',
    once: { items: [], documents: 1 },
    twice: { items: [], documents: 1 },
    well: '204',
    times: 1,
    again: ['404 not_found'],
  },
  {
    name: 'making a document',
    call: ({ item }) => ['POST /v1/documents', { body: drawing(item) }],
    action: 'document.created',
    once: { items: [1], documents: 2 },
    twice: { items: [1], documents: 3 },
    well: '201',
    times: 2,
    again: ['201'],
  },
  {
    name: 'deleting a document',
    call: ({ document }) => [`DELETE /v1/documents/${document}`, {}],
    action: 'document.deleted',
    once: { items: [1], documents: 0 },
    twice: { items: [1], documents: 0 },
    // Its row may be there still: then the second call ends what the first began.
    well: '204',
    times: 1,
    again: ['204', '404 not_found'],
  },
];

describe('a write of the vault whose process dies, or loses an answer, at any call', () => {
  it.each(WRITES)('leaves just the old or the new state, and may be sent again: $name', async (write) => {
    const send = (app: Prepared): Promise<Answer> => {
      const [call, rest] = write.call(app);
      return app.call(call, { ...rest, token: app.token });
    };
    const after = (state: Omit<State, 'done'>, times: number): State => ({
      ...state,
      done: [...OLD.done, ...Array<string>(times).fill(write.action)],
    });
    const seen = new Set<string>();
    const calls = await eachFault(['refused', 'answer lost', 'crash'], prepare, send, async (app, answer) => {
      const state = await stateOf(app);
      const happened = state.done.length > OLD.done.length;
      expect(state).toEqual(happened ? after(write.once, 1) : OLD);
      expect(answer.status < 300 && !happened).toBe(false);
      seen.add(`${answer.status < 300 ? 'told' : 'untold'}, ${happened ? 'new' : 'old'}`);

      const second = verdict(await send(app));
      expect(happened ? write.again : [write.well]).toContain(second);
      expect(await stateOf(app)).toEqual(happened ? after(write.twice, write.times) : after(write.once, 1));
      expect(app.telemetry.counts.get('IntegrityFailure')).toBeUndefined();

      if (!write.name.endsWith('document')) return;
      // What was begun and is no part of the vault is maintenance's, and then every object is a document's.
      app.pass(2 * HOUR);
      expect(await sweep(app.env, app.time.now + HOUR)).toMatchObject({ failed: 0 });
      const documents = rowsOf(app, 'document');
      expect([...app.objects.objects.keys()].sort()).toEqual(documents.flatMap(({ objectKeys }) => objectKeys).sort());
      expect(documents.map(({ state: made }) => made)).toEqual(documents.map(() => 'READY'));
      const later = (await signIn(app)).text('session.token');
      expect((await stateOf(app, later)).documents).toBe(documents.length);
    });
    expect(calls).toBeGreaterThan(2);
    expect([...seen]).toEqual(expect.arrayContaining(['untold, old', 'untold, new']));
  });
});
