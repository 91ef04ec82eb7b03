import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { buildWeb, WebBuildError } from '../../local/build-web.ts';

jest.setTimeout(120_000);

const work = mkdtempSync(join(tmpdir(), 'twinlock-build-'));
let root: string;

/** A project of its own, with the packages of this one. */
beforeEach(() => {
  root = mkdtempSync(join(work, 'project-'));
  symlinkSync(join(__dirname, '../../node_modules'), join(root, 'node_modules'));
  write('web/index.html', '<!doctype html><script type="module" src="/src/main.ts"></script>');
  write('web/vite.config.ts', 'export default { root: import.meta.dirname };');
  write('web/src/main.ts', 'document.title = "first";');
  write('client/src/main.ts', 'export {};');
});

afterAll(() => {
  rmSync(work, { recursive: true, force: true });
});

function write(name: string, text: string): void {
  mkdirSync(join(root, dirname(name)), { recursive: true });
  writeFileSync(join(root, name), text);
}

/** The one script that was built. */
function script(): string {
  const [name = '', ...more] = readdirSync(join(root, 'web/dist/assets'));
  expect(more).toEqual([]);
  return readFileSync(join(root, 'web/dist/assets', name), 'utf8');
}

const index = () => join(root, 'web/dist/index.html');

/** Marks what is built, so that it shows whether it was built anew, and makes it younger than all or as old as 2001. */
function mark(time = new Date(Date.now() + 60_000)): void {
  writeFileSync(index(), 'kept');
  utimesSync(index(), time, time);
}

const isKept = () => readFileSync(index(), 'utf8') === 'kept';

describe('the build of the web app before the service starts', () => {
  it('makes it where it is not, and leaves nothing beside it', async () => {
    expect(await buildWeb(root)).toBe(join(root, 'web/dist'));
    expect(readFileSync(index(), 'utf8')).toContain('/assets/');
    expect(script()).toContain('first');
    expect(readdirSync(join(root, 'web')).sort()).toEqual(['dist', 'index.html', 'src', 'vite.config.ts']);
  });

  it('keeps it while nothing that it is made of is newer', async () => {
    await buildWeb(root);
    mark();
    await buildWeb(root);
    expect(isKept()).toBe(true);
  });

  it.each(['web/src/main.ts', 'client/src/deep/more.ts', 'web/index.html'])(
    'makes it anew when %s is newer',
    async (name) => {
      await buildWeb(root);
      mark(new Date('2001-01-01'));
      const past = new Date('2000-01-01');
      for (const folder of ['web', 'client']) age(join(root, folder), past);
      await buildWeb(root);
      expect(isKept()).toBe(true);
      write(
        name,
        name.endsWith('html')
          ? '<!doctype html><script type="module" src="/src/main.ts"></script>'
          : 'document.title = "second";',
      );
      await buildWeb(root);
      expect(isKept()).toBe(false);
    },
  );

  it('makes it anew when a source is gone', async () => {
    write('web/src/spare.ts', 'export {};');
    await buildWeb(root);
    mark(new Date('2001-01-01'));
    for (const folder of ['web', 'client']) age(join(root, folder), new Date('2000-01-01'));
    rmSync(join(root, 'web/src/spare.ts'));
    await buildWeb(root);
    expect(isKept()).toBe(false);
  });

  it('is whole for each of two that begin at once', async () => {
    await Promise.all([buildWeb(root), buildWeb(root)]);
    expect(script()).toContain('first');
    expect(readdirSync(join(root, 'web')).filter((name) => name.startsWith('dist'))).toEqual(['dist']);
  });

  it('says what is wrong where it can not, in plain text, and leaves what was there', async () => {
    await buildWeb(root);
    write('web/src/main.ts', "import { nothing } from './not-there.ts'; nothing();");
    mark(new Date('2001-01-01'));
    const error: unknown = await buildWeb(root).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(WebBuildError);
    expect(String(error)).toContain('./not-there.ts');
    expect(String(error)).not.toContain('\u001b');
    expect(String(error)).not.toMatch(/^ +at /m);
    expect(isKept()).toBe(true);
    expect(readdirSync(join(root, 'web')).filter((name) => name.startsWith('dist'))).toEqual(['dist']);
  });
});

/** Gives a folder and all in it, but what was built, a time. */
function age(folder: string, time: Date): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && entry.name !== 'dist') age(path, time);
    else if (entry.isFile()) utimesSync(path, time, time);
  }
  utimesSync(folder, time, time);
}
