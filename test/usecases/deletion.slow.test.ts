import { beforeAll, describe, expect, it } from '@jest/globals';
import { type AccountId, parseId } from '../../lambda/domain/ids.ts';
import type { DocumentRow, Row } from '../../lambda/domain/records.ts';
import { UnavailableError } from '../../lambda/errors.ts';
import { authenticate } from '../../lambda/usecases/authenticate.ts';
import { deleteAccount } from '../../lambda/usecases/delete-account.ts';
import { guessSubject } from '../../lambda/usecases/guess-counter.ts';
import { type SweepReport, sweep } from '../../lambda/usecases/sweep.ts';
import { bytes, fresh, sample } from '../contracts/vault-store-rows.ts';
import { type Answer, type MemoryApp, PASSWORD, verdict } from '../fixtures/app.ts';
import { createCheckedApp, pathsOf } from '../fixtures/contract.ts';
import { createMemoryHasher } from '../fixtures/memory-hasher.ts';
import type { Call } from '../fixtures/memory-hooks.ts';
import { rowName } from '../fixtures/memory-vault-store.ts';
import { CALLER, createAccountsApp, only, rowsOf } from './support.ts';

const OWNER = 'owner@example.com';
const WRONG = 'seven grey lanterns hiss';
const NEW = 'eight amber kites drift';
const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** An app with a full account, a bystander's, and the way back to this state. */
interface World {
  readonly app: MemoryApp;
  readonly accountId: AccountId;
  readonly token: string;
  readonly second: string;
  readonly item: string;
  readonly document: string;
  readonly code: string;
  /** The names of all that is not the owner's. */
  readonly others: readonly string[];
  /** Puts table and bucket back to how they were. */
  reset(): void;
}

async function makeDocument(app: MemoryApp, token: string, item: string): Promise<Answer> {
  const body = { template: 'personal-data-record', inputs: { items: [item] } };
  return app.call('POST /v1/documents', { token, body });
}

async function makeWorld(): Promise<World> {
  const app = createCheckedApp({ hasher: createMemoryHasher() });
  const bystander = await app.register('bystander@example.com');
  const note = await app.addItem(bystander.token, 'note', { text: 'not yours' });
  expect((await makeDocument(app, bystander.token, note)).status).toBe(201);
  await signIn(app, WRONG, 'nobody@example.com');
  const others = namesIn(app);

  const { token, accountId } = await app.register();
  await signIn(app, WRONG);
  const second = (await signIn(app)).text('session.token');
  const item = await app.addItem(token, 'note', { text: 'mine' });
  await app.addItem(token, 'note', { text: 'mine too' });
  const document = (await makeDocument(app, token, item)).text('id');
  expect((await makeDocument(app, token, item)).status).toBe(201);
  const body = { password: PASSWORD };
  const code = (await app.call('POST /v1/account/recovery-code', { token, body })).text('recoveryCode');

  const id = parseId<AccountId>(accountId);
  if (id === null) throw new Error('the account has no id');
  const [rows, objects] = [new Map(app.store.rows), new Map(app.objects.objects)];
  const reset = () => {
    unhook(app);
    app.store.rows.clear();
    app.objects.objects.clear();
    for (const [name, row] of rows) app.store.rows.set(name, row);
    for (const [name, object] of objects) app.objects.objects.set(name, object);
  };
  return { app, accountId: id, token, second, item, document, code, others, reset };
}

let world: World;

beforeAll(async () => {
  world = await makeWorld();
}, 30_000);

function signIn(app: MemoryApp, password = PASSWORD, email = OWNER): Promise<Answer> {
  return app.call('POST /v1/sessions', { body: { email, password } });
}

/** The MAC of the owner's e-mail. */
function emailMacIn({ app, accountId }: World): Uint8Array {
  return only(rowsOf(app, 'email').filter((row) => row.accountId === accountId)).mac;
}

function deletion({ app, token }: Pick<World, 'app' | 'token'>, password = PASSWORD): Promise<Answer> {
  return app.call('POST /v1/account/deletion', { token, body: { password } });
}

