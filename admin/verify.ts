import { readWrapHeader } from '../lambda/crypto/key-wrap.ts';
import { IntegrityError } from '../lambda/errors.ts';
import type { Scanned } from '../lambda/ports/table-scan.ts';
import { type Command, type Given, WALK_HELP, WALK_OPTIONS, wholeOption } from './command.ts';
import { findOrphans, OBJECT_FINDINGS } from './find-orphans.ts';
import { createPace } from './pace.ts';
import { type Checking, checkRow, ROW_FINDINGS } from './row-checks.ts';
import { createStandings, rowName } from './standing.ts';
import { count, countOf, findingLines, findings, type Tally } from './tally.ts';
import { beginWalks, walkTable } from './walk-table.ts';
import type { World } from './world.ts';
import { CLOSED_WRAPS, countWrap, wrapHolder, wrapsOf } from './wrap-walk.ts';

/** Pause before a row is read again that was found with something, ms: a write of several rows is over by then. */
const AGAIN_MS = 200;
const FORMATS = { password: 1, session: 2, recovery: 3 } as const;

/** What can be found, and what it means. */
export const FINDINGS = {
  'row.unknown': 'rows in places that none of ours has',
  'row.malformed': 'rows with attributes missing, or of another type',
  'row.extra-attributes': 'rows with attributes that their kind does not have',
  'row.stray-attributes': 'rows whose ttl or place in the index does not follow from the rest of them',
  ...ROW_FINDINGS,
  'wrap.tampered': CLOSED_WRAPS['wrap.tampered'],
  'wrap.refused': CLOSED_WRAPS['wrap.refused'],
  'wrap.foreign-key': CLOSED_WRAPS['wrap.foreign-key'],
  'wrap.header': 'wraps that KMS opens, and that are out of bounds: of another format, cost, suite or MAC key number',
  ...OBJECT_FINDINGS,
} as const;

/**
 * Walks the whole table and the whole bucket, and tells what does not hang together. It changes nothing, needs no
 * password, and sees no personal data: all of that is sealed.
 *
 * 1. Read each row: its kind, attributes and bounds. 2. Hold it against its account, the e-mail's row, the manifest's
 * revision and its objects; what is found is looked at again before it counts, for the service is at work meanwhile.
 * 3. Open each wrap under KMS, and read its header. 4. Walk the bucket for objects that no row answers for.
 */
export const verify: Command = {
  name: 'verify',
  summary: 'walks the whole table and bucket: structure, references, objects, wraps; without any password',
  usage: '[--no-kms] [--no-bucket]',
  help: [
    '--no-kms         leave the wraps closed',
    '--no-bucket      look for no objects: neither of documents nor left over',
    ...WALK_HELP,
  ],
  options: { ...WALK_OPTIONS, 'no-kms': { type: 'boolean' }, 'no-bucket': { type: 'boolean' } },
  async run(world, given, report) {
    const [kms, bucket] = [given.options['no-kms'] !== true, given.options['no-bucket'] !== true];
    const checkpoint = beginWalks(world, given, report, this.name, { kms: String(kms), bucket: String(bucket) });
    const check = checker(world, given, kms, bucket);
    const rows = await walkTable(world, checkpoint, report, 0, { what: 'verifying', each: check });
    const objects = bucket ? await findOrphans(world, checkpoint, report, 1) : null;
    checkpoint.remove();
    const all = {
      counts: { ...rows.counts, ...objects?.counts },
      examples: { ...rows.examples, ...objects?.examples },
    };
    const found = findings(all, FINDINGS);
    const kinds = Object.entries(rows.counts).filter(([what]) => what.startsWith('kind.'));
    const rowCounts = Object.fromEntries(kinds.map(([what, number]) => [what.slice(5), number]));
    const wraps = countOf(rows, 'wraps');
    return {
      ok: found.length === 0,
      lines: [
        `Rows: ${kinds.map(([what, number]) => `${number} ${what.slice(5)}`).join(', ') || 'none'}.`,
        kms ? `${wraps} wraps were opened under KMS.` : 'Wraps were left closed.',
        bucket ? `${countOf(all, 'objects')} objects were looked up.` : 'The bucket was not looked into.',
        ...findingLines(all, FINDINGS),
        found.length === 0 ? 'Nothing was found.' : `${found.length} kinds of findings.`,
      ],
      data: {
        table: world.table,
        rows: rowCounts,
        wraps,
        objects: bucket ? countOf(all, 'objects') : null,
        findings: found,
      },
    };
  },
};

/** What is done to each row. */
function checker(
  world: World,
  given: Given,
  kms: boolean,
  bucket: boolean,
): (met: Scanned, tally: Tally) => Promise<void> {
  const pace = createPace(wholeOption(given, 'rate', 1, 100_000, 50), world);
  const standings = createStandings(world.store);
  const at = (): Checking => ({
    store: world.store,
    standings,
    objects: bucket ? world.objects : null,
    now: world.clock(),
  });
  return async (met, tally) => {
    if (met.state === 'unknown') count(tally, 'row.unknown', met.accountId ?? undefined);
    else if (met.state === 'malformed') count(tally, 'row.malformed', rowName(met.key));
    if (met.state !== 'row') return;
    const { row, extra, stray } = met;
    count(tally, `kind.${row.kind}`);
    if (extra > 0) count(tally, 'row.extra-attributes', rowName(row));
    if (stray.length > 0) count(tally, 'row.stray-attributes', rowName(row));
    for (const code of await lasting(world, at, row)) count(tally, code, rowName(row));
    if (!kms || (row.kind !== 'account' && row.kind !== 'session')) return;
    for (const wrap of wrapsOf(row)) {
      const isSound = await countWrap({ ...world, pace }, wrap, tally, (inner) => {
        return hasSoundHeader(world, inner, FORMATS[wrap.context.purpose]);
      });
      if (isSound !== null) count(tally, 'wraps');
      if (isSound === false) count(tally, 'wrap.header', `${wrapHolder(row)} ${wrap.context.purpose}`);
    }
  };
}

/** What a row is found with twice, read anew the second time. */
export async function lasting(
  { store, sleep }: Pick<World, 'store' | 'sleep'>,
  at: () => Checking,
  row: Parameters<typeof checkRow>[1],
): Promise<readonly string[]> {
  const first = await checkRow(at(), row, false);
  if (first.length === 0) return [];
  await sleep(AGAIN_MS);
  const again = await store.get(row).catch((error: unknown) => {
    // It reads no longer: what was found stands.
    if (error instanceof IntegrityError) return row;
    throw error;
  });
  if (again === null) return [];
  const second = await checkRow(at(), again, true);
  return first.filter((code) => second.includes(code));
}

function hasSoundHeader({ macKeys }: World, inner: Uint8Array, format: 1 | 2 | 3): boolean {
  try {
    return readWrapHeader(inner, format).pepper <= macKeys;
  } catch (error) {
    if (error instanceof IntegrityError) return false;
    throw error;
  }
}
