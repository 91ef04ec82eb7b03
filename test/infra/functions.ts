import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { type Resource, type Stacks, type Statement, type Synthesized, statements } from './synth.ts';

/** The use of a wrap key: with a context of these four names, of which the application and a purpose of these. */
const wrapping = (key: string, purposes: string) =>
  `${key} StringEquals kms:EncryptionContext:app=twinlock kms:EncryptionContext:purpose=${purposes} ` +
  'ForAllValues:StringEquals kms:EncryptionContextKeys=account,app,dek,purpose';
const ANY_PURPOSE = 'password,session,recovery';
const VIA_DYNAMODB = 'Keys/Data StringEquals kms:ViaService=dynamodb.AWS::Region.amazonaws.com';
const OF_TABLE = `${VIA_DYNAMODB} kms:EncryptionContext:aws:dynamodb:tableName=Vault/Table`;
const OF_BUCKET =
  'Keys/Data StringEquals kms:ViaService=s3.AWS::Region.amazonaws.com kms:EncryptionContext:aws:s3:arn=Documents/Bucket';
const ROWS = 'Vault/Table ForAllValues:StringLike dynamodb:LeadingKeys=';
const OBJECTS = 'Documents/Bucket/documents/*';
const ALL_VERSIONS = 'Documents/Bucket StringLike s3:prefix=documents/*';
const VERSIONS = `${ALL_VERSIONS}/*/*`;

const LOG = ['logs:CreateLogStream', 'logs:PutLogEvents'];
const TRACE = ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'];
const READ_WRITE = ['dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:PutItem'];
const TABLE_KEY = [
  'kms:Decrypt',
  'kms:Encrypt',
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
];

