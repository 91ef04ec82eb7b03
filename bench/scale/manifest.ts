import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { encodeRow } from '../../lambda/adapters/dynamodb/rows.ts';
import { randomBytes } from '../../lambda/adapters/system/system.ts';
import { SecretBytes } from '../../lambda/crypto/bytes.ts';
import { decodeManifest, encodeManifest, entryKey, type Manifest } from '../../lambda/crypto/manifest.ts';
import { VaultKeys } from '../../lambda/crypto/vault-keys.ts';
import { type AccountId, type ItemId, newId } from '../../lambda/domain/ids.ts';
import { sealManifest } from '../../lambda/usecases/manifest-row.ts';
import { byTurns, type Contender, median, type Series, spread } from '../measure.ts';
import type { Goal, Row } from '../results.ts';
import { LINEAR, pointsOf, steepest } from './growth.ts';
import { at, meanOf, type Part } from './part.ts';

/** The last is as many as an account can hold. */
const SIZES = [1, 100, 2000];
/** Times in a round. */
const TIMES = 50;
const HASH_TAGS = [1, 4, 5];
/** What a transaction counts for each KB, begun or whole, of a row that it writes. */
const UNITS_A_KB = 2;
const MOST_UNITS = 162;

/** What the manifest costs a write of the vault: it is opened, and sealed again, whole. */
export async function benchManifest(rounds: number): Promise<Part> {
  const keys = new VaultKeys(
    new SecretBytes(randomBytes(32)),
    newId<AccountId>(Date.now(), randomBytes(10)),
    1,
    randomBytes,
  );
  try {
    const manifests = SIZES.map(manifestOf);
    const rowsOf = manifests.map((manifest) => sealManifest(keys, manifest));
    const steps: Readonly<Record<string, (place: number) => unknown>> = {
      'opened, ms': (place) => {
        const { revision, sealed } = at(rowsOf, place);
        return decodeManifest(keys.open('manifest', keys.accountId, revision, sealed));
      },
      'sealed, ms': (place) => sealManifest(keys, at(manifests, place)),
      'of it encoding, ms': (place) => encodeManifest(at(manifests, place)),
    };
    const measured: [string, Series[]][] = [];
    for (const [name, step] of Object.entries(steps)) {
      const contenders = SIZES.map(
        (size, place): Contender => ({ name: String(size), run: () => meanOf(() => step(place), TIMES) }),
      );
      measured.push([name, await byTurns(contenders, rounds)]);
    }
    const rows = SIZES.map((size, place): Row => {
      const bytes = bytesOf(encodeRow(at(rowsOf, place)));
      const times = measured.map(([name, series]) => [name, median(at(series, place).values)] as const);
      const spreads = measured.map(([, series]) => spread(at(series, place).values));
      return {
        name: size.toLocaleString('en-US'),
        values: {
          ...Object.fromEntries(times),
          'largest spread of these': Math.max(...spreads),
          'bytes of the row': bytes,
          'write units': UNITS_A_KB * Math.ceil(bytes / 1024),
        },
      };
    });
    const curves = measured.map(([name, series]) => ({
      name: `Manifest ${name.split(',')[0]}`,
      points: pointsOf(SIZES, series),
    }));
    const about = 'What the manifest of an account with one session costs each write, by its entries, here all items:';
    const grown = curves.slice(0, 2).map(
      ({ name, points }): Goal => ({
        what: `${name}, 1 to 2,000 entries: steepest growth of time by growth of number`,
        value: steepest(points),
        atMost: LINEAR,
        kind: 'time',
      }),
    );
    const units: Goal = {
      what: 'Write units of the manifest of an account that is full of items, in each write',
      value: Number(at(rows, rows.length - 1).values['write units']),
      atMost: MOST_UNITS,
      kind: 'count',
    };
    return {
      goals: [...grown, units],
      tables: [{ about, rows }],
      curves: curves.slice(0, 2),
    };
  } finally {
    keys.wipe();
  }
}

function manifestOf(entries: number): Manifest {
  const ids = Array.from({ length: entries }, () => newId<ItemId>(Date.now(), randomBytes(10)));
  return {
    revision: 1_000_000,
    account: { epoch: 1, version: 1, dekVersion: 1, hashes: new Map(HASH_TAGS.map((tag) => [tag, randomBytes(32)])) },
    entries: new Map(
      ids.map((id) => [
        entryKey('item', id),
        { kind: 'item', id, version: 1, commitment: randomBytes(16), dekVersion: 1 },
      ]),
    ),
    sessions: new Map(),
  };
}

/** The bytes of a manifest's row as DynamoDB counts them: its attributes' names and values. */
function bytesOf(attributes: Readonly<Record<string, AttributeValue>>): number {
  return Object.entries(attributes).reduce((sum, [name, { S, B, N }]) => {
    const value = S === undefined ? (B?.length ?? Math.ceil((N?.length ?? 0) / 2) + 1) : Buffer.byteLength(S);
    return sum + name.length + value;
  }, 0);
}
