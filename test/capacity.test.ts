import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { BEHAVIOUR, DEFAULT_QUOTAS, FUNCTION_OF, MEMORY, PRICE } from '../bench/capacity/assumed.ts';
import { costOfUsers, requestsOf } from '../bench/capacity/cost.ts';
import { demandOf, timeOf } from '../bench/capacity/demand.ts';
import { Agenda, Bucket } from '../bench/capacity/events.ts';
import { allowedBy, firstOf, meanOf, partitionHeat } from '../bench/capacity/limits.ts';
import { OPERATIONS, readMeasured } from '../bench/capacity/measured.ts';
import { fill } from '../bench/capacity/page.ts';
import { percentile, simulate } from '../bench/capacity/simulate.ts';
import { tables } from '../bench/capacity/tables.ts';
import { Ledger } from '../bench/capacity/units.ts';

const PAGE = readFileSync('docs/capacity.md', 'utf8');
const measured = readMeasured();

describe('docs/capacity.md', () => {
  it('has the tables that npm run capacity makes', () => {
    expect(fill(PAGE, tables(measured))).toBe(PAGE);
  });

  it('is refused where a table has no place, or a place no table', () => {
    const page = '<!-- table: heat -->\n<!-- end -->';
    expect(fill(page, { heat: '| |' })).toBe('<!-- table: heat -->\n\n| |\n\n<!-- end -->');
    expect(() => fill(page, { heat: '| |', costs: '| |' })).toThrow('no place for costs');
    expect(() => fill(page, {})).toThrow('no table "heat"');
  });

  it('is made for functions of the sizes that the stack has', () => {
    const stack = readFileSync('lib/twinlock-stack.ts', 'utf8');
    const sizes = Object.fromEntries(
      stack
        .split('new ServiceFunction(')
        .slice(1)
        .map((part): [string, number] => [
          /service: '(\w+)'/.exec(part)?.[1] ?? '',
          Number(/memorySize: (\d+)/.exec(part.split('});')[0] ?? '')?.[1] ?? 512),
        ]),
    );
    expect(sizes).toEqual(MEMORY);
  });
});

describe('the arithmetic', () => {
  it('bills what is asked for', () => {
    const lines = costOfUsers(measured, 1_000);
    const kms = OPERATIONS.reduce((sum, name) => sum + BEHAVIOUR[name] * demandOf(measured, name).kms, 0);
    expect(lines.find(({ what }) => what === 'calls of KMS')).toEqual({
      what: 'calls of KMS',
      amount: kms * 1_000,
      price: PRICE.kmsRequest,
    });
    expect(lines.find(({ what }) => what === 'requests to API Gateway')?.amount).toBeCloseTo(requestsOf() * 1_000, 6);
  });

  it('takes the least of what the quotas allow', () => {
    const [limit, rate] = firstOf(allowedBy(DEFAULT_QUOTAS, demandOf(measured, 'sign in')));
    const { writes } = demandOf(measured, 'sign in');
    expect([limit, rate]).toEqual(['DynamoDB writes', DEFAULT_QUOTAS.writeUnits / writes]);
  });

  it('gives a small function its part of a processor', () => {
    const { cpuMs } = measured.operations['item, masked'];
    expect(FUNCTION_OF['item, masked']).toBe('items');
    expect(timeOf(measured, 'item, masked').cpuMs).toBeCloseTo((cpuMs * 1769) / 512, 6);
  });

  it('finds the decoy’s rows to be the first that grow hot', () => {
    const heat = partitionHeat(measured, 1e8);
    expect(heat.find(({ key }) => key.startsWith('the decoy'))?.most).toBe(750);
    expect(heat.every(({ most }) => most > 0 && Number.isFinite(most))).toBe(true);
  });
});

