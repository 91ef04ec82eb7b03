import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openCheckpoint } from '../../admin/checkpoint.ts';
import { createReport } from '../../admin/report.ts';
import { count, type Tally } from '../../admin/tally.ts';
import { walkTable } from '../../admin/walk-table.ts';
import type { ScanMark, Scanned, TableScan } from '../../lambda/ports/table-scan.ts';

const ROW: Scanned = { state: 'unknown', accountId: null };
/** Where the pages of a segment end: a counter's name, which tells an address, is one of them. */
const ENDS: (ScanMark | null)[] = [
  { pk: 'A#1', sk: 'M' },
  { pk: 'T#subject', sk: '192.0.2.1' },
  { pk: 'A#2', sk: 'M' },
  null,
];
const ABOUT = { command: 'a test' };

/** A table of four pages a segment, three rows each; it fails at the pages with these numbers, counted over all. */
function tableOf(
  fails: ReadonlySet<number> = new Set(),
): Pick<TableScan, 'page' | 'size'> & { readonly asked: (ScanMark | null)[] } {
  const asked: (ScanMark | null)[] = [];
  return {
    asked,
    size: () => Promise.resolve(24),
    page: ({ after }) => {
      if (fails.has(asked.push(after) - 1)) return Promise.reject(new Error('the service fails'));
      const place = after === null ? 0 : ENDS.findIndex((end) => end?.pk === after.pk) + 1;
      return Promise.resolve({ rows: [ROW, ROW, ROW], looked: 3, next: ENDS[place] ?? null });
    },
  };
}

describe('a walk through the table', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'twinlock-walk-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  const silent = { write: () => true };
  const report = createReport({ out: silent, err: silent }, true);
  const each = (_: Scanned, tally: Tally) => {
    count(tally, 'rows');
    return Promise.resolve();
  };
  const walk = (file: string, scan: TableScan, segments: number, number = 0) =>
    walkTable({ scan }, openCheckpoint(join(folder, file), ABOUT, segments), report, number, { what: 'walking', each });

  it('counts every row of every segment once', async () => {
    expect((await walk('whole', tableOf(), 2)).counts).toEqual({ rows: 24 });
  });

  it('goes on behind the last page that was written down, and counts no row twice', async () => {
    for (let fails = 0; fails < 4; fails++) {
      const file = `stopped-${fails}`;
      await expect(walk(file, tableOf(new Set([fails])), 1)).rejects.toThrow('the service fails');
      const again = tableOf();
      expect((await walk(file, again, 1)).counts).toEqual({ rows: 12 });
      // A page that ends at a counter is walked again with the one behind it.
      const from = [null, ENDS[0], ENDS[0], ENDS[2]][fails];
      expect(again.asked[0]).toEqual(from);
    }
  });

  it('writes no address into its file', async () => {
    const file = join(folder, 'private');
    const scan = tableOf();
    const seen: string[] = [];
    const checkpoint = openCheckpoint(file, ABOUT, 1);
    const advance: typeof checkpoint.advance = (...args) => {
      checkpoint.advance(...args);
      seen.push(readFileSync(file, 'utf8'));
    };
    await walkTable({ scan }, { ...checkpoint, advance }, report, 0, { what: 'walking', each });
    expect(seen).toHaveLength(3);
    expect(seen.join()).toContain('A#1');
    expect(seen.join()).not.toContain('192.0.2.1');
  });

  it('does not walk again what came to its end in an earlier run', async () => {
    await walk('two', tableOf(), 1);
    const scan = tableOf();
    expect((await walk('two', scan, 1)).counts).toEqual({ rows: 12 });
    expect(scan.asked).toEqual([]);
    expect((await walk('two', scan, 1, 1)).counts).toEqual({ rows: 12 });
    expect(scan.asked).toHaveLength(4);
  });
});
