import { describe, expect, it, jest } from '@jest/globals';
import { ROUTES, type Route } from '../lambda/http/route-list.ts';
import { type Answer, PASSWORD, type Send } from './fixtures/app.ts';
import { roundTrips } from './fixtures/round-trips.ts';
import { createWorld, DEEDS } from './usecases/activity-deeds.ts';
import { NOTE } from './usecases/rotation-support.ts';
import { type AccountsApp, createAccountsApp, EMAIL, MINUTE, signIn } from './usecases/support.ts';
import { partsOf, pdfOf, uploadAll } from './usecases/upload-support.ts';

// A world takes its time where other suites run beside.
jest.setTimeout(30_000);

/**
 * What each call asks for, as cloud round trips one after another, calls of KMS, and hashes of a password. A number here
 * is a promise to who waits and who pays: one that grows is a decision, and one that falls is written down.
 */
const ASKED: Readonly<Record<string, string>> = {
  'getHealth reads': '0/0/0',
  'getOpenApi reads': '0/0/0',
  'listItemTypes reads': '0/0/0',
  'listTemplates reads': '0/0/0',
  'registerAccount registers': '5/4/1',
  'registerAccount finds the e-mail taken': '4/4/1',
  'signIn signs in': '7/4/1',
  'signIn refuses a wrong password': '5/3/1',
  'recoverAccount recovers': '7/6/1',
  'recoverAccount refuses a wrong code': '4/2/0',
  'getAccount reads': '2/1/0',
  'getActivity reads': '4/1/0',
  'changePassword changes it': '8/5/2',
  'changePassword refuses a wrong password': '6/3/1',
  'changePassword refuses a weak one': '7/2/1',
  'changeEmail changes it': '8/3/1',
  'changeEmail finds it the same': '7/3/1',
  'changeEmail refuses a wrong password': '7/4/1',
  'createRecoveryCode makes one': '7/3/1',
  'createRecoveryCode refuses a wrong password': '6/3/1',
  'removeRecoveryCode removes it': '6/2/1',
  'removeRecoveryCode finds none': '6/2/1',
  'removeRecoveryCode refuses a wrong password': '6/3/1',
  'rotateKeys starts': '11/6/2',
  'rotateKeys starts and ends': '23/6/2',
  'rotateKeys goes on': '5/1/0',
  'rotateKeys ends': '17/1/0',
  'rotateKeys has nothing to do': '2/1/0',
  'rotateKeys refuses a wrong password': '6/3/1',
  'deleteAccount refuses a wrong password': '6/3/1',
  'exportAccount gives all': '11/1/0',
  'exportAccount asks for the password anew': '2/1/0',
  'listSessions reads': '2/1/0',
  'reauthenticate takes the password': '6/2/1',
  'reauthenticate refuses a wrong password': '6/3/1',
  'signOut ends the caller': '3/1/0',
  'endSession ends another': '3/1/0',
  'endSession ends the caller': '3/1/0',
  'endSession finds nothing': '3/1/0',
  'endAllSessions ends all': '3/1/0',
  'createItem makes one': '3/1/0',
  'createItem shows again what it made': '4/1/0',
  'createItem refuses its data': '1/0/0',
  'listItems reads': '2/1/0',
  'listItems shows them whole': '3/1/0',
  'listItems shows none': '2/1/0',
  'searchItems shows them masked': '2/1/0',
  'searchItems shows them whole': '3/1/0',
  'searchItems shows none': '2/1/0',
  'getItem shows it whole': '3/1/0',
  'getItem reads': '2/1/0',
  'getItem finds nothing': '2/1/0',
  'replaceItem replaces it': '3/1/0',
  'replaceItem finds another version': '2/1/0',
  'replaceItem refuses its data': '2/1/0',
  'replaceItem finds nothing': '2/1/0',
  'deleteItem deletes it': '3/1/0',
  'deleteItem finds another version': '2/1/0',
  'deleteItem finds nothing': '2/1/0',
  'generateDocument makes one': '6/1/0',
  'generateDocument tells again of what it made': '3/1/0',
  'generateDocument takes a PDF': '5/1/0',
  'generateDocument refuses what is no PDF': '1/0/0',
  'generateDocument refuses its inputs': '3/1/0',
  'listDocuments reads': '2/1/0',
  'searchDocuments reads': '2/1/0',
  'beginUpload reads': '3/1/0',
  'getUpload reads': '2/1/0',
  'getUpload finds nothing': '2/1/0',
  'putUploadPart reads': '5/1/0',
  'putUploadPart finds nothing': '2/1/0',
  'completeUpload makes a document': '5/1/0',
  'completeUpload tells again of what it made': '3/1/0',
  'completeUpload lacks a part': '3/1/0',
  'completeUpload finds nothing': '3/1/0',
  'abortUpload reads': '5/1/0',
  'abortUpload finds nothing': '2/1/0',
  'shortenDocument lets it end sooner': '3/1/0',
  'shortenDocument refuses to let it end later': '2/1/0',
  'shortenDocument finds nothing': '2/1/0',
  'getDocument reads': '2/1/0',
  'getDocument finds nothing': '2/1/0',
  'getDocumentContent gives it whole': '4/1/0',
  'getDocumentContent gives a part': '4/1/0',
  'getDocumentContent is had already': '2/1/0',
  'getDocumentContent has no such part': '2/1/0',
  'getDocumentContent finds nothing': '2/1/0',
  'deleteDocument deletes it': '6/1/0',
  'deleteDocument finds nothing': '2/1/0',
};

