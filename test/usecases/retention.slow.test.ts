import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { DeleteObjectCommand, ListObjectVersionsCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { dueShard, utcDay } from '../../lambda/adapters/dynamodb/keys.ts';
import { s3Client } from '../../lambda/adapters/s3/s3-client.ts';
import type { DocumentId } from '../../lambda/domain/ids.ts';
import type { TemplateInfo } from '../../lambda/ports/document-renderer.ts';
import { sweep } from '../../lambda/usecases/sweep.ts';
import { walkBucket } from '../../lambda/usecases/walk-bucket.ts';
import { type LocalCloud, startCloud } from '../../local/cloud.ts';
import { type LocalService, startService } from '../../local/service.ts';
import { type Answer, PASSWORD, type Send, verdict } from '../fixtures/app.ts';
import { createMemoryTelemetry } from '../fixtures/memory-telemetry.ts';
import { type AccountsApp, createAccountsApp, HOUR, hookAll, MINUTE, only, plant, rowsOf } from './support.ts';

const SECOND = 1_000;
const DAY = 24 * HOUR;
const LONG = { sessionMs: 1_000 * DAY, idleMs: 1_000 * DAY };
const NOT_FOUND = '404 not_found';
const ITEM = { type: 'note', data: { text: 'a note' } } as const;

function pdfOf(text: string): Uint8Array {
  return Buffer.from(`%PDF-1.7\n${text}\n%%EOF\n`);
}

/** An app with an account and an item, whose PDFs cost nothing and whose sessions last. */
interface World extends AccountsApp {
  readonly token: string;
  readonly itemId: string;
}

async function world(settings: { retentionDays?: number } = {}, letterDays: number | null = null): Promise<World> {
  const app = createAccountsApp({ settings: { ...LONG, ...settings } });
  const render = () => Promise.resolve({ pdf: pdfOf('made'), pages: 1 });
  const templates = app.env.renderer.templates.map(
    (template): TemplateInfo => (template.id === 'letter' ? { ...template, retentionDays: letterDays } : template),
  );
  Object.assign(app.env, { renderer: { templates, render } });
  const { token } = await app.register();
  const itemId = (await app.call('POST /v1/items', { token, body: ITEM })).text('id');
  return { ...app, token, itemId };
}

/** Makes a document from the account's item. */
function make({ call, token, itemId }: World, over: object = {}): Promise<Answer> {
  const body = { template: 'personal-data-record', title: 'made', inputs: { items: [itemId] }, ...over };
  return call('POST /v1/documents', { token, body });
}

function pdfHeaders(title?: string): Record<string, string> {
  return { 'content-type': 'application/pdf', ...(title === undefined ? {} : { 'x-document-title': title }) };
}

function upload({ call, token }: World, days?: number): Promise<Answer> {
  const query = days === undefined ? '' : `?retentionDays=${days}`;
  const send: Send = { token, headers: pdfHeaders('sent'), body: pdfOf('sent') };
  return call(`POST /v1/documents${query}`, send);
}

/** Begins an upload and sends its parts. */
async function sendParts({ call, token }: World, parts: readonly Uint8Array[], days?: number): Promise<string> {
  const body = { title: 'parts', ...(days === undefined ? {} : { retentionDays: days }) };
  const id = (await call('POST /v1/uploads', { token, body })).text('uploadId');
  for (const [place, part] of parts.entries()) {
    const path = `PUT /v1/uploads/${id}/parts/${place + 1}`;
    expect((await call(path, { token, headers: pdfHeaders(), body: part })).status).toBe(200);
  }
  return id;
}

const PARTS = [pdfOf('').subarray(0, 9), Buffer.from('in the middle'), Buffer.from('\n%%EOF')];

async function uploadInParts(app: World, days?: number): Promise<Answer> {
  const id = await sendParts(app, PARTS, days);
  const body = { parts: PARTS.length };
  return app.call(`POST /v1/uploads/${id}/complete`, { token: app.token, body });
}

/** What maintenance does every hour. @returns what failed, and whether all came to its end */
async function maintain({ env }: AccountsApp): Promise<[failed: number, complete: boolean]> {
  const until = env.clock() + 10 * MINUTE;
  const [swept, walked] = [await sweep(env, until), await walkBucket(env, until)];
  return [swept.failed + walked.failed, swept.complete && walked.complete];
}

/** What the table and the bucket hold of documents. */
function leftOf(app: AccountsApp): [rows: number, objects: number] {
  return [rowsOf(app, 'document').length, app.objects.objects.size];
}

/** Every call that names a document. */
const CALLS: readonly (readonly [string, string, Send])[] = [
  ['GET', '', {}],
  ['GET', '/content', {}],
  ['HEAD', '/content', {}],
  ['GET', '/content', { headers: { range: 'bytes=0-3' } }],
  ['GET', '/content', { headers: { 'if-none-match': '*' } }],
  ['PATCH', '', { body: { expiresAt: '2099-01-01T00:00:00.000Z' } }],
  ['DELETE', '', {}],
];

/** The ids that the list and the search give. */
async function found({ call, token }: Pick<World, 'call' | 'token'>): Promise<string[]> {
  const answers = [
    await call('GET /v1/documents', { token }),
    await call('GET /v1/documents?from=2000-01-01T00:00:00.000Z', { token }),
    await call('POST /v1/documents/search', { token, body: {} }),
  ];
  const [first, ...others] = answers.map(({ body }) => (body as { documents: { id: string }[] }).documents);
  for (const other of others) expect(other).toEqual(first);
  return (first ?? []).map(({ id }) => id);
}

async function expectNotFound({ call, token }: Pick<World, 'call' | 'token'>, id: string): Promise<void> {
  for (const [method, path, send] of CALLS) {
    const answer = await call(`${method} /v1/documents/${id}${path}`, { token, ...send });
    expect([method, path, answer.status]).toEqual([method, path, 404]);
    if (method !== 'HEAD') expect(verdict(answer)).toBe(NOT_FOUND);
  }
  expect(await found({ call, token })).not.toContain(id);
}

function daysOf(answer: Answer): number {
  return (Date.parse(answer.text('expiresAt')) - Date.parse(answer.text('createdAt'))) / DAY;
}

describe('a document is kept', () => {
  it.each<[string, number, () => Promise<World>, (app: World) => Promise<Answer>]>([
    ['90 days, made from items', 90, world, (app) => make(app)],
    ['1 day, as its maker asks', 1, world, (app) => make(app, { retentionDays: 1 })],
    ['365 days, as its maker asks', 365, world, (app) => make(app, { retentionDays: 365 })],
    ['as the deployment says', 10, () => world({ retentionDays: 10 }), (app) => make(app)],
    ['90 days, uploaded', 90, world, (app) => upload(app)],
    ['1 day, uploaded so', 1, world, (app) => upload(app, 1)],
    ['365 days, uploaded so', 365, world, (app) => upload(app, 365)],
    ['90 days, uploaded in parts', 90, world, (app) => uploadInParts(app)],
    ['7 days, uploaded in parts so', 7, world, (app) => uploadInParts(app, 7)],
  ])('%s: then it is gone', async (_what, days, prepare, act) => {
    const app = await prepare();
    const { token } = app;
    const answer = await act(app);
    expect(answer.status).toBe(201);
    expect(daysOf(answer)).toBe(days);
    const id = answer.text('id');
    const content = `GET /v1/documents/${id}/content`;
    const { bytes } = await app.call(content, { token });

    app.pass(days * DAY - 1);
    expect(await maintain(app)).toEqual([0, true]);
    expect((await app.call(content, { token })).bytes.equals(bytes)).toBe(true);
    expect(await found(app)).toEqual([id]);

    app.pass(1 + SECOND);
    await expectNotFound(app, id);
    expect(leftOf(app)[0]).toBe(1);
    expect(await maintain(app)).toEqual([0, true]);
    expect(leftOf(app)).toEqual([0, 0]);
    await expectNotFound(app, id);
    expect(app.telemetry.counts.get('IntegrityFailure')).toBeUndefined();
    expect((await app.call(`GET /v1/items/${app.itemId}`, { token })).status).toBe(200);
    expect((await make(app)).status).toBe(201);
  });

  it.each([
    ['as the template says, where its maker does not', 30, 30, {}],
    ['as its maker says, though the template says otherwise', 30, 7, { retentionDays: 7 }],
    ['as the deployment says, where the template does not', null, 90, {}],
  ])('%s', async (_what, letterDays, days, over) => {
    const app = await world({}, letterDays);
    const { token } = app;
    const person = { givenName: 'Ada', familyName: 'Example' };
    const home = { lines: ['1 Example Street'], city: 'Exampleton', country: 'GB' };
    const inputs = {
      sender: await app.addItem(token, 'person', person),
      senderAddress: await app.addItem(token, 'address', home),
    };
    const fields = { recipient: 'Someone', subject: 'An invented letter', body: 'Some text' };
    const letter = await make(app, { template: 'letter', inputs, fields, ...over });
    expect([letter.status, daysOf(letter)]).toEqual([201, days]);
    expect(daysOf(await make(app))).toBe(90);
    const { templates } = (await app.call('GET /v1/templates')).body as { templates: TemplateInfo[] };
    expect(templates.map(({ id, retentionDays }) => [id, retentionDays])).toEqual(
      templates.map(({ id }) => [id, id === 'letter' ? letterDays : null]),
    );
  });

  it('each for its own time', async () => {
    const app = await world();
    const ids = new Map<number, string>();
    for (const days of [3, 1, 2]) ids.set(days, (await make(app, { retentionDays: days })).text('id'));
    for (const gone of [1, 2, 3]) {
      app.pass(DAY);
      if (gone === 1) app.pass(MINUTE + SECOND);
      expect(await maintain(app)).toEqual([0, true]);
      expect(await found(app)).toEqual(
        [...ids]
          .filter(([days]) => days > gone)
          .map(([, id]) => id)
          .sort()
          .reverse(),
      );
      expect(leftOf(app)).toEqual([3 - gone, 3 - gone]);
    }
  });

  it('no longer than its owner asks later: the index has its new time', async () => {
    const app = await world();
    const { token, store, env } = app;
    const id = (await make(app)).text('id') as DocumentId;
    const kept = (await make(app)).text('id');
    const before = only(rowsOf(app, 'document').filter(({ documentId }) => documentId === id)).dueAt;
    const end = env.clock() + 10 * DAY;
    const body = { expiresAt: new Date(end).toISOString() };
    expect(await app.call(`PATCH /v1/documents/${id}`, { token, body })).toMatchObject({ status: 200 });
    const dueOn = async (time: number) => {
      const { keys } = await store.due(dueShard(id), utcDay(time), time, null, 100);
      return keys.flatMap((key) => (key.kind === 'document' ? [key.documentId] : []));
    };
    expect(await dueOn(end)).toContain(id);
    expect(await dueOn(before)).not.toContain(id);
    app.pass(10 * DAY - 1);
    expect((await app.call(`GET /v1/documents/${id}`, { token })).status).toBe(200);
    app.pass(1);
    await expectNotFound(app, id);
    app.pass(MINUTE);
    expect(await maintain(app)).toEqual([0, true]);
    expect(leftOf(app)).toEqual([1, 1]);
    expect(await found(app)).toEqual([kept]);
  });
});

describe('a time that was written past the service', () => {
  it('keeps no document longer', async () => {
    const app = await world();
    const { token } = app;
    const id = (await make(app)).text('id');
    const row = only(rowsOf(app, 'document'));
    const later = row.expiresAt + 90 * DAY;
    plant(app, { ...row, expiresAt: later, dueAt: later });
    const content = `GET /v1/documents/${id}/content`;
    expect(verdict(await app.call(content, { token }))).toBe('500 integrity_failure');
    for (const ms of [90 * DAY + SECOND, HOUR, 30 * DAY]) {
      app.pass(ms);
      expect(verdict(await app.call(content, { token }))).toBe('500 integrity_failure');
    }
  });
});

describe('maintenance that comes late', () => {
  it('removes what is due for 35 days, and what is older row by row when the table lets it go', async () => {
    const app = await world();
    await make(app, { retentionDays: 1 });
    app.pass(36 * DAY);
    expect(await maintain(app)).toEqual([0, true]);
    expect(leftOf(app)).toEqual([0, 0]);
    await make(app, { retentionDays: 1 });
    app.pass(40 * DAY);
    expect(await maintain(app)).toEqual([0, true]);
    expect(leftOf(app)).toEqual([1, 1]);
    // As the table's time to live does.
    for (const [name, row] of app.store.rows) if (row.kind === 'document') app.store.rows.delete(name);
    app.pass(7 * DAY);
    expect(await maintain(app)).toEqual([0, true]);
    expect(leftOf(app)).toEqual([0, 0]);
  });
});

describe('a document that a rotation is busy with', () => {
  it('is not found from its end on, and goes when nothing can be put for it any more', async () => {
    const app = await world();
    const { token, call } = app;
    const id = (await make(app, { retentionDays: 1 })).text('id');
    app.pass(DAY - 30 * MINUTE);
    let dead = false;
    hookAll(app, {
      after: (name) => {
        if (name === 'objects.put') dead = true;
        if (dead) throw new Error('the process died');
      },
    });
    expect((await call('POST /v1/account/key-rotation', { token, body: { password: PASSWORD } })).status).toBe(500);
    hookAll(app, {});
    expect(leftOf(app)).toEqual([1, 2]);
    expect(only(rowsOf(app, 'document'))).toMatchObject({ state: 'READY', busyUntil: app.env.clock() + HOUR });

    app.pass(31 * MINUTE + SECOND);
    await expectNotFound(app, id);
    expect(await maintain(app)).toEqual([0, true]);
    expect(leftOf(app)).toEqual([1, 2]);
    app.pass(30 * MINUTE);
    expect(await maintain(app)).toEqual([0, true]);
    expect(leftOf(app)).toEqual([0, 0]);
    const rest = await call('POST /v1/account/key-rotation', { token, body: {} });
    expect(rest).toMatchObject({ status: 200, body: { keyVersion: 2, remaining: 0 } });
    expect(leftOf(app)).toEqual([0, 0]);
    await expectNotFound(app, id);
  });
});

describe('what was never finished', () => {
  it('goes an hour after the making of a document stopped', async () => {
    const app = await world();
    let dead = false;
    hookAll(app, {
      after: (name) => {
        if (name === 'objects.put') dead = true;
        if (dead) throw new Error('the process died');
      },
    });
    expect((await make(app)).status).toBe(500);
    hookAll(app, {});
    app.pass(HOUR - 1);
    expect(await maintain(app)).toEqual([0, true]);
    expect(leftOf(app)).toEqual([1, 1]);
    app.pass(1);
    expect(await maintain(app)).toEqual([0, true]);
    expect(leftOf(app)).toEqual([0, 0]);
  });

  it('goes 24 hours after the last part of an upload came', async () => {
    const app = await world();
    const { token, call } = app;
    const id = await sendParts(app, PARTS.slice(0, 2));
    app.pass(DAY - 1);
    const late = { token, headers: pdfHeaders(), body: PARTS[2] };
    expect((await call(`PUT /v1/uploads/${id}/parts/3`, late)).status).toBe(200);
    app.pass(DAY - 1);
    expect(await maintain(app)).toEqual([0, true]);
    expect(leftOf(app)).toEqual([1, 3]);
    expect((await call(`GET /v1/uploads/${id}`, { token })).status).toBe(200);
    app.pass(1);
    for (const [what, send] of [
      [`GET /v1/uploads/${id}`, {}],
      [`PUT /v1/uploads/${id}/parts/1`, { headers: pdfHeaders(), body: pdfOf('new') }],
      [`POST /v1/uploads/${id}/complete`, { body: { parts: 3 } }],
      [`DELETE /v1/uploads/${id}`, {}],
    ] as const) {
      expect(verdict(await call(what, { token, ...send }))).toBe(NOT_FOUND);
    }
    expect(await maintain(app)).toEqual([0, true]);
    expect(leftOf(app)).toEqual([0, 0]);
  });

  it('goes by the walk, where an object comes after its row went', async () => {
    const app = await world();
    let late = true;
    hookAll(app, {
      before: async (name) => {
        if (name !== 'objects.put' || !late) return;
        late = false;
        app.pass(2 * HOUR);
        expect(await maintain(app)).toEqual([0, true]);
        expect(leftOf(app)).toEqual([0, 0]);
      },
    });
    expect((await make(app)).status).toBeGreaterThanOrEqual(400);
    hookAll(app, {});
    expect(leftOf(app)).toEqual([0, 1]);
    const orphan = only([...app.objects.objects.keys()]);
    app.objects.modified.set(orphan, app.env.clock());
    app.pass(7 * DAY);
    expect(await maintain(app)).toEqual([0, true]);
    expect(leftOf(app)).toEqual([0, 0]);
    expect(app.telemetry.counts.get('OrphanRemoved')).toBe(1);
  });

  const acts: [string, (app: World, uploadId: string) => Promise<unknown>][] = [
    ['a document is made', (app) => make(app)],
    ['a PDF is uploaded', (app) => upload(app)],
    [
      'a part of an upload comes',
      (app, uploadId) => {
        const send = { token: app.token, headers: pdfHeaders(), body: pdfOf('another') };
        return app.call(`PUT /v1/uploads/${uploadId}/parts/2`, send);
      },
    ],
  ];

  it.each(acts)('goes when the account is deleted while %s, at any call', async (_what, act) => {
    let places = 0;
    for (let place = 0; ; place++) {
      const app = await world();
      const uploadId = await sendParts(app, PARTS.slice(0, 1));
      let [calls, deleted] = [0, 0];
      hookAll(app, {
        before: async () => {
          if (calls++ !== place) return;
          // The deletion's own calls are none of these.
          calls = Number.NEGATIVE_INFINITY;
          deleted = (await app.call('POST /v1/account/deletion', { token: app.token, body: { password: PASSWORD } }))
            .status;
        },
      });
      await act(app, uploadId);
      hookAll(app, {});
      if (deleted === 0) break;
      expect(deleted).toBe(200);
      places++;
      app.pass(MINUTE);
      expect((await maintain(app))[0]).toBe(0);
      // What came before the deletion is gone at once; a row stays for what may come late.
      expect(app.objects.objects.size).toBe(0);
      app.pass(DAY);
      expect(await maintain(app)).toEqual([0, true]);
      expect(leftOf(app)).toEqual([0, 0]);
      expect(rowsOf(app, 'deletion')).toEqual([]);
    }
    expect(places).toBeGreaterThan(4);
  });

  it('goes when a document is deleted while it is made, which it cannot be', async () => {
    const app = await world();
    const verdicts: string[] = [];
    hookAll(app, {
      before: async (name) => {
        if (name !== 'objects.put' || verdicts.length > 0) return;
        const { documentId } = only(rowsOf(app, 'document'));
        verdicts.push('');
        verdicts[0] = verdict(await app.call(`DELETE /v1/documents/${documentId}`, { token: app.token }));
      },
    });
    const made = await make(app);
    hookAll(app, {});
    expect([made.status, verdicts]).toEqual([201, [NOT_FOUND]]);
    const path = `/v1/documents/${made.text('id')}`;
    expect((await app.call(`GET ${path}/content`, { token: app.token })).status).toBe(200);
    expect((await app.call(`DELETE ${path}`, { token: app.token })).status).toBe(204);
    expect(leftOf(app)).toEqual([0, 0]);
  });
});

describe('on the local cloud', () => {
  const time = { now: Date.UTC(2026, 0, 1, 9) };
  const telemetry = createMemoryTelemetry();
  let cloud: LocalCloud;
  let service: LocalService;

  beforeAll(async () => {
    const clock = () => time.now;
    cloud = await startCloud(null, { now: clock });
    const settings = { ...LONG, bcryptCost: 10 };
    service = await startService({ cloud, port: 0, telemetry, clock, settings });
  }, 60_000);
  afterAll(async () => {
    await service.close();
    await cloud.close();
  });

  async function call(what: string, { token, headers = {}, body }: Send = {}): Promise<Response> {
    const [method = '', path = ''] = what.split(' ');
    const isRaw = body === undefined || body instanceof Uint8Array;
    return fetch(service.url + path, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: isRaw ? Uint8Array.from(body) : JSON.stringify(body) }),
    });
  }

  async function textOf(response: Promise<Response>, name: string): Promise<string> {
    const value = ((await (await response).json()) as Record<string, unknown>)[name];
    if (typeof value !== 'string') throw new Error(`the answer has no text ${name}`);
    return value;
  }

  /** Every version and delete marker of the bucket, by its key. */
  async function versions(): Promise<string[]> {
    const { region, endpoints, credentials, bucket } = cloud;
    const client = s3Client({ region, endpoints, credentials });
    try {
      const { Versions = [], DeleteMarkers = [] } = await client.send(
        new ListObjectVersionsCommand({ Bucket: bucket }),
      );
      return [...Versions, ...DeleteMarkers].map(({ Key = '' }) => Key);
    } finally {
      client.destroy();
    }
  }

  /** The sort keys of the table's rows of documents. */
  async function documentRows(): Promise<string[]> {
    const { region, endpoints, credentials, table } = cloud;
    const client = new DynamoDBClient({ region, endpoint: endpoints.dynamodb, credentials });
    try {
      const names: string[] = [];
      for await (const page of paginateScan({ client }, { TableName: table })) {
        names.push(...(page.Items ?? []).map(({ sk }) => sk?.S ?? ''));
      }
      return names.filter((name) => name.startsWith('D#'));
    } finally {
      client.destroy();
    }
  }

  it('nothing is left of documents after three months, no version of an object either', async () => {
    const registration = { email: 'keeper@example.com', password: PASSWORD, acceptDataLoss: true };
    const registered = (await (await call('POST /v1/accounts', { body: registration })).json()) as {
      session: { token: string };
    };
    const { token } = registered.session;
    const itemId = await textOf(call('POST /v1/items', { token, body: ITEM }), 'id');
    const body = { template: 'personal-data-record', inputs: { items: [itemId] } };
    const made = await textOf(call('POST /v1/documents', { token, body }), 'id');
    const sent = { token, headers: pdfHeaders('sent'), body: pdfOf('sent') };
    const uploaded = await textOf(call('POST /v1/documents', sent), 'id');
    const shortened = await textOf(call('POST /v1/documents', sent), 'id');
    const kept = await textOf(call('POST /v1/documents?retentionDays=365', sent), 'id');
    const upload = await textOf(call('POST /v1/uploads', { token, body: { title: 'parts' } }), 'uploadId');
    const part = { token, headers: pdfHeaders(), body: PARTS[0] };
    expect((await call(`PUT /v1/uploads/${upload}/parts/1`, part)).status).toBe(200);
    const client = s3Client(cloud);
    const orphan = `documents/${registered.session.token.split('.')[1] ?? ''}/${made}/orphan`;
    // Two versions and a delete marker, which is all that a reader of names could miss.
    for (const Body of ['one', 'two']) {
      await client.send(new PutObjectCommand({ Bucket: cloud.bucket, Key: orphan, Body }));
    }
    await client.send(new DeleteObjectCommand({ Bucket: cloud.bucket, Key: orphan }));
    client.destroy();
    expect([(await documentRows()).length, (await versions()).length]).toEqual([5, 5 + 3]);

    expect(await service.maintain()).toMatchObject({ swept: { removed: 0 }, walked: { removed: 0, complete: true } });
    const end = { expiresAt: new Date(time.now + 30 * DAY).toISOString() };
    expect((await call(`PATCH /v1/documents/${shortened}`, { token, body: end })).status).toBe(200);
    time.now += 30 * DAY + MINUTE;
    expect(await service.maintain()).toMatchObject({
      // The shortened one, and the upload that nobody went on with.
      swept: { removed: 2, failed: 0 },
      walked: { removed: 1, failed: 0, complete: true },
    });
    expect([(await documentRows()).length, (await versions()).length]).toEqual([3, 3]);

    time.now += 60 * DAY - MINUTE + SECOND;
    for (const id of [made, uploaded, shortened]) {
      for (const [method, path, send] of CALLS) {
        const { status } = await call(`${method} /v1/documents/${id}${path}`, { token, ...send });
        expect([method, path, status]).toEqual([method, path, 404]);
      }
    }
    const list = (await (await call('GET /v1/documents', { token })).json()) as { documents: { id: string }[] };
    expect(list.documents.map(({ id }) => id)).toEqual([kept]);
    expect(await service.maintain()).toMatchObject({
      swept: { removed: 2, failed: 0, complete: true },
      walked: { removed: 0, failed: 0, complete: true },
    });
    expect(await documentRows()).toEqual([`D#${kept}`]);
    const [only, ...more] = await versions();
    expect([only?.split('/')[2], more]).toEqual([kept, []]);
    const content = await call(`GET /v1/documents/${kept}/content`, { token });
    expect(Buffer.from(await content.arrayBuffer()).equals(pdfOf('sent'))).toBe(true);

    time.now += 275 * DAY + MINUTE;
    await service.maintain();
    expect([await documentRows(), await versions()]).toEqual([[], []]);
    expect(telemetry.counts.get('IntegrityFailure')).toBeUndefined();
    expect(telemetry.counts.get('SweepFailure')).toBeUndefined();
  }, 60_000);
});
