import { createHash } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { readZip } from '../archive/read-zip.ts';
import { verdict } from '../fixtures/app.ts';
import type { Capsule, CapsuleAccount } from './capsule.ts';
import { type OpenedCapsule, openCapsule, readCapsule } from './open-capsule.ts';

jest.setTimeout(120_000);

const DAY = 86_400_000;
const FOLDER = join(__dirname, 'capsules');
const NAMES = readdirSync(FOLDER).map((file) => file.replace(/\.json$/, ''));

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

describe('the capsules', () => {
  it('are there, from the first of the format on, and small', () => {
    expect(NAMES).toEqual(
      expect.arrayContaining(['format-1-first', 'format-1-before-moved-wraps', 'format-1-before-stretched']),
    );
    const sizes = NAMES.map((name) => statSync(join(FOLDER, `${name}.json`)).size);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(NAMES.length * 100_000);
  });

  it.each(NAMES)('%s holds every kind of row', (name) => {
    const kinds = new Set(readCapsule(name).rows.map((row) => kindOf(row)));
    expect([...kinds].sort()).toEqual(
      ['ACCOUNT', 'D#PENDING', 'D#READY', 'E', 'I#', 'K#', 'L#', 'M', 'S#', 'T#', 'W', 'X'].sort(),
    );
  });
});

function kindOf(row: Readonly<Record<string, unknown>>): string {
  const text = (name: string) => (row[name] as { S: string } | undefined)?.S ?? '';
  if (text('pk').startsWith('T#')) return 'T#';
  const kind = /^[A-Z]+#?/.exec(text('sk'))?.[0] ?? '';
  return kind === 'D#' ? kind + text('state') : kind;
}

