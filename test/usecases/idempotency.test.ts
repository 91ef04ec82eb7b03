import { setTimeout } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { idempotencyKeyHash } from '../../lambda/crypto/idempotency.ts';
import { entryKey, MAX_ENTRIES, type ManifestEntry } from '../../lambda/crypto/manifest.ts';
import type { IdempotencyRow, Row } from '../../lambda/domain/records.ts';
import { UnavailableError } from '../../lambda/errors.ts';
import { authenticate } from '../../lambda/usecases/authenticate.ts';
import { bytes, fresh } from '../contracts/vault-store-rows.ts';
import { type Answer, verdict } from '../fixtures/app.ts';
import { checked, pathsOf } from '../fixtures/contract.ts';
import type { Call } from '../fixtures/memory-hooks.ts';
import { rowName } from '../fixtures/memory-vault-store.ts';
import { type AccountsApp, atOnce, CALLER, createAccountsApp, HOUR, only, plant, rowsOf, signIn } from './support.ts';

const KEY = 'a-key-of-the-sender';
/** Longer than any making takes. */
const LONG_AFTER = 151_000;

let app: AccountsApp;
let token: string;
let itemId: string;

/** An account with one item. The renderer stands in: what a PDF shows is not looked at here. */
async function prepare(): Promise<void> {
  const made = createAccountsApp();
  const { templates } = made.env.renderer;
  const render = () => Promise.resolve({ pdf: Uint8Array.from(Buffer.from('%PDF-1.7 invented')), pages: 1 });
  Object.assign(made.env, { renderer: { templates, render }, sleep: (ms: number) => setTimeout(Math.min(ms, 3)) });
  app = { ...made, call: checked(made.call) };
  ({ token } = await app.register());
  itemId = await app.addItem(token, 'note', { text: 'kept' }, 'first');
}

interface Kind {
  readonly kind: 'item' | 'document';
  readonly path: string;
  /** A body that differs from another's by this text. */
  readonly body: (text: string) => unknown;
}

const KINDS: readonly Kind[] = [
  { kind: 'item', path: '/v1/items', body: (text) => ({ type: 'note', label: 'x', data: { text } }) },
  {
    kind: 'document',
    path: '/v1/documents',
    body: (title) => ({ template: 'personal-data-record', title, inputs: { items: itemId } }),
  },
];

function post({ path, body }: Kind, text = 'one', key = KEY, by = token): Promise<Answer> {
  return app.call(`POST ${path}`, { token: by, body: body(text), headers: { 'idempotency-key': key } });
}

/** What was made beside the first item: ids of what its owner's lists hold. */
async function made({ kind }: Kind, by = token): Promise<string[]> {
  const answer = await app.call(`GET /v1/${kind}s`, { token: by });
  const found = (answer.body as Record<string, { id: string }[]>)[`${kind}s`] ?? [];
  return found.map(({ id }) => id).filter((id) => id !== itemId);
}

function keyRow(): IdempotencyRow {
  return only(rowsOf(app, 'idempotency'));
}

/** What a client sees of the resource that was made. */
function seen({ status, headers, body }: Answer) {
  return { status, body, location: headers.get('location'), etag: headers.get('etag') };
}

type Hook = (call: Call) => void | Promise<void>;

function hookPorts(hooks: { readonly before?: Hook; readonly after?: Hook }): void {
  for (const port of [app.store, app.keys, app.objects]) {
    port.hooks.before = (call) => hooks.before?.(call);
    port.hooks.after = (call) => hooks.after?.(call);
  }
}

beforeEach(prepare);

/** All rows but what tells what was done. */
function vaultRows(): Row[] {
  return [...app.store.rows.values()].filter(({ kind }) => kind !== 'activity' && kind !== 'session');
}

