import { Duration, Stack } from 'aws-cdk-lib';
import type { RestApi } from 'aws-cdk-lib/aws-apigateway';
import { AlarmStatusWidget, Dashboard, GraphWidget, type IAlarm, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { ServiceMetrics } from '../service-metrics.ts';

const HOUR = Duration.hours(1);

export interface OverviewProps {
  readonly stageName: string;
  readonly api: RestApi;
  /** By service, as each names itself in its own metrics. */
  readonly functions: Readonly<Record<'accounts' | 'items' | 'documents' | 'maintenance', IFunction>>;
  readonly table: Table;
  readonly deadLetters: IQueue;
  readonly metrics: ServiceMetrics;
  readonly alarms: readonly IAlarm[];
}

/** One page on which the operator sees a stage: docs/dashboard.md has its layout. Every curve has a name of its own. */
export class Overview extends Construct {
  constructor(scope: Construct, id: string, props: OverviewProps) {
    super(scope, id);
    new Dashboard(this, 'Dashboard', {
      // The names of dashboards are one set for all regions.
      dashboardName: `Twinlock-${props.stageName}-${Stack.of(this).region}`,
      defaultInterval: Duration.days(1),
      widgets: [
        [new AlarmStatusWidget({ title: 'Alarms', alarms: [...props.alarms], width: 24, height: 9 })],
        traffic(props),
        tries(props),
        keysAndIntegrity(props),
        documents(props),
        stores(props),
      ],
    });
  }
}

/** Calls, errors and times of the API. */
function traffic({ api: { deploymentStage: stage }, functions }: OverviewProps): GraphWidget[] {
  return [
    graph('Calls and errors', [
      stage.metricCount({ label: 'calls' }),
      stage.metricClientError({ statistic: 'Sum', label: '4xx' }),
      stage.metricServerError({ statistic: 'Sum', label: '5xx' }),
    ]),
    graph('Time of an answer, ms', [
      stage.metricLatency({ statistic: 'p50', label: 'p50' }),
      stage.metricLatency({ statistic: 'p99', label: 'p99' }),
      ...named({ accounts: functions.accounts, items: functions.items }, (fn, service) =>
        fn.metricDuration({ statistic: 'p99', label: `${service} p99` }),
      ),
    ]),
    graph('Functions: errors and throttles', [
      ...named(functions, (fn, service) => fn.metricErrors({ label: `${service} errors` })),
      ...named(functions, (fn, service) => fn.metricThrottles({ label: `${service} throttles` })),
    ]),
  ];
}

/** How tries end. */
function tries({ metrics }: OverviewProps): GraphWidget[] {
  const outcomes = (tried: string, of = '') =>
    ['Success', 'Failure', 'Throttled'].map((outcome) =>
      metrics.sum('accounts', `${tried}${outcome}`, { label: `${of}${outcome.toLowerCase()}` }),
    );
  return [
    graph('Sign-ins', outcomes('SignIn')),
    graph('Recoveries, and passwords asked for', [
      ...outcomes('Recovery', 'recovery '),
      ...outcomes('PasswordCheck', 'password '),
    ]),
    graph('Accounts', [
      ...outcomes('Registration', 'registration '),
      metrics.sum('accounts', 'AccountDeleted', { label: 'deleted' }),
      metrics.sum('accounts', 'AccountErased', { label: 'erased at once' }),
      metrics.sum('accounts', 'UpgradeFailure', { label: 'wrap not renewed' }),
    ]),
  ];
}

/** What KMS does, and what must never be. */
function keysAndIntegrity({ metrics, functions }: OverviewProps): GraphWidget[] {
  const calls: Record<string, readonly string[]> = {
    accounts: ['Decrypt', 'Encrypt', 'GenerateMac', 'VerifyMac'],
    items: ['Decrypt', 'VerifyMac'],
    documents: ['Decrypt', 'VerifyMac'],
  };
  const times = Object.entries(calls).flatMap(([service, operations]) =>
    operations.map((operation) =>
      metrics.kmsLatency(service, operation, { statistic: 'p99', label: `${service} ${operation}` }),
    ),
  );
  const failures = ['Denied', 'Throttled', 'Failure'].flatMap((how) =>
    Object.keys(calls).map((service) =>
      metrics.sum(service, `Kms${how}`, { label: `${service} ${how === 'Failure' ? 'failed' : how.toLowerCase()}` }),
    ),
  );
  const broken = named(functions, (_, service) => metrics.sum(service, 'IntegrityFailure', { label: service }));
  const down = named(functions, (_, service) =>
    metrics.sum(service, 'CloudFailure', { label: `${service}: cloud failed` }),
  );
  return [
    graph('KMS: time of a call, p99, ms', times),
    graph('KMS: calls that did not go well', failures),
    graph('Integrity failures; cloud failures', broken, down.slice(0, -1)),
  ];
}

/** What is made, and what maintenance ends. */
function documents({ metrics, functions, deadLetters }: OverviewProps): GraphWidget[] {
  const ended = (metric: string, label: string) => metrics.sum('maintenance', metric, { label, period: HOUR });
  return [
    graph(
      'Documents stored; their bytes',
      [metrics.sum('documents', 'DocumentMade', { label: 'documents' })],
      [metrics.sum('documents', 'DocumentBytes', { label: 'bytes' })],
    ),
    graph('Maintenance: what it ended', [
      ended('DocumentSwept', 'documents'),
      ended('OrphanRemoved', 'orphans'),
      ended('AccountErased', 'accounts erased'),
      ended('SweepFailure', 'not removed'),
    ]),
    graph(
      'Maintenance: runs; their time, ms',
      [
        functions.maintenance.metricInvocations({ label: 'runs', period: HOUR }),
        deadLetters.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum', label: 'dead letters' }),
      ],
      [functions.maintenance.metricDuration({ statistic: 'Maximum', label: 'longest', period: HOUR })],
    ),
  ];
}

/** What the table takes, and how much runs beside. */
function stores({ table, functions }: OverviewProps): GraphWidget[] {
  const sum = (metric: string, label: string) => table.metric(metric, { statistic: 'Sum', label });
  return [
    graph(
      'Table: units consumed',
      [table.metricConsumedReadCapacityUnits({ label: 'read' })],
      [table.metricConsumedWriteCapacityUnits({ label: 'written' })],
    ),
    graph(
      'Table: throttles and conflicts',
      [sum('ReadThrottleEvents', 'reads throttled'), sum('WriteThrottleEvents', 'writes throttled')],
      [sum('TransactionConflict', 'conflicts')],
    ),
    graph(
      'Functions at once',
      named(functions, (fn, service) => fn.metric('ConcurrentExecutions', { statistic: 'Maximum', label: service })),
    ),
  ];
}

function graph(title: string, left: IMetric[], right: IMetric[] = []): GraphWidget {
  return new GraphWidget({ title, left, right, width: 8, height: 7, leftYAxis: { min: 0 }, rightYAxis: { min: 0 } });
}

function named<T>(functions: Readonly<Record<string, T>>, metric: (fn: T, service: string) => IMetric): IMetric[] {
  return Object.entries(functions).map(([service, fn]) => metric(fn, service));
}
