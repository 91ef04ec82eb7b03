import type { ParseArgsOptionsConfig } from 'node:util';
import type { Report } from './report.ts';
import type { World } from './world.ts';

/** What a command was asked with. */
export interface Given {
  /** By their names without dashes. */
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
  /** What stood behind the command's name. */
  readonly operands: readonly string[];
  /** Reads one line of the standard input, asking for it where a person sits there. */
  readonly ask: (question: string) => Promise<string>;
}

/** What a command found or did. Neither form holds personal data. */
export interface Outcome {
  /** Whether nothing is left to be done about it: the exit code is 0, or else 1. */
  readonly ok: boolean;
  /** For people, one a line. */
  readonly lines: readonly string[];
  /** For programs. */
  readonly data: Readonly<Record<string, unknown>>;
}

export interface Command {
  /** One or two words. */
  readonly name: string;
  /** One line. */
  readonly summary: string;
  /** How it is called, behind its name. */
  readonly usage: string;
  /** What each of its options is for; shown by --help. */
  readonly help: readonly string[];
  readonly options: ParseArgsOptionsConfig;
  /** @throws UsageError; UnavailableError, after which it can be run again */
  run(world: World, given: Given, report: Report): Promise<Outcome>;
}

/** A call of the tool that makes no sense: nothing was done. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = new.target.name;
  }
}

/** A whole number among the options. @throws UsageError for what is none from `least` to `most` */
export function wholeOption({ options }: Given, name: string, least: number, most: number, absent: number): number {
  const text = options[name] ?? String(absent);
  const value = typeof text === 'string' && /^\d{1,7}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most)) throw new UsageError(`--${name} is no whole number from ${least} to ${most}`);
  return value;
}

/** A text among the options; null where it is not given. */
export function textOption({ options }: Given, name: string): string | null {
  const value = options[name];
  return typeof value === 'string' ? value : null;
}

/** What all commands that walk through the table take. */
export const WALK_OPTIONS = {
  segments: { type: 'string' },
  rate: { type: 'string' },
  state: { type: 'string' },
} as const satisfies ParseArgsOptionsConfig;

export const WALK_HELP = [
  '--segments <n>   parts of the table that are walked side by side, 1 to 100 (4)',
  '--rate <n>       calls of KMS a second at most, 1 to 100000 (50)',
  '--state <file>   where it is written how far the walk came (.twinlock-<command>.json)',
];
