import type { OwnService } from '../load/own-service.ts';
import { byTurns, type Contender, median, type Series, spread } from '../measure.ts';
import type { Goal, Row } from '../results.ts';
import { LINEAR, pointsOf, steepest } from './growth.ts';
import { environmentOf, storeItems } from './item-seed.ts';
import { at, meanOf, type Part } from './part.ts';
import { CONTENT, Person } from './person.ts';

/** The last is as many as an account can hold. */
const SIZES = [1, 10, 100, 1000, 2000];
const SHORT_SIZES = [1, 8];
const PAGE = 50;
/** Times in a round. */
const TIMES = 8;

/** An account with so many items in it. */
interface Holder {
  readonly person: Person;
  readonly ids: readonly string[];
  readonly versions: Map<string, number>;
}

const STEPS: Readonly<Record<string, (holder: Holder) => Promise<unknown>>> = {
  'masked read': ({ person, ids }) => person.send('GET', `/v1/items/${any(ids)}?mask=true`),
  replace: async ({ person, ids, versions }) => {
    const id = any(ids);
    const version = versions.get(id) ?? 1;
    const { label, data } = CONTENT;
    await person.send('PUT', `/v1/items/${id}`, { label, data }, { 'if-match': `"${version}"` });
    versions.set(id, version + 1);
  },
  [`list of ${PAGE}`]: ({ person }) => person.send('GET', `/v1/items?limit=${PAGE}`),
};

/** What a call takes in accounts that hold more and more items, one call at a time. */
export async function benchItems({ url, cloud }: OwnService, rounds: number): Promise<Part> {
  const sizes = rounds === 1 ? SHORT_SIZES : SIZES;
  const env = environmentOf(cloud);
  const holders: Holder[] = [];
  for (const size of sizes) {
    const person = new Person(url, `holder-of-${size}@example.com`);
    await person.register();
    holders.push({ person, ids: await storeItems(env, person.token, size), versions: new Map() });
  }
  const measured = new Map<string, Series[]>();
  for (const [name, step] of Object.entries(STEPS)) {
    const contenders = holders.map(
      (holder): Contender => ({ name: String(holder.ids.length), run: () => meanOf(() => step(holder), TIMES) }),
    );
    measured.set(name, await byTurns(contenders, rounds));
  }
  const rows = sizes.map(
    (size, place): Row => ({
      name: size.toLocaleString('en-US'),
      values: Object.fromEntries(
        [...measured].flatMap(([name, series]) => [
          [`${name}, ms`, median(at(series, place).values)],
          [`spread of that, ${name}`, spread(at(series, place).values)],
        ]),
      ),
    }),
  );
  const curves = [...measured].map(([name, series]) => ({ name, points: pointsOf(sizes, series) }));
  const goals = curves.map(
    ({ name, points }): Goal => ({
      what: `Items in an account, 1 to 2,000: ${name}, steepest growth of time by growth of number`,
      value: steepest(points),
      atMost: LINEAR,
      kind: 'time',
    }),
  );
  return { goals, tables: [{ about: 'One call at a time, by the items that its account holds:', rows }], curves };
}

function any(ids: readonly string[]): string {
  return at(ids, Math.floor(Math.random() * ids.length));
}
