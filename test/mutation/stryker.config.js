import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * What `run.ts` does not say itself.
 *
 * @type {import('@stryker-mutator/api/core').PartialStrykerOptions}
 */
export default {
  testRunner: 'hot',
  plugins: [new URL('runner.ts', import.meta.url).href],
  coverageAnalysis: 'perTest',
  // Constants are half of what cryptography is.
  ignoreStatic: false,
  concurrency: 1,
  // Endless loops are cut by counting; the clock is for promises that nobody keeps, on a machine that may be busy.
  timeoutMS: 20_000,
  timeoutFactor: 4,
  dryRunTimeoutMinutes: 20,
  // swc takes the types away without looking at them.
  disableTypeChecks: false,
  tempDirName: join(tmpdir(), `twinlock-mutation-${process.pid}`),
  ignorePatterns: [
    'cdk.out',
    '.data',
    'coverage',
    'bench',
    'bin',
    'lib',
    'local',
    'test/infra',
    'test/pdf',
    'test/local',
  ],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false, reportScoreTable: false },
  allowConsoleColors: false,
  logLevel: 'error',
  warnings: false,
};
