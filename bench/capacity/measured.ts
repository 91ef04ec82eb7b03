import { readFileSync } from 'node:fs';
import type { Call } from './meter.ts';

/** What is measured, each once in an account as `ACCOUNT` in measure.ts says. */
export const OPERATIONS = [
  'register',
  'sign in',
  'sign in, wrong password',
  'sign in, unknown e-mail',
  'sign out',
  'list, masked',
  'item, masked',
  'item, masked, a minute later',
  'item, revealed',
  'create item',
  'replace item',
  'delete item',
  'make document',
  'read document',
  'list documents',
  'delete document',
  'remove what is due',
] as const;
export type Operation = (typeof OPERATIONS)[number];

/** What one operation asks of the cloud, and costs its function. */
export interface Cost {
  readonly calls: readonly Call[];
  /** Of a whole processor, ms, without the hash of a password. */
  readonly cpuMs: number;
  /** Hashes of a password. */
  readonly hashes: number;
  /** Bytes of the answer's body. */
  readonly answer: number;
}

export interface Measured {
  /** Bytes: of the account's rows without its activity, of one entry of activity, of one document's PDF. */
  readonly stored: { readonly account: number; readonly entry: number; readonly object: number };
  /** What an hour's run of maintenance asks for when nothing is due. */
  readonly idleRun: { readonly calls: number; readonly reads: number };
  /** One hash of cost 12, ms of a whole processor. */
  readonly hashMs: number;
  readonly operations: Readonly<Record<Operation, Cost>>;
}

/** Where {@link readMeasured} reads: written by `npm run capacity -- --measure`. */
export const MEASURED_FILE = new URL('measured.json', import.meta.url);

/** What was measured last. */
export function readMeasured(): Measured {
  return JSON.parse(readFileSync(MEASURED_FILE, 'utf8')) as Measured;
}
