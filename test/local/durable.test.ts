import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { FolderUnusableError, useFolder } from '../../local/durable.ts';

const ROOT = join(__dirname, '../..');
const work = mkdtempSync(join(tmpdir(), 'twinlock-'));

afterAll(() => {
  rmSync(work, { recursive: true, force: true });
});

describe('a data folder', () => {
  it('is made with those above it, for its owner alone', () => {
    const folder = join(work, 'one', 'two', 'three');
    useFolder(folder);
    const modes = [join(work, 'one'), join(work, 'one', 'two'), folder].map((path) => statSync(path).mode & 0o777);
    if (process.platform !== 'win32') expect(modes).toEqual([0o700, 0o700, 0o700]);
    expect(statSync(folder).isDirectory()).toBe(true);
  });

  it('may be there already, be named from where the process runs, and be reached by a link', () => {
    const folder = join(work, 'there');
    mkdirSync(folder);
    const link = join(work, 'link');
    symlinkSync(folder, link, 'junction');
    for (const path of [folder, link, join(link, 'below'), `${folder}/`, '.', relative('.', join(work, 'named'))]) {
      useFolder(path);
      expect(statSync(path).isDirectory()).toBe(true);
    }
  });

  it.each([['a file'], ['a file/below'], ['a file/below/it']])('is unusable where a file is in the way: %s', (name) => {
    writeFileSync(join(work, 'a file'), 'in the way');
    expect(() => {
      useFolder(join(work, name));
    }).toThrow(FolderUnusableError);
  });

  const onProcfs = existsSync('/proc/self') ? it.each : it.skip.each;
  // In a process of its own, for what never returns can't be timed out in this one.
  onProcfs([
    ['local/durable.ts', "useFolder('/proc/x')"],
    ['local/durable.ts', "useFolder('/proc/x/y/z')"],
    ['local/dynamodb/engine.ts', "await openEngine('/proc/x/y', Date.now)"],
  ])('is unusable, and said to be so, where no folder can be made: %s, %s', (file, call) => {
    const [name] = call.replace('await ', '').split('(');
    const code = `
      const { ${name} } = await import('./${file}');
      try { ${call}; } catch (error) { console.log(error.code); }`;
    const args = ['--import', 'tsx', '--input-type=module', '--eval', code];
    const { stdout, stderr, signal } = spawnSync(process.execPath, args, {
      cwd: ROOT,
      timeout: 20_000,
      encoding: 'utf8',
    });
    expect([signal, stderr, stdout.trim()]).toEqual([null, '', 'folder_unusable']);
  });
});
