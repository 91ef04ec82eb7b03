import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { median } from '../measure.ts';

/**
 * The most memory that a process takes which seals so many MiB, bytes: bundled as on Lambda, so that no loader is
 * measured, and with its code compiled. Medians.
 */
export function peaksOf(sizes: readonly number[], rounds: number): number[] {
  const folder = mkdtempSync(join(tmpdir(), 'twinlock-sealing-'));
  try {
    const outfile = join(folder, 'child.mjs');
    const entry = fileURLToPath(new URL('child.ts', import.meta.url));
    buildSync({ entryPoints: [entry], outfile, bundle: true, platform: 'node', format: 'esm' });
    const peaks = sizes.map((): number[] => []);
    for (let round = 0; round < rounds; round++) {
      for (const [place, size] of sizes.entries()) {
        peaks[place]?.push(Number(execFileSync(process.execPath, [outfile, String(size)])));
      }
    }
    return peaks.map(median);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
