/** What a walk counted: JSON, so that it outlives a run that is interrupted. */
export interface Tally {
  readonly counts: Record<string, number>;
  /** Names of rows or accounts, for some of what was counted. */
  readonly examples: Record<string, string[]>;
}

/** Examples that are kept of one thing. */
export const MOST_EXAMPLES = 20;

export function newTally(): Tally {
  return { counts: {}, examples: {} };
}

/**
 * Counts one thing.
 *
 * @param example an account's id or a row's name, never what a row holds
 * @param most examples that are kept
 */
export function count(tally: Tally, what: string, example?: string, most = MOST_EXAMPLES): void {
  tally.counts[what] = countOf(tally, what) + 1;
  if (example === undefined) return;
  const examples = (tally.examples[what] ??= []);
  if (examples.length < most) examples.push(example);
}

export function countOf(tally: Tally, what: string): number {
  return tally.counts[what] ?? 0;
}

/** Adds one tally to another. */
export function merge(into: Tally, from: Tally, most = MOST_EXAMPLES): void {
  for (const [what, number] of Object.entries(from.counts)) into.counts[what] = countOf(into, what) + number;
  for (const [what, names] of Object.entries(from.examples)) {
    into.examples[what] = [...(into.examples[what] ?? []), ...names].slice(0, most);
  }
}

/** Lines that tell of each finding, with its examples below it. @param meanings what each code says to a person */
export function findingLines(tally: Tally, meanings: Readonly<Record<string, string>>): string[] {
  return Object.keys(meanings)
    .filter((code) => countOf(tally, code) > 0)
    .flatMap((code) => [
      `${code}: ${countOf(tally, code)}`,
      `  ${meanings[code] ?? ''}`,
      ...(tally.examples[code] ?? []).map((name) => `  - ${name}`),
    ]);
}

/** The findings among what was counted, for programs. */
export function findings(
  tally: Tally,
  meanings: Readonly<Record<string, string>>,
): { readonly code: string; readonly count: number; readonly examples: readonly string[] }[] {
  return Object.keys(meanings)
    .filter((code) => countOf(tally, code) > 0)
    .map((code) => ({ code, count: countOf(tally, code), examples: tally.examples[code] ?? [] }));
}
