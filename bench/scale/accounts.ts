import { rm } from 'node:fs/promises';
import { type OwnService, startOwnService } from '../load/own-service.ts';
import { byTurns, type Contender, median, ratio, type Series, spread, timed } from '../measure.ts';
import type { Goal } from '../results.ts';
import { makeOneAccount, withNeighbours } from './account-seed.ts';
import { pointsOf } from './growth.ts';
import { at, meanOf, type Part } from './part.ts';
import { Person } from './person.ts';

const SIZES = [100, 1000, 10_000, 100_000];
const SHORT_SIZES = [10, 40];
/** What one contender does in a round. */
const SIGN_INS = 8;
const READS = 40;

/**
 * Signing in, and reading an item, of one account among others in the local store. Bcrypt's time is taken out: it is the
 * same whatever the store holds, and so long that it would hide all else. Each size has a service and a store of its own.
 */
export async function benchAccounts(rounds: number): Promise<Part> {
  const sizes = rounds === 1 ? SHORT_SIZES : SIZES;
  const one = await makeOneAccount();
  const folders: string[] = [];
  const services: OwnService[] = [];
  const seeding: number[] = [];
  try {
    for (const size of sizes) {
      seeding.push(await timed(async () => folders.push(await withNeighbours(one, size))));
    }
    for (const folder of folders) {
      services.push(await startOwnService({ folder, together: true, withoutBcrypt: true }));
    }
    const people = services.map(({ url }) => new Person(url, one.email, one.token));
    const signing = services.map(({ url }) => new Person(url, one.email));
    const reads = await byTurns(
      contendersOf(sizes, READS, (place) => readOf(at(people, place), one.itemId)),
      rounds,
    );
    const signIns = await byTurns(
      contendersOf(sizes, SIGN_INS, (place) => at(signing, place).signIn()),
      rounds,
    );
    const rows = sizes.map((size, place) => ({
      name: size.toLocaleString('en-US'),
      values: {
        'masked read, ms': median(at(reads, place).values),
        'spread of reads': spread(at(reads, place).values),
        'sign-in without bcrypt, ms': median(at(signIns, place).values),
        'spread of sign-ins': spread(at(signIns, place).values),
        'rows put there in, s': at(seeding, place) / 1000,
      },
    }));
    const about = `One account among others in the local store, by their number; each figure is of ${READS} reads or ${SIGN_INS} sign-ins one after the other, bcrypt's time taken out.`;
    return {
      tables: [{ about, rows }],
      goals: [grown('Masked read', sizes, reads), grown('Sign-in without bcrypt', sizes, signIns)],
      curves: [
        { name: 'masked read', points: pointsOf(sizes, reads) },
        { name: 'sign-in without bcrypt', points: pointsOf(sizes, signIns) },
      ],
    };
  } finally {
    await Promise.all(services.map((service) => service.close()));
    await Promise.all([one.folder, ...folders].map((folder) => rm(folder, { recursive: true, force: true })));
  }
}

function contendersOf(sizes: readonly number[], times: number, act: (place: number) => Promise<unknown>): Contender[] {
  return sizes.map((size, place) => ({ name: String(size), run: () => meanOf(() => act(place), times) }));
}

function readOf(person: Person, itemId: string): Promise<unknown> {
  return person.send('GET', `/v1/items/${itemId}?mask=true`);
}

/** The most accounts held against the least. */
function grown(what: string, sizes: readonly number[], series: readonly Series[]): Goal {
  const last = sizes.length - 1;
  return {
    what: `${what} among ${at(sizes, last).toLocaleString('en-US')} accounts, time by that among ${at(sizes, 0)}`,
    value: ratio(at(series, last), at(series, 0)),
    atMost: 1.5,
    kind: 'time',
  };
}
