import type { ErrorCode } from '../errors.ts';

/** Milliseconds since 1970. */
export type Clock = () => number;

/** Pauses for so many milliseconds. */
export type Sleep = (ms: number) => Promise<void>;

/** All that may stand in a log line. A new field is a decision about privacy. */
export interface LogFields {
  readonly requestId?: string;
  readonly method?: string;
  /** The route's pattern, never the path. */
  readonly route?: string;
  readonly status?: number;
  readonly code?: ErrorCode;
  readonly durationMs?: number;
  /** The class name, message and stack of an error of ours, or the class name and stack of any other. */
  readonly error?: { readonly name: string; readonly message?: string; readonly stack?: string };
  readonly removed?: number;
  readonly failed?: number;
}

/** What is counted, each a sum of ones. */
export type Metric =
  | 'AccountDeleted'
  | 'AccountErased'
  | 'CloudFailure'
  | 'DocumentMade'
  | 'DocumentSwept'
  | 'IntegrityFailure'
  | 'OrphanRemoved'
  | 'SignInFailure'
  | 'SweepFailure'
  | 'UpgradeFailure';

/** What the operator sees. Never throws. */
export interface Telemetry {
  info(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  count(metric: Metric, by?: number): void;
}
