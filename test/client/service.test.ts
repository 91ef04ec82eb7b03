import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { TwinlockClient } from '../../client/src/main.ts';
import { createMemoryApp, type MemoryApp } from '../fixtures/app.ts';
import { failureOf } from './scripted.ts';
import { clientOf, pdfOf } from './vault.ts';

const EMAIL = 'owner@example.com';
const PASSWORD = 'seven grey lanterns hum';
const OTHER = 'nine amber teapots wait';

describe('the client at the service', () => {
  let app: MemoryApp;
  let vault: TwinlockClient;

  beforeAll(async () => {
    app = createMemoryApp();
    vault = clientOf(app);
    await vault.register({ email: EMAIL, password: PASSWORD, acceptDataLoss: true });
  });

  it('stores, reads, finds, replaces and removes items', async () => {
    const { items } = vault;
    const note = await items.create({ type: 'note', label: 'Boiler', data: { text: 'Turn the left tap.' } });
    const person = await items.create({ type: 'person', data: { givenName: 'Łukasz', familyName: 'Nguyễn' } });
    expect(await items.get(note.id)).toEqual(note);
    expect(await items.getMasked(person.id)).toMatchObject({
      masked: true,
      type: 'person',
      data: { givenName: 'Ł•••' },
    });
    const found: string[] = [];
    for await (const { data } of items.list({ type: 'note', reveal: true })) found.push(data.text);
    for await (const item of items.search({ label: 'BOIL', limit: 1 })) found.push(item.id);
    expect(found).toEqual(['Turn the left tap.', note.id]);
    const changed = await items.replace(note, { label: 'Boiler', data: { text: 'Turn the right tap.' } });
    expect(changed).toMatchObject({ version: 2, data: { text: 'Turn the right tap.' } });
    expect(await failureOf(items.replace(note, { data: { text: 'too late' } }))).toMatchObject({
      code: 'precondition_failed',
    });
    expect(await failureOf(items.remove(note.id, { version: 1 }))).toMatchObject({ code: 'precondition_failed' });
    await items.remove(note.id, { version: 2 });
    expect(await failureOf(items.get(note.id))).toMatchObject({ code: 'not_found' });
    const bad = { type: 'person', data: { givenName: '', familyName: 'x' } } as const;
    expect(await failureOf(items.create(bad))).toMatchObject({ issues: [{ path: '/data/givenName' }] });
    expect((await items.types()).map(({ type }) => type)).toContain('bank-account');
  });

  it('makes, sends, lists, reads, shortens and removes documents', async () => {
    const { documents } = vault;
    const person = await vault.items.create({ type: 'person', data: { givenName: 'Ada', familyName: 'Example' } });
    const inputs = { items: [person.id] };
    const made = await documents.generate({ template: 'personal-data-record', title: 'Record', inputs });
    const bytes = pdfOf(randomBytes(5 * 1024 * 1024));
    const sent = await documents.upload(bytes, { title: 'Łukasz’ scan', retentionDays: 3 });
    expect(sent).toMatchObject({ title: 'Łukasz’ scan', template: null, size: bytes.length });
    const small = await documents.upload(new Blob([pdfOf(randomBytes(99))]), { title: 'Łukasz' });
    expect(small.title).toBe('Łukasz');
    const ids: string[] = [];
    for await (const { id } of documents.list({ limit: 1 })) ids.push(id);
    expect(ids.toSorted()).toEqual([made.id, sent.id, small.id].toSorted());
    for await (const { id } of documents.search({ title: 'record', from: new Date(0) })) expect(id).toBe(made.id);

    const download = await documents.content(sent.id);
    expect(download).toMatchObject({
      size: bytes.length,
      fileName: 'Łukasz’ scan.pdf',
      contentType: 'application/pdf',
    });
    expect(Buffer.from(await download.bytes()).equals(bytes)).toBe(true);
    const part = await (await documents.content(sent.id, { range: { first: 4_000_000, last: 4_200_000 } })).bytes();
    expect(Buffer.from(part).equals(bytes.subarray(4_000_000, 4_200_001))).toBe(true);
    const beyond = await failureOf(documents.content(sent.id, { range: { first: bytes.length } }));
    expect(beyond).toMatchObject({ code: 'range_not_satisfiable' });

    const sooner = new Date(Date.now() + 3_600_000);
    expect((await documents.shorten(sent.id, sooner)).expiresAt).toBe(sooner.toISOString());
    expect(await documents.get(sent.id)).toMatchObject({ expiresAt: sooner.toISOString() });
    await documents.remove(sent.id);
    expect(await failureOf(documents.content(sent.id))).toMatchObject({ code: 'not_found' });
    expect(await failureOf(documents.upload(new Blob(['no PDF']), { title: 'a' }))).toMatchObject({
      code: 'not_a_pdf',
    });
    expect((await documents.templates()).map(({ id }) => id)).toContain('letter');
  });

  it('gives the account, its activity and its archive', async () => {
    expect(await vault.account.get()).toMatchObject({ email: EMAIL, recovery: { enabled: false }, rotating: false });
    const actions = new Set<string>();
    for await (const { action } of vault.account.activity({ limit: 3 })) actions.add(action);
    expect([...actions]).toEqual(expect.arrayContaining(['account.registered', 'item.created', 'document.created']));
    for await (const { chain } of vault.account.activity().pages()) expect(chain).toBe('intact');
    const archive = await vault.account.export();
    expect(archive.fileName).toMatch(/^twinlock-export-.*\.zip$/);
    expect(
      Buffer.from(await archive.bytes())
        .subarray(0, 2)
        .toString(),
    ).toBe('PK');
    app.pass(11 * 60_000);
    expect(await failureOf(vault.account.export())).toMatchObject({ code: 'reauthentication_required' });
    await vault.account.reauthenticate(PASSWORD);
    await (await vault.account.export()).stream.cancel();
  });

  it('changes password, e-mail, keys and sessions', async () => {
    const elsewhere = clientOf(app);
    await elsewhere.signIn({ email: EMAIL, password: PASSWORD });
    expect(await vault.sessions.list()).toHaveLength(2);
    await vault.sessions.end(elsewhere.session?.id ?? '');
    expect(await failureOf(elsewhere.account.get())).toMatchObject({ code: 'unauthenticated' });
    expect(elsewhere.session).toBeNull();
    expect(await failureOf(vault.account.reauthenticate(OTHER))).toMatchObject({ code: 'wrong_password', status: 403 });

    await vault.account.changePassword({ currentPassword: PASSWORD, newPassword: OTHER });
    await vault.account.changeEmail({ password: OTHER, email: 'second@example.com' });
    expect((await vault.account.rotateKeys(OTHER, { limit: 2 })).remaining).toBe(0);
    const code = await vault.account.createRecoveryCode(OTHER);
    await vault.signOut();
    const { recoveryCode } = await vault.recover({
      email: 'second@example.com',
      recoveryCode: code,
      newPassword: PASSWORD,
    });
    expect(recoveryCode).not.toBe(code);
    await vault.account.removeRecoveryCode(PASSWORD);
    await vault.sessions.endAll();
    expect(vault.session).toBeNull();
    await vault.signIn({ email: 'Second@Example.com', password: PASSWORD });
    expect(await vault.account.delete(PASSWORD)).toMatchObject({ documents: 2 });
    expect(await failureOf(vault.signIn({ email: EMAIL, password: PASSWORD }))).toMatchObject({
      code: 'invalid_credentials',
    });
  });
});
