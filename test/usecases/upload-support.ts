import { createHash } from 'node:crypto';
import { expect } from '@jest/globals';
import type { DocumentRow } from '../../lambda/domain/records.ts';
import { sweep } from '../../lambda/usecases/sweep.ts';
import type { Answer, MemoryApp } from '../fixtures/app.ts';
import { type AccountsApp, createAccountsApp, MINUTE, only, rowsOf } from './support.ts';

export const DAY = 86_400_000;
/** Bytes of parts: below, at and above a chunk of the sealed stream, and the least there is. */
export const SIZES = [20_000, 1, 16_384, 32_768, 16_385, 9000];

/** An app with an account, whose sessions outlive uploads. */
export interface UploadApp extends AccountsApp {
  readonly token: string;
}

export async function createUploadApp(): Promise<UploadApp> {
  const app = createAccountsApp({ settings: { sessionMs: 1000 * DAY, idleMs: 1000 * DAY } });
  const { token } = await app.register();
  return { ...app, token };
}

/** Bytes that pass for a PDF, no two of the same size and seed alike. */
export function pdfOf(size: number, seed = 1): Buffer {
  const [head, tail] = ['%PDF-1.7\n', '\n%%EOF'];
  const fill = Buffer.from(
    Array.from({ length: size - head.length - tail.length }, (_, i) => (i * seed * 7 + seed) % 251),
  );
  return Buffer.concat([Buffer.from(head), fill, Buffer.from(tail)]);
}

/** A PDF of parts of these sizes. */
export function partsOf(sizes: readonly number[], seed = 1): Buffer[] {
  const pdf = pdfOf(
    sizes.reduce((sum, size) => sum + size, 0),
    seed,
  );
  let at = 0;
  return sizes.map((size) => pdf.subarray(at, (at += size)));
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export function begin(app: MemoryApp, token: string, headers = {}): Promise<Answer> {
  return app.call('POST /v1/uploads', { token, headers, body: { title: 'Scan' } });
}

export function send(
  app: MemoryApp,
  token: string,
  id: string,
  part: number | string,
  body: Uint8Array,
): Promise<Answer> {
  const headers = { 'content-type': 'application/pdf' };
  return app.call(`PUT /v1/uploads/${id}/parts/${part}`, { token, headers, body });
}

export function complete(app: MemoryApp, token: string, id: string, body: object): Promise<Answer> {
  return app.call(`POST /v1/uploads/${id}/complete`, { token, body });
}

export function abort(app: MemoryApp, token: string, id: string): Promise<Answer> {
  return app.call(`DELETE /v1/uploads/${id}`, { token });
}

/** Begins an upload and sends its parts. @returns its id */
export async function sendAll(app: MemoryApp, token: string, parts: readonly Uint8Array[]): Promise<string> {
  const id = (await begin(app, token)).text('uploadId');
  for (const [place, part] of parts.entries()) expect((await send(app, token, id, place + 1, part)).status).toBe(200);
  return id;
}

/** Makes a document of so many parts. @returns its id */
export async function uploadAll(app: MemoryApp, token: string, parts: readonly Uint8Array[]): Promise<string> {
  const id = await sendAll(app, token, parts);
  const made = await complete(app, token, id, { parts: parts.length });
  expect([made.status, made.text('id')]).toEqual([201, id]);
  return id;
}

export async function contentOf(app: MemoryApp, token: string, id: string, headers = {}): Promise<Buffer> {
  const answer = await app.call(`GET /v1/documents/${id}/content`, { token, headers });
  expect(answer.status).toBeLessThan(300);
  return answer.bytes;
}

/** The row of a document or an upload. */
export function documentRow(app: MemoryApp, id: string): DocumentRow {
  return only(rowsOf(app, 'document').filter(({ documentId }) => String(documentId) === id));
}

/** The ids of the documents that are there. */
export function readyOnes(app: MemoryApp): string[] {
  return rowsOf(app, 'document')
    .filter(({ state }) => state === 'READY')
    .map(({ documentId }) => documentId);
}

/** Holds that every object of the bucket is named by a row. */
export function requireNamed(app: MemoryApp): void {
  const named = rowsOf(app, 'document').flatMap(({ objectKeys }) => objectKeys);
  expect([...app.objects.objects.keys()].filter((key) => !named.includes(key))).toEqual([]);
}

/** Lets maintenance do what is due in so many ms, then holds that nothing is left of any document. */
export async function requireSwept(app: AccountsApp, after: number): Promise<void> {
  requireNamed(app);
  app.pass(after);
  await sweep(app.env, app.time.now + MINUTE);
  expect([rowsOf(app, 'document'), [...app.objects.objects.keys()]]).toEqual([[], []]);
  expect(app.telemetry.counts.get('IntegrityFailure')).toBeUndefined();
}

/** Holds back the next object that is put. @returns what awaits that it comes, and what lets it go on */
export function holdPut(app: AccountsApp): { readonly reached: Promise<void>; readonly release: () => void } {
  let release: () => void = () => undefined;
  let reach: () => void = () => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const reached = new Promise<void>((resolve) => {
    reach = resolve;
  });
  app.objects.hooks.before = async ({ op }) => {
    if (op !== 'put') return;
    delete app.objects.hooks.before;
    reach();
    await released;
  };
  return { reached, release };
}
