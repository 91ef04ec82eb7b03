import { describe, expect, it } from '@jest/globals';
import { linearization, type Operation, type Specification } from './linearizable.ts';

type Input =
  | { readonly op: 'read' }
  | { readonly op: 'write'; readonly value: number }
  | { readonly op: 'swap'; readonly expected: number; readonly value: number }
  | { readonly op: 'create' };
/** A value that was read, or whether it was done. */
type Output = number | boolean;

/** A register that is compared and swapped, and can be made once. */
const REGISTER: Specification<number | null, Input, Output> = {
  initial: 0,
  nameOf: String,
  step: (state, input, output) => {
    switch (input.op) {
      case 'read':
        return output === null || output === state ? state : null;
      case 'write':
        return input.value;
      case 'swap': {
        const swaps = state === input.expected;
        if (output !== null && output !== swaps) return null;
        return swaps ? input.value : state;
      }
      case 'create':
        if (output !== null && output !== (state === 0)) return null;
        return state === 0 ? 1 : state;
    }
  },
};

const read: Input = { op: 'read' };
const write = (value: number): Input => ({ op: 'write', value });
const swap = (expected: number, value: number): Input => ({ op: 'swap', expected, value });
const create: Input = { op: 'create' };

/** A call that was sent and answered at these times. */
function call(input: Input, output: Output | null, sentAt: number, answeredAt = Number.POSITIVE_INFINITY) {
  return { client: 0, input, output, sentAt, answeredAt } satisfies Operation<Input, Output>;
}

const holds = (...history: Operation<Input, Output>[]) => linearization(REGISTER, history) !== null;

describe('a history', () => {
  it('is taken where one call comes after the other', () => {
    expect(linearization(REGISTER, [call(write(1), true, 0, 1), call(read, 1, 2, 3)])).toEqual([0, 1]);
    expect(holds()).toBe(true);
  });

  it('is taken where calls at once have an order that explains them', () => {
    const writing = call(write(1), true, 0, 9);
    expect(holds(writing, call(read, 0, 1, 2), call(read, 1, 3, 4))).toBe(true);
    expect(linearization(REGISTER, [call(read, 1, 0, 9), call(write(1), true, 1, 2)])).toEqual([1, 0]);
  });

  it('is refused for a stale read', () => {
    expect(holds(call(write(1), true, 0, 1), call(read, 0, 2, 3))).toBe(false);
    expect(holds(call(write(1), true, 0, 9), call(read, 1, 1, 2), call(read, 0, 3, 4))).toBe(false);
  });

  it('is refused for a lost update', () => {
    const both = [call(swap(0, 1), true, 0, 5), call(swap(0, 2), true, 1, 4)];
    expect(holds(...both)).toBe(false);
    expect(holds(call(swap(0, 1), true, 0, 5), call(swap(0, 2), false, 1, 4))).toBe(true);
    expect(holds(call(write(1), true, 0, 1), call(write(2), true, 2, 3), call(read, 1, 4, 5))).toBe(false);
  });

  it('is refused for a thing that was made twice', () => {
    expect(holds(call(create, true, 0, 9), call(create, false, 1, 8))).toBe(true);
    expect(holds(call(create, true, 0, 9), call(create, true, 1, 8))).toBe(false);
  });

  it('is taken with an answer that nobody knows, whether it happened, or not, or much later', () => {
    const unknown = call(write(1), null, 0);
    expect(holds(unknown, call(read, 0, 1, 2))).toBe(true);
    expect(holds(unknown, call(read, 1, 1, 2))).toBe(true);
    expect(holds(unknown, call(read, 0, 1, 2), call(read, 1, 3, 4))).toBe(true);
    expect(holds(unknown, call(read, 1, 1, 2), call(read, 0, 3, 4))).toBe(false);
    expect(holds(call(read, 1, 1, 2), call(write(1), null, 3))).toBe(false);
  });

  it('is judged soon, be there many calls at once', () => {
    const writes = Array.from({ length: 8 }, (_, n) => call(write(n), true, n, 100 + n));
    const reads = Array.from({ length: 4 }, (_, n) => call(read, 7 - n, 20 + n, 90 + n));
    expect(holds(...writes, ...reads)).toBe(true);
    expect(holds(...writes, ...reads, call(read, 99, 40, 41))).toBe(false);
  });
});
