/** One line of a table. */
export interface Row {
  readonly name: string;
  readonly values: Readonly<Record<string, number>>;
}

/** What a bench has measured. */
export interface Result {
  readonly name: string;
  readonly about: string;
  readonly rows: readonly Row[];
}

/** The middle one of some numbers. @throws RangeError for none */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (middle === undefined) throw new RangeError('there is no median of nothing');
  return middle;
}

/** A result as a table in Markdown. */
export function tableOf({ name, about, rows }: Result): string {
  const columns = Object.keys(rows[0]?.values ?? {});
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    `## ${name}`,
    '',
    about,
    '',
    line(['', ...columns]),
    line(['', ...columns].map(() => '---')),
    ...rows.map((row) => line([row.name, ...columns.map((column) => shown(row.values[column] ?? Number.NaN))])),
    '',
  ].join('\n');
}

function shown(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
