import { describe, expect, it, jest } from '@jest/globals';
import { App, Stack } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import { lambdaRuntime } from '../../lambda/compose.ts';
import type { Metric } from '../../lambda/ports/system.ts';
import { type Stacks, statements } from './synth.ts';

/** What is watched, at run time and before. */
export function describeMonitoring({ standard: stack, varied }: Stacks): void {
  describe('the alarms', () => {
    const services = { Accounts: 'accounts', Items: 'items', Documents: 'documents', Maintenance: 'maintenance' };

    it.each(Object.entries(services))('wake the operator at the first integrity failure in %s', (name, service) => {
      expect(stack.at(`Monitoring/${name}Integrity`).Properties).toMatchObject({
        Namespace: 'Twinlock/dev',
        MetricName: 'IntegrityFailure',
        Dimensions: [{ Name: 'service', Value: service }],
        Statistic: 'Sum',
        Threshold: 1,
        ComparisonOperator: 'GreaterThanOrEqualToThreshold',
        TreatMissingData: 'notBreaching',
      });
    });

    it('watch the very metric that a function counts', () => {
      const { Namespace, MetricName, Dimensions } = stack.at('Monitoring/ItemsIntegrity').Properties;
      const [dimension] = Dimensions as [{ Name: string; Value: string }];
      const line = counted('items', 'IntegrityFailure');
      expect(line).toMatchObject({
        _aws: {
          CloudWatchMetrics: [
            { Namespace, Dimensions: [[dimension.Name]], Metrics: [{ Name: MetricName, Unit: 'Count' }] },
          ],
        },
        [dimension.Name]: dimension.Value,
      });
    });

    it.each(Object.keys(services))('wake the operator when the function of %s breaks off', (name) => {
      const { MetricName, Dimensions } = stack.at(`Monitoring/${name}Errors`).Properties;
      const [dimension] = Dimensions as [{ Value: unknown }];
      expect(MetricName).toBe('Errors');
      expect(stack.name(dimension.Value)).toBe(`${name === 'Documents' ? 'DocumentsService' : name}/Function`);
    });

    it('wake the operator when the API answers 5xx', () => {
      expect(stack.at('Monitoring/ServerErrors').Properties).toMatchObject({
        MetricName: '5XXError',
        Statistic: 'Sum',
        Threshold: 5,
      });
    });

    it('wake the operator at many objects without rows, not at the few that stopped calls leave', () => {
      const { Namespace, MetricName, Dimensions, ...orphans } = stack.at('Monitoring/Orphans').Properties;
      expect(orphans).toMatchObject({
        Statistic: 'Sum',
        Period: 3600,
        EvaluationPeriods: 1,
        Threshold: 50,
        ComparisonOperator: 'GreaterThanOrEqualToThreshold',
        TreatMissingData: 'notBreaching',
      });
      const [dimension] = Dimensions as [{ Name: string; Value: string }];
      expect(counted('maintenance', 'OrphanRemoved')).toMatchObject({
        _aws: { CloudWatchMetrics: [{ Namespace, Dimensions: [[dimension.Name]], Metrics: [{ Name: MetricName }] }] },
        [dimension.Name]: dimension.Value,
      });
    });

    it('wake the operator when maintenance stays silent, of which there are no data points', () => {
      const { Dimensions, ...silent } = stack.at('Monitoring/MaintenanceSilent').Properties;
      expect(silent).toMatchObject({
        MetricName: 'Invocations',
        Period: 3600,
        EvaluationPeriods: 3,
        Threshold: 1,
        ComparisonOperator: 'LessThanThreshold',
        TreatMissingData: 'breaching',
      });
      expect(stack.name((Dimensions as [{ Value: unknown }])[0].Value)).toBe('Maintenance/Function');
    });

    it('all reach the one topic, which is encrypted, refuses plain HTTP and takes from alarms of this account', () => {
      for (const { Properties } of stack.ofType('AWS::CloudWatch::Alarm')) {
        expect((Properties.AlarmActions as unknown[]).map((action) => stack.name(action))).toEqual([
          'Monitoring/Topic',
        ]);
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

/** The line that a function writes for CloudWatch when it counts. */
function counted(service: string, metric: Metric): unknown {
  const lines: string[] = [];
  const before = { ...process.env };
  Object.assign(process.env, { AWS_REGION: 'eu-central-1', STAGE: 'dev' });
  const spy = jest.spyOn(process.stdout, 'write').mockImplementation((text) => lines.push(String(text)) > 0);
  try {
    lambdaRuntime(service).telemetry.count(metric);
  } finally {
    spy.mockRestore();
    process.env = before;
  }
  return JSON.parse(lines.join(''));
}
