import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const ROOT = join(__dirname, '..');

/** What each part may import, itself aside: `lambda/` is left out of the names. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  domain: ['errors'],
  archive: [],
  crypto: ['errors', 'domain'],
  ports: ['errors', 'domain', 'crypto'],
  usecases: ['errors', 'domain', 'archive', 'crypto', 'ports'],
  http: ['errors', 'domain', 'crypto', 'ports', 'usecases'],
  config: ['errors', 'domain', 'usecases'],
  adapters: ['errors', 'domain', 'crypto', 'ports'],
  pdf: ['errors', 'domain', 'ports'],
  compose: ['errors', 'domain', 'crypto', 'ports', 'usecases', 'http', 'adapters', 'pdf', 'config'],
  handlers: ['errors', 'domain', 'ports', 'usecases', 'http', 'config', 'compose'],
};

/** Adapters know of cryptography only its types. */
const TYPES_ONLY: readonly (readonly [from: string, to: string])[] = [['adapters', 'crypto']];

interface Import {
  readonly file: string;
  readonly target: string;
  readonly typeOnly: boolean;
}

function filesUnder(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name) && !/^(?:dist|node_modules)\//.test(name))
    .map((name) => join(folder, name));
}

/** Every import of a file, of types too, static or dynamic; paths from the root where they are relative. */
function importsOf(file: string): Import[] {
  const source = readFileSync(join(ROOT, file), 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  const pattern =
    /(?:^|\n)\s*(import|export)\s+(type\s)?[^;'"]*?from\s+['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]|(?:^|\n)import\s+['"]([^'"]+)['"]/g;
  return [...source.matchAll(pattern)].map(([whole, , type, named, dynamic, bare]) => {
    const target = named ?? dynamic ?? bare ?? '';
    const allTypes =
      /import\s*\{([^}]*)\}/
        .exec(whole)?.[1]
        ?.split(',')
        .every((name) => /^\s*(type\s.*)?$/.test(name)) ?? false;
    return {
      file,
      target: target.startsWith('.') ? normalize(join(dirname(file), target)) : target,
      typeOnly: type !== undefined || allTypes,
    };
  });
}

/** The part of `lambda/` that a path lies in. */
function partOf(path: string): string {
  return relative('lambda', path).split('/')[0]?.replace(/\.ts$/, '') ?? '';
}

const lambda = filesUnder('lambda').flatMap(importsOf);
const relativeOnes = lambda.filter(({ target }) => target.startsWith('lambda/'));

describe('the direction of imports', () => {
  it('finds the imports that it judges', () => {
    expect(relativeOnes.length).toBeGreaterThan(150);
    expect(importsOf('lambda/usecases/sign-in.ts').map(({ target }) => target)).toContain('lambda/usecases/vault.ts');
    expect(importsOf('lambda/domain/password-strength.ts').some(({ target }) => target.startsWith('@zxcvbn-ts/'))).toBe(
      true,
    );
  });

  it('runs one way inside lambda/, for types too', () => {
    const wrong = relativeOnes.filter(({ file, target }) => {
      const from = partOf(file);
      const to = partOf(target);
      return to !== from && !(ALLOWED[from] ?? []).includes(to);
    });
    expect(wrong).toEqual([]);
  });

  it.each(TYPES_ONLY)('gives %s only the types of %s, and the context that KMS is told', (from, to) => {
    const wrong = relativeOnes.filter(
      ({ file, target, typeOnly }) => partOf(file).startsWith(from) && partOf(target) === to && !typeOnly,
    );
    expect(wrong.map(({ target }) => target).filter((target) => target !== 'lambda/crypto/context.ts')).toEqual([]);
  });

  it('lets nobody but adapters and compose know of AWS', () => {
    const wrong = lambda.filter(
      ({ file, target }) => /^@(aws-sdk|smithy)\//.test(target) && !file.startsWith('lambda/adapters/'),
    );
    expect(wrong).toEqual([]);
  });

  it('keeps archive, cryptography, domain and ports free of input and output', () => {
    const io = /^(node:(?!crypto$|util$|url$|net$|buffer$|zlib$)|@aws|hono|pdfkit)/;
    const wrong = lambda.filter(
      ({ file, target }) => /^lambda\/(archive|crypto|domain|ports)\//.test(file) && io.test(target),
    );
    expect(wrong).toEqual([]);
  });

  it("gives the operator's tool all of lambda/ but HTTP and handlers, and the adapters to its compose alone", () => {
    const tool = filesUnder('admin').flatMap(importsOf);
    const taken = tool.filter(({ target }) => target.startsWith('lambda/'));
    expect(taken.length).toBeGreaterThan(50);
    const allowed = ['errors', 'domain', 'crypto', 'ports', 'usecases'];
    const wrong = taken.filter(({ file, target }) => {
      return !allowed.includes(partOf(target)) && !(file === 'admin/compose.ts' && partOf(target) === 'adapters');
    });
    expect(wrong).toEqual([]);
    expect(tool.filter(({ target }) => /^(@|bin\/|lib\/|local\/|test\/)/.test(target))).toEqual([]);
  });

  it("gives the client nothing but types of the service's, and no package", () => {
    const client = filesUnder('client/src').flatMap(importsOf);
    expect(client.length).toBeGreaterThan(10);
    const taken = client.filter(({ target }) => !target.startsWith('client/'));
    const allowed = /^lambda\/(?:http\/schemas|domain)\/|^lambda\/(?:errors|http\/route-list)\.ts$|^zod$/;
    expect(taken.filter(({ target, typeOnly }) => !typeOnly || !allowed.test(target))).toEqual([]);
  });

  it('gives the web app the client, and nothing of the service: it is what any frontend is', () => {
    const web = filesUnder('web/src').flatMap(importsOf);
    expect(web.length).toBeGreaterThan(50);
    const allowed = /^web\/src\/|^@twinlock\/client$|^preact(?:\/hooks)?$|^@zxcvbn-ts\/core$/;
    expect(web.filter(({ target }) => !allowed.test(target))).toEqual([]);
  });

  it('leaves lib/ nothing of lambda/ but the list of routes, and lambda/ nothing of lib/, local/, bin/, admin/ and test/', () => {
    const taken = filesUnder('lib')
      .flatMap(importsOf)
      .filter(({ target }) => target.startsWith('lambda/'));
    expect(taken.filter(({ target }) => target !== 'lambda/http/route-list.ts')).toEqual([]);
    expect(lambda.filter(({ target }) => /^(lib|local|bin|admin|test|bench|client|web)\//.test(target))).toEqual([]);
  });

  it('has no barrel: nothing is re-exported whole, and no file is called index', () => {
    const files = ['lambda', 'lib', 'local', 'bin', 'admin', 'client', 'web'].flatMap(filesUnder);
    expect(files.filter((file) => /\bindex\.ts$/.test(file))).toEqual([]);
    const whole = files.filter((file) => /^export \* from/m.test(readFileSync(join(ROOT, file), 'utf8')));
    expect(whole).toEqual([]);
  });
});
