import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PASSWORD } from '../fixtures/app.ts';
import { recoveryCode, register, type Site, startSite } from './support.ts';

const ADDRESS = { lines: ['12 Nowhere Lane'], postalCode: '00000', city: 'Exampleton', country: 'GB' };

describe('accounts show', () => {
  let site: Site;
  beforeAll(async () => {
    site = await startSite();
  });
  afterAll(() => site.close());

  it('shows what an account has by its id, or by an e-mail that is typed in', async () => {
    const api = site.api();
    const person = await register(api, 'shown@example.com');
    await recoveryCode(api, person);
    await api('POST /v1/items', { token: person.token, body: { type: 'address', data: ADDRESS } });
    const byId = await site.admin(`accounts show ${person.accountId}`);
    expect(byId.code).toBe(0);
    expect(byId.data()).toMatchObject({
      accountId: person.accountId,
      keyVersion: 1,
      rotating: false,
      recoveryCode: true,
      wrap: { key: 1, format: 1, suite: 2, cost: 10, pepper: 1 },
      sessions: { rows: 1, unexpired: 1 },
      items: 1,
      documents: { ready: 0, other: 0 },
      failedTries: { knownSources: 1, failures: 0, blockedUntil: null },
    });
    const byEmail = await site.admin('accounts show --email-stdin', ' Shown@Example.COM ');
    expect(byEmail.data()).toEqual(byId.data());
    for (const { out, err } of [byId, byEmail]) expect(out + err).not.toMatch(/@|Nowhere|192\.0\.2/i);
  });

  it('says that an e-mail has no account, and does not repeat what was given for an id', async () => {
    expect((await site.admin('accounts show --email-stdin', 'nobody@example.com')).code).toBe(1);
    const refused = await site.admin('accounts show nobody@example.com');
    expect(refused.code).toBe(2);
    expect(refused.out + refused.err).not.toContain('nobody');
    expect((await site.admin('accounts show --email-stdin', 'no address')).code).toBe(2);
    expect((await site.admin('accounts show')).code).toBe(2);
    expect((await site.admin('accounts show 01JZZZZZZZZZZZZZZZZZZZZZZZ')).code).toBe(1);
  });
});

describe('accounts erase', () => {
  let site: Site;
  beforeAll(async () => {
    site = await startSite();
  });
  afterAll(() => site.close());

  const rowsOf = async (accountId: string) => (await site.raw.rows()).filter(({ pk }) => pk?.S === `A#${accountId}`);

  it('erases nothing without --apply and the id once more', async () => {
    const person = await register(site.api(), 'first@example.com');
    const before = await site.raw.rows();
    const dry = await site.admin(`accounts erase ${person.accountId}`);
    expect(dry.code).toBe(0);
    expect(dry.data()).toMatchObject({ applied: false, items: 0, documents: 0 });
    expect((await site.admin(`accounts erase ${person.accountId} --apply`)).code).toBe(2);
    const wrong = `accounts erase ${person.accountId} --apply --confirm 01JZZZZZZZZZZZZZZZZZZZZZZZ`;
    expect((await site.admin(wrong)).code).toBe(2);
    expect(await site.raw.rows()).toEqual(before);
  });

  it('erases rows and objects, ends the sessions, and frees the e-mail', async () => {
    const api = site.api();
    const person = await register(api, 'second@example.com');
    const item = await api('POST /v1/items', { token: person.token, body: { type: 'address', data: ADDRESS } });
    await api('POST /v1/documents', {
      token: person.token,
      body: { template: 'personal-data-record', title: 'Record', inputs: { items: [item.text('id')] } },
    });
    const { code, data } = await site.admin(
      `accounts erase --email-stdin --apply --confirm ${person.accountId}`,
      person.email,
    );
    expect(code).toBe(0);
    expect(data()).toMatchObject({ applied: true, items: 1, documents: 1, complete: true });
    expect(await rowsOf(person.accountId)).toEqual([]);
    expect((await site.admin('verify')).data()).toMatchObject({ findings: [], objects: 0 });
    expect((await api('GET /v1/account', { token: person.token })).status).toBe(401);
    const again = await api('POST /v1/sessions', { body: { email: person.email, password: PASSWORD } });
    expect(again.status).toBe(401);
    await register(api, person.email);
  });

  it('goes on with one that was stopped once its wraps were gone', async () => {
    const api = site.api();
    const person = await register(api, 'third@example.com');
    await api('POST /v1/items', { token: person.token, body: { type: 'address', data: ADDRESS } });
    const rows = await rowsOf(person.accountId);
    const erase = `accounts erase ${person.accountId} --apply --confirm ${person.accountId}`;
    await site.admin(erase);
    // As it stood in between: the deletion is written, and an item is left.
    const item = rows.find(({ sk }) => sk?.S?.startsWith('I#') === true) ?? {};
    await site.raw.put(item);
    const time = { N: String(Date.now()) };
    const counts = { items: { N: '1' }, documents: { N: '0' } };
    const deletion = { receiptId: { S: person.accountId }, at: time, dueAt: time, duePk: { S: '0#2026-11-27' } };
    await site.raw.put({ pk: { S: `A#${person.accountId}` }, sk: { S: 'X' }, ...deletion, ...counts });
    expect((await site.admin(erase)).data()).toMatchObject({ complete: true });
    expect(await rowsOf(person.accountId)).toEqual([]);
    expect((await site.admin(erase)).code).toBe(1);
  });
});
