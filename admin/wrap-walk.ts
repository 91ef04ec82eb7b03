import { wipe } from '../lambda/crypto/bytes.ts';
import type { WrapContext } from '../lambda/crypto/context.ts';
import type { AccountRow, SessionRow, WrappedKey } from '../lambda/domain/records.ts';
import type { Scanned } from '../lambda/ports/table-scan.ts';
import type { Pace } from './pace.ts';
import { count, type Tally } from './tally.ts';
import { keyNumber, type World } from './world.ts';

/** An outer wrap, and the row that holds it. */
export interface WrapOf {
  readonly row: AccountRow | SessionRow;
  readonly wrap: WrappedKey;
  readonly context: WrapContext;
}

/** What a wrap that does not open under one of the deployment's keys is counted as, and what that means. */
export const CLOSED_WRAPS = {
  'wrap.tampered': 'these wraps are none of their account, purpose and DEK version, under whatever key',
  'wrap.refused':
    'KMS does not use the keys of these wraps: disabled, about to be deleted, gone, or not allowed to the caller',
  'wrap.foreign-key': 'these wraps are under keys that are none of the wrap keys named',
  'row.malformed': 'these rows hold a wrap, but are no whole rows of their kind: `verify` tells more',
} as const;

/** The wraps of a row. */
export function wrapsOf(row: AccountRow | SessionRow): readonly WrapOf[] {
  const { accountId, dekVersion } = row;
  const of = (purpose: WrapContext['purpose'], wrap: WrappedKey) => ({
    row,
    wrap,
    context: { purpose, accountId, dekVersion },
  });
  if (row.kind === 'session') return [of('session', row.wrap)];
  return [of('password', row.passwordWrap), ...(row.recovery === undefined ? [] : [of('recovery', row.recovery.wrap)])];
}

/** How a row that holds a wrap is called in reports. */
export function wrapHolder(row: AccountRow | SessionRow): string {
  return row.kind === 'session' ? `${row.accountId} S#${row.sessionId}` : row.accountId;
}

/** The account or session of a row that was met; null for any other, which is counted where it should be one. */
export function holderOf(met: Scanned, tally: Tally): AccountRow | SessionRow | null {
  if (met.state === 'malformed' && (met.key.kind === 'account' || met.key.kind === 'session')) {
    count(tally, 'row.malformed', met.key.accountId);
  }
  if (met.state !== 'row') return null;
  return met.row.kind === 'account' || met.row.kind === 'session' ? met.row : null;
}

/**
 * Opens a wrap, and counts under which key it is, as `key.<number>.<purpose>`, or why it does not open. One call of KMS.
 *
 * @returns what `read` makes of the inner wrap, which is zeroed then; null where it does not open
 */
export async function countWrap<T>(
  { mover, pace, wrapKeys }: Pick<World, 'mover' | 'wrapKeys'> & { readonly pace: Pace },
  { row, wrap, context }: WrapOf,
  tally: Tally,
  read: (inner: Uint8Array) => T,
): Promise<T | null> {
  await pace();
  const opened = await mover.open(wrap, context);
  if (opened.state !== 'open') {
    count(tally, `wrap.${opened.state}`, `${wrapHolder(row)} ${context.purpose}`);
    return null;
  }
  try {
    const number = keyNumber({ wrapKeys }, opened.key);
    if (number === null) count(tally, 'wrap.foreign-key', `${wrapHolder(row)} ${context.purpose}`);
    else count(tally, `key.${number}.${context.purpose}`);
    return read(opened.inner);
  } finally {
    wipe(opened.inner);
  }
}