/** What runs, what it may do and what it is told. */
export function describeFunctions({ standard, varied: stack }: Stacks): void {
  describe('what each function may do, all of it', () => {
    it.each([
      [
        'Accounts',
        {
          'Accounts/Logs': LOG,
          '*': TRACE,
          [`${ROWS}A#*,E#*,T#*`]: READ_WRITE,
          [`${ROWS}A#*,T#*`]: ['dynamodb:Query'],
          [OF_TABLE]: TABLE_KEY,
          [VIA_DYNAMODB]: ['kms:DescribeKey'],
          [wrapping('Keys/Wrap2', ANY_PURPOSE)]: ['kms:Decrypt'],
          [wrapping('Keys/Wrap3', ANY_PURPOSE)]: ['kms:Decrypt', 'kms:Encrypt'],
          'Keys/Mac': ['kms:GenerateMac', 'kms:VerifyMac'],
          'Keys/Mac2': ['kms:GenerateMac'],
          [OBJECTS]: ['s3:DeleteObject', 's3:DeleteObjectVersion', 's3:GetObject', 's3:PutObject'],
          [VERSIONS]: ['s3:ListBucketVersions'],
          'Documents/Bucket': ['s3:ListBucket'],
          [OF_BUCKET]: ['kms:Decrypt', 'kms:GenerateDataKey'],
        },
      ],
      [
        'Items',
        {
          'Items/Logs': LOG,
          '*': TRACE,
          [`${ROWS}A#*`]: [...READ_WRITE, 'dynamodb:Query'],
          [OF_TABLE]: TABLE_KEY,
          [VIA_DYNAMODB]: ['kms:DescribeKey'],
          [wrapping('Keys/Wrap2', 'session')]: ['kms:Decrypt'],
          [wrapping('Keys/Wrap3', 'session')]: ['kms:Decrypt'],
          'Keys/Mac': ['kms:VerifyMac'],
        },
      ],
      [
        'DocumentsService',
        {
          'DocumentsService/Logs': LOG,
          '*': TRACE,
          [`${ROWS}A#*`]: [...READ_WRITE, 'dynamodb:Query'],
          [`${ROWS}T#*`]: ['dynamodb:Query'],
          [OF_TABLE]: TABLE_KEY,
          [VIA_DYNAMODB]: ['kms:DescribeKey'],
          [wrapping('Keys/Wrap2', 'session')]: ['kms:Decrypt'],
          [wrapping('Keys/Wrap3', 'session')]: ['kms:Decrypt'],
          'Keys/Mac': ['kms:VerifyMac'],
          [OBJECTS]: ['s3:DeleteObject', 's3:DeleteObjectVersion', 's3:GetObject', 's3:PutObject'],
          [VERSIONS]: ['s3:ListBucketVersions'],
          'Documents/Bucket': ['s3:ListBucket'],
          [OF_BUCKET]: ['kms:Decrypt', 'kms:GenerateDataKey'],
        },
      ],
      [
        'Maintenance',
        {
          'Maintenance/Logs': LOG,
          '*': TRACE,
          [`${ROWS}A#*`]: ['dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:Query'],
          [`${ROWS}W#*`]: ['dynamodb:GetItem', 'dynamodb:PutItem'],
          'Vault/Table/index/due': ['dynamodb:Query'],
          [OF_TABLE]: TABLE_KEY,
          [VIA_DYNAMODB]: ['kms:DescribeKey'],
          [OBJECTS]: ['s3:DeleteObject', 's3:DeleteObjectVersion'],
          [ALL_VERSIONS]: ['s3:ListBucketVersions'],
          // Lambda itself sends there, by the function's role.
          'DeadLetters/Queue': ['sqs:SendMessage'],
        },
      ],
    ])('%s', (id, permissions) => {
      expect(permissionsOf(stack, `${id}/Role`)).toEqual(permissions);
      expect(stack.at(`${id}/Role`).Properties).not.toHaveProperty('ManagedPolicyArns');
      expect(stack.name(stack.at(`${id}/Function`).Properties.Role)).toBe(`${id}/Role`);
    });

    it('names a resource, but for traces, which X-Ray knows none for', () => {
      const everywhere = stack
        .ofType('AWS::IAM::Policy')
        .flatMap(({ Properties }) => statements(Properties.PolicyDocument))
        .filter(({ Resource }) => Resource.includes('*'));
      expect(everywhere.flatMap(({ Action }) => Action).every((action) => TRACE.includes(action))).toBe(true);
    });

    it('never goes by a wildcard among actions', () => {
      const actions = stack
        .ofType('AWS::IAM::Policy')
        .flatMap(({ Properties }) => statements(Properties.PolicyDocument))
        .flatMap(({ Action }) => Action);
      expect(actions.filter((action) => action.includes('*'))).toEqual([]);
    });
  });

  describe('what each function is told', () => {
    const vault = [
      'ALLOWED_ORIGINS',
      'BCRYPT_COST',
      'CIPHER_SUITE',
      'DEFAULT_RETENTION_DAYS',
      'IDLE_MINUTES',
      'EDGE_SECRET',
      'MAC_KEY_ARNS',
      'MIN_PASSWORD_LENGTH',
      'SESSION_CACHE_SECONDS',
      'SESSION_HOURS',
      'SESSIONS_SINCE',
      'STAGE',
      'TABLE_NAME',
      'WRAP_KEY_ARNS',
    ];

    it.each([
      ['Accounts', [...vault, 'BUCKET_NAME']],
      ['Items', vault],
      ['DocumentsService', [...vault, 'BUCKET_NAME', 'PDF_BRAND', 'PDF_PAPER', 'PDF_LANGUAGE', 'PDF_LOGO']],
      ['Maintenance', ['STAGE', 'TABLE_NAME', 'BUCKET_NAME']],
    ])('%s', (id, names) => {
      expect(Object.keys(environmentOf(stack, id)).sort()).toEqual([...names].sort());
    });

    it('is what the settings say, as text', () => {
      expect(environmentOf(stack, 'Accounts')).toMatchObject({
        STAGE: 'dev',
        BCRYPT_COST: '12',
        CIPHER_SUITE: '2',
        MIN_PASSWORD_LENGTH: '15',
        SESSION_HOURS: '8',
        IDLE_MINUTES: '30',
        SESSION_CACHE_SECONDS: '0',
        DEFAULT_RETENTION_DAYS: '90',
        ALLOWED_ORIGINS: 'https://a.example.com,https://b.example.com',
      });
      expect(environmentOf(stack, 'DocumentsService')).toMatchObject({
        PDF_BRAND: 'Example Vault',
        PDF_PAPER: 'Letter',
        PDF_LANGUAGE: 'de',
        PDF_LOGO: '/var/task/logo.png',
      });
      expect(environmentOf(standard, 'DocumentsService')).toMatchObject({ PDF_BRAND: 'Twinlock', PDF_LOGO: '' });
      expect(stack.name(environmentOf(stack, 'Accounts').TABLE_NAME)).toBe('Vault/Table');
      expect(standard.name(environmentOf(standard, 'Accounts').WRAP_KEY_ARNS)).toBe('Keys/Wrap');
      expect(stack.name(environmentOf(stack, 'Accounts').WRAP_KEY_ARNS)).toBe('Keys/Wrap2,Keys/Wrap3');
      expect(stack.name(environmentOf(stack, 'DocumentsService').BUCKET_NAME)).toBe('Documents/Bucket');
    });
  });

  describe('each function', () => {
    it('runs on Node 24 and ARM, traced, and the one that hashes on a whole processor', () => {
      const functions = stack.ofType('AWS::Lambda::Function');
      expect(functions).toHaveLength(4);
      for (const { Properties } of functions) {
        expect(Properties).toMatchObject({
          Runtime: 'nodejs24.x',
          Architectures: ['arm64'],
          TracingConfig: { Mode: 'Active' },
          Handler: 'index.handler',
        });
      }
      expect(stack.at('Accounts/Function').Properties).toMatchObject({ MemorySize: 1769 });
    });

    it('shares what the account has, unless a part is set aside for it', () => {
      const reserved = (of: Synthesized) =>
        ['Accounts', 'Items', 'DocumentsService', 'Maintenance'].map(
          (id) => of.at(`${id}/Function`).Properties.ReservedConcurrentExecutions,
        );
      expect(reserved(standard)).toEqual([undefined, undefined, undefined, undefined]);
      expect(reserved(stack)).toEqual([7, 7, 7, undefined]);
    });

    it('logs into a group of its own that is encrypted and ends', () => {
      for (const id of ['Accounts', 'Items', 'DocumentsService', 'Maintenance']) {
        const { LoggingConfig } = stack.at(`${id}/Function`).Properties as { LoggingConfig: { LogGroup: unknown } };
        expect(stack.name(LoggingConfig.LogGroup)).toBe(`${id}/Logs`);
      }
      for (const group of stack.ofType('AWS::Logs::LogGroup')) {
        expect(group.Properties.RetentionInDays).toBe(30);
        expect(stack.name(group.Properties.KmsKeyId)).toBe('Keys/Data');
      }
    });

    it('of maintenance runs every hour, and ends before the next begins', () => {
      expect(stack.at('Maintenance/Function').Properties.Timeout).toBe(600);
      const [rule] = stack.ofType('AWS::Events::Rule');
      const { Targets } = rule?.Properties as { Targets: { Arn: unknown }[] };
      expect(rule?.Properties).toMatchObject({ ScheduleExpression: 'rate(1 hour)', State: 'ENABLED' });
      expect(Targets.map(({ Arn }) => stack.name(Arn))).toEqual(['Maintenance/Function']);
    });
  });

  describe('the fonts', () => {
    it('that the renderer lists are installed, so that they can lie beside its bundle', () => {
      const list = JSON.parse(readFileSync('lambda/pdf/font-files.json', 'utf8')) as { from: string }[];
      expect(list.length).toBeGreaterThan(0);
      for (const { from } of list) expect(() => readFileSync(`node_modules/${from}`)).not.toThrow();
    });
  });
}

