import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { type ArchiveFile, zip } from '../../lambda/archive/zip.ts';
import { crcOf, readZip } from './read-zip.ts';

const MODIFIED = new Date('2026-02-03T04:05:06Z');
const MIB = 2 ** 20;

async function* each<T>(...values: readonly T[]): AsyncGenerator<T, void, undefined> {
  await Promise.resolve();
  yield* values;
}

function file(name: string, ...pieces: readonly Uint8Array[]): ArchiveFile {
  return { name, modified: MODIFIED, body: each(...pieces) };
}

async function collect(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const read: Uint8Array[] = [];
  for await (const piece of pieces) {
    if (piece.length === 0) throw new Error('an empty piece');
    read.push(piece);
  }
  return Buffer.concat(read);
}

/** Files `a`, `b` and `c` of two pieces each, which write down what is asked of them. */
function watched(fail?: string): { files: AsyncGenerator<ArchiveFile, void, undefined>; log: string[] } {
  const log: string[] = [];
  async function* body(name: string): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for (const piece of [`${name}1`, `${name}2`]) {
        log.push(piece);
        await Promise.resolve();
        if (piece === fail) throw new Error('a damaged body');
        yield Buffer.from(piece);
      }
    } finally {
      log.push(`${name} closed`);
    }
  }
  async function* files(): AsyncGenerator<ArchiveFile, void, undefined> {
    try {
      for (const name of ['a', 'b', 'c']) {
        log.push(name);
        await Promise.resolve();
        if (name === fail) throw new Error('no more files');
        yield { name, modified: MODIFIED, body: body(name) };
      }
    } finally {
      log.push('files closed');
    }
  }
  return { files: files(), log };
}

/** Reads pieces until one ends in `text`. */
async function readTo(text: string, stream: AsyncIterator<Uint8Array, void>): Promise<void> {
  for (let tail = ''; tail !== text; ) {
    const step = await stream.next();
    if (step.done === true) throw new Error(`no piece ends in ${text}`);
    tail = Buffer.from(step.value).toString('latin1').slice(-text.length);
  }
}

describe('the archive', () => {
  it('gives back every name, time and body, in order', async () => {
    const long = randomBytes(300_000);
    const archive = await collect(
      zip(
        each(
          file('account.json', Buffer.from('{}')),
          file(
            'documents/0.pdf',
            long.subarray(0, 1),
            new Uint8Array(0),
            long.subarray(1, 70_000),
            long.subarray(70_000),
          ),
          file('empty'),
          file('empty-pieces', new Uint8Array(0), new Uint8Array(0)),
        ),
      ),
    );

    expect(readZip(archive)).toEqual([
      { name: 'account.json', modified: MODIFIED, body: Buffer.from('{}') },
      { name: 'documents/0.pdf', modified: MODIFIED, body: long },
      { name: 'empty', modified: MODIFIED, body: Buffer.alloc(0) },
      { name: 'empty-pieces', modified: MODIFIED, body: Buffer.alloc(0) },
    ]);
  });

  it('is the same bytes however a body is cut', async () => {
    const body = randomBytes(5000);
    const cut = Array.from({ length: 5000 }, (_, at) => body.subarray(at, at + 1));
    expect(await collect(zip(each(file('a', ...cut))))).toEqual(await collect(zip(each(file('a', body)))));
  });

  it('has the CRC-32 of the standard check value', async () => {
    const archive = await collect(zip(each(file('check', Buffer.from('123456789')))));
    expect(crcOf(Buffer.from('123456789'))).toBe(0xcbf4_3926);
    expect(archive.readUInt32LE(archive.indexOf('PK\u0007\b', 'latin1') + 4)).toBe(0xcbf4_3926);
  });

  it('may have no file at all', async () => {
    expect(readZip(await collect(zip(each<ArchiveFile>())))).toEqual([]);
  });

  it('keeps thousands of files apart', async () => {
    const names = Array.from({ length: 5000 }, (_, index) => `documents/${index}.pdf`);
    const archive = await collect(zip(each(...names.map((name) => file(name, Buffer.from(name))))));
    expect(readZip(archive).map(({ name, body }) => [name, body.toString()])).toEqual(
      names.map((name) => [name, name]),
    );
  });

  it('leaves out the extended timestamp from 2038 on, which it can not express', async () => {
    const body = each<Uint8Array>();
    const [before, after] = ['2038-01-19T03:14:07Z', '2038-01-19T03:14:08Z'].map((time) => new Date(time));
    if (before === undefined || after === undefined) throw new Error('no times');
    const archive = await collect(
      zip(each({ name: 'a', modified: before, body }, { name: 'b', modified: after, body })),
    );
    expect(readZip(archive).map(({ modified }) => modified)).toEqual([before, null]);
  });
});

