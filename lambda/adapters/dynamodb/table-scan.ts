import { DescribeTableCommand, ScanCommand, type ScanCommandInput } from '@aws-sdk/client-dynamodb';
import { IntegrityError } from '../../errors.ts';
import type { Scanned, TableScan } from '../../ports/table-scan.ts';
import { cloudError } from '../cloud-errors.ts';
import type { Attributes } from './attributes.ts';
import { type Target, WRITTEN_BY } from './commit.ts';
import { accountOf, rowKey } from './keys.ts';
import { decodeRow, encodeRow } from './rows.ts';

/** Attributes that rows may carry, and that no row is encoded with. */
const BESIDES = { any: [WRITTEN_BY], account: ['rewraps'] } as const;

/** The whole table in DynamoDB. */
export function createTableScan({ client, table }: Target): TableScan {
  return {
    async page({ segment, segments, after, wrapsOnly = false }) {
      const input: ScanCommandInput = {
        TableName: table,
        ConsistentRead: true,
        Segment: segment,
        TotalSegments: segments,
        ...(after === null ? {} : { ExclusiveStartKey: { pk: { S: after.pk }, sk: { S: after.sk } } }),
        ...(wrapsOnly ? { FilterExpression: 'attribute_exists(passwordWrap) OR attribute_exists(wrap)' } : {}),
      };
      const answer = await client.send(new ScanCommand(input)).catch((error: unknown) => {
        throw cloudError('dynamodb:Scan', error);
      });
      const { Items = [], LastEvaluatedKey, ScannedCount = 0 } = answer;
      const next = LastEvaluatedKey === undefined ? null : placeOf(LastEvaluatedKey);
      return { rows: Items.map(scanned), looked: ScannedCount, next };
    },

    async size() {
      const { Table } = await client.send(new DescribeTableCommand({ TableName: table })).catch((error: unknown) => {
        throw cloudError('dynamodb:DescribeTable', error);
      });
      return Table?.ItemCount ?? 0;
    },
  };
}

function scanned(item: Attributes): Scanned {
  const place = placeOf(item);
  const key = rowKey(place);
  if (key === null) return { state: 'unknown', accountId: accountOf(place) };
  try {
    const row = decodeRow(key, item);
    // What encoding gives back is what the service would have written.
    const due = encodeRow(row);
    const besides: readonly string[] = [...BESIDES.any, ...(key.kind === 'account' ? BESIDES.account : [])];
    const extra = Object.keys(item).filter((name) => !Object.hasOwn(due, name) && !besides.includes(name));
    const stray = ['ttl', 'duePk'].filter((name) => textOf(due[name]) !== textOf(item[name]) && !extra.includes(name));
    return { state: 'row', row, extra: extra.length, stray };
  } catch (error) {
    if (error instanceof IntegrityError || error instanceof RangeError) return { state: 'malformed', key };
    throw error;
  }
}

/** A text's or a number's digits; undefined for any other attribute, and for none. */
function textOf(value: Attributes[string] | undefined): string | undefined {
  return value?.S ?? value?.N;
}

function placeOf(item: Attributes): { pk: string; sk: string } {
  return { pk: item['pk']?.S ?? '', sk: item['sk']?.S ?? '' };
}
