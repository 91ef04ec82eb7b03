import { readdirSync, readFileSync, statSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import fonts from '../../lambda/pdf/font-files.json' with { type: 'json' };
import type { Deployment } from './deployment.ts';
import type { SynthesizedFunction } from './synthesized.ts';

const SERVICES = ['accounts', 'documents', 'items', 'maintenance'];
/** Bytes that a bundle may load at its start, and all that it may have. A leap is a dependency that nobody meant. */
const MOST_BYTES: Readonly<Record<string, { readonly start: number; readonly all: number }>> = {
  accounts: { start: 650_000, all: 2_900_000 },
  documents: { start: 680_000, all: 2_000_000 },
  items: { start: 550_000, all: 600_000 },
  maintenance: { start: 340_000, all: 550_000 },
};
/** What a bundle loads when a call needs it, by words of it: dictionaries, S3's client, the contract, the renderer. */
const LATE: Readonly<Record<string, readonly string[]>> = {
  accounts: ['qwertyuiop', 'ListObjectVersionsCommand', 'jsonSchemaDialect'],
  documents: ['ListObjectVersionsCommand', 'PDFDocument', 'DejaVuSans.ttf'],
  items: [],
  maintenance: ['ListObjectVersionsCommand'],
};
/** Names that bundles keep of the product, and those of tests and emulators, which none may have. */
const OURS = ['createVaultStore', 'createObjectStore', 'createKeyService'];
const FOREIGN = ['createMemoryApp', 'createMemoryVaultStore', 'startCloud', 'startDynamoDb', 'Keyring', 'SuiteWatch'];

/** What is uploaded for each function. */
export function describeContents(deployment: () => Deployment): void {
  const each = () => deployment().stack.functions;
  const textOf = ({ folder }: SynthesizedFunction, names: readonly string[]) =>
    names.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n');
  const source = (fn: SynthesizedFunction) => textOf(fn, codeIn(fn.folder));

  describe('an asset', () => {
    it('is there for each function, of the runtime that it is made for', () => {
      expect(
        each()
          .map(({ service }) => service)
          .sort(),
      ).toEqual(SERVICES);
      for (const { runtime, handler } of each()) expect([runtime, handler]).toEqual(['nodejs24.x', 'index.handler']);
    });

    it('holds the bundle, and of documents the fonts and the logo besides, and nothing else', () => {
      const beside = [...fonts.map(({ name }) => `fonts/${name}`), 'logo.png'].sort();
      for (const fn of each()) {
        const code = codeIn(fn.folder);
        expect(code).toContain('index.mjs');
        expect(code.filter((name) => name !== 'index.mjs' && !/^[\w-]+-[A-Z0-9]{8}\.mjs$/.test(name))).toEqual([]);
        const others = filesIn(fn.folder).filter((name) => !code.includes(name));
        expect(others).toEqual(fn.service === 'documents' ? beside : []);
      }
    });

    it('has no chunk that nothing loads', () => {
      for (const { folder } of each()) expect(reached(folder, [...STATIC, ...DYNAMIC])).toEqual(codeIn(folder));
    });

    it('prepares the first call, where somebody waits for it', () => {
      const prepared = each().filter((fn) => textOf(fn, reached(fn.folder, STATIC)).includes('MuteAgent'));
      expect(prepared.map(({ service }) => service).sort()).toEqual(['accounts', 'documents', 'items']);
    });

    it('loads late what few calls need', () => {
      for (const fn of each()) {
        const start = textOf(fn, reached(fn.folder, STATIC));
        const words = LATE[fn.service] ?? [];
        expect([fn.service, words.filter((word) => start.includes(word))]).toEqual([fn.service, []]);
        expect([fn.service, words.filter((word) => !source(fn).includes(word))]).toEqual([fn.service, []]);
      }
    });

    it('holds each font as it is installed', () => {
      const documents = each().find(({ service }) => service === 'documents');
      for (const { from, name } of fonts) {
        const shipped = readFileSync(join(documents?.folder ?? '', 'fonts', name));
        expect(shipped.equals(readFileSync(join('node_modules', from)))).toBe(true);
      }
    });

    it('holds no source map, no path of the machine that made it, and nothing of tests or emulators', () => {
      for (const fn of each()) {
        const text = source(fn);
        for (const word of ['sourceMappingURL', 'sourcesContent', process.cwd(), ...FOREIGN]) {
          expect([fn.service, word, text.includes(word)]).toEqual([fn.service, word, false]);
        }
      }
      // Were names not kept, the others could not be found.
      const named = OURS.filter((name) => each().some((fn) => source(fn).includes(name)));
      expect(named).toEqual(OURS);
    });

    it('asks for no package: all that it imports is of Node', () => {
      for (const fn of each()) {
        const all = codeIn(fn.folder).map((name) => readFileSync(join(fn.folder, name), 'utf8'));
        const imported = all.flatMap((text) => importedBy(text, [...STATIC, ...DYNAMIC]));
        expect(imported.filter(isBuiltin).length).toBeGreaterThan(3);
        expect(imported.filter((name) => !isBuiltin(name) && !/^\.\.?\/[\w./-]+\.mjs$/.test(name))).toEqual([]);
      }
    });

    it('is not larger than it has a reason to be', () => {
      for (const fn of each()) {
        const sizeOf = (names: readonly string[]) =>
          names.reduce((sum, name) => sum + statSync(join(fn.folder, name)).size, 0);
        const [start, all] = [sizeOf(reached(fn.folder, STATIC)), sizeOf(codeIn(fn.folder))];
        const files = filesIn(fn.folder).map((name) => readFileSync(join(fn.folder, name)));
        const packed = files.reduce((sum, bytes) => sum + deflateRawSync(bytes).length, 0);
        const sizes = `${kilobytes(start)} at its start, ${kilobytes(all)} in all, asset ${kilobytes(packed)} packed`;
        process.stdout.write(`${fn.service}: ${sizes}\n`);
        const most = MOST_BYTES[fn.service] ?? { start: 0, all: 0 };
        expect([fn.service, start <= most.start, all <= most.all]).toEqual([fn.service, true, true]);
      }
    });
  });
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(folder, name)).isFile())
    .sort();
}

/** The files of code in a folder, by their paths from it. */
function codeIn(folder: string): string[] {
  return filesIn(folder).filter((name) => name.endsWith('.mjs'));
}

/** What an import looks like once it is minified. */
const STATIC = [/\bfrom\s?"([\w@:./-]+)"/g, /(?:^|[;}])import\s?"([\w@:./-]+)"/gm];
const DYNAMIC = [/\bimport\s?\(\s?"([\w@:./-]+)"/g];

function importedBy(text: string, patterns: readonly RegExp[]): string[] {
  return patterns.flatMap((pattern) => [...text.matchAll(pattern)].map(([, name = '']) => name));
}

/** The files of code that the entry leads to by such imports, itself included, sorted. */
function reached(folder: string, patterns: readonly RegExp[]): string[] {
  const found = new Set(['index.mjs']);
  for (const file of found) {
    const imported = importedBy(readFileSync(join(folder, file), 'utf8'), patterns);
    for (const name of imported.filter((one) => one.startsWith('.'))) found.add(join(dirname(file), name));
  }
  return [...found].sort();
}

function kilobytes(bytes: number): string {
  return `${Math.round(bytes / 1000)} KB`;
}
