import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { hashSync } from 'bcryptjs';
import { build } from 'esbuild';
import { createWorkerPool } from '../../lambda/adapters/system/bcrypt-pool.ts';
import { createPasswordHasher } from '../../lambda/adapters/system/password-hasher.ts';
import { UnavailableError } from '../../lambda/errors.ts';

const PREHASH = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/';
const SALT = Uint8Array.from({ length: 16 }, (_, n) => n * 16 + 1);
/** bcrypt's base 64 of SALT: the same alphabet as ever, in another order. */
const SETTING = `$2b$10$${bcryptBase64(SALT)}`;

function bcryptBase64(bytes: Uint8Array): string {
  const common = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  const own = './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
  return Buffer.from(bytes)
    .toString('base64')
    .replaceAll('=', '')
    .replace(/./g, (char) => own.charAt(common.indexOf(char)));
}

const text = (tail: Uint8Array) => Buffer.from(tail).toString('latin1');

describe.each([
  ['on this thread', 0],
  ['on two workers', 2],
])('bcrypt %s', (_where, workers) => {
  const hasher = createPasswordHasher({ workers });
  afterAll(() => hasher.close());

  it('gives what stands behind the salt of a $2b$ hash', async () => {
    const tail = await hasher.tail(PREHASH, SALT, 10);
    expect(SETTING + text(tail)).toBe(hashSync(PREHASH, SETTING));
    expect(tail).toHaveLength(31);
  });

  it('differs by prehash, salt and cost, and keeps many at once apart', async () => {
    const otherSalt = SALT.map((byte) => byte ^ 1);
    const jobs: [string, Uint8Array, number][] = [
      [PREHASH, SALT, 10],
      [PREHASH.replace('/', '.'), SALT, 10],
      [PREHASH, otherSalt, 10],
      [PREHASH, SALT, 11],
    ];
    const at = await Promise.all(jobs.map((job) => hasher.tail(...job)));
    const again: Uint8Array[] = [];
    for (const job of jobs) again.push(await hasher.tail(...job));
    expect(at).toEqual(again);
    expect(new Set(at.map(text)).size).toBe(jobs.length);
  });

  it.each<[string, string, Uint8Array, number]>([
    ['a short prehash', PREHASH.slice(1), SALT, 10],
    ['a long prehash', `${PREHASH}a`, SALT, 10],
    ['a prehash that is not ASCII', `é${PREHASH.slice(1)}`, SALT, 10],
    ['a prehash with NUL', `\0${PREHASH.slice(1)}`, SALT, 10],
    ['a short salt', PREHASH, SALT.slice(1), 10],
    ['a cost that is too low', PREHASH, SALT, 9],
    ['a cost that is too high', PREHASH, SALT, 15],
    ['a cost with a fraction', PREHASH, SALT, 10.5],
  ])('refuses %s', async (_what, prehash, salt, cost) => {
    await expect(hasher.tail(prehash, salt, cost)).rejects.toThrow(RangeError);
  });
});

describe('the workers', () => {
  it('leave the event loop free', async () => {
    const hasher = createPasswordHasher({ workers: 1 });
    await hasher.tail(PREHASH, SALT, 10);
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    await Promise.all([hasher.tail(PREHASH, SALT, 11), hasher.tail(PREHASH, SALT, 11)]);
    delay.disable();
    await hasher.close();
    // On this thread it would stand still for 100 ms at a time.
    expect(delay.percentile(50) / 1e6).toBeLessThan(60);
  });

  it('refuse more than may wait, and go on', async () => {
    const hasher = createPasswordHasher({ workers: 1, queue: 2 });
    const jobs = [1, 2, 3, 4].map(() => hasher.tail(PREHASH, SALT, 10));
    const results = await Promise.allSettled(jobs);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected']);
    await expect(jobs[3]).rejects.toThrow(UnavailableError);
    await expect(hasher.tail(PREHASH, SALT, 10)).resolves.toHaveLength(31);
    await hasher.close();
  });

  it('refuse what waits, is at work or comes once they are closed', async () => {
    const hasher = createPasswordHasher({ workers: 1 });
    const jobs = [hasher.tail(PREHASH, SALT, 14), hasher.tail(PREHASH, SALT, 10)];
    const refused = Promise.allSettled(jobs);
    await hasher.close();
    for (const result of await refused) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'temporarily_unavailable' } });
    }
    await expect(hasher.tail(PREHASH, SALT, 10)).rejects.toThrow(UnavailableError);
    await hasher.close();
  });

  it('try a hash over which one died with another, then give it up, and serve the next', async () => {
    const pool = createWorkerPool({ workers: 1, queue: 4 });
    const [bad, good] = [pool.tail(PREHASH, 'no setting'), pool.tail(PREHASH, SETTING)];
    const refused = expect(bad).rejects.toThrow(UnavailableError);
    expect(SETTING + text(await good)).toBe(hashSync(PREHASH, SETTING));
    await refused;
    await expect(bad).rejects.toMatchObject({ cause: { message: expect.stringContaining('Invalid salt') } });
    await pool.close();
  });
});

describe('elsewhere', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hasher-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** Hashes, hashes again on the idle worker, and a third time while its worker is killed; prints all and the workers. */
  const program = (from: string) => `
    import { createPasswordHasher } from ${JSON.stringify(from)};
    const workers = [];
    process.on('worker', (worker) => workers.push(worker));
    const hasher = createPasswordHasher({ workers: 2 });
    const salt = Uint8Array.from({ length: 16 }, (_, n) => n * 16 + 1);
    const print = (tail) => process.stdout.write(Buffer.from(tail).toString('latin1') + ' ');
    print(await hasher.tail(${JSON.stringify(PREHASH)}, salt, 10));
    print(await hasher.tail(${JSON.stringify(PREHASH)}, salt, 10));
    const third = hasher.tail(${JSON.stringify(PREHASH)}, salt, 10);
    await workers[0].terminate();
    print(await third);
    process.stdout.write(String(workers.length));
  `;
  const source = join(__dirname, '../../lambda/adapters/system/password-hasher.ts');
  const run = promisify(execFile);
  const wanted = () => {
    const tail = hashSync(PREHASH, SETTING).slice(29);
    return `${tail} ${tail} ${tail} 2`;
  };

  it('works in a bundle without node_modules, and an idle pool lets the process end', async () => {
    const entry = join(folder, 'entry.ts');
    await writeFile(entry, program(source));
    const bcryptjs = createRequire(join(__dirname, 'x')).resolve('bcryptjs');
    const outfile = join(folder, 'bundle.mjs');
    await build({
      entryPoints: [entry],
      outfile,
      bundle: true,
      minify: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      define: { TWINLOCK_BCRYPTJS: JSON.stringify(await readFile(bcryptjs, 'utf8')) },
      logLevel: 'silent',
    });
    const { stdout } = await run(process.execPath, [outfile], { cwd: folder, timeout: 10_000 });
    expect(stdout).toBe(wanted());
  }, 20_000);

  it('works under tsx', async () => {
    const entry = join(folder, 'run.mts');
    await writeFile(entry, program(source));
    const tsx = createRequire(join(__dirname, 'x')).resolve('tsx/cli');
    const { stdout } = await run(process.execPath, [tsx, entry], { cwd: folder, timeout: 15_000 });
    expect(stdout).toBe(wanted());
  }, 20_000);
});
