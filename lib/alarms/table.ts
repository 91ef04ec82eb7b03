import { Duration } from 'aws-cdk-lib';
import { Operation, type Table } from 'aws-cdk-lib/aws-dynamodb';
import { total } from '../service-metrics.ts';
import type { Alarms } from './alarms.ts';

/** Events in five minutes; the SDK repeats what was throttled, and a table on demand grows with what it is asked. */
const THROTTLED = 10;
/** Calls in five minutes that failed. */
const FAILED = 5;
const OPERATIONS = [
  Operation.DELETE_ITEM,
  Operation.GET_ITEM,
  Operation.PUT_ITEM,
  Operation.QUERY,
  Operation.TRANSACT_GET_ITEMS,
  Operation.TRANSACT_WRITE_ITEMS,
];

/** Whether DynamoDB takes what it is given. */
export function watchTable(alarms: Alarms, table: Table): void {
  for (const way of ['Read', 'Write']) {
    alarms.tooMuch(`Table${way}Throttles`, {
      means: `DynamoDB throttles: a ${way.toLowerCase()} met more than its partition or the table takes.`,
      runbook: 'table-throttled',
      metric: table.metric(`${way}ThrottleEvents`, { statistic: 'Sum', period: Duration.minutes(5) }),
      threshold: THROTTLED,
    });
  }
  const errors = OPERATIONS.map((operation) =>
    table.metric('SystemErrors', {
      dimensionsMap: { TableName: table.tableName, Operation: operation },
      statistic: 'Sum',
    }),
  );
  alarms.tooMuch('TableErrors', {
    means: 'DynamoDB fails by faults of its own.',
    runbook: 'table-fails',
    metric: total(errors, Duration.minutes(5)),
    threshold: FAILED,
  });
}
