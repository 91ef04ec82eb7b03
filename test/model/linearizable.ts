/** One call of a history. Times count events: no two are equal. */
export interface Operation<I, O> {
  readonly client: number;
  readonly input: I;
  /** Null where nobody knows what came of it: it happened at some time after it was sent, or never. */
  readonly output: O | null;
  readonly sentAt: number;
  /** Infinity where the answer was never told. */
  readonly answeredAt: number;
}

/** What a thing does where one call comes after the other. States are never changed. */
export interface Specification<S, I, O> {
  readonly initial: S;
  /**
   * The state behind a call that answers so; null where it can't answer so in this state.
   *
   * @param output null for an answer that nobody knows
   */
  readonly step: (state: S, input: I, output: O | null) => S | null;
  /** A name of the state: equal for equal ones. */
  readonly nameOf: (state: S) => string;
}

/**
 * Looks for an order of a history's calls in which each comes between its sending and its answer, and in which one
 * after the other they answer what they did (Wing and Gong 1993; with the memory of Lowe 2017).
 *
 * @returns the places of the calls in such an order, those that never happened left out; null where there is none
 */
export function linearization<S, I, O>(
  { initial, step, nameOf }: Specification<S, I, O>,
  history: readonly Operation<I, O>[],
): number[] | null {
  const seen = new Set<string>();
  const order: number[] = [];
  const done = history.map(() => false);

  const search = (state: S): boolean => {
    const left = history.flatMap((operation, place) => (done[place] === true ? [] : [{ operation, place }]));
    if (left.every(({ operation }) => operation.output === null)) return true;
    const name = `${left.map(({ place }) => place).join()} ${nameOf(state)}`;
    if (seen.has(name)) return false;
    seen.add(name);
    // No call may come behind one that was answered before it was sent.
    const firstAnswer = Math.min(...left.map(({ operation }) => operation.answeredAt));
    for (const { operation, place } of left) {
      if (operation.sentAt > firstAnswer) continue;
      const next = step(state, operation.input, operation.output);
      if (next === null) continue;
      done[place] = true;
      order.push(place);
      if (search(next)) return true;
      done[place] = false;
      order.pop();
    }
    return false;
  };
  return search(initial) ? order : null;
}