describe('units', () => {
  const key = { pk: { S: 'A#1' }, sk: { S: 'I#1' } };
  const row = (bytes: number, more = {}) => ({
    ...key,
    sealed: { B: Buffer.alloc(bytes).toString('base64') },
    ...more,
  });

  it('count each KB that is written, twice in a transaction, of the larger of before and after', () => {
    const ledger = new Ledger();
    expect(ledger.unitsOf('PutItem', { Item: row(3_000) }, {}).writes).toBe(3);
    expect(ledger.unitsOf('TransactWriteItems', { TransactItems: [{ Put: { Item: row(10) } }] }, {}).writes).toBe(6);
    expect(ledger.unitsOf('TransactWriteItems', { TransactItems: [{ Delete: { Key: key } }] }, {}).writes).toBe(2);
  });

  it('count each 4 KB that is read, twice in a transaction, and one at least', () => {
    const ledger = new Ledger();
    ledger.unitsOf('PutItem', { Item: row(5_000) }, {});
    expect(ledger.unitsOf('GetItem', { Key: key }, {}).reads).toBe(2);
    expect(ledger.unitsOf('TransactGetItems', { TransactItems: [{ Get: { Key: key } }] }, {}).reads).toBe(4);
    expect(ledger.unitsOf('Query', { ConsistentRead: true }, { Items: [] }).reads).toBe(1);
  });

  it('count what enters the index and what leaves it', () => {
    const ledger = new Ledger();
    const due = (day: string) => ({ duePk: { S: `1#${day}` }, dueAt: { N: '1' } });
    const put = (more: object) => ledger.unitsOf('PutItem', { Item: row(10, more) }, {}).index;
    expect([put(due('a')), put(due('a')), put(due('b')), put({})]).toEqual([1, 0, 2, 1]);
  });
});

describe('the simulation', () => {
  const mix = { 'item, masked': 1 };
  const load = { quotas: DEFAULT_QUOTAS, rate: 500, mix, seconds: 2, warm: true };

  it('takes as long as the calls and the processor do, where nothing is busy', () => {
    const outcome = simulate(measured, load);
    const { ms } = timeOf(measured, 'item, masked');
    expect(outcome.refused.size).toBe(0);
    expect(Math.abs((percentile(outcome, ['item, masked'], 0.5) ?? 0) / ms - 1)).toBeLessThan(0.15);
    expect(Math.abs(outcome.requests / 1_000 - 1)).toBeLessThan(0.15);
  });

  it.each([
    ['API Gateway', { gateway: 250, gatewayBurst: 1 }],
    ['Lambda', { concurrency: 10 }],
    ['KMS', { kms: 250 }],
    ['DynamoDB reads', { readUnits: demandOf(measured, 'item, masked').reads * 250 }],
  ] as const)('refuses about half of what is twice as much as %s gives', (limit, quotas) => {
    const { requests, refused } = simulate(measured, { ...load, quotas: { ...DEFAULT_QUOTAS, ...quotas }, seconds: 8 });
    expect([...refused.keys()][0]).toBe(limit);
    const share = (refused.get(limit) ?? 0) / requests;
    expect([limit, share > 0.3 && share < 0.7]).toEqual([limit, true]);
  });

  it('says the same of the same seed, and of another seed another', () => {
    const p99 = (seed: number) => percentile(simulate(measured, load, seed), ['item, masked'], 0.99);
    expect([p99(1) === p99(1), p99(1) === p99(2)]).toEqual([true, false]);
  });

  it('agrees with the quotas on where the mix saturates', () => {
    const [, rate] = firstOf(allowedBy(DEFAULT_QUOTAS, meanOf(measured)));
    const { 'remove what is due': _, ...all } = BEHAVIOUR;
    const refusedAt = (part: number) => {
      const { requests, refused } = simulate(measured, { ...load, mix: all, rate: rate * part });
      return [...refused.values()].reduce((sum, count) => sum + count, 0) / requests;
    };
    expect([refusedAt(0.9), refusedAt(1.3) > 0.1]).toEqual([0, true]);
  });

  it('takes events by their times, and no more of a bucket than it has', () => {
    const agenda = new Agenda<number>();
    const times = [5, 3, 8, 1, 9, 2, 7, 3, 6, 4];
    times.forEach((time) => {
      agenda.add(time, time);
    });
    const taken = times.map(() => agenda.next()?.event);
    expect([taken, agenda.next()]).toEqual([times.toSorted((a, b) => a - b), null]);
    const bucket = new Bucket(10, 5);
    expect([bucket.take(0, 5), bucket.take(0, 1), bucket.take(100, 1), bucket.take(10_000, 6)]).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });
});
