import { zip } from '../archive/zip.ts';
import { ExportTooLargeError, InvalidRequestError, TwinlockError } from '../errors.ts';
import type { SignedIn } from './authenticate.ts';
import type { DocumentEnvironment } from './environment.ts';
import { exportFiles } from './export-files.ts';
import type { ExportViews } from './export-json.ts';
import { planExport } from './export-plan.ts';
import { counted } from './read-document.ts';
import { sessionDetails } from './sessions.ts';

/** An export that is being read. */
export interface Export {
  /** The ZIP archive. It breaks off, without its directory, where something fails. */
  readonly body: AsyncIterableIterator<Uint8Array>;
  /** From 1. */
  readonly part: number;
  readonly parts: number;
  /** When it began, in milliseconds since 1970. */
  readonly at: number;
}

/** The items and documents of one part, in bytes of its archive. Lambda streams 200 MB. */
export const MAX_PART_BYTES = 180 * 1024 * 1024;
/** What the account's activity may take beyond that: all that it ever takes, but for who is very busy. */
const ACTIVITY_BYTES = 8 * 1024 * 1024;
/** The password must have been given within so long, ms. */
const FRESH_MS = 600_000;

/**
 * Exports an account: all of it, or a part, as one archive that is made as it is read.
 *
 * 1. Hold the session to a password given lately. 2. Hold every row against the manifest, and spread what they stand for
 * over parts. 3. Write the export down. 4. Write the part, each row and object read when its turn comes.
 *
 * @param part from 1; null where the caller counts on there being one
 * @param bound bytes of a part's items and documents
 * @throws TwinlockError `reauthentication_required`; ExportTooLargeError; InvalidRequestError for a part that is none
 */
export async function exportAccount(
  env: DocumentEnvironment,
  signedIn: SignedIn,
  part: number | null,
  show: ExportViews,
  bound = MAX_PART_BYTES,
): Promise<Export> {
  const vault = await signedIn.vault();
  const { authenticatedAt } = sessionDetails(vault.keys, signedIn.journal.row);
  const at = env.clock();
  if (at - authenticatedAt > FRESH_MS) throw new TwinlockError('reauthentication_required');

  const plan = await planExport(env, signedIn, bound);
  const parts = plan.length;
  if (part === null && parts > 1) throw new ExportTooLargeError(parts);
  const number = part ?? 1;
  const chosen = plan[number - 1];
  if (chosen === undefined) {
    throw new InvalidRequestError([{ path: '/part', message: `must be a part’s number, from 1 to ${parts}` }]);
  }

  await vault.record({ action: 'account.exported' });
  const activityRoom = number === 1 ? bound - chosen.size + ACTIVITY_BYTES : null;
  const after = plan[number - 2]?.items.at(-1) ?? null;
  const files = exportFiles(env, signedIn, { part: chosen, number, parts, after, activityRoom, at }, show);
  return { body: counted(signedIn.hold(zip(files)), env.telemetry), part: number, parts, at };
}
