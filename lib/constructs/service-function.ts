import { Duration, type RemovalPolicy, Validations } from 'aws-cdk-lib';
import { Policy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Architecture, Function as LambdaFunction, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Asset } from '../bundle.ts';
import { functionCode } from '../function-code.ts';

export interface ServiceFunctionProps {
  /** Names the entry point, `lambda/handlers/<service>.ts`. */
  readonly service: string;
  /** MB; also the share of a processor: 1,769 MB is a whole one. @default 512 */
  readonly memorySize?: number;
  /** @default 29 seconds, as long as the gateway waits */
  readonly timeout?: Duration;
  readonly environment: Readonly<Record<string, string>>;
  /** @default none */
  readonly assets?: readonly Asset[];
  /** @default none: shares what the AWS account has */
  readonly reservedConcurrency?: number | undefined;
  /** Takes the events that it gave up, of a function that nobody waits for. @default none */
  readonly deadLetters?: IQueue;
  /** Encrypts its logs. */
  readonly logKey: IKey;
  readonly logRetentionDays: RetentionDays;
  readonly removalPolicy: RemovalPolicy;
}

/** A function with a role, a log group and a bundle of its own. What it may do is granted to its role by the others. */
export class ServiceFunction extends Construct {
  readonly fn: LambdaFunction;
  readonly role: Role;

  constructor(scope: Construct, id: string, props: ServiceFunctionProps) {
    super(scope, id);
    const logGroup = new LogGroup(this, 'Logs', {
      encryptionKey: props.logKey,
      retention: props.logRetentionDays,
      removalPolicy: props.removalPolicy,
    });
    this.role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(this.role);

    this.fn = new LambdaFunction(this, 'Function', {
      description: `Twinlock: ${props.service}`,
      code: functionCode(props.service, props.assets),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: props.memorySize ?? 512,
      timeout: props.timeout ?? Duration.seconds(29),
      ...(props.reservedConcurrency === undefined ? {} : { reservedConcurrentExecutions: props.reservedConcurrency }),
      environment: { ...props.environment },
      ...(props.deadLetters === undefined ? {} : { deadLetterQueue: props.deadLetters }),
      logGroup,
      tracing: Tracing.ACTIVE,
      // The construct would add the permission to trace to the role's one policy; it has its own below.
      role: this.role.withoutPolicyUpdates(),
    });
    this.allowTracing();
    if (props.deadLetters === undefined) this.acknowledgeWaiting();
    else this.allowSending(props.deadLetters);
  }

  private acknowledgeWaiting(): void {
    Validations.of(this.fn).acknowledge({
      id: 'Serverless-LambdaDLQ',
      reason: 'The gateway calls it and waits for its answer: there is no event that could be set aside.',
    });
  }

  private allowSending({ queueArn }: IQueue): void {
    this.role.addToPolicy(new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [queueArn] }));
  }

  private allowTracing(): void {
    const actions = ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'];
    const statements = [new PolicyStatement({ actions, resources: ['*'] })];
    const policy = new Policy(this, 'Tracing', { roles: [this.role], statements });
    Validations.of(policy).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'X-Ray knows no resources to name in a policy.',
    });
  }
}