/** The names of all rows and objects, in order. */
function namesIn({ store, objects }: MemoryApp): string[] {
  return [...store.rows.keys(), ...objects.objects.keys()].sort();
}

/** What is there and not of others. */
function leftIn({ app, others }: World): string[] {
  return namesIn(app).filter((name) => !others.includes(name));
}

function hookAll({ store, keys, objects }: MemoryApp, before: Hook, after: Hook): void {
  for (const { hooks } of [store, keys, objects]) Object.assign(hooks, { before, after });
}

type Hook = (call: Call) => void | Promise<void>;

function unhook(app: MemoryApp): void {
  hookAll(
    app,
    () => undefined,
    () => undefined,
  );
}

/** What maintenance does once all is due that a request of now may have left. */
async function maintain(app: MemoryApp): Promise<SweepReport[]> {
  app.pass(61 * MINUTE);
  const runs = [await sweep(app.env, app.env.clock() + MINUTE)];
  // A document that was due itself may have been at work beside its account.
  if (rowsOf(app, 'deletion').length > 0) runs.push(await sweep(app.env, app.env.clock() + MINUTE));
  app.pass(-61 * MINUTE);
  return runs;
}

/** Holds the owner's account to be there as it was. */
async function expectWhole({ app, token, item, document }: World, password = PASSWORD): Promise<void> {
  expect(verdict(await signIn(app, password))).toBe('201');
  expect((await app.call(`GET /v1/items/${item}`, { token })).body).toMatchObject({ data: { text: 'mine' } });
  const content = await app.call(`GET /v1/documents/${document}/content`, { token });
  expect(content.bytes.subarray(0, 5).toString()).toBe('%PDF-');
}

/** Holds the owner's account to be gone for good, whatever maintenance has yet to remove. */
async function expectGone(of: World): Promise<void> {
  const { app, token, second } = of;
  const wraps = [...rowsOf(app, 'account'), ...rowsOf(app, 'session'), ...rowsOf(app, 'manifest')];
  expect(wraps.filter(({ accountId }) => accountId === of.accountId)).toEqual([]);
  for (const live of [token, second]) {
    expect(verdict(await app.call('GET /v1/account', { token: live }))).toBe('401 unauthenticated');
  }
  const runs = await maintain(app);
  expect(runs.filter(({ failed, complete }) => failed > 0 || !complete)).toEqual([]);
  expect(leftIn(of)).toEqual([]);
  expect(namesIn(app)).toEqual(of.others);
}

