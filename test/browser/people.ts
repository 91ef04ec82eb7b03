import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { TwinlockClient } from '../../client/src/main.ts';
import type { Stage } from './stage.ts';

export const PASSWORD = 'seven grey lanterns hum';

export const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** Someone with an account, who has a program of their own beside the browser. */
export interface Owner {
  readonly email: string;
  readonly vault: TwinlockClient;
}

/** Makes an account without the page. */
export async function makeAccount(stage: Stage, email: string): Promise<Owner> {
  const vault = new TwinlockClient({ baseUrl: stage.url });
  await vault.register({ email, password: PASSWORD, acceptDataLoss: true });
  return { email, vault };
}

/** Signs in by the page's form, to the view that the URL names: the list of data where it names none. */
export async function signIn(page: Page, email: string, password = PASSWORD): Promise<void> {
  await fill(page, { 'E-mail': email, Password: password });
  await press(page, 'Sign in');
  await page.getByRole('navigation').waitFor();
}

/** A field by its whole label; one that may be left out says so, and is found without that. */
export function field(page: Page | Locator, label: string): Locator {
  const optional = page.getByLabel(`${label} (optional)`, { exact: true });
  return page.getByLabel(label, { exact: true }).or(optional);
}

/** Types into fields, by their labels. */
export async function fill(page: Page | Locator, values: Readonly<Record<string, string>>): Promise<void> {
  for (const [label, value] of Object.entries(values)) await field(page, label).fill(value);
}

export async function press(page: Page | Locator, button: string): Promise<void> {
  await page.getByRole('button', { name: button, exact: true }).click();
}

export async function follow(page: Page | Locator, link: string): Promise<void> {
  await page.getByRole('link', { name: link, exact: true }).click();
}

/** Goes to a view as a link to it does, and is there when it is drawn. */
export async function goTo(page: Page, ...view: readonly string[]): Promise<void> {
  const hash = JSON.stringify(`#/${view.join('/')}`);
  await page.evaluate(
    `new Promise((resolve) => {
      if (location.hash === ${hash}) return resolve();
      addEventListener('hashchange', resolve, { once: true });
      location.hash = ${hash};
    }).then(() => {})`,
  );
}

/** Waits until a text is to be seen. */
export async function see(page: Page | Locator, text: string | RegExp): Promise<void> {
  await page.getByText(text).filter({ visible: true }).first().waitFor();
}

/** Waits for a view by its title. */
export async function seeTitle(page: Page, title: string): Promise<void> {
  await page.getByRole('heading', { level: 1, name: title, exact: true }).waitFor();
}

/** Saves what a deed downloads. */
export async function saved(page: Page, deed: () => Promise<void>): Promise<{ name: string; bytes: Buffer }> {
  const [download] = await Promise.all([page.waitForEvent('download'), deed()]);
  return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
}

/** Chooses a file in an input: one on a disk, which the browser reads by itself. */
export async function choose(page: Page, label: string, name: string, bytes: Uint8Array): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'browser-'));
  folders.push(folder);
  writeFileSync(join(folder, name), bytes);
  await field(page, label).setInputFiles(join(folder, name));
}

const folders: string[] = [];

/** Removes the files that were chosen. */
export function removeFiles(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
}

/** A PDF of one empty page that carries so many bytes of noise. */
export function pdfOf(noise: number): Buffer {
  const bytes = Buffer.alloc(noise);
  for (let at = 0; at < noise; at += 65_536) crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  const objects = [
    ['<</Type/Catalog/Pages 2 0 R>>'],
    ['<</Type/Pages/Kids[3 0 R]/Count 1>>'],
    ['<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>'],
    [`<</Length ${noise}>>stream\n`, bytes, '\nendstream\n'],
  ];
  const parts: Buffer[] = [Buffer.from('%PDF-1.7\n')];
  const offsets: string[] = [];
  const length = () => parts.reduce((sum, part) => sum + part.length, 0);
  for (const [at, object] of objects.entries()) {
    offsets.push(`${String(length()).padStart(10, '0')} 00000 n \n`);
    for (const part of [`${at + 1} 0 obj`, ...object, 'endobj\n']) parts.push(Buffer.from(part));
  }
  const table = `xref\n0 5\n0000000000 65535 f \n${offsets.join('')}trailer<</Size 5/Root 1 0 R>>\n`;
  return Buffer.concat([...parts, Buffer.from(`${table}startxref\n${length()}\n%%EOF\n`)]);
}
