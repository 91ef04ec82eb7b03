import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buildWeb } from '../../local/build-web.ts';
import { seeTitle } from './people.ts';
import { openStage, type Stage } from './stage.ts';

const ROOT = join(__dirname, '../..');

/** Bytes of scripts as they go over the wire, gzip level 9. */
const ALL_SCRIPTS = 100_000;
const FIRST_SCRIPTS = 70_000;
/** The page, its style, its mark, and scripts. */
const FIRST_REQUESTS = 5;

describe('what the web app costs before it shows anything', () => {
  let stage: Stage;
  let files: ReadonlyMap<string, Buffer>;

  beforeAll(async () => {
    stage = await openStage();
    const dist = await buildWeb(ROOT);
    const paths = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((path) => extname(path) !== '');
    files = new Map(paths.map((path) => [path, readFileSync(join(dist, path))]));
  });

  afterAll(() => stage.close());

  const packed = (paths: Iterable<string>) =>
    [...paths].reduce((sum, path) => sum + gzipSync(files.get(path) ?? Buffer.alloc(0), { level: 9 }).length, 0);

  it('is less than 100 KB of scripts in all', () => {
    const scripts = [...files.keys()].filter((path) => path.endsWith('.js'));
    expect(scripts.length).toBeGreaterThan(0);
    expect(packed(scripts)).toBeLessThan(ALL_SCRIPTS);
  });

  it('shows the first view after few requests, and less than 70 KB of scripts', async () => {
    const { context } = await stage.enter();
    const page = await context.newPage();
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname.slice(1)));
    await page.goto(stage.url, { waitUntil: 'networkidle' });
    await seeTitle(page, 'Sign in');
    expect(asked.length).toBeLessThanOrEqual(FIRST_REQUESTS);
    const scripts = asked.filter((path) => path.endsWith('.js'));
    expect(scripts.every((path) => files.has(path))).toBe(true);
    expect(packed(scripts)).toBeGreaterThan(0);
    expect(packed(scripts)).toBeLessThan(FIRST_SCRIPTS);
    // Nothing of the service is asked for before someone wants it.
    expect(asked.filter((path) => path.startsWith('v1/'))).toEqual([]);
    await context.close();
  });

  it('comes from nowhere else', () => {
    // A namespace is a name, and what stands before a placeholder takes a host apart: nothing is read from either.
    const names = /^http:\/\/www\.w3\.org\/(?:2000\/svg|1998\/Math\/MathML|1999\/xhtml)$|^ws:\/\/\$\{/;
    for (const [path, bytes] of files) {
      const urls = [...bytes.toString().matchAll(/\b(?:https?|wss?):\/\/[^\s"'`)<>]+/g)].map(([url]) => url);
      expect([path, urls.filter((url) => !names.test(url))]).toEqual([path, []]);
    }
  });

  it('is a page without a script or a style of its own', () => {
    const html = files.get('index.html')?.toString() ?? '';
    expect(html).toContain('<script type="module"');
    expect(html).not.toMatch(/<style|\sstyle=|\son\w+=|=["']?javascript:/i);
    for (const [, attributes = '', text = ''] of html.matchAll(/<script\b([^>]*)>([^]*?)<\/script>/g)) {
      expect(attributes).toMatch(/\ssrc="/);
      expect(text).toBe('');
    }
  });

  it('has a policy that takes no code from a text', async () => {
    const policy = (await fetch(stage.url)).headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("require-trusted-types-for 'script'");
    expect(policy).not.toMatch(/unsafe-|\*|data:|https?:/);
  });
});