describe('deleting the account', () => {
  it('gives a receipt and leaves nothing of it, and all of another', async () => {
    world.reset();
    const { app } = world;
    const before = new Map([...app.store.rows].filter(([name]) => world.others.includes(name)));
    const deleted = app.telemetry.counts.get('AccountDeleted') ?? 0;
    const answer = await deletion(world);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      receiptId: expect.stringMatching(/^[0-9A-HJKMNP-TV-Z]{26}$/),
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      items: 2,
      documents: 2,
    });
    expect(namesIn(app)).toEqual(world.others);
    expect(new Map(app.store.rows)).toEqual(before);
    expect(app.telemetry.counts.get('AccountDeleted')).toBe(deleted + 1);
  });

  it('ends every session, and answers its e-mail as one that never was', async () => {
    world.reset();
    const { app, token, second, code } = world;
    expect((await deletion({ app, token: second })).status).toBe(200);
    for (const ended of [token, second]) {
      expect(verdict(await app.call('GET /v1/items', { token: ended }))).toBe('401 unauthenticated');
      expect(verdict(await deletion({ app, token: ended }))).toBe('401 unauthenticated');
    }
    expect(verdict(await signIn(app))).toBe('401 invalid_credentials');
    const body = { email: OWNER, recoveryCode: code, newPassword: NEW };
    expect(verdict(await app.call('POST /v1/recovery', { body }))).toBe('401 invalid_credentials');
  });

  it('frees the e-mail at once for an account that shares nothing with the old one', async () => {
    world.reset();
    const { app } = world;
    await deletion(world);
    const { token, accountId } = await app.register(OWNER, NEW);
    expect(accountId).not.toBe(world.accountId);
    expect((await app.call('GET /v1/items', { token })).body).toEqual({ items: [], nextCursor: null });
    expect(verdict(await app.call(`GET /v1/items/${world.item}`, { token }))).toBe('404 not_found');
    await maintain(app);
    expect(verdict(await signIn(app, NEW))).toBe('201');
    expect(verdict(await signIn(app, PASSWORD))).toBe('401 invalid_credentials');
  });

  it('counts the documents that are there, not those whose time is up', async () => {
    const app = createAccountsApp();
    const { token } = await app.register();
    const item = await app.addItem(token, 'note', { text: 'mine' });
    for (const retentionDays of [1, 2]) {
      const body = { template: 'personal-data-record', inputs: { items: [item] }, retentionDays };
      expect((await app.call('POST /v1/documents', { token, body })).status).toBe(201);
    }
    app.pass(24 * 60 * MINUTE);
    const again = (await signIn(app)).text('session.token');
    expect((await deletion({ app, token: again })).body).toMatchObject({ items: 1, documents: 1 });
    expect(namesIn(app)).toEqual([]);
  });

  it('asks for the password, and counts wrong ones as sign-in does', async () => {
    world.reset();
    const { app, token } = world;
    for (let i = 0; i < 5; i++) expect(verdict(await deletion(world, WRONG))).toBe('403 wrong_password');
    expect(verdict(await deletion(world, PASSWORD))).toBe('429 too_many_attempts');
    app.pass(10 * SECOND);
    await expectWhole(world);
    expect(verdict(await app.call('POST /v1/account/deletion', { token, body: {} }))).toBe('422 invalid_request');
    expect(pathsOf(await deletion(world, 'with\0nul and more than enough'))).toEqual(['/password']);
    expect((await deletion(world)).status).toBe(200);
    expect(namesIn(app)).toEqual(world.others);
  });

  it('removes more rows than a transaction takes, of any kind', async () => {
    world.reset();
    const { app, accountId } = world;
    const rows: Row[] = Array.from({ length: 260 }, () => sample.item({ accountId }));
    for (const row of rows) app.store.rows.set(rowName(row), row);
    // More sessions than a transaction takes, all ended long ago.
    for (let i = 0; i < 120; i++) plant(app, sample.session({ accountId }));
    expect((await deletion(world)).status).toBe(200);
    expect(namesIn(app)).toEqual(world.others);
  });

  it('leaves counters of guesses that go into no transaction to their time to live', async () => {
    world.reset();
    const { app, accountId } = world;
    for (let i = 0; i < 60; i++) plant(app, sample.session({ accountId }));
    const [counter] = rowsOf(app, 'throttle').filter(({ subject }) => subject === guessSubject(emailMacIn(world)));
    if (counter === undefined) throw new Error('a guess was counted');
    for (let i = 0; i < 50; i++) plant(app, { ...counter, source: `192.0.2.${100 + i}` });
    const commits: number[] = [];
    app.store.hooks.after = ({ op, args }) => {
      if (op === 'commit' && JSON.stringify(args).includes('"kind":"deletion"')) commits.push((args[0] as []).length);
    };
    expect((await deletion(world)).status).toBe(200);
    unhook(app);
    expect(commits[0]).toBe(100);
    const left = leftIn(world);
    expect([left.length > 0, left.filter((name) => !name.startsWith('T#'))]).toEqual([true, []]);
  });

  it('leaves no timer behind that would keep a function awake', async () => {
    world.reset();
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timers();
    expect((await deletion(world)).status).toBe(200);
    await new Promise(setImmediate);
    expect(timers()).toBe(before);
  });

  it('goes on without the row of its e-mail, should that be gone', async () => {
    world.reset();
    const { app, accountId } = world;
    const index = rowName({ kind: 'email', mac: emailMacIn(world) });
    expect(app.store.rows.get(index)).toMatchObject({ accountId });
    app.store.rows.delete(index);
    expect((await deletion(world)).status).toBe(200);
    expect(namesIn(app)).toEqual(world.others);
  });
});

