import type { Fault } from './checks.ts';
import type { Operation } from './document.ts';
import { GAPS, type Gap } from './gaps.ts';
import { CLASSES, type Class, type Sending } from './sending.ts';

/** One thing that is wrong, however often it was met. */
export interface Finding extends Fault {
  readonly operation: string;
  readonly curl: string;
  /** The last requests before it that changed something. */
  readonly before: readonly string[];
  times: number;
}

interface Row {
  readonly sent: Record<Class, number>;
  succeeded: number;
  readonly statuses: Map<number, number>;
}

/** Requests of which more met a cloud that does not answer: with emulators that nobody stops there is no reason for any. */
const MOST_UNAVAILABLE = 0.001;

/** What came of a run. */
export class Tally {
  readonly findings = new Map<string, Finding>();
  readonly used = new Set<Gap>();
  requests = 0;
  unavailable = 0;
  readonly #rows = new Map<string, Row>();

  /** @param operations what a run must cover */
  constructor(operations: readonly Operation[]) {
    for (const { id } of operations) this.#rows.set(id, emptyRow());
  }

  sent(sending: Sending, status: number): void {
    this.requests++;
    if (status === 503) this.unavailable++;
    const name = sending.operation?.id ?? '(no operation)';
    const row = this.#rows.get(name) ?? emptyRow();
    this.#rows.set(name, row);
    row.sent[sending.class]++;
    if (sending.class === 'valid' && status >= 200 && status < 300) row.succeeded++;
    row.statuses.set(status, (row.statuses.get(status) ?? 0) + 1);
  }

  /** @returns whether it is new */
  found(operation: string, { kind, detail }: Fault, tell: () => { curl: string; before: readonly string[] }): boolean {
    const key = `${operation}: ${kind}`;
    const known = this.findings.get(key);
    if (known !== undefined) {
      known.times++;
      return false;
    }
    this.findings.set(key, { operation, kind, detail, ...tell(), times: 1 });
    return true;
  }

  /** What a run has not shown, each in a line. */
  shortfalls(): string[] {
    const lines: string[] = [];
    for (const [name, { sent, succeeded }] of this.#rows) {
      if (name.startsWith('(')) continue;
      if (succeeded === 0) lines.push(`${name} was never answered 2xx by a valid request`);
      for (const one of CLASSES) if (sent[one] === 0) lines.push(`${name} was sent no ${one} request`);
    }
    for (const gap of GAPS) if (!this.used.has(gap)) lines.push(`the gap "${gap.rule}" was not met`);
    if (this.unavailable > this.requests * MOST_UNAVAILABLE) lines.push(`${this.unavailable} answers were 503`);
    return lines;
  }

  table(): string {
    const lines = [...this.#rows].map(([name, { sent, statuses }]) => {
      const seen = [...statuses].sort(([a], [b]) => a - b).map(([status, times]) => `${status}×${times}`);
      const counts = CLASSES.map((one) => String(sent[one]).padStart(7));
      return [name.padEnd(20), ...counts, ` ${seen.join(' ')}`].join(' ');
    });
    return ['operation              valid  nearly hostile  statuses', ...lines].join('\n');
  }
}

/** A finding for a reader. */
export function told({ operation, kind, detail, times, before, curl }: Finding): string {
  const earlier = before.map((line) => `    before: ${line}`);
  return [`${operation}: ${kind} (${times} times)`, `    ${detail}`, ...earlier, `    ${curl}`].join('\n');
}

function emptyRow(): Row {
  return { sent: { valid: 0, nearly: 0, hostile: 0 }, succeeded: 0, statuses: new Map() };
}
