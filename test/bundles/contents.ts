import { readdirSync, readFileSync, statSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import fonts from '../../lambda/pdf/font-files.json' with { type: 'json' };
import type { Deployment } from './deployment.ts';
import type { SynthesizedFunction } from './synthesized.ts';

const SERVICES = ['accounts', 'documents', 'items', 'maintenance'];
/** What a bundle may have at most, bytes: a third more than it has. A leap is a dependency that nobody meant. */
const MOST_BYTES: Readonly<Record<string, number>> = {
  accounts: 3_500_000,
  documents: 2_500_000,
  items: 900_000,
  maintenance: 800_000,
};
/** Names that bundles keep of the product, and those of tests and emulators, which none may have. */
const OURS = ['createVaultStore', 'createObjectStore', 'createKeyService'];
const FOREIGN = ['createMemoryApp', 'createMemoryVaultStore', 'startCloud', 'startDynamoDb', 'Keyring', 'SuiteWatch'];

/** What is uploaded for each function. */
export function describeContents(deployment: () => Deployment): void {
  const each = () => deployment().stack.functions;
  const source = ({ folder }: SynthesizedFunction) => readFileSync(join(folder, 'index.mjs'), 'utf8');

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
      const beside = [...fonts.map(({ name }) => `fonts/${name}`), 'logo.png'];
      for (const fn of each()) {
        expect(filesIn(fn.folder)).toEqual([...(fn.service === 'documents' ? beside : []), 'index.mjs'].sort());
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
        const imported = [...source(fn).matchAll(/\bfrom\s?"([\w@:./-]+)"/g)].map(([, name = '']) => name);
        expect(imported.length).toBeGreaterThan(3);
        expect(imported.filter((name) => !isBuiltin(name))).toEqual([]);
      }
    });

    it('is not larger than it has a reason to be', () => {
      for (const fn of each()) {
        const { size } = statSync(join(fn.folder, 'index.mjs'));
        const files = filesIn(fn.folder).map((name) => readFileSync(join(fn.folder, name)));
        const packed = files.reduce((sum, bytes) => sum + deflateRawSync(bytes).length, 0);
        process.stdout.write(`${fn.service}: bundle ${kilobytes(size)}, asset ${kilobytes(packed)} packed\n`);
        expect([fn.service, size < (MOST_BYTES[fn.service] ?? 0)]).toEqual([fn.service, true]);
      }
    });
  });
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(folder, name)).isFile())
    .sort();
}

function kilobytes(bytes: number): string {
  return `${Math.round(bytes / 1000)} KB`;
}