function plant(app: MemoryApp, row: Row): void {
  app.store.rows.set(rowName(row), row);
}

/** Documents past the manifest, each with an object. */
function plantDocuments({ app, accountId }: World, count: number, over: Partial<DocumentRow> = {}): DocumentRow[] {
  return Array.from({ length: count }, () => {
    const documentId = fresh.document();
    const objectKeys = [`documents/${accountId}/${documentId}/object`];
    const dueAt = app.env.clock() + 90 * 86_400_000;
    const row = sample.document({ accountId, documentId, objectKeys, dueAt, expiresAt: dueAt, ...over });
    plant(app, row);
    for (const key of row.objectKeys) app.objects.objects.set(key, bytes(10));
    return row;
  });
}

describe('the order of a deletion', () => {
  it('is the wraps, in one write, then the rest, and of a document the object before the row', async () => {
    world.reset();
    const { app, accountId } = world;
    const seen: string[] = [];
    hookAll(
      app,
      () => undefined,
      () => {
        const mine = [...app.store.rows.values()].filter((row) => 'accountId' in row && row.accountId === accountId);
        const keyed = mine.filter(({ kind }) => kind === 'account' || kind === 'session' || kind === 'manifest');
        const rest = mine.filter(({ kind }) => kind === 'item' || kind === 'document');
        const named = new Set(rest.flatMap((row) => (row.kind === 'document' ? row.objectKeys : [])));
        const lost = [...app.objects.objects.keys()].filter((key) => key.includes(accountId) && !named.has(key));
        expect(lost).toEqual([]);
        const stood = mine.some(({ kind }) => kind === 'deletion');
        expect(keyed.length > 0).toBe(!stood && mine.length > 0);
        if (rest.length > 0 || keyed.length > 0) expect(keyed.length > 0 || stood).toBe(true);
        seen.push(`${keyed.length > 0 ? 'wraps' : 'no wraps'}, ${rest.length > 0 ? 'data' : 'no data'}`);
      },
    );
    expect((await deletion(world)).status).toBe(200);
    expect([...new Set(seen)]).toEqual(['wraps, data', 'no wraps, data', 'no wraps, no data']);
  });
});

