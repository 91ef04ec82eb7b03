import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { expect } from '@jest/globals';
import { type Send, verdict } from '../fixtures/app.ts';
import type { RawKey, RawRow } from './service.ts';
import { altered, bytesOf, flipped, INTEGRITY, type Stage, toldBy } from './stores.ts';

type Call = readonly [call: string, send: Send];

/** A row whose attributes are attacked, one by one. */
export interface Target {
  readonly key: RawKey;
  /** The calls that read it. */
  readonly calls: readonly Call[];
  /** Attributes that no code reads, or that may be left out: malformed, they are answered as any other change. */
  readonly unread?: readonly string[];
  /** What else may be answered to a change that is well-formed. */
  readonly else?: readonly string[];
  /** What an answer says that must not differ where it succeeds; null where nothing of it does. */
  readonly told?: (answer: Awaited<ReturnType<Stage['call']>>) => unknown;
}

/** What the calls of a target answered. */
export interface Judged {
  /** Changes that were made, times the calls that met them. */
  readonly met: number;
  readonly answers: ReadonlySet<string>;
}

const BIG = '9007199254740991';
/** Values of every type, and for numbers such as no row has. */
const VALUES: readonly AttributeValue[] = [
  { S: 'NaN' },
  { N: '1' },
  { N: '-1' },
  { N: '1.5' },
  { N: '9007199254740992' },
  { B: Buffer.alloc(3) },
  { NULL: true },
  { L: [] },
  { L: [{ NULL: true }] },
  { M: { S: { S: '1' } } },
  { SS: ['1'] },
];

/** Values that an attribute of this one's type can't have. */
function malformed(value: AttributeValue): readonly (AttributeValue | undefined)[] {
  const fits = (other: AttributeValue) => {
    if (value.N !== undefined) return other.N === '1';
    if (value.B !== undefined) return other.B !== undefined;
    if (value.L !== undefined) return other.L?.length === 0;
    return other.S !== undefined;
  };
  return [undefined, ...VALUES.filter((other) => !fits(other))];
}

/** Values of an attribute's own type, other than its own. */
function others(row: RawRow, name: string): readonly AttributeValue[] {
  const value = row[name] as AttributeValue;
  if (value.N !== undefined) {
    const numbers = ['0', String(Number(value.N) + 1), String(2 ** 32), String(2 ** 48 - 1), BIG];
    return numbers.filter((text) => text !== value.N).map((N) => ({ N }));
  }
  if (value.B !== undefined) {
    const bytes = bytesOf(row, name);
    const lengths = [Buffer.alloc(0), bytes.subarray(0, -1), Buffer.concat([bytes, Buffer.alloc(1)])];
    return [flipped(bytes, bytes.length >> 1), ...lengths].map((B) => ({ B }));
  }
  if (value.L !== undefined) {
    return [{ L: [] }, { L: [...value.L, { S: 'documents/elsewhere' }] }, { L: [...value.L, ...value.L] }];
  }
  return ['1', 'PENDING', 'READY', 'BEGUN', '7'.repeat(26)].filter((text) => text !== value.S).map((S) => ({ S }));
}

/**
 * Changes each attribute of a row in every way, and makes each call of the target at each. Every one is answered by a
 * documented problem, or as without the change: a malformed attribute that is read as an integrity failure.
 */
export async function attackAttributes(stage: Stage, target: Target): Promise<Judged> {
  const { key, calls, unread = [], told = toldBy } = target;
  await stage.reset();
  const healthy = new Map<string, unknown>();
  for (const [call, send] of calls) {
    await stage.reset();
    const answer = await stage.call(call, send);
    expect([call, answer.status < 300]).toEqual([call, true]);
    healthy.set(call, told(answer));
  }
  await stage.reset();
  const row = await stage.table.get(key);
  const answers = new Set<string>();
  let met = 0;
  const meet = async (what: string, changed: RawRow, isRefused: boolean) => {
    if (!(await isTaken(stage, changed))) return;
    for (const [call, send] of calls) {
      const answer = await stage.call(call, send);
      const text = verdict(answer);
      const where = `${what}, ${call}`;
      met++;
      answers.add(text);
      if (isRefused) expect([where, text]).toEqual([where, INTEGRITY]);
      else if (answer.status >= 300) {
        expect([where, [INTEGRITY, ...(target.else ?? [])]]).toEqual([where, expect.arrayContaining([text])]);
      } else expect([where, told(answer)]).toEqual([where, healthy.get(call)]);
      if (answer.status >= 300) continue;
      await stage.reset();
      await stage.table.put(changed);
    }
    // What is refused changes nothing but this row.
    await stage.table.put(row);
  };
  for (const name of Object.keys(row).filter((one) => one !== 'pk' && one !== 'sk')) {
    const value = row[name] as AttributeValue;
    const isRead = !['ttl', 'duePk', 'writtenBy', ...unread].includes(name);
    for (const odd of malformed(value)) {
      await meet(`${name} as ${JSON.stringify(odd)}`, altered(row, { [name]: odd }), isRead);
    }
    for (const other of others(row, name)) {
      await meet(`${name} changed to ${JSON.stringify(other).slice(0, 80)}`, altered(row, { [name]: other }), false);
    }
  }
  for (const more of VALUES.slice(0, 3)) await meet('one attribute more', altered(row, { more }), false);
  return { met, answers };
}

/** Puts a row; false where the table takes none such: a key of an index has its type. */
async function isTaken({ table }: Stage, row: RawRow): Promise<boolean> {
  try {
    await table.put(row);
    return true;
  } catch (error) {
    expect((error as Error).name).toBe('ValidationException');
    return false;
  }
}
