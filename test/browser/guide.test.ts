import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createSocket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { type Attacked, startAttacked } from '../attacks/service.ts';
import { pdfOf } from '../client/vault.ts';
import { blocksIn, commandsOf, filesOf, guide } from '../guide/blocks.ts';
import { createProject, type Project } from '../guide/project.ts';
import { launch } from './stage.ts';

const PATIENCE_MS = 60_000;
const PASSWORD = 'seven grey lanterns hum';

const blocks = blocksIn(guide());

describe('the page of docs/guide.md', () => {
  let browser: Browser;
  let service: Attacked;
  let project: Project;
  let plain: Server;
  let plainUrl: string;
  let vite: ChildProcess;
  let viteUrl: string;

  beforeAll(async () => {
    plain = createServer((request, response) => {
      const { url = '' } = request;
      const isScript = url === '/app.js' || url === '/twinlock-client.js';
      response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
      response.end(isScript ? readFileSync(join(project.folder, url)) : plainPage(service.url));
    });
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
    plainUrl = `http://127.0.0.1:${String((plain.address() as AddressInfo).port)}`;
    service = await startAttacked({ allowedOrigins: [plainUrl] });
    const lines = commandsOf(blocks, 'project').map(({ line }) => line);
    project = await createProject(service.url, lines);
    for (const [path, text] of filesOf(blocks)) {
      project.write(path, text.replaceAll('https://vault.example.com', service.url));
    }
    for (const { line } of commandsOf(blocks, 'tool')) if (line.startsWith('cp ')) await project.run(line);
    [vite, viteUrl] = await startVite(project.folder);
    browser = await launch();
  }, 240_000);

  afterAll(async () => {
    await browser.close();
    vite.kill();
    await new Promise((resolve) => plain.close(resolve));
    await service.close();
    project.remove();
  });

  /** A browser of its own, and what goes wrong in it. */
  const open = async (url: string): Promise<{ page: Page; faults: string[]; said: string[] }> => {
    const page = await (await browser.newContext()).newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    const faults: string[] = [];
    const said: string[] = [];
    page.on('console', (message) => {
      // An answer with an error's status is what a test may be about: the browser notes each.
      if (!message.text().startsWith('Failed to load resource'))
        (message.type() === 'error' ? faults : said).push(message.text());
    });
    page.on('pageerror', ({ message }) => {
      faults.push(message);
    });
    await page.clock.install();
    await page.goto(url);
    return { page, faults, said };
  };
  const says = (page: Page, text: string) => page.getByRole('status').getByText(text, { exact: true }).waitFor();
  const register = async (page: Page, email: string) => {
    await page.getByLabel('E-mail').fill(email);
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByLabel('I accept that').check();
    await page.getByRole('button', { name: 'Register' }).click();
    await says(page, 'You are signed in.');
  };

  it('lets nobody register who does not accept the loss', async () => {
    const { page } = await open(viteUrl);
    await page.getByLabel('E-mail').fill('hasty@example.com');
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Register' }).click();
    await says(page, 'To register, accept that a forgotten password loses the data.');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await says(page, 'E-mail or password is wrong.');
  });

  it('stores, makes a PDF and shows it, under its strict policy', async () => {
    const { page, faults } = await open(viteUrl);
    await register(page, 'reader@example.com');
    await page.getByLabel('Given name').fill('Łukasz');
    await page.getByLabel('Family name').fill('<b>Nguyễn</b>');
    await page.getByRole('button', { name: 'Store' }).click();
    await says(page, 'Stored.');
    expect(await page.getByRole('listitem').allTextContents()).toEqual(['Ł••• <•••']);
    await page.getByRole('button', { name: 'Make a PDF of all' }).click();
    await says(page, 'Made.');
    const frame = page.getByTitle('PDF');
    expect(await frame.isVisible()).toBe(true);
    expect(await frame.getAttribute('src')).toMatch(new RegExp(`^blob:${viteUrl}/`));
    const stored = await page.evaluate<Record<string, string>>('({ ...localStorage })');
    expect(Object.values(stored)).toEqual([expect.stringMatching(/^\d+$/)]);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await says(page, 'You are signed out.');
    expect(await page.getByRole('listitem').count()).toBe(0);
    expect(await frame.isVisible()).toBe(false);
    expect(faults).toEqual([]);
  });

  it('sends a PDF, tells how far it is, and stops when it is told to', async () => {
    const { page, faults } = await open(viteUrl);
    await register(page, 'sender@example.com');
    const seen = await page.evaluateHandle<string[]>(
      `(() => { const seen = []; new MutationObserver(() => seen.push(document.getElementById('said').textContent))
        .observe(document.getElementById('said'), { childList: true }); return seen; })()`,
    );
    const large = {
      name: 'scan.pdf',
      mimeType: 'application/pdf',
      buffer: Buffer.from(pdfOf(Buffer.alloc(9 * 2 ** 20))),
    };
    await page.getByLabel('Send a PDF').setInputFiles(large);
    await says(page, 'Sent: scan.pdf');
    expect(await seen.jsonValue()).toEqual(expect.arrayContaining(['…', '100 %', 'Sent: scan.pdf']));
    // Its parts come nowhere: it would go on for ever.
    await page.route('**/parts/*', () => undefined);
    const part = page.waitForRequest('**/parts/*');
    await page.getByLabel('Send a PDF').setInputFiles({ ...large, name: 'other.pdf' });
    await part;
    await page.getByRole('button', { name: 'Cancel' }).click();
    await says(page, 'Cancelled.');
    await page.getByLabel('Send a PDF').setInputFiles({ ...large, name: 'no.pdf', buffer: Buffer.from('text') });
    await says(page, 'This is not a PDF.');
    expect(faults).toEqual([]);
  });

  it('signs out who is away for ten minutes', async () => {
    const { page } = await open(viteUrl);
    await register(page, 'away@example.com');
    await page.clock.fastForward('09:00');
    expect(await page.getByRole('button', { name: 'Sign out' }).isVisible()).toBe(true);
    await page.clock.fastForward('01:01');
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    expect(await page.getByRole('button', { name: 'Sign out' }).isVisible()).toBe(false);
  });

  it('needs no tool: the module alone, from an origin that the service allows', async () => {
    const { page, said, faults } = await open(plainUrl);
    while (!said.includes('Note') && faults.length === 0) await page.waitForTimeout(50);
    expect(said).toEqual(expect.arrayContaining(['Person', 'Bank account', 'Note']));
    expect(faults).toEqual([]);
  });
});

/** The page as the guide changes it where there is no Vite. */
function plainPage(serviceUrl: string): string {
  const page = filesOf(blocks).get('index.html') ?? '';
  return page.replace('/src/main.ts', '/app.js').replace("connect-src 'self'", `connect-src 'self' ${serviceUrl}`);
}

/** Runs Vite as its command does, on a free port. */
async function startVite(folder: string): Promise<[process: ChildProcess, url: string]> {
  const probe = createSocket();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  const script = join(folder, 'node_modules/vite/bin/vite.js');
  const given = ['--host', '127.0.0.1', '--port', String(port), '--strictPort'];
  const child = spawn(process.execPath, [script, ...given], { cwd: folder, env: { ...process.env, NO_COLOR: '1' } });
  await new Promise<void>((resolve, reject) => {
    let told = '';
    const hear = (chunk: Buffer) => {
      told += chunk.toString();
      if (told.includes(`:${port}/`)) resolve();
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.once('exit', () => {
      reject(new Error(`Vite ended: ${told}`));
    });
  });
  return [child, `http://127.0.0.1:${port}`];
}
