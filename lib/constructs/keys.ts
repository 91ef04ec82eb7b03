import { Duration, type RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Policy, PolicyStatement, type Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { keyPolicy, type Purpose, wrapConditions, wrapPolicy } from './key-policies.ts';

// What a caller needs on a table's key (DynamoDB Developer Guide, "Encryption at rest: usage notes"), spelt out; besides
// kms:DescribeKey, which knows no context.
const DYNAMODB_ACTIONS = [
  'kms:Decrypt',
  'kms:Encrypt',
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
];

export interface KeysProps {
  readonly stageName: string;
  /** How many wrap keys there are, from 1: the last is for new wraps. */
  readonly wrapKeys: number;
  /** How many of them, the oldest, no function uses any more; fewer than there are. */
  readonly retiredWrapKeys: number;
  /** How many MAC keys there are, from 1. */
  readonly macKeys: number;
  readonly removalPolicy: RemovalPolicy;
}

/** The operator's keys: `wrap` for the outer wraps, `mac` for pepper and e-mails, `data` for encryption at rest. */
export class Keys extends Construct {
  /** Number n is at n - 1. */
  readonly wraps: readonly Key[];
  /** Those that functions use, oldest first: the last is for new wraps. */
  readonly liveWraps: readonly Key[];
  /** Number n is at n - 1. */
  readonly macs: readonly Key[];
  readonly data: Key;

  constructor(scope: Construct, id: string, props: KeysProps) {
    super(scope, id);
    const { stageName, removalPolicy } = props;
    const common = { removalPolicy, pendingWindow: Duration.days(30) };

    this.wraps = numbered('Wrap', props.wrapKeys).map(
      ({ id, number }) =>
        new Key(this, id, {
          ...common,
          alias: `twinlock/${stageName}/wrap${number === 1 ? '' : `-${number}`}`,
          description: `Twinlock ${stageName}: outer wraps of users' keys. Without it no vault under it ever opens again.`,
          enableKeyRotation: true,
          policy: wrapPolicy(),
        }),
    );
    this.liveWraps = this.wraps.slice(props.retiredWrapKeys);

    this.macs = numbered('Mac', props.macKeys).map(
      ({ id, number }) =>
        new Key(this, id, {
          ...common,
          alias: `twinlock/${stageName}/mac-${number}`,
          description: `Twinlock ${stageName}: pepper ${number}${number === 1 ? ' and look-up of e-mails' : ''}.`,
          keySpec: KeySpec.HMAC_256,
          keyUsage: KeyUsage.GENERATE_VERIFY_MAC,
          policy: keyPolicy(number === 1 ? ['kms:GenerateMac', 'kms:VerifyMac'] : ['kms:GenerateMac']),
        }),
    );

    this.data = new Key(this, 'Data', {
      ...common,
      alias: `twinlock/${stageName}/data`,
      description: `Twinlock ${stageName}: encryption at rest of table, bucket, logs and alarms.`,
      enableKeyRotation: true,
    });
    this.data.addToResourcePolicy(this.logsMayUse());
    this.data.addToResourcePolicy(this.alarmsMayUse());
  }

  /** Wrapping under the newest key and unwrapping under all live ones, for these purposes and no other. */
  grantWrapping(role: Role, purposes: readonly Purpose[]): void {
    const newest = this.liveWraps.at(-1);
    if (newest !== undefined) allowWrap(role, newest, 'kms:Encrypt', purposes);
    this.grantUnwrapping(role, purposes);
  }

  /** Unwrapping, not wrapping. */
  grantUnwrapping(role: Role, purposes: readonly Purpose[]): void {
    for (const key of this.liveWraps) allowWrap(role, key, 'kms:Decrypt', purposes);
  }

  /** HMACs under every MAC key, and what {@link grantConfirming} gives. A pepper is never checked, but made again. */
  grantMac(role: Role): void {
    const resources = this.macs.map((key) => key.keyArn);
    role.addToPolicy(new PolicyStatement({ actions: ['kms:GenerateMac'], resources }));
    this.grantConfirming(role);
  }

  /** Asking MAC key 1 whether it made an HMAC, as of a wrap that the operator moved: yes or no, and none is made. */
  grantConfirming(role: Role): void {
    const resources = this.macs.slice(0, 1).map((key) => key.keyArn);
    role.addToPolicy(new PolicyStatement({ actions: ['kms:VerifyMac'], resources }));
  }

  /** The use of the data key that DynamoDB makes on the caller's behalf, for this table; no direct one. */
  grantTable(role: Role, tableName: string): void {
    this.allowVia(role, 'dynamodb', DYNAMODB_ACTIONS, { 'kms:EncryptionContext:aws:dynamodb:tableName': tableName });
    this.allowVia(role, 'dynamodb', ['kms:DescribeKey']);
  }

  /**
   * The use of the data key that S3 makes for reading and writing objects of this bucket, whose own key is the bucket's:
   * so the context names no object. Listing and deleting need none.
   */
  grantObjects(role: Role, bucketArn: string): void {
    this.allowVia(role, 's3', ['kms:Decrypt', 'kms:GenerateDataKey'], {
      'kms:EncryptionContext:aws:s3:arn': bucketArn,
    });
  }

  private allowVia(role: Role, service: string, actions: string[], context: Record<string, string> = {}): void {
    const endpoint = `${service}.${Stack.of(this).region}.amazonaws.com`;
    const conditions = { StringEquals: { 'kms:ViaService': endpoint, ...context } };
    role.addToPolicy(new PolicyStatement({ actions, resources: [this.data.keyArn], conditions }));
  }

  private logsMayUse(): PolicyStatement {
    const { partition, region, account, stackName } = Stack.of(this);
    const groups = `arn:${partition}:logs:${region}:${account}:log-group:`;
    return new PolicyStatement({
      sid: 'Logs',
      principals: [new ServicePrincipal(`logs.${region}.amazonaws.com`)],
      actions: [
        'kms:Decrypt',
        'kms:DescribeKey',
        'kms:Encrypt',
        'kms:GenerateDataKey',
        'kms:ReEncryptFrom',
        'kms:ReEncryptTo',
      ],
      resources: ['*'],
      conditions: {
        ArnLike: {
          'kms:EncryptionContext:aws:logs:arn': [`${groups}${stackName}-*`, `${groups}API-Gateway-Execution-Logs_*`],
        },
      },
    });
  }

  private alarmsMayUse(): PolicyStatement {
    return new PolicyStatement({
      sid: 'Alarms',
      principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
      actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
      resources: ['*'],
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
    });
  }
}

/** The ids of so many keys of a kind: `Wrap`, `Wrap2`, and so on. */
function numbered(kind: string, count: number): { id: string; number: number }[] {
  return Array.from({ length: count }, (_, i) => ({ id: i === 0 ? kind : `${kind}${i + 1}`, number: i + 1 }));
}

/**
 * A policy of its own for each key: CloudFormation makes it before a function is told of the key, and removes it once none
 * names the key any more, so that what runs meanwhile may use what it was told.
 */
function allowWrap(role: Role, key: Key, action: 'kms:Decrypt' | 'kms:Encrypt', purposes: readonly Purpose[]): void {
  const conditions = wrapConditions(purposes);
  const statements = [new PolicyStatement({ actions: [action], resources: [key.keyArn], conditions })];
  new Policy(role, `${action.replace('kms:', '')}${key.node.id}`, { roles: [role], statements });
}
