import { Duration, type RemovalPolicy, Validations } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

export interface DeadLettersProps {
  readonly removalPolicy: RemovalPolicy;
}

/**
 * Where an event goes that could not be handed over, or that a function gave up: here those of the schedule, with nothing
 * in them but the rule's name, a time and, of a failure, its message.
 */
export class DeadLetters extends Construct {
  readonly queue: Queue;

  constructor(scope: Construct, id: string, { removalPolicy }: DeadLettersProps) {
    super(scope, id);
    this.queue = new Queue(this, 'Queue', {
      // By a key of SQS: under one of ours, its policy would have to let EventBridge in.
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      removalPolicy,
    });
    Validations.of(this.queue).acknowledge({
      id: 'Serverless-SQSRedrivePolicy',
      reason: 'It is itself where others put what they gave up.',
    });
  }
}
