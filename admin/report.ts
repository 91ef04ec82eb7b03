import type { Outcome } from './command.ts';

/** Where a command's words go: what it comes to on `out`, what it is about on `err`. */
export interface Streams {
  readonly out: { write(text: string): unknown };
  readonly err: { write(text: string): unknown; readonly isTTY?: boolean; readonly columns?: number };
}

/** Tells of a command's way. */
export interface Report {
  /** Something that is to be known before the end. */
  note(line: string): void;
  /** How far something came. @param total about how many there are; 0 where nobody knows */
  progress(what: string, done: number, total: number): void;
  /** What it came to. */
  outcome(command: string, outcome: Outcome): void;
}

/** Milliseconds between two signs of progress: on a terminal, and in a file. */
const BAR_EVERY_MS = 100;
const LINE_EVERY_MS = 5_000;
const BAR_WIDTH = 30;

/** @param json one JSON object at the end on `out`, and lines of JSON on `err` */
export function createReport({ out, err }: Streams, json: boolean, clock: () => number = Date.now): Report {
  const bar = !json && err.isTTY === true;
  // Who looks at a file later wants no line of what is over in a moment.
  let [last, isOpen] = [bar ? 0 : clock(), false];
  const clear = () => {
    if (isOpen) err.write('\r\u001b[K');
    isOpen = false;
  };
  return {
    note: (line) => {
      clear();
      err.write(json ? `${JSON.stringify({ note: line })}\n` : `${line}\n`);
    },
    progress: (what, done, total) => {
      const now = clock();
      if (now - last < (bar ? BAR_EVERY_MS : LINE_EVERY_MS)) return;
      last = now;
      if (json) err.write(`${JSON.stringify({ progress: what, done, total })}\n`);
      else if (bar) err.write(`\r\u001b[K${barOf(what, done, total)}`);
      else err.write(`${what}: ${done}${total > 0 ? ` of about ${total}` : ''}\n`);
      isOpen = bar;
    },
    outcome: (command, { ok, lines, data }) => {
      clear();
      const text = json ? JSON.stringify({ command, ok, ...data }) : lines.join('\n');
      out.write(`${text}\n`);
    },
  };
}

/** A bar of a fixed width; without a total only how many are done. */
export function barOf(what: string, done: number, total: number): string {
  if (total <= 0) return `${what} ${done}`;
  // The total is an estimate, and old.
  const part = Math.min(1, done / total);
  const filled = Math.round(part * BAR_WIDTH);
  const percent = `${Math.floor(part * 100)} %`.padStart(5);
  return `${what} [${'#'.repeat(filled)}${'.'.repeat(BAR_WIDTH - filled)}] ${percent} ${done} of about ${total}`;
}
