import { readFileSync } from 'node:fs';
import { describe, expect, it, jest } from '@jest/globals';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { RestApi } from 'aws-cdk-lib/aws-apigateway';
import { AttributeType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { AwsSolutionsChecks } from 'cdk-nag';
import * as z from 'zod';
import { lambdaRuntime } from '../../lambda/compose.ts';
import type { Measure, Metric } from '../../lambda/ports/system.ts';
import { Monitoring, type MonitoringProps } from '../../lib/constructs/monitoring.ts';
import { type Stacks, type Synthesized, statements } from './synth.ts';

const dimensionsSchema = z.array(z.object({ Name: z.string(), Value: z.unknown() }));
const alarmSchema = z.object({
  AlarmDescription: z.string(),
  AlarmActions: z.array(z.unknown()),
  ComparisonOperator: z.enum(['GreaterThanOrEqualToThreshold', 'LessThanThreshold']),
  EvaluationPeriods: z.number(),
  Threshold: z.number(),
  TreatMissingData: z.enum(['breaching', 'notBreaching']),
  Namespace: z.string().optional(),
  MetricName: z.string().optional(),
  Dimensions: dimensionsSchema.default([]),
  Statistic: z.string().optional(),
  Period: z.number().optional(),
  Metrics: z
    .array(
      z.object({
        Id: z.string(),
        Expression: z.string().optional(),
        MetricStat: z
          .object({
            Metric: z.object({ Namespace: z.string(), MetricName: z.string(), Dimensions: dimensionsSchema }),
            Period: z.number(),
            Stat: z.string(),
          })
          .optional(),
      }),
    )
    .default([]),
});
type Alarm = z.infer<typeof alarmSchema>;

/** A metric as an alarm or a dashboard names it. */
export interface Watched {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

/** All that functions count or measure, so that each can be looked for. */
export const COUNTED: Readonly<Record<Metric, true>> = {
  AccountDeleted: true,
  AccountErased: true,
  CloudFailure: true,
  DocumentMade: true,
  DocumentSwept: true,
  IntegrityFailure: true,
  KmsDenied: true,
  KmsFailure: true,
  KmsThrottled: true,
  OrphanRemoved: true,
  PasswordCheckFailure: true,
  PasswordCheckSuccess: true,
  PasswordCheckThrottled: true,
  RecoveryFailure: true,
  RecoverySuccess: true,
  RecoveryThrottled: true,
  RegistrationFailure: true,
  RegistrationSuccess: true,
  RegistrationThrottled: true,
  SignInFailure: true,
  SignInSuccess: true,
  SignInThrottled: true,
  SweepFailure: true,
  UpgradeFailure: true,
};
export const MEASURED: Readonly<Record<Measure, true>> = { DocumentBytes: true, KmsLatency: true };

/** What is watched, at run time and before. */
export function describeMonitoring({ standard: stack, varied }: Stacks): void {
  const alarms = new Map(
    stack.ofType('AWS::CloudWatch::Alarm').map(({ id, Properties }) => {
      return [stack.pathOfId(id).replace('Monitoring/', ''), alarmSchema.parse(Properties)];
    }),
  );

  describe('the alarms', () => {
    const functions = {
      Accounts: 'Accounts',
      Items: 'Items',
      Documents: 'DocumentsService',
      Maintenance: 'Maintenance',
    };
    const ofEach = Object.entries(functions).flatMap(([name, construct]) => {
      const service = name.toLowerCase();
      return [
        [`${name}Integrity`, `Sum(Twinlock/dev IntegrityFailure ${service}) >= 1 in 60 s`],
        [`${name}Errors`, `Sum(AWS/Lambda Errors ${construct}/Function) >= 1 in 300 s`],
        [`${name}Throttles`, `Sum(AWS/Lambda Throttles ${construct}/Function) >= 1 in 300 s`],
        ...(service === 'maintenance'
          ? []
          : [
              [`${name}KmsDenied`, `Sum(Twinlock/dev KmsDenied ${service}) >= 1 in 60 s`],
              [`${name}KmsThrottled`, `Sum(Twinlock/dev KmsThrottled ${service}) >= 5 in 300 s`],
            ]),
      ];
    });
    const api = 'twinlock-dev Http/Api/DeploymentStage.v1';
    const making = 'twinlock-dev POST /documents Http/Api/DeploymentStage.v1';
    const calls = ['GetItem', 'PutItem', 'Query', 'TransactGetItems', 'TransactWriteItems'];
    const failed = ['DeleteItem', ...calls].map((call) => `Sum(AWS/DynamoDB SystemErrors ${call} Vault/Table)`).join();
    const throttled = ['PasswordCheck', 'Recovery', 'Registration', 'SignIn'];
    const refused = throttled.map((tried) => `Sum(Twinlock/dev ${tried}Throttled accounts)`).join();
    const slow = (calls: string, p99: string) => `IF(calls >= 20, p99, 0) of ${calls},${p99}`;
    const slowFunction = (name: string) =>
      slow(`Sum(AWS/Lambda Invocations ${name}/Function)`, `p99(AWS/Lambda Duration ${name}/Function)`);

    it('are these', () => {
      expect(Object.fromEntries([...alarms].map(([name, alarm]) => [name, summary(stack, alarm)]))).toEqual({
        ...Object.fromEntries(ofEach),
        ServerErrors: `IF(errors >= 5, 100 * errors / calls, 0) of Sum(AWS/ApiGateway 5XXError ${api}),SampleCount(AWS/ApiGateway Count ${api}) >= 1 in 300 s`,
        SlowAccounts: `${slowFunction('Accounts')} >= 5000 in 3 x 300 s`,
        SlowItems: `${slowFunction('Items')} >= 2000 in 3 x 300 s`,
        SlowDocuments: `${slow(`SampleCount(AWS/ApiGateway Count ${making})`, `p99(AWS/ApiGateway Latency ${making})`)} >= 15000 in 3 x 300 s`,
        TableReadThrottles: 'Sum(AWS/DynamoDB ReadThrottleEvents Vault/Table) >= 10 in 300 s',
        TableWriteThrottles: 'Sum(AWS/DynamoDB WriteThrottleEvents Vault/Table) >= 10 in 300 s',
        TableErrors: `SUM(FILL(METRICS(), 0)) of ${failed} >= 5 in 300 s`,
        MaintenanceSilent: 'Sum(AWS/Lambda Invocations Maintenance/Function) < 1 or without data in 3 x 3600 s',
        SweepFailures: 'Sum(Twinlock/dev SweepFailure maintenance) >= 1 in 3 x 3600 s',
        Orphans: 'Sum(Twinlock/dev OrphanRemoved maintenance) >= 50 in 3600 s',
        DeadLetters: 'Maximum(AWS/SQS ApproximateNumberOfMessagesVisible DeadLetters/Queue) >= 1 in 300 s',
        SignInFailures: 'Sum(Twinlock/dev SignInFailure accounts) >= 50 in 900 s',
        RecoveryFailures: 'Sum(Twinlock/dev RecoveryFailure accounts) >= 10 in 3600 s',
        PasswordCheckFailures: 'Sum(Twinlock/dev PasswordCheckFailure accounts) >= 20 in 3600 s',
        ThrottledTries: `SUM(FILL(METRICS(), 0)) of ${refused} >= 50 in 900 s`,
      });
    });

    it('watch what a function counts, under the very names that it writes', () => {
      const ours = [...alarms.values()].flatMap((alarm) => watchedBy(stack, alarm)).filter(isOurs);
      expect(new Set(ours.map(({ name }) => name)).size).toBeGreaterThan(8);
      for (const watched of ours) requireCounted(watched);
    });

    it('each lead to a runbook, and each runbook is an alarm’s', () => {
      const operations = readFileSync('docs/operations.md', 'utf8');
      const section = /^### Alarms$([\s\S]*?)^### /m.exec(operations)?.[1] ?? '';
      const headings = [...section.matchAll(/^#### (.+)$/gm)].map(([, heading = '']) => anchorOf(heading));
      const linked = [...alarms.values()].map(({ AlarmDescription }) => {
        const [, anchor] = / Runbook: docs\/operations\.md#(alarm-[a-z0-9-]+)$/.exec(AlarmDescription) ?? [];
        return anchor;
      });
      expect([...new Set(linked)].sort()).toEqual([...headings].sort());
      const everywhere = [...operations.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading));
      for (const anchor of headings) expect(everywhere.filter((other) => other === anchor)).toHaveLength(1);
    });

    it('all reach the one topic, which is encrypted, refuses plain HTTP and takes from alarms of this account', () => {
      for (const { AlarmActions } of alarms.values()) {
        expect(AlarmActions.map((action) => stack.name(action))).toEqual(['Monitoring/Topic']);
      }
      expect(stack.name(stack.at('Monitoring/Topic').Properties.KmsMasterKeyId)).toBe('Keys/Data');
      const policy = statements(stack.at('Monitoring/Topic/Policy').Properties.PolicyDocument);
      expect(policy.map(({ Effect, Principal, Condition }) => [Effect, Principal, Condition])).toEqual([
        ['Deny', '*', { Bool: { 'aws:SecureTransport': 'false' } }],
        [
          'Allow',
          { Service: 'cloudwatch.amazonaws.com' },
          { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
        ],
      ]);
    });

    it('reach nobody by themselves, an e-mail address where one is given, or a topic that stands already', () => {
      expect(stack.ofType('AWS::SNS::Subscription')).toEqual([]);
      const mailed = alone({ email: 'operator@example.com' });
      expect(propertiesOf(mailed, 'AWS::SNS::Subscription')).toMatchObject([
        { Protocol: 'email', Endpoint: 'operator@example.com' },
      ]);
      const topicArn = 'arn:aws:sns:eu-central-1:111122223333:pager';
      const paged = alone({ topicArn });
      for (const type of ['Topic', 'Subscription']) expect(propertiesOf(paged, `AWS::SNS::${type}`)).toEqual([]);
      const actions = propertiesOf(paged, 'AWS::CloudWatch::Alarm').map(
        (alarm) => alarmSchema.parse(alarm).AlarmActions,
      );
      expect(actions).toHaveLength(alarms.size);
      for (const action of actions) expect(action).toEqual([topicArn]);
    });
  });

  describe('dead letters', () => {
    it('are kept for 14 days, encrypted, and sent by TLS alone', () => {
      expect(stack.at('DeadLetters/Queue').Properties).toEqual({
        MessageRetentionPeriod: 14 * 86_400,
        SqsManagedSseEnabled: true,
      });
      const policy = statements(stack.at('DeadLetters/Queue/Policy').Properties.PolicyDocument);
      expect(policy.map(({ Effect, Principal, Action }) => [Effect, Principal, Action])).toEqual([
        ['Deny', { AWS: '*' }, ['sqs:*']],
        ['Allow', { Service: 'events.amazonaws.com' }, ['sqs:SendMessage']],
      ]);
      expect(policy[0]?.Condition).toEqual({ Bool: { 'aws:SecureTransport': 'false' } });
      const from = policy[1]?.Condition.ArnEquals?.['aws:SourceArn'];
      expect(stack.name(from)).toBe('Hourly');
    });

    it('take a run that the schedule could not begin, and one that failed', () => {
      const { Targets } = stack.at('Hourly').Properties as { Targets: { DeadLetterConfig: { Arn: unknown } }[] };
      const { DeadLetterConfig } = stack.at('Maintenance/Function').Properties as {
        DeadLetterConfig: { TargetArn: unknown };
      };
      const queues = [...Targets.map((target) => target.DeadLetterConfig.Arn), DeadLetterConfig.TargetArn];
      expect(queues.map((queue) => stack.name(queue))).toEqual(['DeadLetters/Queue', 'DeadLetters/Queue']);
    });
  });

  describe('cdk-nag', () => {
    it.each([
      ['as deployed', stack],
      ['on the far side of every switch', varied],
    ])('finds nothing in the stack %s that is not acknowledged with a reason', (_, of) => {
      const { success, violations } = new AwsSolutionsChecks().validateScope(of.stack);
      expect(violations.map(({ ruleName, violatingResources }) => [ruleName, violatingResources.length])).toEqual([]);
      expect(success).toBe(true);
    });

    it('finds what a careless stack leaves open', () => {
      const careless = new Stack(new App(), 'Careless');
      new Bucket(careless, 'Bucket');
      const { violations } = new AwsSolutionsChecks().validateScope(careless);
      expect(violations.map(({ ruleName }) => ruleName)).toContain('AwsSolutions-S10');
    });
  });
}

/** A metric, or an expression and what it is made of, with the threshold and the time that it is judged in. */
function summary(stack: Synthesized, alarm: Alarm): string {
  const plain = (statistic = '', watched: Watched) =>
    `${statistic}(${[watched.namespace, watched.name, ...Object.values(watched.dimensions)].join(' ')})`;
  const watched = watchedBy(stack, alarm);
  const stats = alarm.Metrics.flatMap(({ MetricStat }) => (MetricStat === undefined ? [] : [MetricStat]));
  const expression = alarm.Metrics.find(({ Expression }) => Expression !== undefined)?.Expression;
  const named = watched.map((each, place) => plain(stats[place]?.Stat ?? alarm.Statistic, each)).join();
  const [period] = new Set([
    ...stats.map(({ Period }) => Period),
    ...(alarm.Period === undefined ? [] : [alarm.Period]),
  ]);
  const isLess = alarm.ComparisonOperator === 'LessThanThreshold';
  const missing = alarm.TreatMissingData === 'breaching' ? ' or without data' : '';
  const times = alarm.EvaluationPeriods === 1 ? '' : `${alarm.EvaluationPeriods} x `;
  const metric = expression === undefined ? named : `${expression} of ${named}`;
  return `${metric} ${isLess ? '<' : '>='} ${alarm.Threshold}${missing} in ${times}${period} s`;
}

function watchedBy(stack: Synthesized, alarm: Alarm): Watched[] {
  const metrics = alarm.Metrics.flatMap(({ MetricStat }) => (MetricStat === undefined ? [] : [MetricStat.Metric]));
  const { Namespace, MetricName, Dimensions } = alarm;
  if (Namespace !== undefined && MetricName !== undefined) metrics.push({ Namespace, MetricName, Dimensions });
  return metrics.map((metric) => ({
    namespace: metric.Namespace,
    name: metric.MetricName,
    dimensions: Object.fromEntries(metric.Dimensions.map(({ Name, Value }) => [Name, stack.name(Value)])),
  }));
}

export function isOurs({ namespace }: Watched): boolean {
  return namespace.startsWith('Twinlock');
}

/** Holds that a function writes this metric as it is watched. @throws Error where nothing of this name is counted */
export function requireCounted({ namespace, name, dimensions }: Watched): void {
  if (!(name in COUNTED) && !(name in MEASURED)) throw new Error(`nothing counts ${name}`);
  const { service = '', operation } = dimensions;
  const line = written(service, (telemetry) => {
    if (name in MEASURED) telemetry.measure(name as Measure, 1, operation);
    else telemetry.count(name as Metric);
  });
  expect(line).toMatchObject({
    _aws: { CloudWatchMetrics: [{ Namespace: namespace, Metrics: [expect.objectContaining({ Name: name })] }] },
    ...dimensions,
  });
  const [{ Dimensions }] = line._aws.CloudWatchMetrics;
  expect(Dimensions.map((set) => [...set].sort())).toEqual([Object.keys(dimensions).sort()]);
}

interface EmfLine {
  readonly _aws: { readonly CloudWatchMetrics: readonly [{ readonly Dimensions: readonly (readonly string[])[] }] };
}

/** The line that a function writes for CloudWatch when it counts or measures. */
function written(service: string, write: (telemetry: ReturnType<typeof lambdaRuntime>['telemetry']) => void): EmfLine {
  const lines: string[] = [];
  const before = { ...process.env };
  Object.assign(process.env, { AWS_REGION: 'eu-central-1', STAGE: 'dev' });
  const spy = jest.spyOn(process.stdout, 'write').mockImplementation((text) => lines.push(String(text)) > 0);
  try {
    write(lambdaRuntime(service).telemetry);
  } finally {
    spy.mockRestore();
    process.env = before;
  }
  return JSON.parse(lines.join('')) as EmfLine;
}

/** A heading as an anchor of the page that it is on. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} -]/gu, '')
    .replaceAll(' ', '-');
}

/** Monitoring of things that stand elsewhere. */
function alone(props: Pick<MonitoringProps, 'email' | 'topicArn'>): Template {
  const stack = new Stack(new App(), 'Alone');
  const api = new RestApi(stack, 'Api');
  api.root.addResource('documents').addMethod('POST');
  const fn = LambdaFunction.fromFunctionName(stack, 'Function', 'elsewhere');
  new Monitoring(stack, 'Monitoring', {
    stageName: 'dev',
    api,
    functions: { accounts: fn, items: fn, documents: fn, maintenance: fn },
    table: new Table(stack, 'Table', { partitionKey: { name: 'pk', type: AttributeType.STRING } }),
    deadLetters: new Queue(stack, 'Queue'),
    key: new Key(stack, 'Key'),
    ...props,
  });
  return Template.fromStack(stack);
}

function propertiesOf(template: Template, type: string): unknown[] {
  return Object.values(template.findResources(type)).map((resource): unknown => resource['Properties']);
}
