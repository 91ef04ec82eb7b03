import { describe, expect, it } from '@jest/globals';
import { isAllowed, rulesOfKey } from './privileges/rules.ts';
import { type Stacks, type Statement, statements } from './synth.ts';

/** What lasts: keys, table and bucket. */
export function describeStorage({ standard: kept, varied: temporary }: Stacks): void {
  const policyOf = (path: string): Statement[] => statements(kept.at(path).Properties.KeyPolicy);
  const actionsOf = (path: string): string[] => policyOf(path).flatMap(({ Action }) => Action);

  describe('the keys', () => {
    it('are three', () => {
      expect(kept.ofType('AWS::KMS::Key')).toHaveLength(3);
    });

    it.each(['Keys/Wrap', 'Keys/Data'])('%s is rotated every year', (path) => {
      expect(kept.at(path).Properties).toMatchObject({ EnableKeyRotation: true });
    });

    it('make HMACs of 256 bits with the MAC key', () => {
      expect(kept.at('Keys/Mac').Properties).toMatchObject({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
    });

    it('give a wrap key to nobody without the application, a known purpose and no more than four names in the context', () => {
      for (const key of ['Keys/Wrap', 'Keys/Wrap2', 'Keys/Wrap3']) {
        const policy = statements(temporary.at(key).Properties.KeyPolicy);
        const uses = policy.filter(({ Sid, Effect }) => Effect === 'Allow' && Sid !== 'Administration');
        expect(uses).toEqual([
          expect.objectContaining({
            Action: ['kms:Decrypt', 'kms:Encrypt', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'],
            Condition: {
              StringEquals: {
                'kms:EncryptionContext:app': 'twinlock',
                'kms:EncryptionContext:purpose': ['password', 'session', 'recovery'],
              },
              'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': ['account', 'app', 'dek', 'purpose'] },
            },
          }),
        ]);
      }
    });

    it.each([
      ['nothing', {}, false],
      ['a purpose alone', { purpose: 'session' }, false],
      ['the application alone', { app: 'twinlock' }, false],
      ['another application', { app: 'other', purpose: 'session' }, false],
      ['another purpose', { app: 'twinlock', purpose: 'backup' }, false],
      ['what a wrap has', { app: 'twinlock', purpose: 'session', account: 'a', dek: '1' }, true],
    ])('let nobody use a wrap key for a context of %s, whoever else would allow it', (_, context, allowed) => {
      const everything = { effect: 'Allow', actions: ['*'], resources: ['*'], conditions: [] } as const;
      const rules = [...rulesOfKey(temporary, 'Keys/Wrap2'), everything];
      const pairs = Object.entries<string>(context).map(
        ([name, value]) => [`kms:EncryptionContext:${name}`, [value]] as const,
      );
      for (const action of [
        'Encrypt',
        'Decrypt',
        'ReEncryptFrom',
        'ReEncryptTo',
        'GenerateDataKey',
        'GenerateDataKeyPair',
      ]) {
        const need = { action: `kms:${action}`, resource: 'Keys/Wrap2', context: Object.fromEntries(pairs) };
        expect([action, isAllowed(rules, need)]).toEqual([action, allowed]);
      }
    });

    it.each([
      ['Keys/Wrap', ['kms:Decrypt', 'kms:Encrypt', 'kms:ReEncryptFrom', 'kms:ReEncryptTo']],
      ['Keys/Mac', ['kms:GenerateMac', 'kms:VerifyMac']],
      ['Keys/Mac2', ['kms:GenerateMac']],
    ])('let the administrators of %s neither use it otherwise nor hand it on', (path, uses) => {
      const cryptography =
        /:(\*|.*\*|Decrypt|Encrypt|ReEncrypt.*|Generate.*|VerifyMac|Sign|Derive.*|CreateGrant|ReplicateKey)$/;
      const allowed = statements(temporary.at(path).Properties.KeyPolicy).filter(({ Effect }) => Effect === 'Allow');
      const actions = allowed.flatMap(({ Action }) => Action);
      expect(actions.filter((action) => cryptography.test(action))).toEqual(uses);
    });

    it('let the account keep the keys in order, or nobody could ever', () => {
      for (const path of ['Keys/Wrap', 'Keys/Mac']) expect(actionsOf(path)).toContain('kms:PutKeyPolicy');
    });

    it('give the data key to the logs of this stack and to the alarms of this account only', () => {
      const services = policyOf('Keys/Data').filter(({ Sid }) => Sid !== undefined);
      expect(services.map(({ Sid }) => Sid)).toEqual(['Logs', 'Alarms']);
      const [logs, alarms] = services;
      const prefix = 'arn:AWS::Partition:logs:AWS::Region:AWS::AccountId:log-group:';
      const arns = logs?.Condition.ArnLike?.['kms:EncryptionContext:aws:logs:arn'];
      expect(Array.isArray(arns) ? arns.map((arn) => kept.name(arn)) : arns).toEqual([
        `${prefix}Test-*`,
        `${prefix}API-Gateway-Execution-Logs_*`,
      ]);
      expect(alarms?.Condition).toEqual({ StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } });
    });

    it('stay when the stack goes, unless the deployment says otherwise', () => {
      expect(kept.ofType('AWS::KMS::Key').map(({ DeletionPolicy }) => DeletionPolicy)).toEqual(Array(3).fill('Retain'));
      expect(temporary.at('Keys/Wrap').DeletionPolicy).toBe('Delete');
      expect(temporary.at('Keys/Wrap').Properties).toMatchObject({ PendingWindowInDays: 30 });
    });

    it('are one more for each further pepper, numbered in order', () => {
      const accounts = temporary.ofType('AWS::Lambda::Function').find(({ id }) => id.startsWith('Accounts'));
      const { Variables } = accounts?.Properties.Environment as { Variables: Record<string, unknown> };
      expect(temporary.name(Variables.MAC_KEY_ARNS)).toBe('Keys/Mac,Keys/Mac2');
    });

    it('stand by their aliases, the first wrap key as when it was the only one', () => {
      const aliases = temporary.ofType('AWS::KMS::Alias').map(({ Properties }) => String(Properties.AliasName));
      expect(aliases.sort()).toEqual(
        ['data', 'mac-1', 'mac-2', 'wrap', 'wrap-2', 'wrap-3'].map((name) => `alias/twinlock/dev/${name}`),
      );
    });

    it('may be used under a policy for each wrap key, there before a function is told of the key', () => {
      for (const id of ['Accounts', 'Items', 'DocumentsService']) {
        const { DependsOn } = temporary.at(`${id}/Function`);
        const policies = ['DecryptWrap2', 'DecryptWrap3'].map((name) => temporary.at(`${id}/Role/${name}`).id);
        expect(DependsOn).toEqual(expect.arrayContaining(policies));
      }
    });
  });

  describe('the table', () => {
    const { Properties } = kept.at('Vault/Table');

    it('has the keys, the index and the time to live that the adapter counts on', () => {
      expect(Properties).toMatchObject({
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
        TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
        GlobalSecondaryIndexes: [
          {
            IndexName: 'due',
            KeySchema: [
              { AttributeName: 'duePk', KeyType: 'HASH' },
              { AttributeName: 'dueAt', KeyType: 'RANGE' },
            ],
            Projection: { ProjectionType: 'KEYS_ONLY' },
          },
        ],
      });
      expect(Properties.AttributeDefinitions).toEqual([
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
        { AttributeName: 'duePk', AttributeType: 'S' },
        { AttributeName: 'dueAt', AttributeType: 'N' },
      ]);
    });

    it('lies under the data key and can be restored to a point in time', () => {
      const { SSESpecification: encryption, PointInTimeRecoverySpecification: recovery } = Properties;
      expect(encryption).toMatchObject({ SSEEnabled: true, SSEType: 'KMS' });
      expect(kept.name((encryption as { KMSMasterKeyId: unknown }).KMSMasterKeyId)).toBe('Keys/Data');
      expect(recovery).toEqual({ PointInTimeRecoveryEnabled: true });
    });

    it('is protected from deletion, unless the deployment says otherwise', () => {
      expect(Properties).toMatchObject({ DeletionProtectionEnabled: true });
      expect(kept.at('Vault/Table').DeletionPolicy).toBe('Retain');
      expect(kept.stack.terminationProtection).toBe(true);
      expect(temporary.at('Vault/Table').Properties).toMatchObject({ DeletionProtectionEnabled: false });
      expect(temporary.at('Vault/Table').DeletionPolicy).toBe('Delete');
      expect(temporary.stack.terminationProtection).toBe(false);
    });
  });

  describe('the bucket', () => {
    const { Properties } = kept.at('Documents/Bucket');

    it('lies under the data key', () => {
      const { BucketEncryption } = Properties;
      expect(BucketEncryption).toMatchObject({
        ServerSideEncryptionConfiguration: [
          {
            BucketKeyEnabled: true,
            ServerSideEncryptionByDefault: {
              SSEAlgorithm: 'aws:kms',
              KMSMasterKeyID: { 'Fn::GetAtt': [kept.at('Keys/Data').id, 'Arn'] },
            },
          },
        ],
      });
    });

    it('is closed to the public', () => {
      expect(Properties.PublicAccessBlockConfiguration).toEqual({
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      });
      expect(Properties.OwnershipControls).toEqual({ Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] });
    });

    it('refuses plain HTTP and TLS before 1.2', () => {
      const policy = statements(kept.at('Documents/Bucket/Policy').Properties.PolicyDocument);
      expect(policy.every(({ Effect }) => Effect === 'Deny')).toBe(true);
      expect(policy.map(({ Condition }) => Condition)).toEqual([
        { Bool: { 'aws:SecureTransport': 'false' } },
        { NumericLessThan: { 's3:TlsVersion': 1.2 } },
      ]);
    });

    it('ends what maintenance missed, old versions, empty markers and broken uploads', () => {
      expect(Properties.VersioningConfiguration).toEqual({ Status: 'Enabled' });
      expect(Properties.LifecycleConfiguration).toEqual({
        Rules: [
          { Id: 'longest-life', Status: 'Enabled', Prefix: 'documents/', ExpirationInDays: 367 },
          {
            Id: 'tidy',
            Status: 'Enabled',
            NoncurrentVersionExpiration: { NoncurrentDays: 1 },
            ExpiredObjectDeleteMarker: true,
            AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
          },
        ],
      });
    });
  });
}
