import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import { startAttacked } from '../attacks/service.ts';
import { buildClient, CLIENT, DIST, runNode } from './built.ts';
import { CONSUMER } from './consumers.ts';

/** Bytes of the module at most, minified and compressed. */
const BUDGET = 8 * 1024;

const ROOT = join(CLIENT, '..');
const work = mkdtempSync(join(tmpdir(), 'twinlock-client-'));

beforeAll(buildClient, 120_000);
afterAll(() => {
  rmSync(work, { recursive: true, force: true });
});

describe('the built client', () => {
  const built = (name: string) => readFileSync(join(DIST, name), 'utf8');

  it('has at most 8 KB, compressed', () => {
    const size = gzipSync(built('main.js'), { level: 9 }).length;
    expect(size).toBeGreaterThan(4096);
    expect(size).toBeLessThanOrEqual(BUDGET);
  });

  it('imports nothing, and names nothing that Node alone has', () => {
    expect(built('main.js')).not.toMatch(/\bimport\b|\brequire\b|\bBuffer\b|\bprocess\b|node:|setImmediate/);
    expect(built('main.d.ts')).not.toMatch(/\bimport\b|\bzod\b|\bBuffer\b|node:|lambda\//);
    expect(built('main.d.ts')).toContain('/** Stores an item. */');
  });

  it('does the main job in Node, and lets it end', async () => {
    const service = await startAttacked();
    try {
      const script = join(work, 'main-job.mjs');
      const urls = [join(DIST, 'main.js'), join(__dirname, 'main-job.ts')].map((file) =>
        JSON.stringify(pathToFileURL(file).href),
      );
      writeFileSync(
        script,
        `import * as client from ${urls[0] ?? ''};
         import { DONE, mainJob } from ${urls[1] ?? ''};
         import { deepEqual } from 'node:assert/strict';
         deepEqual(await mainJob(client, process.argv[2], 'node@example.com'), DONE);
         console.log('done');`,
      );
      expect(await runNode('--import', 'tsx', script, service.url)).toBe('done\n');
    } finally {
      await service.close();
    }
  }, 120_000);
});

describe('its declarations', () => {
  /** The faults of a project that has the client in its node_modules. */
  const faultsIn = (source: string, options: ts.CompilerOptions): string[] => {
    const project = mkdtempSync(join(work, 'consumer-'));
    mkdirSync(join(project, 'node_modules/@twinlock'), { recursive: true });
    symlinkSync(CLIENT, join(project, 'node_modules/@twinlock/client'));
    writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
    const file = join(project, 'consumer.ts');
    writeFileSync(file, source);
    const program = ts.createProgram([file], {
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: false,
      noEmit: true,
      target: ts.ScriptTarget.ES2022,
      typeRoots: [join(ROOT, 'node_modules/@types')],
      ...options,
    });
    return ts
      .getPreEmitDiagnostics(program)
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
  };
  const DOM = ['lib.es2022.d.ts', 'lib.dom.d.ts', 'lib.dom.asynciterable.d.ts'];
  const nodeNext = { module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext };
  const bundler = { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler };

  it.each<[string, ts.CompilerOptions]>([
    ['a bundled page', { ...bundler, lib: DOM, types: [] }],
    ['a page without a bundler', { ...nodeNext, lib: DOM, types: [] }],
    ['a program on Node', { ...nodeNext, lib: ['lib.es2022.d.ts'], types: ['node'] }],
  ])('hold in %s', (_, options) => {
    expect(faultsIn(CONSUMER, options)).toEqual([]);
    // What should fail does: the project above is compiled in earnest.
    const other = CONSUMER.replace("case 'network':", '').replace('// @ts-expect-error a person has no IBAN', '');
    expect(faultsIn(other, options)).toHaveLength(2);
  });
});

describe('its package', () => {
  it('holds the module, its declarations and map, the README and the licence, and nothing else', async () => {
    const { stdout } = await promisify(execFile)('npm', ['pack', '--dry-run', '--json', '--offline'], { cwd: CLIENT });
    const [{ files, version }] = JSON.parse(stdout) as [{ files: { path: string }[]; version: string }];
    expect(files.map(({ path }) => path)).toEqual([
      'LICENSE',
      'README.md',
      'dist/main.d.ts',
      'dist/main.js',
      'dist/main.js.map',
      'package.json',
    ]);
    expect(version).toBe('0.1.0');
    expect(readFileSync(join(CLIENT, 'LICENSE'), 'utf8')).toBe(readFileSync(join(ROOT, 'LICENSE'), 'utf8'));
  });

  it('is one that publint takes', async () => {
    expect(await runNode('node_modules/publint/src/cli.js', 'run', 'client', '--strict')).toContain('All good!');
  });

  it('has types that are found wherever modules are', async () => {
    const attw = 'node_modules/@arethetypeswrong/cli/dist/index.js';
    const told = await runNode(attw, '--pack', 'client', '--profile', 'esm-only', '--format', 'json');
    expect(JSON.parse(told)).toMatchObject({
      analysis: { packageName: '@twinlock/client', types: { kind: 'included' } },
    });
  });
});
