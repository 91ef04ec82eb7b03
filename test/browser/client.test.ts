import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buildSync, transformSync } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { normaliseEmail } from '../../lambda/domain/email.ts';
import { type Attacked, startAttacked } from '../attacks/service.ts';
import { ADDRESSES } from '../client/addresses.ts';
import { buildClient, CLIENT, DIST } from '../client/built.ts';
import { DONE } from '../client/main-job.ts';
import vectors from '../vectors/stretched.json' with { type: 'json' };
import { launch } from './stage.ts';

/** Files that a page of another origin than the service's takes. */
const FILES: Readonly<Record<string, () => string>> = {
  '/client.js': () => readFileSync(join(DIST, 'main.js'), 'utf8'),
  '/main-job.js': () =>
    transformSync(readFileSync(join(__dirname, '../client/main-job.ts'), 'utf8'), { loader: 'ts', format: 'esm' }).code,
  '/inside.js': () => inside,
};
let inside = '';

/** What of the client is not for others, as a module. */
function bundleInside(): string {
  const contents = `export { normaliseEmail } from './email.ts'; export { preparePassword, stretch } from './stretch.ts';`;
  const stdin = { contents, resolveDir: join(CLIENT, 'src'), loader: 'ts' } as const;
  const built = buildSync({ stdin, bundle: true, format: 'esm', target: 'es2022', write: false });
  return built.outputFiles[0]?.text ?? '';
}

describe('the built client in a browser', () => {
  let browser: Browser;
  let service: Attacked;
  let pages: Server;
  let page: Page;

  beforeAll(async () => {
    await buildClient();
    inside = bundleInside();
    pages = createServer((request, response) => {
      const file = FILES[request.url ?? ''];
      response.setHeader('content-type', file === undefined ? 'text/html' : 'text/javascript');
      response.end(file?.() ?? '<!doctype html><title>A page</title>');
    });
    await new Promise<void>((resolve) => pages.listen(0, '127.0.0.1', resolve));
    const origin = `http://127.0.0.1:${String((pages.address() as AddressInfo).port)}`;
    service = await startAttacked({ allowedOrigins: [origin] });
    browser = await launch();
    page = await browser.newPage();
    await page.goto(origin);
  });

  afterAll(async () => {
    await browser.close();
    await new Promise((resolve) => pages.close(resolve));
    await service.close();
  });

  /** Runs a module's function in the page: a text, for what compiles this file would change the import. */
  const run = (code: string, given: unknown = null) =>
    page.evaluate(`(async (given) => { ${code} })(${JSON.stringify(given)})`);

  it('does the main job from a page of another origin', async () => {
    const done = await run(
      `const [client, { mainJob }] = await Promise.all([import('/client.js'), import('/main-job.js')]);
       return mainJob(client, given, 'browser@example.com');`,
      service.url,
    );
    expect(done).toEqual(DONE);
  });

  it('spells every e-mail as the service does', async () => {
    const spelled = await run(
      `const { normaliseEmail } = await import('/inside.js'); return given.map(normaliseEmail);`,
      ADDRESSES,
    );
    expect(ADDRESSES.map((address, place) => [address, (spelled as unknown[])[place]])).toEqual(
      ADDRESSES.map((address) => [address, normaliseEmail(address)]),
    );
  });

  it.each(vectors.derivations)('stretches as the vectors say: $typed, $service', async ({ text, ...given }) => {
    const code = `const { preparePassword, stretch } = await import('/inside.js');
      return stretch(preparePassword(given.password, '/password'), given.service, given.email);`;
    expect(await run(code, given)).toBe(text);
  });

  it('shows its token nowhere', async () => {
    const shown: string[] = [];
    page.on('console', (message) => shown.push(message.text()));
    const text = await run(
      `const { TwinlockClient } = await import('/client.js');
       const vault = new TwinlockClient({ baseUrl: given });
       await vault.register({ email: 'shown@example.com', password: 'seven grey lanterns hum', acceptDataLoss: true });
       console.log(vault, vault.session, vault.items);
       const stored = [...Object.values(localStorage), ...Object.values(sessionStorage), document.cookie];
       return JSON.stringify([vault, vault.session, vault.account, stored]);`,
      service.url,
    );
    expect(text).toContain('accountId');
    expect([text, ...shown].join('')).not.toContain('tw1.');
  });

  it('takes the page’s own origin where none is named', async () => {
    const failure = await run(
      `const { TwinlockClient } = await import('/client.js');
       return new TwinlockClient().items.types().catch(({ code, status }) => [code, status]);`,
    );
    // The page's own server has no service: it answers with a page.
    expect(failure).toEqual(['unexpected_answer', 200]);
  });
});
