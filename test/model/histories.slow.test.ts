import { describe, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { play, plots } from './histories.ts';
import { PATIENCE_MS, report, seeding } from './runs.ts';

jest.setTimeout(PATIENCE_MS);

describe('clients of one account at once', () => {
  it('are told what some order of their calls explains', async () => {
    const seeded = seeding(40);
    const tally = { histories: 0, calls: 0 };
    const started = Date.now();
    try {
      await fc.assert(
        fc.asyncProperty(plots, async (plot) => {
          tally.calls += await play(plot);
          tally.histories += 1;
        }),
        seeded,
      );
    } finally {
      report('histories', seeded, { ...tally, ms: Date.now() - started });
    }
  });
});