const CASES = Object.entries(DEEDS).flatMap(([name, deeds]) =>
  deeds.map((deed) => [`${name} ${deed.it}`, name, deed] as const),
);

/** What an act asks for, as the table has it. */
async function asked(app: AccountsApp, due: number, act: () => Promise<Answer>): Promise<string> {
  const { trips, kms, hashes } = await roundTrips(app, async () => {
    expect((await act()).status).toBe(due);
  });
  return `${trips}/${kms}/${hashes}`;
}

describe('what a call asks of the cloud', () => {
  it('is settled for all that a call may come to', () => {
    expect(Object.keys(ASKED).sort()).toEqual(CASES.map(([title]) => title).sort());
  });

  it.each(CASES)('%s', async (title, name, deed) => {
    const world = await createWorld();
    await deed.first?.(world);
    const { method, path: pattern, open }: Route = ROUTES[name as keyof typeof ROUTES];
    const { path = pattern, ...send } = deed.send?.(world) ?? {};
    const signedIn = open === true ? {} : { token: world.token };
    const act = () => world.call(`${method} ${path}`, { ...signedIn, ...send });
    expect(await asked(world, deed.answers, act)).toBe(ASKED[title]);
  });

  it('is 2/1/0 for a masked list of 50 items', async () => {
    const app = createAccountsApp();
    const { token } = await app.register();
    for (let n = 0; n < 50; n++) await app.addItem(token, 'note', { text: `note ${n}` });
    const list = async () => {
      const answer = await app.call('GET /v1/items?limit=50', { token });
      expect((answer.body as { items: unknown[] }).items).toHaveLength(50);
      return answer;
    };
    expect(await asked(app, 200, list)).toBe('2/1/0');
  });

  it('is one round trip more for each further part of a document', async () => {
    const app = createAccountsApp();
    const { token } = await app.register();
    for (const [parts, due] of [
      [[300], '4/1/0'],
      [[20_000, 300], '5/1/0'],
      [[300, 300, 300], '6/1/0'],
    ] as const) {
      const id = await uploadAll(app, token, partsOf([...parts]));
      expect(await asked(app, 200, () => app.call(`GET /v1/documents/${id}/content`, { token }))).toBe(due);
    }
  });

  it('is no more at all where a session’s use is written down, but for the write beside', async () => {
    const { app, token, item } = await stocked(0);
    app.pass(MINUTE);
    const { waves } = await roundTrips(app, () => app.call(`GET ${item}?mask=true`, { token }));
    expect(waves.map((wave) => wave.toSorted())).toEqual([
      ['store.get item', 'store.snapshot session account manifest'],
      ['keys.unwrap session of 204', 'store.commit put session'],
    ]);
  });

  it('is 5/4/2 more at a sign-in where that upgrades a wrap', async () => {
    const before = createAccountsApp({ settings: { suite: 1 } });
    await before.register();
    const app = createAccountsApp({ sharing: before });
    expect(await asked(app, 201, () => signIn(app))).toBe('12/8/3');
    expect(await asked(app, 201, () => signIn(app))).toBe('7/4/1');
  });

  it('is 12/2/1 for the deletion of an account, and the removal of what is left of an empty one', async () => {
    const app = createAccountsApp();
    const { token } = await app.register();
    const body = { password: PASSWORD };
    expect(await asked(app, 200, () => app.call('POST /v1/account/deletion', { token, body }))).toBe('12/2/1');
  });
});

