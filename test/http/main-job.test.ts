import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { createMemoryApp, PASSWORD } from '../fixtures/app.ts';

const PERSON = { givenName: 'Łukasz', familyName: 'Nguyễn', birthDate: '1990-02-28', nationality: 'PL' };

describe('the main job', () => {
  it('registers, stores, makes a PDF and gives it back', async () => {
    const app = createMemoryApp();
    const registered = await app.call('POST /v1/accounts', {
      body: { email: 'Owner@Example.com', password: PASSWORD, acceptDataLoss: true },
    });
    expect(registered.status).toBe(201);
    const token = registered.text('session.token');

    const created = await app.call('POST /v1/items', { token, body: { type: 'person', label: 'Me', data: PERSON } });
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject({ type: 'person', label: 'Me', data: PERSON, version: 1 });
    expect(created.headers.get('location')).toBe(`/v1/items/${created.text('id')}`);
    expect(created.headers.get('etag')).toBe('"1"');

    const made = await app.call('POST /v1/documents', {
      token,
      body: { template: 'personal-data-record', title: 'Mein Auszug', inputs: { items: [created.text('id')] } },
    });
    expect(made.body).toMatchObject({
      title: 'Mein Auszug',
      template: 'personal-data-record',
      status: 'ready',
      pages: 1,
    });
    expect(made.status).toBe(201);

    const content = await app.call(`GET /v1/documents/${made.text('id')}/content`, { token });
    expect(content.status).toBe(200);
    expect(content.headers.get('content-type')).toBe('application/pdf');
    expect(content.bytes.subarray(0, 5).toString()).toBe('%PDF-');
    expect(createHash('sha256').update(content.bytes).digest('hex')).toBe(made.text('sha256'));

    const part = await app.call(`GET /v1/documents/${made.text('id')}/content`, {
      token,
      headers: { range: 'bytes=1-4' },
    });
    expect([part.status, part.bytes.toString()]).toEqual([206, 'PDF-']);

    const list = await app.call('GET /v1/documents', { token });
    expect(list.body).toMatchObject({ documents: [{ id: made.text('id') }], nextCursor: null });
    const account = await app.call('GET /v1/account', { token });
    expect(account.body).toMatchObject({ email: 'owner@example.com', keyVersion: 1, rotating: false });

    expect((await app.call(`DELETE /v1/documents/${made.text('id')}`, { token })).status).toBe(204);
    expect((await app.call(`GET /v1/documents/${made.text('id')}`, { token })).status).toBe(404);
    expect(app.objects.objects.size).toBe(0);
    expect((await app.call('DELETE /v1/sessions/current', { token })).status).toBe(204);
    expect((await app.call('GET /v1/account', { token })).status).toBe(401);
    const again = await app.call('POST /v1/sessions', { body: { email: 'OWNER@example.com ', password: PASSWORD } });
    expect(again.status).toBe(201);
    const items = await app.call('GET /v1/items?reveal=true', { token: again.text('session.token') });
    expect(items.body).toMatchObject({ items: [{ data: PERSON }], nextCursor: null });
  });
});