describe.each(NAMES)('what lies in %s', (name) => {
  const capsule: Capsule = readCapsule(name);
  const { keeper, mover, leaver } = capsule;
  const recoveryCodes = new Map([keeper, mover].map(({ email, recoveryCode }) => [email, recoveryCode]));
  let cloud: OpenedCapsule;

  beforeAll(async () => {
    cloud = await openCapsule(capsule);
  });
  afterAll(async () => {
    expect(cloud.telemetry.counts.get('IntegrityFailure') ?? 0).toBe(0);
    await cloud.close();
  });

  /** Everything of an account as it was written down. */
  async function expectWhole({ items, documents }: CapsuleAccount, token: string): Promise<void> {
    for (const item of items) {
      expect((await cloud.call(`GET /v1/items/${String(item['id'])}`, { token })).body).toEqual(item);
    }
    for (const { id, size, sha256: sum } of documents) {
      const content = await cloud.call(`GET /v1/documents/${id}/content`, { token });
      expect([content.status, content.bytes.length, sha256(content.bytes)]).toEqual([200, size, sum]);
    }
  }

  async function signIn({ email, password }: Pick<CapsuleAccount, 'email' | 'password'>): Promise<string> {
    return (await cloud.call('POST /v1/sessions', { body: { email, password } })).text('session.token');
  }

  it.each([
    ['an account', keeper],
    ['an account in the middle of a rotation', mover],
  ])('%s is open to the session of then, whole, and was not set back', async (_, account) => {
    const headers = { 'x-vault-revision-seen': String(account.revision) };
    const answer = await cloud.call('GET /v1/account', { token: account.token, headers });
    expect(answer.body).toMatchObject({ email: account.email, rotating: account === mover });
    await expectWhole(account, account.token);
    const listed = await cloud.call('GET /v1/items?reveal=true', { token: account.token });
    expect((listed.body as { items: unknown[] }).items).toHaveLength(account.items.length);
  });

  it('is refused to a wrong password, and to an e-mail that nobody has', async () => {
    for (const email of [keeper.email, 'nobody@example.com', leaver.email]) {
      const answer = await cloud.call('POST /v1/sessions', { body: { email, password: 'not the right password' } });
      expect(verdict(answer)).toBe('401 invalid_credentials');
    }
  });

  it('has its activity, with the try that failed, in an unbroken chain', async () => {
    const token = await signIn(keeper);
    const { body } = await cloud.call('GET /v1/account/activity?limit=100', { token });
    const { activity, ...rest } = body as { activity: { action: string; outcome: string }[] };
    expect(rest).toMatchObject({ chain: 'intact', breaks: [], nextCursor: null });
    const actions = new Set(activity.map(({ action, outcome }) => `${action} ${outcome}`));
    for (const action of ['account.registered', 'email.changed', 'item.deleted', 'document.created']) {
      expect(actions).toContain(`${action} succeeded`);
    }
    expect(activity.some(({ outcome }) => outcome === 'failed')).toBe(true);
  });

  it('answers a request that is sent again with what it made then', async () => {
    const { key = '', body, id } = keeper.repeated ?? {};
    const answer = await cloud.call('POST /v1/items', {
      token: keeper.token,
      body,
      headers: { 'idempotency-key': key },
    });
    expect([answer.status, answer.text('id')]).toEqual([201, id]);
  });

  it('takes the rest of an upload', async () => {
    const { id = '', parts = [], sha256: sum } = keeper.upload ?? {};
    const path = `/v1/uploads/${id}`;
    const rest = Buffer.from(parts[1] ?? '', 'base64');
    const headers = { 'content-type': 'application/pdf' };
    await cloud.call(`PUT ${path}/parts/2`, { token: keeper.token, body: rest, headers });
    const done = await cloud.call(`POST ${path}/complete`, { token: keeper.token, body: { parts: 2, sha256: sum } });
    expect([done.status, done.text('sha256')]).toEqual([201, sum]);
  });

  it('takes what is new, and changes', async () => {
    const token = await signIn(keeper);
    const created = await cloud.call('POST /v1/items', { token, body: { type: 'note', data: { text: 'neu' } } });
    const id = created.text('id');
    const first = keeper.items[0]?.['id'] as string;
    const made = await cloud.call('POST /v1/documents', {
      token,
      body: { template: 'personal-data-record', inputs: { items: [first, id] } },
    });
    expect(made.status).toBe(201);
    const data = { givenName: 'Ada', familyName: 'Example' };
    const replaced = await cloud.call(`PUT /v1/items/${first}`, {
      token,
      body: { data },
      headers: { 'if-match': '"1"' },
    });
    expect([replaced.status, replaced.headers.get('etag')]).toEqual([200, '"2"']);
    for (const gone of [`/v1/items/${id}`, `/v1/documents/${made.text('id')}`]) {
      expect((await cloud.call(`DELETE ${gone}`, { token })).status).toBe(204);
    }
    // As the capsule tells it.
    const { data: old } = keeper.items[0] as { data: object };
    await cloud.call(`PUT /v1/items/${first}`, { token, body: { data: old }, headers: { 'if-match': '"2"' } });
  });

  it('goes on with the rotation to its end, and begins another', async () => {
    const token = await signIn(mover);
    const rotate = (body: object) => cloud.call('POST /v1/account/key-rotation', { token, body });
    expect((await rotate({})).body).toEqual({ keyVersion: 2, remaining: 0 });
    await expectWhole(mover, token);
    const { password } = mover;
    expect((await rotate({ password })).body).toEqual({ keyVersion: 3, remaining: 0 });
    await expectWhole(mover, token);
  });

  it('is exported whole', async () => {
    const token = await signIn(keeper);
    const entries = readZip((await cloud.call('GET /v1/account/export', { token })).bytes);
    for (const { id, sha256: sum } of keeper.documents) {
      const entry = entries.find((candidate) => candidate.name === `documents/${id}.pdf`);
      expect(sha256(entry?.body ?? Buffer.of())).toBe(sum);
    }
  });

  it.each([
    ['never rotated', keeper],
    ['rotated', mover],
  ])('is opened by the recovery code of an account that was %s, and by the new password then', async (_, account) => {
    const password = `${account.password} soundly`;
    const body = { email: account.email, recoveryCode: recoveryCodes.get(account.email), newPassword: password };
    const recovered = await cloud.call('POST /v1/recovery', { body });
    expect(recovered.status).toBe(201);
    expect((await cloud.call('GET /v1/account', { token: account.token })).status).toBe(401);
    const token = await signIn({ ...account, password });
    const change = { currentPassword: password, newPassword: account.password };
    expect((await cloud.call('PUT /v1/account/password', { token, body: change })).status).toBe(204);
    const { documents, items } = account;
    // The first item was changed and changed back.
    await expectWhole({ ...account, items: items.slice(1), documents }, await signIn(account));
  });

  it('is gone in its time: what a deleted account left, what was begun, and what expired', async () => {
    const again = { ...leaver, acceptDataLoss: true };
    expect((await cloud.call('POST /v1/accounts', { body: again })).status).toBe(201);
    cloud.pass(2 * DAY);
    const { swept } = await cloud.maintain();
    expect(swept).toMatchObject({ failed: 0, complete: true });
    expect(swept.removed).toBeGreaterThan(0);
    for (let days = 2; days < 120; days += 30) {
      cloud.pass(30 * DAY);
      expect((await cloud.maintain()).swept.failed).toBe(0);
    }
    const { region, credentials, endpoints, bucket: Bucket } = cloud.cloud;
    const client = new S3Client({ region, credentials, endpoint: endpoints.s3, forcePathStyle: true });
    const { Versions = [] } = await client.send(new ListObjectVersionsCommand({ Bucket }));
    client.destroy();
    expect(Versions).toEqual([]);
    const token = await signIn(keeper);
    expect((await cloud.call('GET /v1/documents', { token })).body).toEqual({ documents: [], nextCursor: null });
    expect((await cloud.call(`GET /v1/items/${String(keeper.items[1]?.['id'])}`, { token })).body).toEqual(
      keeper.items[1],
    );
  });
});