describe('what reads it', () => {
  const UNZIP = spawnSync('unzip', ['-v']).status === 0;
  const PYTHON = spawnSync('python3', ['-c', 'import zipfile']).status === 0;

  async function onDisk(use: (path: string, folder: string) => void): Promise<void> {
    const folder = mkdtempSync(join(tmpdir(), 'twinlock-zip-'));
    try {
      const path = join(folder, 'export.zip');
      const large = randomBytes(MIB);
      writeFileSync(
        path,
        await collect(zip(each(file('items.json', Buffer.from('[]')), file('documents/0.pdf', large), file('empty')))),
      );
      use(path, folder);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  (UNZIP ? it : it.skip)(UNZIP ? 'unzip' : 'unzip is not installed', async () => {
    await onDisk((path, folder) => {
      expect(execFileSync('unzip', ['-t', path], { encoding: 'utf8' })).toContain('No errors detected');
      execFileSync('unzip', ['-q', path, '-d', join(folder, 'out')]);
      expect(readFileSync(join(folder, 'out/items.json'), 'utf8')).toBe('[]');
      expect(statSync(join(folder, 'out/documents/0.pdf')).mtime).toEqual(MODIFIED);
    });
  });

  (PYTHON ? it : it.skip)(PYTHON ? "Python's zipfile" : 'Python is not installed', async () => {
    await onDisk((path) => {
      const script =
        'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); print(z.testzip(), z.namelist(), z.read("items.json"))';
      const told = execFileSync('python3', ['-c', script, path], { encoding: 'utf8' });
      expect(told.trim()).toBe("None ['items.json', 'documents/0.pdf', 'empty'] b'[]'");
    });
  });
});

describe('the stream', () => {
  it('asks for nothing before it is read', async () => {
    const { files, log } = watched();
    const stream = zip(files);
    await new Promise(setImmediate);
    expect(log).toEqual([]);
    await stream.return();
    expect(log).toEqual([]);
  });

  it('asks for a piece when the one before it was taken, and for a file when the one before it was read', async () => {
    const { files, log } = watched();
    const stream = zip(files);

    await readTo('a1', stream);
    await new Promise(setImmediate);
    expect(log).toEqual(['a', 'a1']);

    await readTo('a2', stream);
    await new Promise(setImmediate);
    expect(log).toEqual(['a', 'a1', 'a2']);

    await readTo('b1', stream);
    await new Promise(setImmediate);
    expect(log).toEqual(['a', 'a1', 'a2', 'a closed', 'b', 'b1']);
  });

  it('closes the open body, then the files, when its reader leaves', async () => {
    const { files, log } = watched();
    const stream = zip(files);
    await readTo('b1', stream);
    await stream.return();
    expect(log.slice(-3)).toEqual(['b1', 'b closed', 'files closed']);
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  it.each([
    ['a body', 'b2', 'a damaged body', ['b2', 'b closed', 'files closed']],
    ['the files', 'c', 'no more files', ['b closed', 'c', 'files closed']],
  ])('ends in the error of %s, without a directory', async (_, fail, message, last) => {
    const { files, log } = watched(fail);
    const read: Uint8Array[] = [];
    const reading = (async () => {
      for await (const piece of zip(files)) read.push(piece);
    })();
    await expect(reading).rejects.toThrow(message);
    expect(log.slice(-3)).toEqual(last);
    const archive = Buffer.concat(read);
    expect(archive.includes('b1')).toBe(true);
    expect(archive.includes('PK\u0001\u0002', 0, 'latin1') || archive.includes('PK\u0005\u0006', 0, 'latin1')).toBe(
      false,
    );
    expect(() => readZip(archive)).toThrow('the archive lacks an end of the directory');
  });

  it('holds no more of 512 MiB than of 64', async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    /** The most that buffers held at any 16 MiB of an archive of so many MiB. */
    async function peak(size: number): Promise<number> {
      async function* body(): AsyncGenerator<Uint8Array, void, undefined> {
        await Promise.resolve();
        for (let made = 0; made < 32 * MIB; made += MIB / 4) yield new Uint8Array(MIB / 4).fill(made);
      }
      async function* files(): AsyncGenerator<ArchiveFile, void, undefined> {
        for (let made = 0; made < size; made += 32) yield { ...(await Promise.resolve(file(`${made}`))), body: body() };
      }
      let [total, most] = [0, 0];
      for await (const piece of zip(files())) {
        const before = Math.floor(total / (16 * MIB));
        total += piece.length;
        if (Math.floor(total / (16 * MIB)) === before) continue;
        collectGarbage();
        most = Math.max(most, process.memoryUsage().arrayBuffers);
      }
      expect(total).toBeGreaterThan(size * MIB);
      return most;
    }

    const small = await peak(64);
    // What was let go of between two samples may still be counted.
    expect((await peak(512)) - small).toBeLessThan(64 * MIB);
  });
});

describe('what has no place in an archive', () => {
  it.each([
    '',
    '/etc/passwd',
    '../a',
    'a/../b',
    'a//b',
    'a/',
    '.hidden',
    'a\\b',
    'C:a',
    'ü.pdf',
    'a\nb',
    'a\n',
    'a'.repeat(256),
  ])('is the name %j', async (name) => {
    await expect(collect(zip(each(file(name))))).rejects.toThrow(RangeError);
  });

  it.each(['1979-06-01', '2100-06-01', 'no time'])('is the time %s', async (time) => {
    const refused = { ...file('a'), modified: new Date(time) };
    await expect(collect(zip(each(refused)))).rejects.toThrow(RangeError);
  });

  it('is a 65,535th file', async () => {
    async function* files(count: number): AsyncGenerator<ArchiveFile, void, undefined> {
      for (let index = 0; index < count; index++) yield await Promise.resolve(file(`${index}`));
    }
    expect(readZip(await collect(zip(files(65_534))))).toHaveLength(65_534);
    await expect(collect(zip(files(65_535)))).rejects.toThrow(RangeError);
  });

  it('is a byte too many for 4 GiB, directory and all', async () => {
    const around = (await collect(zip(each(file('a'))))).length;
    /** Bytes of an archive whose one piece says that it has so many. */
    async function sizeOf(length: number): Promise<number> {
      let size = 0;
      const piece = Object.defineProperty(new Uint8Array(1), 'length', { value: length });
      for await (const part of zip(each(file('a', piece)))) size += part.length;
      return size;
    }
    expect(await sizeOf(2 ** 32 - 2 - around)).toBe(2 ** 32 - 2);
    await expect(sizeOf(2 ** 32 - 1 - around)).rejects.toThrow('an archive of over 4 GiB');
  });

  it('has its body closed', async () => {
    const log: string[] = [];
    // Not a generator: one that never began has nothing to close.
    const body: AsyncIterableIterator<Uint8Array> = {
      next: () => Promise.reject(new Error('read')),
      async return() {
        log.push('closed');
        return Promise.resolve({ done: true, value: undefined });
      },
      [Symbol.asyncIterator]: () => body,
    };
    await expect(collect(zip(each({ name: '../a', modified: MODIFIED, body })))).rejects.toThrow(RangeError);
    expect(log).toEqual(['closed']);
  });
});