/** Actions by what they are allowed on and under which conditions. */
function permissionsOf(stack: Synthesized, rolePath: string): Record<string, string[]> {
  const permissions: Record<string, string[]> = {};
  for (const policy of stack.ofType('AWS::IAM::Policy').filter((candidate) => isFor(stack, candidate, rolePath))) {
    for (const statement of statements(policy.Properties.PolicyDocument)) {
      expect(statement.Effect).toBe('Allow');
      for (const resource of statement.Resource) {
        const key = [stack.name(resource), ...conditionsOf(stack, statement)].join(' ');
        permissions[key] = [...(permissions[key] ?? []), ...statement.Action].sort();
      }
    }
  }
  return permissions;
}

function conditionsOf(stack: Synthesized, { Condition }: Statement): string[] {
  return Object.entries(Condition).flatMap(([operator, keys]) => [
    operator,
    ...Object.entries(keys).map(([key, values]) => {
      const list: unknown[] = Array.isArray(values) ? values : [values];
      return `${key}=${list.map((value) => stack.name(value)).join()}`;
    }),
  ]);
}

function isFor(stack: Synthesized, policy: Resource, rolePath: string): boolean {
  const roles = policy.Properties.Roles;
  return Array.isArray(roles) && roles.some((role) => stack.name(role) === rolePath);
}

function environmentOf(stack: Synthesized, id: string): Record<string, unknown> {
  const { Environment } = stack.at(`${id}/Function`).Properties as {
    Environment: { Variables: Record<string, unknown> };
  };
  return Environment.Variables;
}
