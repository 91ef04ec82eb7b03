import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { endWalk, openCheckpoint } from '../../admin/checkpoint.ts';
import { readDeployment } from '../../admin/deployment.ts';
import { runAdmin } from '../../admin/main.ts';
import { createPace, sideBySide } from '../../admin/pace.ts';
import { barOf, createReport } from '../../admin/report.ts';
import { count, newTally } from '../../admin/tally.ts';

const KEY = 'arn:aws:kms:eu-central-1:000000000000:key/00000000-0000-4000-8000-000000000001';
const ENV = {
  AWS_REGION: 'eu-central-1',
  TABLE_NAME: 't',
  BUCKET_NAME: 'b',
  WRAP_KEY_ARNS: KEY,
  MAC_KEY_ARNS: `${KEY}m`,
};

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const said = { out: '', err: '' };
  const code = await runAdmin(args, {
    out: { write: (text) => (said.out += text) },
    err: { write: (text) => (said.err += text) },
    env: {},
    ask: () => Promise.resolve(''),
  });
  return { code, ...said };
}

describe('the tool', () => {
  it('lists its commands, and tells of each how it is called', async () => {
    const { code, out } = await run('--help');
    expect(code).toBe(0);
    const names = ['keys rewrap', 'keys status', 'accounts show', 'accounts erase', 'documents sweep', 'verify'];
    for (const name of [...names, 'upgrade-report', 'restore-check']) {
      expect(out).toContain(`  ${name} `);
      const help = await run(...name.split(' '), '--help');
      expect(help).toMatchObject({ code: 0, err: '' });
      expect(help.out.startsWith(name)).toBe(true);
    }
  });

  it('ends with 2 for a call that makes no sense', async () => {
    for (const args of ['nothing', 'keys', 'verify --nothing', 'verify --segments 0 --table t', 'verify']) {
      const { code, err } = await run(...args.split(' '));
      expect([args, code]).toEqual([args, 2]);
      expect(err).toContain('See --help.');
    }
  });
});

describe('which deployment is meant', () => {
  const read = (options: Record<string, string | boolean>, env: Record<string, string>) =>
    readDeployment({ options, operands: [], ask: () => Promise.resolve('') }, env);

  it('comes from the environment as functions have it, or from options before it', () => {
    expect(read({}, ENV)).toMatchObject({ table: 't', bucket: 'b', wrapKeys: [KEY], macKeys: [`${KEY}m`] });
    expect(read({ table: 'u', 'wrap-keys': `${KEY},${KEY}2` }, ENV)).toMatchObject({
      table: 'u',
      wrapKeys: [KEY, `${KEY}2`],
    });
  });

  it('is refused where a part is missing, or a key is no ARN, since KMS answers with ARNs', () => {
    for (const name of Object.keys(ENV)) expect(() => read({}, { ...ENV, [name]: '' })).toThrow('is missing');
    for (const keys of ['alias/wrap', `${KEY},${KEY}`, `${KEY},`]) {
      expect(() => read({ 'wrap-keys': keys }, ENV)).toThrow('is no list of ARNs');
    }
  });

  it('is refused for a local service that is not there, and for both at once', () => {
    expect(() => read({ local: true, folder: join(tmpdir(), 'nowhere') }, ENV)).toThrow("can't be read");
    expect(() => read({ local: true, region: 'eu-central-1' }, ENV)).toThrow('exclude each other');
  });
});

describe('a state file', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'twinlock-state-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('is gone on with by the same run, and by no other', () => {
    const file = join(folder, 'a.json');
    const about = { command: 'verify', table: 't' };
    const first = openCheckpoint(file, about, 2);
    const counted = newTally();
    count(counted, 'row', 'name');
    first.advance(1, { pk: 'A#1', sk: 'M' }, counted);
    const second = openCheckpoint(file, about, 2);
    expect(second.resumed).toBe(true);
    expect(second.state).toMatchObject({ places: [null, { pk: 'A#1', sk: 'M' }], tally: { counts: { row: 1 } } });
    expect(endWalk(second)).toEqual({ counts: { row: 1 }, examples: { row: ['name'] } });
    expect(openCheckpoint(file, about, 2).state).toMatchObject({
      ended: [{ counts: { row: 1 } }],
      places: [null, null],
    });
    expect(() => openCheckpoint(file, { ...about, table: 'u' }, 2)).toThrow('is of another run');
    second.remove();
    expect(openCheckpoint(file, about, 2).resumed).toBe(false);
  });

  it('is left alone where it is none of this tool', () => {
    const file = join(folder, 'b.json');
    for (const text of ['', '{}', 'notes']) {
      writeFileSync(file, text);
      expect(() => openCheckpoint(file, {}, 1)).toThrow('is no file of this tool');
      expect(readFileSync(file, 'utf8')).toBe(text);
    }
  });
});

describe('progress', () => {
  const written = (isTTY: boolean, json: boolean) => {
    let [err, now] = ['', 0];
    const report = createReport(
      { out: { write: () => true }, err: { write: (text) => (err += text), isTTY } },
      json,
      () => now,
    );
    for (const done of [1, 2, 3]) {
      now += 60_000;
      report.progress('moving', done, 4);
      report.progress('moving', done, 4);
    }
    return err;
  };

  it('is a bar on a terminal, lines elsewhere, JSON for programs, and not more often than can be read', () => {
    expect(written(true, false).split('\r').at(-1)).toContain(`moving [${'#'.repeat(23)}.......]  75 % 3 of about 4`);
    expect(written(false, false)).toBe('moving: 1 of about 4\nmoving: 2 of about 4\nmoving: 3 of about 4\n');
    expect(written(true, true).split('\n')[0]).toBe('{"progress":"moving","done":1,"total":4}');
  });

  it('stands at its end where there is more than was thought, and knows no end without a total', () => {
    expect(barOf('moving', 9, 4)).toContain('100 % 9 of about 4');
    expect(barOf('moving', 9, 0)).toBe('moving 9');
  });
});

describe('calls of KMS', () => {
  it('are spread evenly, however many ask at once', async () => {
    let now = 0;
    const waited: number[] = [];
    const pace = createPace(50, { clock: () => now, sleep: (ms) => Promise.resolve(void waited.push(ms)) });
    await Promise.all([pace(), pace(), pace()]);
    expect(waited).toEqual([20, 40]);
    now = 1000;
    await pace();
    expect(waited).toHaveLength(2);
  });

  it('are begun no more once one has failed, and its failure is met', async () => {
    const begun: number[] = [];
    const act = (one: number) => {
      begun.push(one);
      return one === 2 ? Promise.reject(new Error('second')) : Promise.resolve();
    };
    await expect(sideBySide([1, 2, 3, 4, 5, 6], 2, act)).rejects.toThrow('second');
    expect(begun.length).toBeLessThan(6);
  });
});