describe.each(KINDS)('a key for a new $kind', (kind) => {
  it('makes it once: the same request answers the same, and writes nothing but that it showed it', async () => {
    const first = await post(kind);
    const rows = vaultRows();
    const again = await post(kind);
    expect(first.status).toBe(201);
    expect(seen(again)).toEqual(seen(first));
    expect(again.headers.get('x-vault-revision')).toBe(first.headers.get('x-vault-revision'));
    expect(vaultRows()).toEqual(rows);
    expect(await made(kind)).toEqual([first.text('id')]);
  });

  it('has its row read once where nobody else is at work with it', async () => {
    const reads = () =>
      app.store.calls.filter(({ op, args }) => op === 'get' && (args[0] as Row).kind === 'idempotency').length;
    const before = reads();
    expect((await post(kind)).status).toBe(201);
    expect(reads() - before).toBe(1);
  });

  it('is refused for another request, of which nothing is made', async () => {
    const first = await post(kind);
    expect(verdict(await post(kind, 'two'))).toBe('422 idempotency_key_reused');
    expect(await made(kind)).toEqual([first.text('id')]);
    expect(seen(await post(kind))).toEqual(seen(first));
  });

  it('is refused for a request to another path', async () => {
    await post(kind);
    const other = only(KINDS.filter((one) => one !== kind));
    expect(verdict(await post(other))).toBe('422 idempotency_key_reused');
    expect(await made(other)).toEqual([]);
  });

  it('does not count the spaces between the fields', async () => {
    const headers = { 'idempotency-key': KEY };
    const first = await post(kind);
    const body = Buffer.from(JSON.stringify(kind.body('one'), null, 2));
    const spaced = { ...headers, 'content-type': 'application/json' };
    expect(seen(await app.call(`POST ${kind.path}`, { token, body, headers: spaced }))).toEqual(seen(first));
  });

  it('stands beside others, and beside requests without one', async () => {
    const body = kind.body('one');
    const ids = [(await post(kind)).text('id'), (await post(kind, 'one', 'another-key')).text('id')];
    for (let i = 0; i < 2; i++) ids.push((await app.call(`POST ${kind.path}`, { token, body })).text('id'));
    expect(new Set(await made(kind))).toEqual(new Set(ids));
    expect(new Set(ids).size).toBe(4);
  });

  it('belongs to its account, in all of its sessions', async () => {
    const first = await post(kind);
    const second = (await signIn(app)).text('session.token');
    expect(seen(await post(kind, 'one', KEY, second))).toEqual(seen(first));

    const other = await app.register('other@example.com');
    const own = itemId;
    itemId = await app.addItem(other.token, 'note', { text: 'kept' }, 'first');
    const theirs = await post(kind, 'one', KEY, other.token);
    expect(theirs.status).toBe(201);
    expect(await made(kind, other.token)).toEqual([theirs.text('id')]);
    itemId = own;
    expect(await made(kind)).toEqual([first.text('id')]);
  });

  it('answers 404, and makes nothing, once its resource was removed', async () => {
    const first = await post(kind);
    await app.call(`DELETE ${kind.path}/${first.text('id')}`, { token });
    expect(verdict(await post(kind))).toBe('404 not_found');
    expect(verdict(await post(kind, 'two'))).toBe('422 idempotency_key_reused');
    expect(await made(kind)).toEqual([]);
  });

  it('is kept 24 hours by the clock, whatever lies in the table', async () => {
    const first = await post(kind);
    app.pass(24 * HOUR - 1);
    token = (await signIn(app)).text('session.token');
    expect(seen(await post(kind))).toEqual(seen(first));
    expect(verdict(await post(kind, 'two'))).toBe('422 idempotency_key_reused');
    app.pass(1);
    expect(keyRow().resourceId).toBe(first.text('id'));
    const other = await post(kind, 'two');
    expect(other.status).toBe(201);
    expect(keyRow().resourceId).toBe(other.text('id'));
    expect(new Set(await made(kind))).toEqual(new Set([first.text('id'), other.text('id')]));
    app.pass(24 * HOUR - 1);
    token = (await signIn(app)).text('session.token');
    expect(seen(await post(kind, 'two'))).toEqual(seen(other));
  });

  it.each([2, 10])('makes one resource when %i requests come at once', async (count) => {
    const answers = await atOnce(
      app,
      Array.from({ length: count }, () => () => post(kind)),
    );
    const [first] = answers;
    if (first === undefined) throw new Error('there are answers');
    expect(first.status).toBe(201);
    expect(answers.map(seen)).toEqual(Array(count).fill(seen(first)));
    expect(await made(kind)).toEqual([first.text('id')]);
    expect(rowsOf(app, 'document').filter(({ state }) => state === 'PENDING')).toEqual([]);
    expect(app.objects.calls.filter(({ op }) => op === 'put')).toHaveLength(kind.kind === 'item' ? 0 : 1);
  });

  it('lets one of two requests win that differ and come at once', async () => {
    const answers = await atOnce(app, [() => post(kind, 'one'), () => post(kind, 'two')]);
    expect(answers.map(verdict).sort()).toEqual(['201', '422 idempotency_key_reused']);
    expect(await made(kind)).toHaveLength(1);
  });

  it('stays free when the request is refused, so that a mended one may have it', async () => {
    const body = kind.kind === 'item' ? { type: 'note', data: {} } : { template: 'letter', inputs: { sender: itemId } };
    const refused = await app.call(`POST ${kind.path}`, { token, body, headers: { 'idempotency-key': KEY } });
    expect(verdict(refused)).toBe('422 invalid_request');
    expect(rowsOf(app, 'idempotency')).toEqual([]);
    expect((await post(kind)).status).toBe(201);
  });

  it('stays free when the vault is full', async () => {
    await fill();
    expect(verdict(await post(kind))).toBe('409 vault_full');
    expect(rowsOf(app, 'idempotency')).toEqual([]);
    expect([rowsOf(app, 'document').length, app.objects.objects.size]).toEqual([0, 0]);
    await app.call(`DELETE /v1/items/${itemId}`, { token });
    expect(verdict(await post(KINDS[0] ?? kind))).toBe('201');
  });

  it.each(['', ' ', 'a b', 'x'.repeat(65), 'caf\u00e9'])('must not be "%s"', async (key) => {
    const answer = await post(kind, 'one', key);
    expect([verdict(answer), pathsOf(answer)]).toEqual(['422 invalid_request', ['/idempotency-key']]);
    expect(await made(kind)).toEqual([]);
  });

  it.each(['x', 'y'.repeat(64), '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~'])('may be "%s"', async (key) => {
    const first = await post(kind, 'one', key);
    expect(seen(await post(kind, 'one', key))).toEqual(seen(first));
    expect(first.status).toBe(201);
  });

  it('leaves neither itself nor the request in the table', async () => {
    await post(kind, 'a text of the request');
    const stored = JSON.stringify([...app.store.rows], (_, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
    );
    expect(stored).toContain(idempotencyKeyHash(KEY));
    expect(stored).not.toContain(KEY);
    expect(stored).not.toContain('a text of the request');
  });

  describe('when a call of the cloud fails', () => {
    it.each(['refused', 'answer lost', 'crash'] as const)(
      '(%s), whichever it is, ends in exactly one resource once it is sent again',
      async (fault) => {
        let place = 0;
        for (; ; place++) {
          await prepare();
          const reached = failAt(place, fault);
          const met = await post(kind);
          await new Promise(setImmediate);
          hookPorts({});
          if (!reached()) break;
          try {
            expect(['201', '503 temporarily_unavailable']).toContain(verdict(met));
            let again = await post(kind);
            if (verdict(again) === '503 temporarily_unavailable') {
              // Only a document that nobody could give up any more is waited for.
              expect([kind.kind, fault]).toEqual(['document', 'crash']);
              app.pass(LONG_AFTER);
              again = await post(kind);
            }
            expect(again.status).toBe(201);
            if (met.status === 201) expect(seen(again)).toEqual(seen(met));
            expect(await made(kind)).toEqual([again.text('id')]);
            expect(keyRow()).toMatchObject({ state: 'DONE', resourceId: again.text('id') });
            expect(seen(await post(kind))).toEqual(seen(again));
          } catch (error) {
            throw new Error(`call ${place}, which answered ${verdict(met)}`, { cause: error });
          }
        }
        expect(place).toBeGreaterThan(kind.kind === 'item' ? 3 : 6);
      },
    );
  });

  describe('whose row was tampered with', () => {
    it.each<[string, (row: IdempotencyRow) => Partial<IdempotencyRow>]>([
      ['request', () => ({ request: bytes(32) })],
      ['resource', () => ({ resourceId: kind.kind === 'item' ? fresh.item() : fresh.document() })],
      ['state', ({ state }) => ({ state: state === 'DONE' ? 'BEGUN' : 'DONE' })],
      ['time', ({ createdAt }) => ({ createdAt: createdAt - 25 * HOUR })],
      ['authentication', () => ({ mac: bytes(32) })],
    ])('is an integrity failure: its %s changed', async (_what, change) => {
      await post(kind);
      plant(app, { ...keyRow(), ...change(keyRow()) });
      expect(verdict(await post(kind))).toBe('500 integrity_failure');
      expect(await made(kind)).toHaveLength(1);
    });

    it('is an integrity failure: it is another key’s, or another account’s', async () => {
      await post(kind);
      const moved = { ...keyRow(), keyHash: idempotencyKeyHash('another-key') };
      plant(app, moved);
      expect(verdict(await post(kind, 'one', 'another-key'))).toBe('500 integrity_failure');
      app.store.rows.delete(rowName(moved));

      const other = await app.register('other@example.com');
      plant(app, { ...keyRow(), accountId: only(rowsOf(app, 'account').filter(isOf(other.accountId))).accountId });
      expect(verdict(await post(kind, 'one', KEY, other.token))).toBe('500 integrity_failure');
    });

    it('counts for nothing when it is gone: the request makes another', async () => {
      await post(kind);
      app.store.rows.delete(rowName(keyRow()));
      expect((await post(kind)).status).toBe(201);
      expect(await made(kind)).toHaveLength(2);
    });
  });
});

describe('an item that was changed since', () => {
  it('is answered as it stands', async () => {
    const [kind] = KINDS;
    if (kind === undefined) throw new Error('items are a kind');
    const id = (await post(kind)).text('id');
    const changed = await app.call(`PUT /v1/items/${id}`, {
      token,
      headers: { 'if-match': '"1"' },
      body: { data: { text: 'later' } },
    });
    const again = await post(kind);
    expect([again.status, again.headers.get('etag')]).toEqual([201, '"2"']);
    expect(again.body).toEqual(changed.body);
  });
});

describe('a document that is being made', () => {
  const kind = KINDS[1] ?? only([]);

  it('is waited for, then 503 with retry-after; one whose making stopped is made anew', async () => {
    app.objects.hooks.before = async ({ op }) => {
      if (op === 'put') await new Promise(() => undefined);
    };
    void post(kind);
    await until(() => rowsOf(app, 'idempotency').length === 1);
    app.objects.hooks.before = () => undefined;
    const stopped = keyRow();

    app.pass(149_999);
    const early = await post(kind);
    expect([verdict(early), early.headers.get('retry-after')]).toEqual(['503 temporarily_unavailable', '1']);
    expect(verdict(await post(kind, 'two'))).toBe('422 idempotency_key_reused');
    expect(keyRow()).toEqual(stopped);

    app.pass(1);
    const made2 = await post(kind);
    expect(made2.status).toBe(201);
    expect(made2.text('id')).not.toBe(stopped.resourceId);
    expect(await made(kind)).toEqual([made2.text('id')]);
  });

  it('gives way to the one that took its key over, and answers with that', async () => {
    const [first] = holdPuts(1);
    const slow = post(kind);
    await first.held;
    app.pass(LONG_AFTER);
    const quick = await post(kind);
    first.release();
    expect(quick.status).toBe(201);
    expect(seen(await slow)).toEqual(seen(quick));
    expect(await made(kind)).toEqual([quick.text('id')]);
    expect([rowsOf(app, 'document').length, app.objects.objects.size]).toEqual([1, 1]);
  });

  it('gives way also while that one is being made itself', async () => {
    const [first, second] = holdPuts(2);
    const slow = post(kind);
    await first.held;
    app.pass(LONG_AFTER);
    const quick = post(kind);
    await second.held;
    const { resourceId } = keyRow();
    first.release();
    await until(() => rowsOf(app, 'document').length === 1);
    second.release();
    expect((await quick).text('id')).toBe(resourceId);
    expect(seen(await slow)).toEqual(seen(await quick));
    expect(await made(kind)).toEqual([resourceId]);
    expect(app.objects.objects.size).toBe(1);
  });

  it('is made once though another write comes before its last', async () => {
    const [put] = holdPuts(1);
    const making = post(kind);
    await put.held;
    await app.addItem(token, 'note', { text: 'came between' });
    put.release();
    expect((await making).status).toBe(201);
    expect(app.objects.calls.filter(({ op }) => op === 'put')).toHaveLength(1);
  });

  it('is made anew where another took its key over, and gave it up', async () => {
    const [put] = holdPuts(1);
    const making = post(kind);
    await put.held;
    app.store.rows.delete(rowName(keyRow()));
    put.release();
    const answer = await making;
    expect(answer.status).toBe(201);
    expect(await made(kind)).toEqual([answer.text('id')]);
    expect(keyRow()).toMatchObject({ state: 'DONE', resourceId: answer.text('id') });
  });

  it('has its key kept from when its making began', async () => {
    const [put] = holdPuts(1);
    const making = post(kind);
    await put.held;
    const { createdAt } = keyRow();
    app.pass(60_000);
    put.release();
    expect((await making).status).toBe(201);
    expect(keyRow()).toMatchObject({ state: 'DONE', createdAt });
  });

  it('is found although its key’s row was put back to before it was done', async () => {
    const [put] = holdPuts(1);
    const making = post(kind);
    await put.held;
    const before = keyRow();
    put.release();
    const first = await making;
    plant(app, before);
    app.pass(LONG_AFTER);
    expect(seen(await post(kind))).toEqual(seen(first));
    expect(await made(kind)).toHaveLength(1);
  });
});

interface Held {
  readonly held: Promise<void>;
  readonly release: () => void;
}

/** Holds the first objects that are put until each is released. */
function holdPuts(count: 1): [Held];
function holdPuts(count: 2): [Held, Held];
function holdPuts(count: number): Held[] {
  const waiting = Array.from({ length: count }, () => ({ held: gate(), release: gate() }));
  let puts = 0;
  app.objects.hooks.before = async ({ op }) => {
    const hold = op === 'put' ? waiting[puts++] : undefined;
    hold?.held.open();
    await hold?.release.opened;
  };
  return waiting.map(({ held, release }) => ({ held: held.opened, release: release.open }));
}

function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return {
    opened,
    open: () => {
      open();
    },
  };
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await setTimeout(1);
}

