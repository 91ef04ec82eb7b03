import { describe, it } from '@jest/globals';
import fc from 'fast-check';
import { emulatedReal } from './real.ts';
import { live, PATIENCE_MS, report, runsOf, seeding } from './runs.ts';

/** Deeds of one run: a call takes some 20 ms here. */
const DEEDS = 20;

describe('the service on the emulators', () => {
  it(
    'is what the model says, whatever its clients do',
    async () => {
      const seeded = seeding(4);
      const tally = { runs: 0, deeds: 0, requests: 0 };
      const started = Date.now();
      try {
        await fc.assert(
          fc.asyncProperty(runsOf(DEEDS), (deeds) => live(deeds, emulatedReal, tally)),
          seeded,
        );
      } finally {
        report('model on the emulators', seeded, { ...tally, ms: Date.now() - started });
      }
    },
    PATIENCE_MS,
  );
});
