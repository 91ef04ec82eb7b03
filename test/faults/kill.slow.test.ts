import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { judgeAftermath } from './kill/aftermath.ts';
import { Api } from './kill/api.ts';
import { check } from './kill/checks.ts';
import { open, work } from './kill/lanes.ts';
import { type Running, startAndKill, startService } from './kill/process.ts';
import { Random } from './kill/random.ts';

/** `KILLS=200` for more; `KILL_SEED` draws as another run did, though two runs never meet the same moment. */
const KILLS = Number(process.env['KILLS'] ?? '4');
const SEED = Number(process.env['KILL_SEED'] ?? randomInt(2 ** 31));
/** Calls that are answered before the service is killed, and how long after the last of them, ms. */
const ANSWERED = { least: 3, most: 45 };
const AFTER_MS = 80;
/** How long after its start one is killed on its way up, ms. */
const START_MS = 1500;
/** One start in so many is killed too. */
const STARTS = 4;

describe('npm start, killed with SIGKILL under load', () => {
  const folder = mkdtempSync(join(tmpdir(), 'twinlock-kill-'));
  let running: Running | undefined;

  afterEach(async () => {
    await running?.kill();
    rmSync(folder, { recursive: true, force: true });
  });

  it(
    'keeps all that it acknowledged, and does the rest once or not at all',
    async () => {
      const random = new Random(SEED);
      const found = { kills: 0, inFlight: 0, starts: 0, calls: 0, judged: 0 };
      running = await startService(folder);
      let api = new Api(running.url);
      const people = [
        ['first-writer', false],
        ['second-writer', false],
        ['first-keeper', true],
        ['second-keeper', true],
      ] as const;
      const books = await Promise.all(people.map(([name, isKept]) => open(api, `${name}@example.com`, isKept)));
      for (let kill = 1; kill <= KILLS; kill++) {
        const working = Promise.all(books.map((book) => work(api, book, random)));
        const due = ANSWERED.least + random.below(ANSWERED.most - ANSWERED.least);
        const after = random.below(AFTER_MS);
        // What must not be answered ends the test, whenever it comes.
        await Promise.race([working, answers(api, due).then(() => pause(after))]);
        found.kills++;
        found.inFlight += Number(api.inFlight > 0);
        found.calls += api.inFlight;
        const { output } = running;
        await running.kill();
        await working;
        expect(output()).not.toMatch(/integrity|internal_error/);
        if (random.below(STARTS) === 0) {
          await startAndKill(folder, random.below(START_MS));
          found.starts++;
        }
        running = await startService(folder);
        api = new Api(running.url);
        const checks = books.map((book) =>
          check(api, book, { endRotation: random.below(2) === 0, allActivity: false, keysAreFree: false }),
        );
        for (const judged of await Promise.all(checks)) found.judged += judged;
      }
      await running.kill();
      const remains = await judgeAftermath(folder, books);
      const acknowledged = books.reduce((sum, book) => sum + book.acknowledged, 0);
      process.stdout.write(`kill: ${JSON.stringify({ seed: SEED, ...found, acknowledged, ...remains })}\n`);
      expect(found.inFlight).toBeGreaterThan(KILLS / 2);
      expect(acknowledged).toBeGreaterThan(KILLS * books.length);
    },
    // Two cores that twenty programs share take twenty times what idle ones do.
    600_000 + KILLS * 60_000,
  );
});

/** Waits until so many calls were answered. */
async function answers(api: Api, due: number): Promise<void> {
  while (api.answered < due && !api.isGone) await pause(1);
}
