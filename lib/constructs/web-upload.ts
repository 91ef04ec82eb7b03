import { type RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { Policy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type CfnFunction, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { CfnBucket, IBucket } from 'aws-cdk-lib/aws-s3';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { BucketDeployment, CacheControl, Source } from 'aws-cdk-lib/aws-s3-deployment';
import { Construct } from 'constructs';
import { CACHE_CONTROL, HASHED_FOLDER } from '../../web/headers.ts';
import { WEB_APP } from '../web-assets.ts';

/** How the upload's log is kept. */
export interface WebUploadLogs {
  readonly logKey: IKey;
  readonly logRetentionDays: RetentionDays;
  readonly removalPolicy: RemovalPolicy;
}

export interface WebUploadProps {
  readonly bucket: IBucket;
  readonly logs: WebUploadLogs;
}

/**
 * Puts the web app's files into their bucket when the stack is deployed, by the CDK's own function, which has a role here
 * that can do that and no more. First what is hashed, then the page that names it. Nothing is ever removed, so that pages
 * that are open still find what they name; and nothing is invalidated, for CloudFront keeps the page for a second.
 */
export class WebUpload extends Construct {
  constructor(scope: Construct, id: string, { bucket, logs }: WebUploadProps) {
    super(scope, id);
    const asset = new Asset(this, 'Files', WEB_APP);
    const logGroup = new LogGroup(this, 'Logs', {
      encryptionKey: logs.logKey,
      retention: logs.logRetentionDays,
      removalPolicy: logs.removalPolicy,
    });
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    const rights = [this.mayFetch(role, asset), this.mayPut(role, bucket, logGroup)];

    const common = {
      sources: [Source.bucket(asset.bucket, asset.s3ObjectKey)],
      destinationBucket: bucket,
      // The construct would add rights to read and write whatever lies in both buckets.
      role: role.withoutPolicyUpdates(),
      logGroup,
      memoryLimit: 512,
      prune: false,
    };
    const hashed = new BucketDeployment(this, 'Hashed', {
      ...common,
      exclude: ['*'],
      include: [`${HASHED_FOLDER}/*`],
      cacheControl: [CacheControl.fromString(CACHE_CONTROL.hashed)],
    });
    const others = new BucketDeployment(this, 'Others', {
      ...common,
      exclude: [`${HASHED_FOLDER}/*`],
      cacheControl: [CacheControl.fromString(CACHE_CONTROL.other)],
    });
    hashed.node.addDependency(...rights);
    others.node.addDependency(...rights, hashed);
    hold(Stack.of(this));
  }

  private mayFetch(role: Role, { bucket }: Asset): Policy {
    const archives = bucket.arnForObjects('*.zip');
    const statements = [allow(['s3:GetObject'], archives)];
    const policy = new Policy(this, 'Fetch', { roles: [role], statements });
    Validations.of(policy).acknowledge({
      id: `AwsSolutions-IAM5[Resource::${spelt(Stack.of(this).resolve(archives))}]`,
      reason:
        'The name of the one file changes with what is in it, and a right that names it could become known later than the ' +
        'call comes that needs it. Whatever else lies there is code of deployments.',
    });
    return policy;
  }

  private mayPut(role: Role, bucket: IBucket, logGroup: LogGroup): Policy {
    const policy = new Policy(this, 'Put', {
      roles: [role],
      statements: [
        allow(['logs:CreateLogStream', 'logs:PutLogEvents'], logGroup.logGroupArn),
        allow(['s3:ListBucket'], bucket.bucketArn),
        allow(['s3:PutObject'], bucket.arnForObjects('*')),
        allow(['xray:PutTelemetryRecords', 'xray:PutTraceSegments'], '*'),
      ],
    });
    const logicalId = Stack.of(this).getLogicalId(bucket.node.defaultChild as CfnBucket);
    Validations.of(policy).acknowledge(
      {
        id: `AwsSolutions-IAM5[Resource::<${logicalId}.Arn>/*]`,
        reason: 'All that lies in the bucket is put there by it.',
      },
      { id: 'AwsSolutions-IAM5[Resource::*]', reason: 'X-Ray knows no resources to name in a policy.' },
    );
    return policy;
  }
}

/** Holds the CDK's function, of which a stack has one, to what all functions here are held to. */
function hold(stack: Stack): void {
  const fn = stack.node.children.find(({ node }) => node.id.startsWith('Custom::CDKBucketDeployment'));
  if (!(fn instanceof LambdaFunction)) throw new Error("the CDK's deployment of files has no function");
  (fn.node.defaultChild as CfnFunction).tracingConfig = { mode: 'Active' };
  const reason = 'The code is the CDK’s, written for this version of Python, which AWS supports.';
  Validations.of(fn).acknowledge(
    { id: 'AwsSolutions-L1', reason },
    { id: 'Serverless-LambdaLatestVersion', reason },
    {
      id: 'Serverless-LambdaDLQ',
      reason: 'CloudFormation calls it and waits for its answer: there is no event that could be set aside.',
    },
  );
}

function allow(actions: string[], resource: string): PolicyStatement {
  return new PolicyStatement({ actions, resources: [resource] });
}

/** An ARN as cdk-nag spells it, with what AWS fills in between angle brackets. */
function spelt(arn: unknown): string {
  if (typeof arn === 'string') return arn;
  const parts = arn as { Ref?: string; 'Fn::Sub'?: string; 'Fn::Join'?: [string, unknown[]] };
  if (parts.Ref !== undefined) return `<${parts.Ref}>`;
  if (parts['Fn::Sub'] !== undefined) return parts['Fn::Sub'].replaceAll(/\$\{([\w:]+)\}/g, '<$1>');
  const [separator, joined] = parts['Fn::Join'] ?? ['', []];
  return joined.map(spelt).join(separator);
}
