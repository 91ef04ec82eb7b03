import { Duration, type RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  AccountRootPrincipal,
  PolicyDocument,
  PolicyStatement,
  type Role,
  ServicePrincipal,
} from 'aws-cdk-lib/aws-iam';
import { Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';

/** What a wrap is for: part of the KMS encryption context, so that one kind never opens as another. */
export type Purpose = 'password' | 'session' | 'recovery';

const PURPOSES: readonly Purpose[] = ['password', 'session', 'recovery'];

// Managing a key, but not using it: neither cryptography nor grants, which would be a way round the conditions below.
const ADMINISTRATION = [
  'kms:CancelKeyDeletion',
  'kms:CreateAlias',
  'kms:DeleteAlias',
  'kms:DescribeKey',
  'kms:DisableKey',
  'kms:DisableKeyRotation',
  'kms:EnableKey',
  'kms:EnableKeyRotation',
  'kms:GetKeyPolicy',
  'kms:GetKeyRotationStatus',
  'kms:ListGrants',
  'kms:ListKeyPolicies',
  'kms:ListKeyRotations',
  'kms:ListResourceTags',
  'kms:PutKeyPolicy',
  'kms:RevokeGrant',
  'kms:RotateKeyOnDemand',
  'kms:ScheduleKeyDeletion',
  'kms:TagResource',
  'kms:UntagResource',
  'kms:UpdateAlias',
  'kms:UpdateKeyDescription',
];

// What a caller needs on a table's key (DynamoDB Developer Guide, "Encryption at rest: usage notes"), spelt out.
const DYNAMODB_ACTIONS = [
  'kms:Decrypt',
  'kms:DescribeKey',
  'kms:Encrypt',
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
];

export interface KeysProps {
  readonly stageName: string;
  /** How many MAC keys there are, from 1. */
  readonly macKeys: number;
  readonly removalPolicy: RemovalPolicy;
}

/** The operator's keys: `wrap` for the outer wraps, `mac` for pepper and e-mails, `data` for encryption at rest. */
export class Keys extends Construct {
  readonly wrap: Key;
  /** Number n is at n - 1. */
  readonly macs: readonly Key[];
  readonly data: Key;

  constructor(scope: Construct, id: string, props: KeysProps) {
    super(scope, id);
    const { stageName, removalPolicy } = props;
    const common = { removalPolicy, pendingWindow: Duration.days(30) };

    this.wrap = new Key(this, 'Wrap', {
      ...common,
      alias: `twinlock/${stageName}/wrap`,
      description: `Twinlock ${stageName}: outer wraps of users' keys. Without it no vault ever opens again.`,
      enableKeyRotation: true,
      policy: keyPolicy(['kms:Decrypt', 'kms:Encrypt'], encryptionContext(PURPOSES)),
    });

    this.macs = Array.from({ length: props.macKeys }, (_, index) => {
      const number = index + 1;
      return new Key(this, number === 1 ? 'Mac' : `Mac${number}`, {
        ...common,
        alias: `twinlock/${stageName}/mac-${number}`,
        description: `Twinlock ${stageName}: pepper ${number}${number === 1 ? ' and look-up of e-mails' : ''}.`,
        keySpec: KeySpec.HMAC_256,
        keyUsage: KeyUsage.GENERATE_VERIFY_MAC,
        policy: keyPolicy(['kms:GenerateMac']),
      });
    });

    this.data = new Key(this, 'Data', {
      ...common,
      alias: `twinlock/${stageName}/data`,
      description: `Twinlock ${stageName}: encryption at rest of table, bucket, logs and alarms.`,
      enableKeyRotation: true,
    });
    this.data.addToResourcePolicy(this.logsMayUse());
    this.data.addToResourcePolicy(this.alarmsMayUse());
  }

  /** Wrapping and unwrapping for these purposes and no other. */
  grantWrapping(role: Role, purposes: readonly Purpose[]): void {
    this.allowWrap(role, ['kms:Decrypt', 'kms:Encrypt'], purposes);
  }

  /** Unwrapping, not wrapping. */
  grantUnwrapping(role: Role, purposes: readonly Purpose[]): void {
    this.allowWrap(role, ['kms:Decrypt'], purposes);
  }

  /** HMACs under every MAC key; checking one means making it again. */
  grantMac(role: Role): void {
    const resources = this.macs.map((key) => key.keyArn);
    role.addToPolicy(new PolicyStatement({ actions: ['kms:GenerateMac'], resources }));
  }

  /** The use of the data key that DynamoDB makes on the caller's behalf; no direct one. */
  grantTable(role: Role): void {
    this.allowVia(role, 'dynamodb', DYNAMODB_ACTIONS);
  }

  /** The use of the data key that S3 makes for reading and writing objects. Listing and deleting need none. */
  grantObjects(role: Role): void {
    this.allowVia(role, 's3', ['kms:Decrypt', 'kms:GenerateDataKey']);
  }

  private allowWrap(role: Role, actions: string[], purposes: readonly Purpose[]): void {
    const resources = [this.wrap.keyArn];
    role.addToPolicy(new PolicyStatement({ actions, resources, conditions: encryptionContext(purposes) }));
  }

  private allowVia(role: Role, service: string, actions: string[]): void {
    const endpoint = `${service}.${Stack.of(this).region}.amazonaws.com`;
    const conditions = { StringEquals: { 'kms:ViaService': endpoint } };
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

/** Management, and these uses of the key, are left to the account's IAM policies; all other use is nobody's. */
function keyPolicy(uses: string[], conditions: Record<string, unknown> = {}): PolicyDocument {
  const common = { principals: [new AccountRootPrincipal()], resources: ['*'] };
  return new PolicyDocument({
    statements: [
      new PolicyStatement({ ...common, sid: 'Administration', actions: ADMINISTRATION }),
      new PolicyStatement({ ...common, sid: 'Use', actions: uses, conditions }),
    ],
  });
}

function encryptionContext(purposes: readonly Purpose[]): Record<string, unknown> {
  return { StringEquals: { 'kms:EncryptionContext:app': 'twinlock', 'kms:EncryptionContext:purpose': [...purposes] } };
}
