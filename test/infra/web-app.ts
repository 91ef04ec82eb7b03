import { describe, expect, it } from '@jest/globals';
import * as z from 'zod';
import { CACHE_CONTROL, PAGE_HEADERS } from '../../web/headers.ts';
import { type Stacks, type Statement, type Synthesized, statements } from './synth.ts';

const AT = 'Front/Edge/WebApp';
const FILES = `${AT}/Files`;
const UPLOAD = 'Custom::CDKBucketDeployment';

/** What serves the web app, and how its files come there. */
export function describeWebApp({ edge, web }: Stacks): void {
  const configOf = (of: Synthesized) =>
    z
      .object({
        DefaultCacheBehavior: z.record(z.string(), z.unknown()),
        CacheBehaviors: z.array(z.unknown()),
        Origins: z.array(z.looseObject({ Id: z.string(), DomainName: z.unknown() })),
      })
      .loose()
      .parse(of.at('Front/Edge/Distribution').Properties.DistributionConfig);
  const policyOf = (path: string): Statement[] => statements(web.at(path).Properties.PolicyDocument);

  describe('the web app', () => {
    it('is there only where it was asked for', () => {
      expect(edge.ofType(UPLOAD)).toEqual([]);
      expect(edge.ofType('AWS::S3::Bucket')).toHaveLength(1);
      expect(edge.outputs).not.toHaveProperty('WebAppUrl');
      expect(web.outputs.WebAppUrl).toBe('https://vault.example.com/');
    });

    it('stands at every path that is not the API’s, and the API where it stood', () => {
      const { DefaultCacheBehavior: pages, CacheBehaviors, Origins, ...config } = configOf(web);
      const origin = Origins.find(({ Id }) => Id === pages.TargetOriginId);
      expect(config).toMatchObject({ DefaultRootObject: 'index.html' });
      // They would answer for the API too.
      expect(config).not.toHaveProperty('CustomErrorResponses');
      expect(web.name(origin?.DomainName)).toBe(FILES);
      const others = (all: unknown) => JSON.stringify(all).replaceAll(/DistributionOrigin\w+/g, 'Origin');
      expect(others(CacheBehaviors)).toBe(others(configOf(edge).CacheBehaviors));
    });

    it('is read by GET and HEAD, packed, and kept as long as each file says', () => {
      const { DefaultCacheBehavior: pages } = configOf(web);
      expect(pages).toMatchObject({
        AllowedMethods: ['GET', 'HEAD'],
        ViewerProtocolPolicy: 'redirect-to-https',
        Compress: true,
        // AWS's own policy that caches by the path alone, as long as cache-control says.
        CachePolicyId: '658327ea-f89d-4fab-a63d-7e88639e58f6',
      });
      // A request for a list of the bucket is one by its query, which so never comes there.
      expect(pages).not.toHaveProperty('OriginRequestPolicyId');
      expect(pages).not.toHaveProperty('FunctionAssociations');
      expect(web.name(pages.ResponseHeadersPolicyId)).toBe(`${AT}/Headers`);
    });

    it('has the headers that it has on a developer’s machine, and strict transport', () => {
      const { SecurityHeadersConfig, CustomHeadersConfig } = z
        .object({
          SecurityHeadersConfig: z.strictObject({
            ContentSecurityPolicy: z.object({ ContentSecurityPolicy: z.string(), Override: z.literal(true) }),
            ContentTypeOptions: z.object({ Override: z.literal(true) }),
            FrameOptions: z.object({ FrameOption: z.string(), Override: z.literal(true) }),
            ReferrerPolicy: z.object({ ReferrerPolicy: z.string(), Override: z.literal(true) }),
            StrictTransportSecurity: z.object({ AccessControlMaxAgeSec: z.number(), IncludeSubdomains: z.boolean() }),
          }),
          CustomHeadersConfig: z.object({
            Items: z.array(z.object({ Header: z.string(), Value: z.string(), Override: z.literal(true) })),
          }),
        })
        .parse(web.at(`${AT}/Headers`).Properties.ResponseHeadersPolicyConfig);
      const security = SecurityHeadersConfig;
      expect({
        'content-security-policy': security.ContentSecurityPolicy.ContentSecurityPolicy,
        'referrer-policy': security.ReferrerPolicy.ReferrerPolicy,
        'x-frame-options': security.FrameOptions.FrameOption,
        'x-content-type-options': 'nosniff',
        ...Object.fromEntries(CustomHeadersConfig.Items.map(({ Header, Value }) => [Header, Value])),
      }).toEqual(PAGE_HEADERS);
      expect(security.StrictTransportSecurity).toMatchObject({
        AccessControlMaxAgeSec: 63_072_000,
        IncludeSubdomains: true,
      });
    });

    it('lies in a bucket that nobody reads but this distribution, signed, and by TLS 1.2', () => {
      const { AccessControl, ...bucket } = web.at(FILES).Properties;
      expect(AccessControl).toBeUndefined();
      expect(bucket).not.toHaveProperty('WebsiteConfiguration');
      expect(bucket).toMatchObject({
        OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
        },
      });
      const [plain, old, read, ...more] = policyOf(`${FILES}/Policy`);
      expect(more).toEqual([]);
      expect([plain?.Effect, plain?.Condition]).toEqual(['Deny', { Bool: { 'aws:SecureTransport': 'false' } }]);
      expect([old?.Effect, old?.Condition]).toEqual(['Deny', { NumericLessThan: { 's3:TlsVersion': 1.2 } }]);
      expect(read).toMatchObject({
        Effect: 'Allow',
        Principal: { Service: 'cloudfront.amazonaws.com' },
        // With the second, S3 says 404 of what is not there.
        Action: ['s3:GetObject', 's3:ListBucket'],
      });
      expect(web.name(read?.Condition.StringEquals?.['AWS:SourceArn'])).toBe(
        'arn:AWS::Partition:cloudfront::AWS::AccountId:distribution/Front/Edge/Distribution',
      );
      expect(web.at(`${AT}/Access`).Properties.OriginAccessControlConfig).toMatchObject({
        OriginAccessControlOriginType: 's3',
        SigningBehavior: 'always',
        SigningProtocol: 'sigv4',
      });
    });
  });

  describe('the upload of the web app', () => {
    const uploads = web.ofType(UPLOAD);
    const [hashed, others] = uploads;

    it('puts what is hashed there first, to be kept for a year, then the page, to be asked for anew', () => {
      expect(uploads).toHaveLength(2);
      expect(hashed?.Properties).toMatchObject({
        Exclude: ['*'],
        Include: ['assets/*'],
        SystemMetadata: { 'cache-control': CACHE_CONTROL.hashed },
      });
      expect(others?.Properties).toMatchObject({
        Exclude: ['assets/*'],
        SystemMetadata: { 'cache-control': CACHE_CONTROL.other },
      });
      expect(others?.DependsOn).toContain(hashed?.id);
    });

    it('leaves what open pages may still ask for, also where it ends', () => {
      for (const { Properties } of uploads) {
        expect(Properties).toMatchObject({ Prune: false });
        expect(Properties.RetainOnDelete ?? true).toBe(true);
        expect(web.name(Properties.DestinationBucketName)).toBe(FILES);
      }
      expect(web.at(FILES).DeletionPolicy).toBe('Retain');
    });

    it('may read archives of deployments, write into the bucket, and tell of it; all of that before it begins', () => {
      const rights = ['Fetch', 'Put'].flatMap((name) =>
        policyOf(`${AT}/Upload/${name}`).map(({ Effect, Action, Resource }) => [
          Effect,
          Action,
          Resource.map((resource) => nameOf(web, resource)),
        ]),
      );
      const assets = 'arn:AWS::Partition:s3:::cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}/*.zip';
      expect(rights).toEqual([
        ['Allow', ['s3:GetObject'], [assets]],
        ['Allow', ['logs:CreateLogStream', 'logs:PutLogEvents'], [`${AT}/Upload/Logs`]],
        ['Allow', ['s3:ListBucket'], [FILES]],
        ['Allow', ['s3:PutObject'], [`${FILES}/*`]],
        ['Allow', ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'], ['*']],
      ]);
      const role = `${AT}/Upload/Role`;
      const policies = web.ofType('AWS::IAM::Policy').filter(({ Properties }) => {
        return Array.isArray(Properties.Roles) && Properties.Roles.some((name) => web.name(name) === role);
      });
      expect(policies).toHaveLength(2);
      expect(web.at(role).Properties).not.toHaveProperty('ManagedPolicyArns');
      for (const { DependsOn } of uploads) {
        expect(DependsOn).toEqual(expect.arrayContaining(policies.map(({ id }) => id)));
      }
    });

    it('is the CDK’s one function, on ARM and traced, with an encrypted log that ends and that role', () => {
      const functions = web.ofType('AWS::Lambda::Function').filter(({ id }) => id.startsWith('Custom'));
      expect(functions).toHaveLength(1);
      const { Role, LoggingConfig, ...more } = functions[0]?.Properties ?? {};
      expect(more).toMatchObject({ Architectures: ['arm64'], TracingConfig: { Mode: 'Active' } });
      expect(web.name(Role)).toBe(`${AT}/Upload/Role`);
      expect(web.name((LoggingConfig as { LogGroup: unknown }).LogGroup)).toBe(`${AT}/Upload/Logs`);
      const log = web.at(`${AT}/Upload/Logs`).Properties;
      expect([web.name(log.KmsKeyId), log.RetentionInDays]).toEqual(['Keys/Data', 30]);
    });
  });
}

/** As `Synthesized.name`, and of a text in which AWS fills something in, that text. */
function nameOf(stack: Synthesized, value: unknown): string {
  const text = JSON.stringify(value).replaceAll(/\{"Fn::Sub":("[^"]*")\}/g, '$1');
  return stack.name(JSON.parse(text));
}
