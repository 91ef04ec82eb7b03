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

/** What may be tried again and again by who must not get in; each try is counted by how it ended. */
export type Attempt = 'PasswordCheck' | 'Recovery' | 'Registration' | 'SignIn';

/** What is counted, each a sum of ones. */
export type Metric =
  | `${Attempt}Failure`
  | `${Attempt}Success`
  | `${Attempt}Throttled`
  | 'AccountDeleted'
  | 'AccountErased'
  | 'CloudFailure'
  | 'DocumentMade'
  | 'DocumentSwept'
  | 'IntegrityFailure'
  | 'KmsDenied'
  | 'KmsFailure'
  | 'KmsThrottled'
  | 'OrphanRemoved'
  | 'SweepFailure'
  | 'UpgradeFailure';

/** What is measured: the size of a document that was stored, bytes, and the time that a call of KMS took, ms. */
export type Measure = 'DocumentBytes' | 'KmsLatency';

/** What the operator sees. Never throws. */
export interface Telemetry {
  info(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  count(metric: Metric, by?: number): void;
  /** @param operation a call's name, as "Decrypt", by which its measures stand apart; never more than a few */
  measure(measure: Measure, value: number, operation?: string): void;
}
