import { describe, expect, it } from '@jest/globals';
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

    it('give the wrap key to nobody without the application and a known purpose in the context', () => {
      const uses = policyOf('Keys/Wrap').filter(({ Sid }) => Sid !== 'Administration');
      expect(uses).toEqual([
        expect.objectContaining({
          Effect: 'Allow',
          Action: ['kms:Decrypt', 'kms:Encrypt'],
          Condition: {
            StringEquals: {
              'kms:EncryptionContext:app': 'twinlock',
              'kms:EncryptionContext:purpose': ['password', 'session', 'recovery'],
            },
          },
        }),
      ]);
    });

    it.each([
      ['Keys/Wrap', ['kms:Decrypt', 'kms:Encrypt']],
      ['Keys/Mac', ['kms:GenerateMac']],
    ])('let the administrators of %s neither use it otherwise nor hand it on', (path, uses) => {
      const cryptography =
        /:(\*|.*\*|Decrypt|Encrypt|ReEncrypt.*|Generate.*|VerifyMac|Sign|Derive.*|CreateGrant|ReplicateKey)$/;
      expect(actionsOf(path).filter((action) => cryptography.test(action))).toEqual(uses);
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
