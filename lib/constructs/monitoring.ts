import { Stack } from 'aws-cdk-lib';
import type { RestApi } from 'aws-cdk-lib/aws-apigateway';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { Alarms } from '../alarms/alarms.ts';
import { watchApi } from '../alarms/api.ts';
import { watchFunctions } from '../alarms/functions.ts';
import { watchMaintenance } from '../alarms/maintenance.ts';
import { watchTable } from '../alarms/table.ts';
import { watchTries } from '../alarms/tries.ts';
import { ServiceMetrics } from '../service-metrics.ts';
import { Overview } from './dashboard.ts';

export interface MonitoringProps {
  readonly stageName: string;
  readonly api: RestApi;
  /** By service, as each names itself in its own metrics. */
  readonly functions: Readonly<Record<'accounts' | 'items' | 'documents' | 'maintenance', IFunction>>;
  readonly table: Table;
  readonly deadLetters: IQueue;
  /** Encrypts the topic. */
  readonly key: IKey;
  /** Who hears the alarms, once the address is confirmed. @default nobody does yet */
  readonly email?: string | undefined;
  /** A topic that lets CloudWatch of this AWS account publish. @default one of its own */
  readonly topicArn?: string | undefined;
}

/** What wakes the operator, the topic that it goes to, and the dashboard to look at then. */
export class Monitoring extends Construct {
  readonly topic: ITopic;

  constructor(scope: Construct, id: string, props: MonitoringProps) {
    super(scope, id);
    this.topic =
      props.topicArn === undefined ? this.ownTopic(props) : Topic.fromTopicArn(this, 'Topic', props.topicArn);
    if (props.email !== undefined) this.topic.addSubscription(new EmailSubscription(props.email));
    const alarms = new Alarms(this, new SnsAction(this.topic));
    const metrics = new ServiceMetrics(props.stageName);
    const { functions } = props;
    watchFunctions(alarms, metrics, functions);
    watchApi(alarms, props.api, functions);
    watchTable(alarms, props.table);
    watchMaintenance(alarms, metrics, functions.maintenance, props.deadLetters);
    watchTries(alarms, metrics);
    new Overview(this, 'Overview', { ...props, metrics, alarms: alarms.all });
  }

  private ownTopic({ stageName, key }: MonitoringProps): Topic {
    const topic = new Topic(this, 'Topic', { displayName: `Twinlock ${stageName}`, masterKey: key, enforceSSL: true });
    // The policy of a topic replaces the one that lets its own account's alarms in.
    topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'Alarms',
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    return topic;
  }
}
