import { type Answer, PASSWORD, type Send } from '../fixtures/app.ts';
import { DOCUMENT_KEY, draw, furnished, KEY, NOTE, type RotationApp } from './rotation-support.ts';
import { EMAIL, MINUTE, signIn, WRONG } from './support.ts';

export const NEW_EMAIL = 'moved@example.com';
const NEW_PASSWORD = 'nine blue kettles drift';
const NO_ID = '01ARZ3NDEKTSV4RRFFQ69G5FAV';

/** An account that holds something of every kind, has a recovery code, and a second session. */
export interface World extends RotationApp {
  readonly recoveryCode: string;
  readonly otherSession: string;
  /** Of an upload whose one part has come. */
  readonly uploadId: string;
}

/** A PDF, as it is sent. */
const SCAN: Send = { body: Buffer.from('%PDF-1.7\n%%EOF'), headers: { 'content-type': 'application/pdf' } };

export async function createWorld(): Promise<World> {
  const app = await furnished();
  const { token } = app;
  const code = await app.call('POST /v1/account/recovery-code', { token, body: { password: PASSWORD } });
  const other = await signIn(app);
  const uploadId = (await app.call('POST /v1/uploads', { token, body: { title: 'Scan' } })).text('uploadId');
  await app.call(`PUT /v1/uploads/${uploadId}/parts/1`, { token, ...SCAN });
  return { ...app, recoveryCode: code.text('recoveryCode'), otherSession: other.text('session.id'), uploadId };
}

/** What one call does, and the entries that it writes, oldest first. */
export interface Deed {
  readonly it: string;
  /** What is done before it. */
  readonly first?: (world: World) => Promise<unknown>;
  /** What the call sends beside the token, and its path where that has an id or a query. */
  readonly send?: (world: World) => Send & { readonly path?: string };
  readonly answers: number;
  readonly writes: readonly string[];
  /** What it is done to; nothing by default. */
  readonly target?: (world: World, answer: Answer) => string;
  /** The session that does it; the caller's by default. */
  readonly session?: (answer: Answer) => string;
  /** What opens the account afterwards. */
  readonly credentials?: { readonly email?: string; readonly password?: string };
}

const item = (world: World, query = '') => `/v1/items/${world.itemId}${query}`;
const document = (world: World) => `/v1/documents/${world.documentId}`;
const upload = ({ uploadId }: Pick<World, 'uploadId'>) => `/v1/uploads/${uploadId}`;
const complete = (world: World) =>
  world.call(`POST ${upload(world)}/complete`, { token: world.token, body: { parts: 1 } });
const itemId = (world: World) => world.itemId;
const documentId = (world: World) => world.documentId;
const made = (_: World, answer: Answer) => answer.text('id');
const begun = (answer: Answer) => answer.text('session.id');
const password = { password: PASSWORD };
const rotate = (body: unknown) => (world: World) =>
  world.call('POST /v1/account/key-rotation', { token: world.token, body });
const wrong = (body: Record<string, unknown>): Deed => ({
  it: 'refuses a wrong password',
  send: () => ({ body: { ...body, password: WRONG } }),
  answers: 403,
  writes: ['attempt.failed'],
});
const reads = (path?: (world: World) => string): Deed => ({
  it: 'reads',
  send: (world) => (path === undefined ? {} : { path: path(world) }),
  answers: 200,
  writes: [],
});
const finds = (path: string, send: Send = {}): Deed => ({
  it: 'finds nothing',
  send: () => ({ ...send, path }),
  answers: 404,
  writes: [],
});