/** An account with an item and a document, of a deployment that keeps DEKs for so long, ms. */
async function stocked(sessionCacheMs: number) {
  const app = createAccountsApp({ settings: { sessionCacheMs } });
  const { token } = await app.register();
  const item = `/v1/items/${await app.addItem(token, NOTE.type, NOTE.data)}`;
  const body = pdfOf(40_000);
  const made = await app.call('POST /v1/documents', { token, body, headers: { 'content-type': 'application/pdf' } });
  return { app, token, item, document: `/v1/documents/${made.text('id')}` };
}

type Stock = Awaited<ReturnType<typeof stocked>>;

/** Calls, and what they ask for: where no DEK is kept, and where the session's is. */
const CACHED: readonly (readonly [string, string, string, (stock: Stock) => readonly [call: string, send?: Send]])[] = [
  ['an item masked', '2/1/0', '1/0/0', ({ item }) => [`GET ${item}?mask=true`]],
  ['an item revealed', '3/1/0', '2/0/0', ({ item }) => [`GET ${item}`]],
  ['an item replaced', '3/1/0', '2/0/0', ({ item }) => [`PUT ${item}`, { body: { data: NOTE.data }, headers: FIRST }]],
  ['an item deleted', '3/1/0', '2/0/0', ({ item }) => [`DELETE ${item}`]],
  ['an item created', '3/1/0', '2/0/0', () => ['POST /v1/items', { body: NOTE }]],
  ['a list', '2/1/0', '2/0/0', () => ['GET /v1/items']],
  ['a document told of', '2/1/0', '1/0/0', ({ document }) => [`GET ${document}`]],
  ['a document’s content', '4/1/0', '3/0/0', ({ document }) => [`GET ${document}/content`]],
  ['the account', '2/1/0', '1/0/0', () => ['GET /v1/account']],
  ['a session’s end', '3/1/0', '2/0/0', () => ['DELETE /v1/sessions/current']],
  ['a password changed', '8/5/2', '8/5/2', () => ['PUT /v1/account/password', { body: CHANGE }]],
  ['a sign-in', '7/4/1', '7/4/1', () => ['POST /v1/sessions', { body: { email: EMAIL, password: PASSWORD } }]],
];
const FIRST = { 'if-match': '"1"' };
const CHANGE = { currentPassword: PASSWORD, newPassword: 'nine blue kettles drift' };

describe('the session cache', () => {
  it.each(CACHED)('makes %s of %s one of %s', async (_, cold, warm, request) => {
    for (const [ms, due] of [
      [0, cold],
      [MINUTE, warm],
    ] as const) {
      const stock = await stocked(ms);
      const [call, send] = request(stock);
      const { token, app } = stock;
      const act = async () => {
        const answer = await app.call(call, { token, ...send });
        return { ...answer, status: answer.status < 300 ? 200 : answer.status };
      };
      expect(await asked(app, 200, act)).toBe(due);
    }
  });
});
