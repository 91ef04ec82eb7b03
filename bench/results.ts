/** One line of a table. */
export interface Row {
  readonly name: string;
  readonly values: Readonly<Record<string, number | string>>;
}

/** What was measured, line by line. */
export interface Table {
  readonly about: string;
  readonly rows: readonly Row[];
}

/** A number that the project holds itself to. */
export interface Goal {
  /** What is measured, and against what. */
  readonly what: string;
  readonly value: number;
  readonly atMost?: number;
  readonly atLeast?: number;
  /** A count or a size is the same on every machine, and is judged in the short form too; a time is not. */
  readonly kind: 'count' | 'time';
  /** For the reader, where the number is missed: why. */
  readonly reason?: string;
}

/** Bars side by side, for the chart. */
export interface Bars {
  readonly title: string;
  /** What the bars are long by. */
  readonly unit: string;
  readonly bars: readonly { readonly name: string; readonly value: number; readonly own?: true }[];
}

/** Lines in one chart, both of its scales logarithmic. */
export interface Curves {
  readonly title: string;
  /** What the lines are high by. */
  readonly unit: string;
  /** What there is more and more of. */
  readonly of: string;
  readonly lines: readonly {
    readonly name: string;
    /** From left to right; nothing of it is 0. */
    readonly points: readonly { readonly n: number; readonly value: number }[];
  }[];
}

/** What a bench has measured. */
export interface Result {
  readonly name: string;
  readonly about: string;
  readonly goals: readonly Goal[];
  readonly tables: readonly Table[];
  readonly bars?: readonly Bars[];
  readonly curves?: readonly Curves[];
}

export function isMet({ value, atMost = Number.POSITIVE_INFINITY, atLeast = Number.NEGATIVE_INFINITY }: Goal): boolean {
  return value <= atMost && value >= atLeast;
}

/** A result in Markdown. */
export function sectionOf({ name, about, goals, tables }: Result): string {
  const parts = tables.map((table) => `${table.about}\n\n${tableOf(table.rows)}`);
  return [`## ${name}`, about, ...(goals.length > 0 ? [goalsOf(goals)] : []), ...parts].join('\n\n');
}

/** Goals as a table in Markdown. */
export function goalsOf(goals: readonly Goal[]): string {
  return tableOf(
    goals.map((goal) => ({
      name: goal.what,
      values: { measured: goal.value, bound: boundOf(goal), '': isMet(goal) ? 'met' : `**missed**${because(goal)}` },
    })),
  );
}

function because({ reason }: Goal): string {
  return reason === undefined ? '' : `: ${reason}`;
}

function boundOf({ atMost, atLeast }: Goal): string {
  const bounds = [
    atMost === undefined ? [] : `at most ${shown(atMost)}`,
    atLeast === undefined ? [] : `at least ${shown(atLeast)}`,
  ];
  return bounds.flat().join(', ');
}

/** Rows as a table in Markdown. */
export function tableOf(rows: readonly Row[]): string {
  const columns = Object.keys(rows[0]?.values ?? {});
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const lines = rows.map((row) => line([row.name, ...columns.map((column) => shown(row.values[column] ?? ''))]));
  return [line(['', ...columns]), line(['', ...columns].map(() => '---')), ...lines].join('\n');
}

/** A number to three digits, whole ones as they are. */
export function shown(value: number | string): string {
  if (typeof value === 'string') return value;
  if (Number.isInteger(value) || Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US');
  return value.toPrecision(3);
}