describe('a deletion that stops half-way', () => {
  it.each(['refused', 'answer lost', 'dead before it', 'dead after it'] as const)(
    'leaves the account whole, or gone and for maintenance to finish, whichever call fails: %s',
    async (fault) => {
      let cases = 0;
      const outcomes = new Set<string>();
      for (let k = 0; ; k++) {
        world.reset();
        const { app } = world;
        let count = 0;
        let doomed: Call | null = null;
        let dead = false;
        const fail = () => {
          throw new UnavailableError('cloud:Call');
        };
        hookAll(
          app,
          (call) => {
            if (count++ === k) doomed = call;
            if (call === doomed && fault.startsWith('dead before')) dead = true;
            if (dead || (call === doomed && fault === 'refused')) fail();
          },
          (call) => {
            if (call !== doomed) return;
            if (fault === 'dead after it') dead = true;
            if (fault !== 'refused') fail();
          },
        );
        const answer = await deletion(world);
        await new Promise(setImmediate);
        unhook(app);
        if (count <= k) break;
        cases++;
        expect([200, 503]).toContain(answer.status);
        const stands = rowsOf(app, 'account').some(({ accountId }) => accountId === world.accountId);
        if (answer.status === 200) expect(stands).toBe(false);
        if (stands) {
          expect(rowsOf(app, 'deletion')).toEqual([]);
          await expectWhole(world);
          expect((await deletion(world)).status).toBe(200);
        } else {
          expect(verdict(await deletion(world))).toBe('401 unauthenticated');
        }
        await expectGone(world);
        outcomes.add(`${answer.status} ${stands ? 'whole' : 'gone'}`);
      }
      expect(cases).toBeGreaterThan(20);
      const lost = fault === 'answer lost' || fault === 'dead after it';
      expect([...outcomes].sort()).toEqual(lost ? ['200 gone', '503 gone', '503 whole'] : ['200 gone', '503 whole']);
    },
  );

  it('answers all the same when the bucket fails, and keeps the names of its objects until they are gone', async () => {
    world.reset();
    const { app } = world;
    const failures = app.telemetry.counts.get('CloudFailure') ?? 0;
    app.objects.hooks.before = () => {
      throw new UnavailableError('s3:DeleteObjects');
    };
    expect((await deletion(world)).status).toBe(200);
    expect(app.telemetry.counts.get('CloudFailure')).toBe(failures + 1);
    const kept = rowsOf(app, 'document').filter(({ accountId }) => accountId === world.accountId);
    expect(kept).toHaveLength(2);
    expect(leftIn(world).filter((name) => name.includes('#I#') || name.includes(' I#'))).toEqual([]);
    // For 15 s the request itself may be at work on it.
    expect(await sweep(app.env, app.env.clock() + MINUTE)).toMatchObject({ removed: 0, failed: 0 });
    app.pass(MINUTE);
    expect(await sweep(app.env, app.env.clock() + MINUTE)).toMatchObject({ removed: 0, failed: 1 });
    app.pass(-MINUTE);
    expect(leftIn(world)).toHaveLength(5);
    unhook(app);
    await expectGone(world);
  });

  it('answers when its time is up, and leaves the rest to maintenance', async () => {
    world.reset();
    const { app } = world;
    plantDocuments(world, 80);
    let removed = 0;
    app.objects.hooks.after = () => {
      app.pass(SECOND);
      removed++;
    };
    expect((await deletion(world)).status).toBe(200);
    expect(removed).toBeGreaterThanOrEqual(15);
    expect(removed).toBeLessThan(45);
    expect(leftIn(world).length).toBeGreaterThan(70);
    unhook(app);
    app.pass(-removed * SECOND);
    await expectGone(world);
  });

  it('answers when a call does not come back', async () => {
    world.reset();
    const { app, token } = world;
    let release: () => void = () => undefined;
    const hanging = new Promise<void>((resolve) => {
      release = resolve;
    });
    app.objects.hooks.before = () => hanging;
    const signedIn = await authenticate(app.env, token, null, CALLER);
    const receipt = await deleteAccount(app.env, signedIn, { password: PASSWORD }, 30);
    await signedIn.close();
    expect(receipt).toMatchObject({ items: 2, documents: 2 });
    expect(leftIn(world)).toHaveLength(5);
    release();
    unhook(app);
    await expectGone(world);
  });

  it('is no licence: a deletion that was planted beside an account that stands removes nothing of it', async () => {
    world.reset();
    const { app, accountId } = world;
    const planted = sample.deletion({ accountId, at: app.env.clock(), dueAt: app.env.clock() });
    plant(app, planted);
    const counted = app.telemetry.counts.get('IntegrityFailure') ?? 0;
    expect(await sweep(app.env, app.env.clock() + MINUTE)).toMatchObject({ removed: 0, failed: 1 });
    expect(app.telemetry.counts.get('IntegrityFailure')).toBe(counted + 1);
    app.store.rows.delete(rowName(planted));
    await expectWhole(world);
  });

  it('removes no object of another account for a row that names it, and all else', async () => {
    world.reset();
    const { app, others, accountId } = world;
    const foreign = others.filter((name) => name.startsWith('documents/'));
    const [row] = plantDocuments(world, 1, { objectKeys: foreign });
    if (row === undefined) throw new Error('a row was planted');
    const objects = new Map(app.objects.objects);
    expect((await deletion(world)).status).toBe(200);
    for (const name of foreign) expect(app.objects.objects.get(name)).toEqual(objects.get(name));
    expect(app.telemetry.counts.get('IntegrityFailure')).toBeGreaterThan(0);
    expect(leftIn(world)).toEqual([`A#${accountId} X`, rowName(row)].sort());
  });
});