function isOf(accountId: string) {
  return (row: { readonly accountId: string }) => row.accountId === accountId;
}

/** Makes the call of this number fail, of table, keys and bucket together. @returns whether it was made */
function failAt(place: number, fault: 'refused' | 'answer lost' | 'crash'): () => boolean {
  let calls = 0;
  let dead = false;
  let doomed: Call | null = null;
  const fail = (): never => {
    throw new UnavailableError('cloud:Call');
  };
  hookPorts({
    before: (call) => {
      if (calls++ === place) doomed = call;
      if (dead || (call === doomed && fault === 'refused')) fail();
    },
    after: (call) => {
      if (call !== doomed) return;
      dead = fault === 'crash';
      fail();
    },
  });
  return () => doomed !== null;
}

/** Fills the vault with entries of which no row is looked at. */
async function fill(): Promise<void> {
  const signedIn = await authenticate(app.env, token, null, CALLER);
  const vault = await signedIn.vault();
  const entry = (): ManifestEntry => ({
    kind: 'item',
    id: fresh.item(),
    version: 1,
    commitment: bytes(16),
    dekVersion: 1,
  });
  const others = Array.from({ length: MAX_ENTRIES - vault.manifest.entries.size }, entry);
  await vault.write(null, [], [], (_, manifest) => ({
    changes: [],
    manifest: {
      ...manifest,
      entries: new Map([...manifest.entries, ...others.map((one) => [entryKey('item', one.id), one] as const)]),
    },
    result: null,
  }));
  await signedIn.close();
}
