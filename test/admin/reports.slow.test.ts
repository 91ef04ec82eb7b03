import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ensureTable } from '../../local/table.ts';
import { PASSWORD } from '../fixtures/app.ts';
import { rawTable, register, type Site, startSite } from './support.ts';

const ADDRESS = { lines: ['12 Nowhere Lane'], postalCode: '00000', city: 'Exampleton', country: 'GB' };

describe('upgrade-report', () => {
  let site: Site;
  beforeAll(async () => {
    site = await startSite();
  });
  afterAll(() => site.close());

  it('counts accounts by what their wraps are under, and names the weaker ones', async () => {
    const weak = await register(site.api([0], { suite: 1 }), 'weak@example.com');
    await register(site.api([1], { bcryptCost: 12 }), 'strong@example.com');
    const { code, data } = await site.admin('upgrade-report --list');
    expect(code).toBe(0);
    expect(data()).toMatchObject({
      accounts: 2,
      format: { 1: 2 },
      suite: { 1: 1, 2: 1 },
      cost: { 10: 1, 12: 1 },
      pepper: { 1: 2 },
      key: { 1: 1, 2: 1 },
      weaker: 1,
      listed: [weak.accountId],
    });
    expect((await site.admin('upgrade-report --cost 10 --suite 1')).data()).toMatchObject({ weaker: 0, listed: [] });

    await site.api([0, 1], { bcryptCost: 12 })('POST /v1/sessions', {
      body: { email: weak.email, password: PASSWORD },
    });
    expect((await site.admin('upgrade-report')).data()).toMatchObject({ weaker: 0, cost: { 12: 2 } });
  });
});

describe('documents sweep', () => {
  let site: Site;
  beforeAll(async () => {
    site = await startSite();
  });
  afterAll(() => site.close());

  it('lists what is due without --apply, and removes it with', async () => {
    const api = site.api();
    const { token, accountId } = await register(api, 'owner@example.com');
    const item = await api('POST /v1/items', { token, body: { type: 'address', data: ADDRESS } });
    const body = { template: 'personal-data-record', title: 'Record', inputs: { items: [item.text('id')] } };
    const id = (await api('POST /v1/documents', { token, body })).text('id');
    const { dueAt, duePk } = await site.raw.get(`A#${accountId}`, `D#${id}`);
    expect((await site.admin('documents sweep')).data()).toMatchObject({
      due: { documents: 0, deletions: 0 },
      objects: 1,
    });

    const past = Date.now() - 60_000;
    const shard = duePk?.S?.split('#')[0] ?? '';
    const day = new Date(past).toISOString().slice(0, 10);
    const due = { dueAt: { N: String(past) }, expiresAt: { N: String(past) }, duePk: { S: `${shard}#${day}` } };
    expect(Number(dueAt?.N)).toBeGreaterThan(Date.now());
    await site.raw.change(`A#${accountId}`, `D#${id}`, due);
    expect((await site.admin('documents sweep')).data()).toMatchObject({ applied: false, due: { documents: 1 } });
    await site.raw.get(`A#${accountId}`, `D#${id}`);
    const swept = await site.admin('documents sweep --apply');
    expect(swept.code).toBe(0);
    expect(swept.data()).toMatchObject({ swept: { removed: 1, failed: 0 }, walked: { removed: 0, complete: true } });
    await expect(site.raw.get(`A#${accountId}`, `D#${id}`)).rejects.toThrow('there is no row');
    // A second walk within the week is made all the same.
    const { region, credentials, endpoints, bucket } = site.cloud;
    const s3 = new S3Client({ region, credentials, endpoint: endpoints.s3, forcePathStyle: true });
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'documents/odd', Body: 'x' }));
    s3.destroy();
    expect((await site.admin('documents sweep --apply')).data()).toMatchObject({ walked: { complete: true } });
  });
});

describe('restore-check', () => {
  let site: Site;
  beforeAll(async () => {
    site = await startSite();
  });
  afterAll(() => site.close());

  it('tells what is to be done before a restored table is opened', async () => {
    const { region, credentials, endpoints, table } = site.cloud;
    const client = new DynamoDBClient({ region, credentials, endpoint: endpoints.dynamodb });
    await ensureTable(client, 'restored');
    const restored = rawTable(client, 'restored');
    const api = site.api();
    const stays = await register(api, 'stays@example.com');
    const deleted = await register(api, 'deleted@example.com');
    const moment = new Date().toISOString();
    for (const row of await site.raw.rows()) await restored.put(row);
    const sound = await site.admin(`restore-check --table restored --old-table ${table} --moment ${moment}`);
    expect(sound.data()).toMatchObject({ todo: [], rolledBack: 0, accountsLost: 0 });
    expect(sound.code).toBe(0);

    const made = await api('POST /v1/items', { token: stays.token, body: { type: 'address', data: ADDRESS } });
    await api('POST /v1/account/deletion', { token: deleted.token, body: { password: PASSWORD } });
    const again = await register(api, deleted.email);
    // A restore that cut a transaction in two: this session's row is of a later moment than its manifest.
    const session = `S#${stays.token.split('.')[2] ?? ''}`;
    await restored.put(await site.raw.get(`A#${stays.accountId}`, session));
    await restored.put(await site.raw.get(`A#${stays.accountId}`, `I#${made.text('id')}`));

    const early = new Date(Date.parse(moment) - 3_600_000).toISOString();
    const { code, data } = await site.admin(`restore-check --table restored --old-table ${table} --moment ${early}`);
    client.destroy();
    expect(code).toBe(1);
    expect(data()).toMatchObject({ rolledBack: 1, accountsLost: 1, lost: [again.accountId] });
    const todo = data()['todo'] as { code: string; count: number; examples: string[] }[];
    const told = Object.fromEntries(todo.map(({ code, examples }) => [code, examples]));
    expect(told).toMatchObject({
      'session.revision': [`${stays.accountId} ${session}`],
      'account.deleted-since': [deleted.accountId],
      'email.taken-since': [expect.stringMatching(/^E#/)],
    });
    expect(told['row.newer']).toContain(`${stays.accountId} I#${made.text('id')}`);
  });

  it('refuses a moment that is none, and the same table twice', async () => {
    expect((await site.admin('restore-check --moment yesterday')).code).toBe(2);
    expect((await site.admin(`restore-check --old-table ${site.cloud.table}`)).code).toBe(2);
  });
});