/** Requests that another client of the account makes, and whether what they did may show: its answers. */
const REQUESTS: readonly (readonly [string, (of: World) => Promise<Answer>])[] = [
  ['stores an item', ({ app, second: token }) => app.call('POST /v1/items', { token, body: note('new') })],
  [
    'replaces an item',
    ({ app, second: token, item }) =>
      app.call(`PUT /v1/items/${item}`, { token, headers: { 'if-match': '"1"' }, body: { data: { text: 'newer' } } }),
  ],
  ['removes an item', ({ app, second: token, item }) => app.call(`DELETE /v1/items/${item}`, { token })],
  ['reads an item', ({ app, second: token, item }) => app.call(`GET /v1/items/${item}`, { token })],
  ['lists items', ({ app, second: token }) => app.call('GET /v1/items', { token })],
  ['makes a document', ({ app, second: token, item }) => makeDocument(app, token, item)],
  [
    'reads a document',
    ({ app, second: token, document }) => app.call(`GET /v1/documents/${document}/content`, { token }),
  ],
  ['removes a document', ({ app, second: token, document }) => app.call(`DELETE /v1/documents/${document}`, { token })],
  ['signs in', ({ app }) => signIn(app)],
  ['guesses', ({ app }) => signIn(app, WRONG)],
  ['signs out', ({ app, second: token }) => app.call('DELETE /v1/sessions/current', { token })],
  ['ends all sessions', ({ app, second: token }) => app.call('DELETE /v1/sessions', { token })],
  [
    'gives the password anew',
    ({ app, second: token }) =>
      app.call('POST /v1/sessions/current/reauthentication', { token, body: { password: PASSWORD } }),
  ],
  [
    'changes the password',
    ({ app, second: token }) =>
      app.call('PUT /v1/account/password', { token, body: { currentPassword: PASSWORD, newPassword: NEW } }),
  ],
  [
    'changes the e-mail',
    ({ app, second: token }) =>
      app.call('PUT /v1/account/email', { token, body: { password: PASSWORD, email: 'moved@example.com' } }),
  ],
  [
    'asks for a recovery code',
    ({ app, second: token }) => app.call('POST /v1/account/recovery-code', { token, body: { password: PASSWORD } }),
  ],
  [
    'recovers',
    ({ app, code }) => app.call('POST /v1/recovery', { body: { email: OWNER, recoveryCode: code, newPassword: NEW } }),
  ],
  [
    'registers the e-mail',
    ({ app }) => app.call('POST /v1/accounts', { body: { email: OWNER, password: NEW, acceptDataLoss: true } }),
  ],
  ['deletes the account too', ({ app, second: token }) => deletion({ app, token })],
];

function note(text: string) {
  return { type: 'note', data: { text } };
}

/** Runs one request, and another whole one just before its call with this number. @returns null when it has fewer */
async function interrupted(
  app: MemoryApp,
  place: number,
  outer: () => Promise<Answer>,
  inner: () => Promise<Answer>,
): Promise<[Answer, Answer] | null> {
  let count = 0;
  const between: Answer[] = [];
  hookAll(
    app,
    async () => {
      if (count++ !== place) return;
      // The inner one's calls go by: they are none of the outer's.
      const held = count;
      count = Number.NEGATIVE_INFINITY;
      between.push(await inner());
      count = held;
    },
    () => undefined,
  );
  const answer = await outer();
  await new Promise(setImmediate);
  unhook(app);
  const [first] = between;
  return first === undefined ? null : [answer, first];
}

/** What must hold after a deletion and another request, whichever won. */
async function judge(deleted: Answer, other: Answer): Promise<void> {
  const { app, accountId } = world;
  expect([200, 401, 409]).toContain(deleted.status);
  expect(other.status).toBeLessThan(500);
  const stands = rowsOf(app, 'account').some((row) => row.accountId === accountId);
  if (deleted.status === 200) expect(stands).toBe(false);
  if (other.status === 201 && 'session' in (other.body as object) && !stands) {
    const session = other.text('session.token');
    const own = other.text('accountId') === accountId;
    expect(verdict(await app.call('GET /v1/account', { token: session }))).toBe(own ? '401 unauthenticated' : '200');
  }
  if (stands) {
    // Another change won: it stands whole, with what that change made of it.
    const email = rowsOf(app, 'email').filter((row) => row.accountId === accountId);
    expect([email.length, rowsOf(app, 'deletion').length]).toEqual([1, 0]);
    return;
  }
  const runs = await maintain(app);
  expect(runs.filter(({ failed, complete }) => failed > 0 || !complete)).toEqual([]);
  // A guess at an e-mail without an account, the decoy that it is tried against, and an account that took the e-mail.
  const strange = leftIn(world).filter((name) => name.includes(accountId));
  expect(strange).toEqual([]);
  expect(rowsOf(app, 'email').filter((row) => row.accountId === accountId)).toEqual([]);
}