/** Every call of the API, what it may come to, and what is written down of it. */
export const DEEDS: Readonly<Record<string, readonly Deed[]>> = {
  getHealth: [reads()],
  getOpenApi: [reads()],
  listItemTypes: [reads()],
  listTemplates: [reads()],

  registerAccount: [
    {
      it: 'registers',
      send: () => ({ body: { email: NEW_EMAIL, password: PASSWORD, acceptDataLoss: true } }),
      answers: 201,
      writes: ['account.registered'],
      session: begun,
      credentials: { email: NEW_EMAIL },
    },
    {
      it: 'finds the e-mail taken',
      send: () => ({ body: { email: EMAIL, password: PASSWORD, acceptDataLoss: true } }),
      answers: 409,
      writes: [],
    },
  ],
  signIn: [
    {
      it: 'signs in',
      send: () => ({ body: { email: EMAIL, ...password } }),
      answers: 201,
      writes: ['session.started'],
      session: begun,
    },
    {
      it: 'refuses a wrong password',
      send: () => ({ body: { email: EMAIL, password: WRONG } }),
      answers: 401,
      writes: ['attempt.failed'],
    },
  ],
  recoverAccount: [
    {
      it: 'recovers',
      send: ({ recoveryCode }) => ({ body: { email: EMAIL, recoveryCode, newPassword: NEW_PASSWORD } }),
      answers: 201,
      writes: ['account.recovered'],
      session: begun,
      credentials: { password: NEW_PASSWORD },
    },
    {
      it: 'refuses a wrong code',
      send: () => ({ body: { email: EMAIL, recoveryCode: 'no such code', newPassword: NEW_PASSWORD } }),
      answers: 401,
      writes: ['attempt.failed'],
    },
  ],

  getAccount: [reads()],
  getActivity: [reads()],
  changePassword: [
    {
      it: 'changes it',
      send: () => ({ body: { currentPassword: PASSWORD, newPassword: NEW_PASSWORD } }),
      answers: 204,
      writes: ['password.changed'],
      credentials: { password: NEW_PASSWORD },
    },
    {
      it: 'refuses a wrong password',
      send: () => ({ body: { currentPassword: WRONG, newPassword: NEW_PASSWORD } }),
      answers: 403,
      writes: ['attempt.failed'],
    },
    {
      it: 'refuses a weak one',
      send: () => ({ body: { currentPassword: PASSWORD, newPassword: 'a'.repeat(20) } }),
      answers: 422,
      writes: [],
    },
  ],
  changeEmail: [
    {
      it: 'changes it',
      send: () => ({ body: { ...password, email: NEW_EMAIL } }),
      answers: 204,
      writes: ['email.changed'],
      credentials: { email: NEW_EMAIL },
    },
    { it: 'finds it the same', send: () => ({ body: { ...password, email: EMAIL } }), answers: 204, writes: [] },
    wrong({ email: NEW_EMAIL }),
  ],
  createRecoveryCode: [
    { it: 'makes one', send: () => ({ body: password }), answers: 201, writes: ['recovery-code.created'] },
    wrong({}),
  ],
  removeRecoveryCode: [
    { it: 'removes it', send: () => ({ body: password }), answers: 204, writes: ['recovery-code.removed'] },
    {
      it: 'finds none',
      first: ({ call, token }) => call('POST /v1/account/recovery-code/removal', { token, body: password }),
      send: () => ({ body: password }),
      answers: 204,
      writes: [],
    },
    wrong({}),
  ],
  rotateKeys: [
    {
      it: 'starts',
      send: () => ({ body: { ...password, limit: 1 } }),
      answers: 200,
      writes: ['key-rotation.started'],
    },
    {
      it: 'starts and ends',
      send: () => ({ body: password }),
      answers: 200,
      writes: ['key-rotation.started', 'key-rotation.ended'],
    },
    {
      it: 'goes on',
      first: rotate({ ...password, limit: 1 }),
      send: () => ({ body: { limit: 1 } }),
      answers: 200,
      writes: [],
    },
    {
      it: 'ends',
      first: rotate({ ...password, limit: 1 }),
      send: () => ({ body: {} }),
      answers: 200,
      writes: ['key-rotation.ended'],
    },
    { it: 'has nothing to do', send: () => ({ body: {} }), answers: 200, writes: [] },
    wrong({}),
  ],
  deleteAccount: [wrong({})],

  exportAccount: [
    { it: 'gives all', answers: 200, writes: ['account.exported'] },
    {
      it: 'asks for the password anew',
      first: ({ pass }) => {
        pass(10 * MINUTE + 1);
        return Promise.resolve();
      },
      answers: 403,
      writes: [],
    },
  ],

  listSessions: [reads()],
  reauthenticate: [
    {
      it: 'takes the password',
      send: () => ({ body: password }),
      answers: 204,
      writes: ['session.reauthenticated'],
    },
    wrong({}),
  ],
  signOut: [
    {
      it: 'ends the caller',
      answers: 204,
      writes: ['session.ended'],
      target: ({ sessionId }) => sessionId,
    },
  ],
  endSession: [
    {
      it: 'ends another',
      send: ({ otherSession }) => ({ path: `/v1/sessions/${otherSession}` }),
      answers: 204,
      writes: ['session.ended'],
      target: ({ otherSession }) => otherSession,
    },
    {
      it: 'ends the caller',
      send: ({ sessionId }) => ({ path: `/v1/sessions/${sessionId}` }),
      answers: 204,
      writes: ['session.ended'],
      target: ({ sessionId }) => sessionId,
    },
    finds(`/v1/sessions/${NO_ID}`),
  ],
  endAllSessions: [{ it: 'ends all', answers: 204, writes: ['sessions.ended'] }],

  createItem: [
    { it: 'makes one', send: () => ({ body: NOTE }), answers: 201, writes: ['item.created'], target: made },
    {
      it: 'shows again what it made',
      send: () => ({ body: NOTE, headers: KEY }),
      answers: 201,
      writes: ['item.revealed'],
      target: itemId,
    },
    { it: 'refuses its data', send: () => ({ body: { ...NOTE, data: {} } }), answers: 422, writes: [] },
  ],
  listItems: [
    reads(),
    {
      it: 'shows them whole',
      send: () => ({ path: '/v1/items?reveal=true' }),
      answers: 200,
      writes: ['items.revealed'],
    },
    { it: 'shows none', send: () => ({ path: '/v1/items?reveal=true&type=passport' }), answers: 200, writes: [] },
  ],
  searchItems: [
    { it: 'shows them masked', send: () => ({ body: { label: 'first' } }), answers: 200, writes: [] },
    {
      it: 'shows them whole',
      send: () => ({ body: { label: 'first', reveal: true } }),
      answers: 200,
      writes: ['items.revealed'],
    },
    { it: 'shows none', send: () => ({ body: { label: 'nowhere', reveal: true } }), answers: 200, writes: [] },
  ],
  getItem: [
    {
      it: 'shows it whole',
      send: (world) => ({ path: item(world) }),
      answers: 200,
      writes: ['item.revealed'],
      target: itemId,
    },
    reads((world) => item(world, '?mask=true')),
    finds(`/v1/items/${NO_ID}`),
  ],
  replaceItem: [
    {
      it: 'replaces it',
      send: (world) => ({ path: item(world), body: { data: NOTE.data }, headers: { 'if-match': '"1"' } }),
      answers: 200,
      writes: ['item.changed'],
      target: itemId,
    },
    {
      it: 'finds another version',
      send: (world) => ({ path: item(world), body: { data: NOTE.data }, headers: { 'if-match': '"2"' } }),
      answers: 412,
      writes: [],
    },
    {
      it: 'refuses its data',
      send: (world) => ({ path: item(world), body: { data: {} }, headers: { 'if-match': '"1"' } }),
      answers: 422,
      writes: [],
    },
    finds(`/v1/items/${NO_ID}`, { body: { data: NOTE.data }, headers: { 'if-match': '"1"' } }),
  ],
  deleteItem: [
    {
      it: 'deletes it',
      send: (world) => ({ path: item(world) }),
      answers: 204,
      writes: ['item.deleted'],
      target: itemId,
    },
    {
      it: 'finds another version',
      send: (world) => ({ path: item(world), headers: { 'if-match': '"2"' } }),
      answers: 412,
      writes: [],
    },
    finds(`/v1/items/${NO_ID}`),
  ],

  generateDocument: [
    {
      it: 'makes one',
      send: (world) => ({ body: { template: 'personal-data-record', inputs: { items: [world.itemId] } } }),
      answers: 201,
      writes: ['document.created'],
      target: made,
    },
    {
      it: 'tells again of what it made',
      first: (world) => draw(world, world.token, world.itemId, { 'idempotency-key': 'another' }),
      send: (world) => ({
        body: { template: 'personal-data-record', inputs: { items: [world.itemId] }, retentionDays: 90 },
        headers: DOCUMENT_KEY,
      }),
      answers: 201,
      writes: [],
    },
    {
      it: 'takes a PDF',
      send: () => SCAN,
      answers: 201,
      writes: ['document.created'],
      target: made,
    },
    { it: 'refuses what is no PDF', send: () => ({ ...SCAN, body: Buffer.from('GIF89a') }), answers: 422, writes: [] },
    {
      it: 'refuses its inputs',
      send: () => ({ body: { template: 'personal-data-record', inputs: { items: [NO_ID] } } }),
      answers: 422,
      writes: [],
    },
  ],
  listDocuments: [reads()],
  searchDocuments: [{ ...reads(), send: () => ({ body: { title: 'record' } }) }],
  beginUpload: [{ ...reads(), answers: 201, send: () => ({ body: { title: 'Scan' } }) }],
  getUpload: [reads(upload), finds(upload({ uploadId: NO_ID }))],
  putUploadPart: [
    { ...reads(), send: (world) => ({ path: `${upload(world)}/parts/2`, ...SCAN }) },
    finds(`${upload({ uploadId: NO_ID })}/parts/1`, SCAN),
  ],
  completeUpload: [
    {
      it: 'makes a document',
      send: (world) => ({ path: `${upload(world)}/complete`, body: { parts: 1 } }),
      answers: 201,
      writes: ['document.created'],
      target: made,
    },
    {
      it: 'tells again of what it made',
      first: (world) => complete(world),
      send: (world) => ({ path: `${upload(world)}/complete`, body: { parts: 1 } }),
      answers: 201,
      writes: [],
    },
    {
      it: 'lacks a part',
      send: (world) => ({ path: `${upload(world)}/complete`, body: { parts: 2 } }),
      answers: 409,
      writes: [],
    },
    finds(`${upload({ uploadId: NO_ID })}/complete`, { body: { parts: 1 } }),
  ],
  abortUpload: [{ ...reads(upload), answers: 204 }, finds(upload({ uploadId: NO_ID }))],
  shortenDocument: [
    {
      it: 'lets it end sooner',
      send: (world) => ({
        path: document(world),
        body: { expiresAt: new Date(world.time.now + MINUTE).toISOString() },
      }),
      answers: 200,
      writes: ['document.shortened'],
      target: documentId,
    },
    {
      it: 'refuses to let it end later',
      send: (world) => ({ path: document(world), body: { expiresAt: '2999-01-01T00:00:00Z' } }),
      answers: 422,
      writes: [],
    },
    finds(`/v1/documents/${NO_ID}`, { body: { expiresAt: '2999-01-01T00:00:00Z' } }),
  ],
  getDocument: [reads(document), finds(`/v1/documents/${NO_ID}`)],
  getDocumentContent: [
    {
      it: 'gives it whole',
      send: (world) => ({ path: `${document(world)}/content` }),
      answers: 200,
      writes: ['document.read'],
      target: documentId,
    },
    {
      it: 'gives a part',
      send: (world) => ({ path: `${document(world)}/content`, headers: { range: 'bytes=1-4' } }),
      answers: 206,
      writes: ['document.read'],
      target: documentId,
    },
    {
      it: 'is had already',
      send: (world) => ({ path: `${document(world)}/content`, headers: { 'if-none-match': '*' } }),
      answers: 304,
      writes: [],
    },
    {
      it: 'has no such part',
      send: (world) => ({ path: `${document(world)}/content`, headers: { range: 'bytes=900000-' } }),
      answers: 416,
      writes: [],
    },
    finds(`/v1/documents/${NO_ID}/content`),
  ],
  deleteDocument: [
    {
      it: 'deletes it',
      send: (world) => ({ path: document(world) }),
      answers: 204,
      writes: ['document.deleted'],
      target: documentId,
    },
    finds(`/v1/documents/${NO_ID}`),
  ],
};
