import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { readZip } from '../archive/read-zip.ts';
import { PASSWORD } from '../fixtures/app.ts';
import type { Deployment } from './deployment.ts';
import { type Replay, type Replayed, readEvent } from './replay.ts';

/** What the suites of this folder share. */
export interface Context {
  readonly deployment: () => Deployment;
  readonly replay: () => Replay;
  /** Where a local service answers the same calls. */
  readonly local: () => string;
}

export const EMAIL = 'replayed@example.com';
const NOTE = { type: 'note', label: 'Bündel', data: { text: 'Zażółć gęślą jaźń 小明' } };
/** Bytes of every value, and none of them UTF-8. */
const SENT = Buffer.concat([
  Buffer.from('%PDF-1.7\n'),
  Buffer.from(Array.from({ length: 40_000 }, (_, i) => (i * 7) % 256)),
  Buffer.from('\n%%EOF\n'),
]);

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The main job, each call an event that goes through the bundle. */
export function describeMainJob({ deployment, replay }: Context): void {
  describe('the bundles', () => {
    let token: string;
    let item: string;
    let made: Replayed;
    let pdf: Buffer;

    beforeAll(async () => {
      const registration = { email: EMAIL, password: PASSWORD, acceptDataLoss: true };
      const registered = await replay()('post-json', 'POST /v1/accounts', { body: registration });
      expect([registered.status, registered.streamed]).toEqual([201, false]);
      token = registered.text('session.token');
    });

    it('store an item, mask it, and give it back whole', async () => {
      const created = await replay()('post-json', 'POST /v1/items', { token, body: NOTE });
      expect(created.status).toBe(201);
      item = created.text('id');
      expect(created.headers.get('location')).toBe(`/v1/items/${item}`);
      const whole = await replay()('get', `GET /v1/items/${item}`, { token });
      expect(whole.body).toMatchObject({ ...NOTE, id: item, version: 1 });
      const list = await replay()('get', 'GET /v1/items', { token });
      expect(list.body).toMatchObject({
        items: [{ id: item, masked: true, data: { text: 'Z•••' } }],
      });
      const label = { label: 'Anders', data: NOTE.data };
      const headers = { 'if-match': '"1"' };
      const replaced = await replay()('post-json', `PUT /v1/items/${item}`, { token, headers, body: label });
      expect([replaced.status, replaced.headers.get('etag')]).toEqual([200, '"2"']);
    });

    it('make a document with fonts and logo beside the bundle, and stream it whole', async () => {
      const body = { template: 'personal-data-record', title: 'Größe', inputs: { items: [item] } };
      made = await replay()('post-json', 'POST /v1/documents', { token, body });
      expect([made.status, made.streamed]).toEqual([201, true]);
      const content = await replay()('get', `GET /v1/documents/${made.text('id')}/content`, { token });
      expect([content.status, content.streamed, content.headers.get('content-type')]).toEqual([
        200,
        true,
        'application/pdf',
      ]);
      pdf = content.bytes;
      expect(content.headers.get('content-length')).toBe(String(pdf.length));
      expect(content.headers.get('content-disposition')).toContain("filename*=UTF-8''Gr%C3%B6%C3%9Fe.pdf");
      expect(made.body).toMatchObject({ size: pdf.length, sha256: sha256(pdf) });
      const text = pdf.toString('latin1');
      expect([text.slice(0, 5), text.trimEnd().slice(-5)]).toEqual(['%PDF-', '%%EOF']);
      // The logo is its one image, and the fonts are in it.
      expect(text).toMatch(/\/Subtype ?\/Image/);
      expect(text).toMatch(/\/FontName ?\/\w+\+DejaVuSans/);
    });

    it('stream a range of it, and nothing where it is known', async () => {
      const call = `GET /v1/documents/${made.text('id')}/content`;
      const part = await replay()('get', call, { token, headers: { range: 'bytes=100-1099' } });
      expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 100-1099/${pdf.length}`]);
      expect(part.bytes.equals(pdf.subarray(100, 1100))).toBe(true);
      const known = await replay()('get', call, { token, headers: { 'if-none-match': `"${sha256(pdf)}"` } });
      expect([known.status, known.bytes.length]).toEqual([304, 0]);
    });

    it('take a PDF that came in base64, byte for byte', async () => {
      const headers = { 'x-document-title': 'Gesendet%20%E5%B0%8F' };
      const sent = await replay()('post-pdf', 'POST /v1/documents', { token, headers, body: SENT });
      expect(sent.status).toBe(201);
      expect(sent.body).toMatchObject({
        title: 'Gesendet 小',
        size: SENT.length,
        sha256: sha256(SENT),
        template: null,
      });
      const content = await replay()('get', `GET /v1/documents/${sent.text('id')}/content`, { token });
      expect(content.bytes.equals(SENT)).toBe(true);
    });

    it('take one in parts', async () => {
      const begun = await replay()('post-json', 'POST /v1/uploads', { token, body: { title: 'Teile' } });
      const upload = `/v1/uploads/${begun.text('uploadId')}`;
      for (const [part, bytes] of [SENT.subarray(0, 9_000), SENT.subarray(9_000)].entries()) {
        const put = await replay()('post-pdf', `PUT ${upload}/parts/${part + 1}`, { token, body: bytes });
        expect(put.body).toMatchObject({ sha256: sha256(bytes) });
      }
      const body = { parts: 2, sha256: sha256(SENT) };
      const completed = await replay()('post-json', `POST ${upload}/complete`, { token, body });
      expect([completed.status, completed.text('sha256')]).toEqual([201, sha256(SENT)]);
    });

    it('stream an export that reads as an archive', async () => {
      const archive = await replay()('get', 'GET /v1/account/export', { token });
      expect([archive.status, archive.streamed, archive.headers.get('content-type')]).toEqual([
        200,
        true,
        'application/zip',
      ]);
      const entries = new Map(readZip(archive.bytes).map(({ name, body }) => [name, body]));
      expect(entries.get(`documents/${made.text('id')}.pdf`)?.equals(pdf)).toBe(true);
      expect(entries.get('items.json')?.toString()).toContain(NOTE.data.text);
      expect(entries.size).toBeGreaterThanOrEqual(7);
    });

    it('know the caller by the address that the gateway saw', async () => {
      const list = await replay()('get', 'GET /v1/sessions', { token });
      expect(list.body).toMatchObject({
        sessions: [{ sourceIp: '198.51.100.7', userAgent: 'curl/8.5.0', current: true }],
      });
    });

    it('move all to a fresh key, and open it with a recovery code', async () => {
      const step = await replay()('post-json', 'POST /v1/account/key-rotation', {
        token,
        body: { password: PASSWORD },
      });
      expect(step.body).toEqual({ keyVersion: 2, remaining: 0 });
      const content = await replay()('get', `GET /v1/documents/${made.text('id')}/content`, { token });
      expect(content.bytes.equals(pdf)).toBe(true);
      const given = await replay()('post-json', 'POST /v1/account/recovery-code', {
        token,
        body: { password: PASSWORD },
      });
      const body = { email: EMAIL, recoveryCode: given.text('recoveryCode'), newPassword: `${PASSWORD} anew` };
      const recovered = await replay()('post-json', 'POST /v1/recovery', { body });
      expect(recovered.status).toBe(201);
      token = recovered.text('session.token');
    });

    it('of maintenance remove what is due when EventBridge calls', async () => {
      const id = made.text('id');
      const expiresAt = new Date(Date.now() + 1_500).toISOString();
      const shortened = await replay()('post-json', `PATCH /v1/documents/${id}`, { token, body: { expiresAt } });
      expect(shortened.status).toBe(200);
      expect(await versionsOf(deployment(), id)).toBe(1);
      await pause(3_500);
      const maintenance = deployment().functions.get('maintenance');
      const outcome = await maintenance?.invoke(readEvent('scheduled'));
      expect([outcome?.failed, outcome?.bytes.toString()]).toEqual([false, 'null']);
      expect(maintenance?.log).toMatch(/"removed":1/);
      expect(await versionsOf(deployment(), id)).toBe(0);
      expect((await replay()('get', `GET /v1/documents/${id}`, { token })).status).toBe(404);
    });

    it('log no secret and nothing of what was stored', () => {
      for (const [service, { log }] of deployment().functions) {
        expect(log).toContain(service === 'maintenance' ? 'swept' : '6f2c1b7e-1f0a-4a52-9a37-0f4f7b2f9d');
        const words = [
          PASSWORD,
          EMAIL,
          token,
          token.split('.')[3] ?? '',
          'gęślą',
          'Größe',
          '198.51.100.7',
          '203.0.113.66',
        ];
        for (const word of words) expect(log).not.toContain(word);
      }
    });
  });
}

/** How many versions of a document's objects lie in the bucket. */
async function versionsOf({ cloud }: Deployment, documentId: string): Promise<number> {
  const { region, credentials, bucket } = cloud;
  const client = new S3Client({ region, credentials, endpoint: cloud.endpoints.s3, forcePathStyle: true });
  const { Versions = [] } = await client.send(new ListObjectVersionsCommand({ Bucket: bucket, Prefix: 'documents/' }));
  client.destroy();
  return Versions.filter(({ Key }) => Key?.includes(documentId)).length;
}
