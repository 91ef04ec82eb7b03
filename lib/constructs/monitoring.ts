import { Duration, Stack } from 'aws-cdk-lib';
import type { RestApi } from 'aws-cdk-lib/aws-apigateway';
import { Alarm, type AlarmProps, ComparisonOperator, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';

/** Answers 5xx in five minutes from which on someone should look. */
const SERVER_ERRORS = 5;
// A call that stops at the wrong place leaves an orphan, so that a few a week are no news. Many at once are objects whose
// rows are gone: by a restore, or by someone's hand.
const ORPHANS = 50;

export interface MonitoringProps {
  readonly stageName: string;
  readonly api: RestApi;
  /** By service, as each names itself in its own metrics. */
  readonly functions: Readonly<Record<string, IFunction>> & { readonly maintenance: IFunction };
  readonly key: IKey;
}

/** What wakes the operator, and the topic to subscribe to. */
export class Monitoring extends Construct {
  readonly topic: Topic;
  private readonly action: SnsAction;

  constructor(scope: Construct, id: string, props: MonitoringProps) {
    super(scope, id);
    this.topic = new Topic(this, 'Topic', {
      displayName: `Twinlock ${props.stageName}`,
      masterKey: props.key,
      enforceSSL: true,
    });
    this.topic.addToResourcePolicy(this.alarmsMayPublish());
    this.action = new SnsAction(this.topic);

    for (const [service, fn] of Object.entries(props.functions)) {
      const name = service.charAt(0).toUpperCase() + service.slice(1);
      this.alarm(`${name}Integrity`, {
        alarmDescription: `Stored bytes failed authentication in ${service}: someone may have changed the table or the bucket.`,
        metric: counted(props.stageName, service, 'IntegrityFailure', Duration.minutes(1)),
        threshold: 1,
        evaluationPeriods: 1,
      });
      this.alarm(`${name}Errors`, {
        alarmDescription: `The function of ${service} broke off: a crash, a timeout, or out of memory.`,
        metric: fn.metricErrors({ period: Duration.minutes(5) }),
        threshold: 1,
        evaluationPeriods: 1,
      });
    }
    this.alarm('ServerErrors', {
      alarmDescription: 'The API answers 5xx.',
      metric: props.api.deploymentStage.metricServerError({ statistic: 'Sum', period: Duration.minutes(5) }),
      threshold: SERVER_ERRORS,
      evaluationPeriods: 1,
    });
    this.alarm('Orphans', {
      alarmDescription:
        'Maintenance removed many objects that no row answered for: rows of the table may have been lost.',
      metric: counted(props.stageName, 'maintenance', 'OrphanRemoved', Duration.hours(1)),
      threshold: ORPHANS,
      evaluationPeriods: 1,
    });
    this.alarm('MaintenanceSilent', {
      alarmDescription: 'Maintenance has not run for three hours: expired documents are not removed.',
      metric: props.functions.maintenance.metricInvocations({ period: Duration.hours(1) }),
      threshold: 1,
      evaluationPeriods: 3,
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      treatMissingData: TreatMissingData.BREACHING,
    });
  }

  private alarm(id: string, props: AlarmProps): void {
    const alarm = new Alarm(this, id, {
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      ...props,
    });
    alarm.addAlarmAction(this.action);
  }

  // The policy of a topic replaces the one that lets its own account's alarms in.
  private alarmsMayPublish(): PolicyStatement {
    return new PolicyStatement({
      sid: 'Alarms',
      principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
      actions: ['sns:Publish'],
      resources: [this.topic.topicArn],
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
    });
  }
}

/** What a function counts: see lambdaRuntime in lambda/compose.ts. */
function counted(stageName: string, service: string, metricName: string, period: Duration): Metric {
  return new Metric({
    namespace: `Twinlock/${stageName}`,
    metricName,
    dimensionsMap: { service },
    statistic: 'Sum',
    period,
  });
}
