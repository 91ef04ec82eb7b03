import { describe, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { memoryReal } from './real.ts';
import { live, PATIENCE_MS, report, runsOf, seeding } from './runs.ts';

jest.setTimeout(PATIENCE_MS);

describe('the service', () => {
  it('is what the model says, whatever its clients do', async () => {
    const seeded = seeding(80);
    const tally = { runs: 0, deeds: 0, requests: 0 };
    const started = Date.now();
    try {
      await fc.assert(
        fc.asyncProperty(runsOf(), (deeds) => live(deeds, memoryReal, tally)),
        { ...seeded, endOnFailure: false },
      );
    } finally {
      report('model', seeded, { ...tally, ms: Date.now() - started });
    }
  });
});