describe('while the account is deleted', () => {
  const others = REQUESTS.filter(([what]) => what !== 'deletes the account too');

  it.each(others)('one who %s, and is overtaken at any call, brings nothing back', async (what, request) => {
    const verdicts: string[] = [];
    for (let k = 0; ; k++) {
      world.reset();
      const answers = await interrupted(
        world.app,
        k,
        () => request(world),
        () => deletion(world),
      );
      if (answers === null) break;
      const [other, deleted] = answers;
      expect(deleted.status).toBe(200);
      await judge(deleted, other);
      verdicts.push(verdict(other));
    }
    expect(verdicts[0]).toMatch(what === 'registers the e-mail' ? /^201$/ : /^401 /);
    for (const one of verdicts) expect(one).toMatch(/^(20\d|401 \w+|409 account_exists)$/);
  });

  it.each(REQUESTS)('one who %s between any two of its calls, brings nothing back', async (_, request) => {
    const verdicts: string[] = [];
    for (let k = 0; ; k++) {
      world.reset();
      const answers = await interrupted(
        world.app,
        k,
        () => deletion(world),
        () => request(world),
      );
      if (answers === null) break;
      await judge(...answers);
      verdicts.push(verdict(answers[0]));
    }
    expect(verdicts).toContain('200');
  });

  it('an item that is stored meanwhile is in the receipt, and goes too', async () => {
    world.reset();
    const { app, second: token } = world;
    let stored = false;
    app.store.hooks.before = async ({ op, args }) => {
      if (op !== 'commit' || stored || !JSON.stringify(args).includes('"kind":"deletion"')) return;
      stored = true;
      expect((await app.call('POST /v1/items', { token, body: note('in time') })).status).toBe(201);
    };
    expect((await deletion(world)).body).toMatchObject({ items: 3, documents: 2 });
    expect(stored).toBe(true);
    expect(namesIn(app)).toEqual(world.others);
  });

  it('one of two deletions at once is told that it is done', async () => {
    for (let i = 0; i < 5; i++) {
      world.reset();
      const { app, token, second } = world;
      hookAll(
        app,
        () => new Promise(setImmediate),
        () => undefined,
      );
      const answers = await Promise.all([token, second, token].map((live) => deletion({ app, token: live })));
      unhook(app);
      expect(answers.map(verdict).sort()).toEqual(['200', '401 unauthenticated', '401 unauthenticated']);
      await expectGone(world);
    }
  });

  it('a document in the making keeps its name in the table until its object can be removed', async () => {
    world.reset();
    const { app, second, item } = world;
    const deleted: Answer[] = [];
    app.objects.hooks.before = async ({ op }) => {
      if (op === 'put') deleted.push(await deletion(world));
    };
    const made = await makeDocument(app, second, item);
    unhook(app);
    expect([made, ...deleted].map(verdict)).toEqual(['401 unauthenticated', '200']);
    const row = only(rowsOf(app, 'document').filter(({ accountId }) => accountId === world.accountId));
    expect(row.state).toBe('PENDING');
    expect(leftIn(world)).toEqual([rowName(row), `A#${world.accountId} X`, ...row.objectKeys].sort());
    app.pass(MINUTE);
    expect(await sweep(app.env, app.env.clock() + MINUTE)).toEqual({ removed: 0, failed: 0, complete: true });
    app.pass(-MINUTE);
    await expectGone(world);
  });
});
