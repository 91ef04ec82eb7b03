import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { isRecord, type Stacks, type Statement, type Synthesized, statements } from './synth.ts';

/** API Gateway's policies that Security Hub takes, and CloudFront's. */
const GATEWAY_TLS = [
  'SecurityPolicy_TLS13_1_3_2025_09',
  'SecurityPolicy_TLS13_1_3_FIPS_2025_09',
  'SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09',
  'SecurityPolicy_TLS13_2025_EDGE',
  'SecurityPolicy_TLS12_PFS_2025_EDGE',
];
const EDGE_TLS = ['TLSv1.2_2021', 'TLSv1.2_2025', 'TLSv1.3_2025'];

/** The controls of AWS Security Hub that docs/aws-controls.md says are met, each in the template. */
export function describeControls(stacks: Stacks): void {
  const table = readFileSync('docs/aws-controls.md', 'utf8');
  const rows = [...table.matchAll(/^\| ([A-Z]\w+\.\d+)(?: †)? \| .+ \| (met|not met|deployer's) \| (.*) \|$/gm)];
  const met = rows.filter(([, , state]) => state === 'met').map(([, id = '']) => id);
  const checks = checksOf(stacks);

  describe('the controls of AWS Security Hub', () => {
    it('that are said to be met are those that are checked here', () => {
      expect([...met].sort()).toEqual(Object.keys(checks).sort());
    });

    it.each(Object.entries(checks))('%s is met', (_, check) => {
      check();
    });

    it('that are not met have a reason', () => {
      const others = rows.filter(([, , state]) => state === 'not met');
      expect(others.length).toBeGreaterThan(5);
      expect(others.filter(([, , , why = '']) => why.trim().length < 10).map(([, id]) => id)).toEqual([]);
    });

    it('are each named once, and held in files that are there', () => {
      const ids = rows.map(([, id]) => id);
      expect(ids).toEqual([...new Set(ids)]);
      const files = [...table.matchAll(/`((?:lib|test)\/[\w/.-]+)`/g)].map(([, file = '']) => file);
      expect(files.length).toBeGreaterThan(20);
      expect(files.filter((file) => !existsSync(file))).toEqual([]);
    });
  });
}

function checksOf({ standard: stack, varied: named, edge, web }: Stacks): Readonly<Record<string, () => void>> {
  /** All resources of a type have these properties, and there is one. */
  const every = (type: string, properties: object, of = stack) => {
    expect(of.ofType(type).length).toBeGreaterThan(0);
    for (const resource of of.ofType(type)) expect(resource.Properties).toMatchObject(properties);
  };
  const values = (type: string, property: string, of = stack) =>
    of.ofType(type).map(({ Properties }) => Properties[property]);
  const distribution = (config: object) => {
    every('AWS::CloudFront::Distribution', { DistributionConfig: config }, edge);
  };
  const origins = (config: object) => {
    distribution({ Origins: [{ CustomOriginConfig: config }] });
  };
  const policies = [stack, named, edge, web].flatMap((of) =>
    of.ofType('AWS::IAM::Policy').flatMap(({ Properties }) => statements(Properties.PolicyDocument)),
  );
  const bucketPolicy = () => statements(stack.at('Documents/Bucket/Policy').Properties.PolicyDocument);
  const bucketPolicies = () =>
    web.ofType('AWS::S3::BucketPolicy').map(({ Properties }) => statements(Properties.PolicyDocument));
  const isPublic = ({ Effect, Principal, Condition }: Statement) =>
    Effect === 'Allow' && (Principal === '*' || (isRecord(Principal) && Principal.AWS === '*')) && isEmpty(Condition);
  const closed = (type: string, property: string) => {
    const documents = values(type, property);
    expect(documents.length).toBeGreaterThan(0);
    expect(documents.flatMap(statements).filter(isPublic)).toEqual([]);
  };
  const notPublic = () => {
    const PublicAccessBlockConfiguration = { BlockPublicPolicy: true, RestrictPublicBuckets: true };
    for (const each of [stack, web]) every('AWS::S3::Bucket', { PublicAccessBlockConfiguration }, each);
    expect(bucketPolicies()).toHaveLength(2);
    expect(bucketPolicies().flat().filter(isPublic)).toEqual([]);
  };

  return {
    'APIGateway.1': () => {
      const MethodSettings = expect.arrayContaining([
        expect.objectContaining({ HttpMethod: '*', ResourcePath: '/*', LoggingLevel: 'ERROR' }),
      ]);
      every('AWS::ApiGateway::Stage', { MethodSettings });
    },
    'APIGateway.4': () => {
      const [association] = stack.ofType('AWS::WAFv2::WebACLAssociation');
      expect(stack.name(association?.Properties.ResourceArn)).toContain('/stages/Http/Api/DeploymentStage');
    },
    'APIGateway.5': () => {
      for (const { Properties } of stack.ofType('AWS::ApiGateway::Stage')) {
        expect(Properties).not.toHaveProperty('CacheClusterEnabled', true);
        expect(JSON.stringify(Properties.MethodSettings)).not.toContain('"CachingEnabled":true');
      }
    },
    'APIGateway.11': () => {
      const used = values('AWS::ApiGateway::DomainName', 'SecurityPolicy', named);
      expect(used).toHaveLength(1);
      expect(GATEWAY_TLS).toEqual(expect.arrayContaining(used));
    },
    'CloudFront.3': () => {
      const CacheBehaviors = [{ ViewerProtocolPolicy: 'https-only' }];
      distribution({ DefaultCacheBehavior: { ViewerProtocolPolicy: 'https-only' }, CacheBehaviors });
    },
    'CloudFront.7': () => {
      const AcmCertificateArn = expect.stringMatching(/^arn:aws:acm:us-east-1:/);
      distribution({ ViewerCertificate: { AcmCertificateArn } });
    },
    'CloudFront.8': () => {
      distribution({ ViewerCertificate: { SslSupportMethod: 'sni-only' } });
    },
    'CloudFront.9': () => {
      origins({ OriginProtocolPolicy: 'https-only' });
    },
    'CloudFront.10': () => {
      origins({ OriginSSLProtocols: ['TLSv1.2'] });
    },
    'CloudFront.12': () => {
      const buckets = web.ofType('AWS::S3::Bucket').map(({ id }) => ({ 'Fn::GetAtt': [id, 'RegionalDomainName'] }));
      const kept = s3OriginsOf(web).map(({ DomainName }) => DomainName);
      expect(kept).toHaveLength(1);
      expect(buckets).toEqual(expect.arrayContaining(kept));
    },
    'CloudFront.13': () => {
      expect(s3OriginsOf(web).map(({ OriginAccessControlId }) => web.name(OriginAccessControlId))).toEqual([
        'Front/Edge/WebApp/Access',
      ]);
    },
    'CloudFront.15': () => {
      const configs = edge.ofType('AWS::CloudFront::Distribution').map(({ Properties }) => Properties);
      const used = configs.map(
        (config) =>
          (config as { DistributionConfig: { ViewerCertificate: { MinimumProtocolVersion: string } } })
            .DistributionConfig.ViewerCertificate.MinimumProtocolVersion,
      );
      expect(used).toHaveLength(1);
      expect(EDGE_TLS).toEqual(expect.arrayContaining(used));
    },
    'CloudWatch.15': () => {
      const actions = values('AWS::CloudWatch::Alarm', 'AlarmActions');
      expect(actions.length).toBeGreaterThan(5);
      expect(actions.every((list) => Array.isArray(list) && list.length > 0)).toBe(true);
    },
    'CloudWatch.17': () => {
      expect(values('AWS::CloudWatch::Alarm', 'ActionsEnabled')).not.toContain(false);
    },
    'DynamoDB.1': () => {
      every('AWS::DynamoDB::Table', { BillingMode: 'PAY_PER_REQUEST' });
    },
    'DynamoDB.2': () => {
      every('AWS::DynamoDB::Table', { PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } });
    },
    'DynamoDB.6': () => {
      every('AWS::DynamoDB::Table', { DeletionProtectionEnabled: true });
    },
    'IAM.1': () => {
      expect(policies.length).toBeGreaterThan(20);
      expect(policies.filter(({ Action }) => Action.includes('*'))).toEqual([]);
    },
    'IAM.21': () => {
      expect(policies.flatMap(({ Action }) => Action).filter((action) => action.includes('*'))).toEqual([]);
    },
    'KMS.1': () => {
      expect([stack, named, edge, web].flatMap((of) => of.ofType('AWS::IAM::ManagedPolicy'))).toEqual([]);
    },
    'KMS.2': () => {
      const decrypting = policies.filter(({ Action }) =>
        Action.some((action) => /^kms:(Decrypt|ReEncrypt)/.test(action)),
      );
      expect(decrypting.length).toBeGreaterThan(5);
      expect(decrypting.filter(({ Resource }) => Resource.includes('*'))).toEqual([]);
    },
    'KMS.3': () => {
      every('AWS::KMS::Key', { PendingWindowInDays: 30 });
      expect(new Set(stack.ofType('AWS::KMS::Key').map(({ DeletionPolicy }) => DeletionPolicy))).toEqual(
        new Set(['Retain']),
      );
    },
    'KMS.4': () => {
      const keys = stack.ofType('AWS::KMS::Key').filter(({ Properties }) => Properties.KeySpec !== 'HMAC_256');
      expect(keys.map(({ Properties }) => Properties.EnableKeyRotation)).toEqual([true, true]);
    },
    'KMS.5': () => {
      closed('AWS::KMS::Key', 'KeyPolicy');
    },
    'Lambda.1': () => {
      const invoking = [stack, edge, web].flatMap((of) => of.ofType('AWS::Lambda::Permission'));
      expect(invoking.length).toBeGreaterThan(5);
      for (const { Properties } of invoking) {
        expect(['apigateway.amazonaws.com', 'events.amazonaws.com']).toContain(Properties.Principal);
        expect(Properties).toHaveProperty('SourceArn');
      }
    },
    'Lambda.2': () => {
      every('AWS::Lambda::Function', { Runtime: 'nodejs24.x' });
      // The CDK's own, which puts the web app's files where they belong.
      expect(new Set(values('AWS::Lambda::Function', 'Runtime', web))).toEqual(new Set(['nodejs24.x', 'python3.13']));
    },
    'Lambda.7': () => {
      every('AWS::Lambda::Function', { TracingConfig: { Mode: 'Active' } }, web);
    },
    'S3.2': notPublic,
    'S3.3': notPublic,
    'S3.5': () => {
      for (const policy of bucketPolicies()) {
        expect(policy).toContainEqual(
          expect.objectContaining({
            Effect: 'Deny',
            Action: ['s3:*'],
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          }),
        );
      }
    },
    'S3.6': () => {
      expect(new Set(bucketPolicy().map(({ Effect }) => Effect))).toEqual(new Set(['Deny']));
      const allowed = bucketPolicies()
        .flat()
        .filter(({ Effect }) => Effect === 'Allow');
      expect(allowed.map(({ Principal }) => Principal)).toEqual([{ Service: 'cloudfront.amazonaws.com' }]);
    },
    'S3.8': () => {
      const all = {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      };
      every('AWS::S3::Bucket', { PublicAccessBlockConfiguration: all }, web);
    },
    'S3.12': () => {
      every('AWS::S3::Bucket', { OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] } }, web);
    },
    'S3.13': () => {
      const enabled = expect.arrayContaining([expect.objectContaining({ Status: 'Enabled' })]);
      every('AWS::S3::Bucket', { LifecycleConfiguration: { Rules: enabled } }, web);
    },
    'S3.14': () => {
      every('AWS::S3::Bucket', { VersioningConfiguration: { Status: 'Enabled' } });
    },
    'S3.17': () => {
      const rule = { ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' } };
      every('AWS::S3::Bucket', { BucketEncryption: { ServerSideEncryptionConfiguration: [rule] } });
    },
    'SNS.1': () => {
      const keys = values('AWS::SNS::Topic', 'KmsMasterKeyId');
      expect(keys.map((key) => stack.name(key))).toEqual(['Keys/Data']);
    },
    'SNS.4': () => {
      closed('AWS::SNS::TopicPolicy', 'PolicyDocument');
    },
    'SQS.1': () => {
      every('AWS::SQS::Queue', { SqsManagedSseEnabled: true });
    },
    'SQS.3': () => {
      closed('AWS::SQS::QueuePolicy', 'PolicyDocument');
    },
    'WAF.10': () => {
      const rules = values('AWS::WAFv2::WebACL', 'Rules');
      expect(rules.map((list) => Array.isArray(list) && list.length > 0)).toEqual([true]);
    },
    'WAF.12': () => {
      const metrics = { CloudWatchMetricsEnabled: true };
      every('AWS::WAFv2::WebACL', { VisibilityConfig: metrics });
      for (const rules of values('AWS::WAFv2::WebACL', 'Rules') as unknown[][]) {
        for (const rule of rules) expect(rule).toMatchObject({ VisibilityConfig: metrics });
      }
    },
  };
}

function isEmpty(conditions: Statement['Condition']): boolean {
  return Object.keys(conditions).length === 0;
}

/** The distribution's origins that are buckets. */
function s3OriginsOf(of: Synthesized): Record<string, unknown>[] {
  const [distribution] = of.ofType('AWS::CloudFront::Distribution');
  const { Origins } = distribution?.Properties.DistributionConfig as { Origins: Record<string, unknown>[] };
  return Origins.filter(({ S3OriginConfig }) => S3OriginConfig !== undefined);
}
