import { createContext, runInContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import * as z from 'zod';
import { forbidden } from '../../lambda/http/edge.ts';
import { ROUTES, type Route } from '../../lambda/http/route-list.ts';
import { responseOf } from './api.ts';
import type { Stacks, Synthesized } from './synth.ts';

const SECRET = '{{resolve:secretsmanager:EdgeSecret/Secret:SecretString:::}}';
const TLS = { SecurityPolicy: 'SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09', EndpointAccessMode: 'STRICT' };

const ruleSchema = z.looseObject({ Name: z.string(), Statement: z.record(z.string(), z.unknown()) });
const managedSchema = z.object({
  ManagedRuleGroupStatement: z.object({
    VendorName: z.literal('AWS'),
    RuleActionOverrides: z.array(z.object({ Name: z.string(), ActionToUse: z.strictObject({ Count: z.object({}) }) })),
  }),
});

/** What stands before the API. */
export function describeFront({ standard: open, varied: named, edge }: Stacks): void {
  const rulesOf = (of: Synthesized) => z.array(ruleSchema).parse(of.at('Front/WebAcl/Acl').Properties.Rules);

  describe('the web ACL', () => {
    it('stands before the stage, unless the deployment goes without', () => {
      const { ResourceArn, WebACLArn } = open.at('Front/WebAcl/Association').Properties;
      expect(open.name(WebACLArn)).toBe('Front/WebAcl/Acl');
      expect(open.name(ResourceArn)).toMatch(
        /:apigateway:AWS::Region::\/restapis\/Http\/Api\/stages\/Http\/Api\/.*v1$/,
      );
      expect(named.ofType('AWS::WAFv2::WebACLAssociation')).toEqual([]);
    });

    it('lets through what no rule blocks: the rates by source and AWS’s own two sets', () => {
      expect(open.at('Front/WebAcl/Acl').Properties).toMatchObject({ Scope: 'REGIONAL', DefaultAction: { Allow: {} } });
      expect(
        rulesOf(open).map(({ Name, Priority, Action, OverrideAction }) => [Name, Priority, Action, OverrideAction]),
      ).toEqual([
        ['SourceRate', 0, { Block: {} }, undefined],
        ['PasswordRate', 1, { Block: {} }, undefined],
        ['AWSManagedRulesCommonRuleSet', 2, undefined, { None: {} }],
        ['AWSManagedRulesKnownBadInputsRuleSet', 3, undefined, { None: {} }],
      ]);
    });

    it('never blocks by what a body says or how long it is, for it holds what people write, and PDFs', () => {
      const counted = (name: string) => {
        const { Statement } = rulesOf(open).find(({ Name }) => Name === name) ?? {};
        const { RuleActionOverrides } = managedSchema.parse(Statement).ManagedRuleGroupStatement;
        return RuleActionOverrides.map(({ Name }) => Name);
      };
      expect(counted('AWSManagedRulesCommonRuleSet')).toEqual([
        'CrossSiteScripting_BODY',
        'EC2MetaDataSSRF_BODY',
        'GenericLFI_BODY',
        'GenericRFI_BODY',
        'NoUserAgent_HEADER',
        'SizeRestrictions_BODY',
      ]);
      expect(counted('AWSManagedRulesKnownBadInputsRuleSet')).toEqual([
        'JavaDeserializationRCE_BODY',
        'Log4JRCE_BODY',
        'ReactJSRCE_BODY',
      ]);
    });

    it('counts calls that hash a password apart, by the paths of the contract', () => {
      const [all, password] = rulesOf(open).map(({ Statement }) => Statement.RateBasedStatement);
      expect(all).toEqual({ AggregateKeyType: 'IP', EvaluationWindowSec: 300, Limit: 2000 });
      expect(password).toMatchObject({ AggregateKeyType: 'IP', EvaluationWindowSec: 300, Limit: 300 });
      const routes: readonly Route[] = Object.values(ROUTES);
      const hashing = routes.filter((route) => route.open && route.method === 'POST').map(({ path }) => path);
      expect(hashing.length).toBeGreaterThan(1);
      expect(searchedIn(password)).toEqual(['POST', ...hashing]);
    });

    it('keeps neither logs nor samples, and would hide tokens and bodies in both', () => {
      for (const stack of [open, edge]) {
        expect(stack.ofType('AWS::WAFv2::LoggingConfiguration')).toEqual([]);
        const { VisibilityConfig, DataProtectionConfig } = stack.at('Front/WebAcl/Acl').Properties;
        for (const { VisibilityConfig: visible } of [...rulesOf(stack), { VisibilityConfig }]) {
          expect(visible).toMatchObject({ SampledRequestsEnabled: false, CloudWatchMetricsEnabled: true });
        }
        expect(JSON.stringify(DataProtectionConfig)).toContain('"FieldKeys":["authorization",');
        expect(JSON.stringify(DataProtectionConfig)).toContain('"x-twinlock-edge"');
      }
    });
  });

  describe('the name', () => {
    it('that API Gateway gives takes TLS 1.2 and 1.3 alone, and stands open where there is no other', () => {
      expect(open.at('Http/Api').Properties).toMatchObject({ ...TLS, DisableExecuteApiEndpoint: false });
      expect(open.name(open.outputs.ApiUrl)).toMatch(/^https:\/\/Http\/Api\.execute-api\.AWS::Region\..*v1\/$/);
      expect(open.outputs).not.toHaveProperty('DomainTarget');
    });

    it('of the deployment’s own is the one way in, with the contract’s paths', () => {
      expect(named.at('Http/Api').Properties).toMatchObject({ ...TLS, DisableExecuteApiEndpoint: true });
      expect(named.at('Front/Domain/Name').Properties).toMatchObject({
        ...TLS,
        DomainName: 'vault.example.com',
        EndpointConfiguration: { Types: ['REGIONAL'] },
        RegionalCertificateArn: expect.stringMatching(/^arn:aws:acm:eu-central-1:/),
      });
      const [mapping] = named.ofType('AWS::ApiGateway::BasePathMapping');
      expect(mapping?.Properties).toMatchObject({ BasePath: 'v1' });
      expect(named.outputs.ApiUrl).toBe('https://vault.example.com/v1/');
      expect(named.name(named.outputs.DomainTarget)).toBe('Front/Domain/Name');
    });

    it('is pointed where it leads, in the zone that the deployment names', () => {
      const records = (of: Synthesized) =>
        of.ofType('AWS::Route53::RecordSet').map(({ Properties }) => {
          const { DNSName } = z.object({ DNSName: z.unknown() }).parse(Properties.AliasTarget);
          return [Properties.Type, Properties.Name, Properties.HostedZoneId, of.name(DNSName)];
        });
      const record = (type: string, target: string) => [type, 'vault.example.com.', 'Z0123456789EXAMPLE', target];
      expect(records(open)).toEqual([]);
      expect(records(named)).toEqual([record('A', 'Front/Domain/Name')]);
      const target = 'Front/Edge/Distribution';
      expect(records(edge)).toEqual([record('A', target), record('AAAA', target)]);
    });
  });

  describe('the distribution', () => {
    const config = z
      .object({
        DefaultCacheBehavior: z.record(z.string(), z.unknown()),
        CacheBehaviors: z.array(z.record(z.string(), z.unknown())),
        Origins: z.array(z.looseObject({ DomainName: z.unknown(), OriginCustomHeaders: z.array(z.unknown()) })),
      })
      .loose()
      .parse(edge.at('Front/Edge/Distribution').Properties.DistributionConfig);
    const [api, ...others] = config.CacheBehaviors;
    const [origin] = config.Origins;

    it('is there only where it was asked for', () => {
      for (const stack of [open, named]) expect(stack.ofType('AWS::CloudFront::Distribution')).toEqual([]);
    });

    it('takes the deployment’s name with TLS 1.2 and up, keeps no log, and calls the API by TLS 1.2', () => {
      expect(config).toMatchObject({
        Aliases: ['vault.example.com'],
        HttpVersion: 'http2and3',
        PriceClass: 'PriceClass_100',
        ViewerCertificate: { MinimumProtocolVersion: 'TLSv1.2_2021', SslSupportMethod: 'sni-only' },
      });
      expect(config).not.toHaveProperty('Logging');
      expect(origin).toMatchObject({
        CustomOriginConfig: { OriginProtocolPolicy: 'https-only', OriginSSLProtocols: ['TLSv1.2'] },
      });
      expect(edge.name(origin?.DomainName)).toBe('Http/Api.execute-api.AWS::Region.AWS::URLSuffix');
      // It is the distribution's way in, closed to others by the secret.
      expect(edge.at('Http/Api').Properties).toMatchObject({ ...TLS, DisableExecuteApiEndpoint: false });
      expect(edge.outputs.ApiUrl).toBe('https://vault.example.com/v1/');
    });

    it('leads /v1/ to the API whole and uncached: every method, header and query, but neither host nor cookies', () => {
      expect(others).toEqual([]);
      expect(origin).not.toHaveProperty('OriginPath');
      expect(api).toMatchObject({
        PathPattern: '/v1/*',
        AllowedMethods: ['GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'POST', 'DELETE'],
        // AWS's own policy that caches nothing.
        CachePolicyId: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad',
        Compress: false,
        ViewerProtocolPolicy: 'https-only',
      });
      expect(edge.at('Front/Edge/Request').Properties.OriginRequestPolicyConfig).toMatchObject({
        HeadersConfig: { HeaderBehavior: 'allExcept', Headers: ['host'] },
        QueryStringsConfig: { QueryStringBehavior: 'all' },
        CookiesConfig: { CookieBehavior: 'none' },
      });
      expect(edge.at('Front/Edge/Answer').Properties.ResponseHeadersPolicyConfig).toMatchObject({
        SecurityHeadersConfig: {
          StrictTransportSecurity: { AccessControlMaxAgeSec: 63_072_000, IncludeSubdomains: true },
          FrameOptions: { FrameOption: 'DENY' },
        },
      });
    });

    it('names the address that it sees, over what a caller sends under that name', () => {
      expect(functionOf(api)).toBe('Front/Edge/Viewer');
      const request = { uri: '/v1/health', headers: { 'x-twinlock-viewer': { value: '203.0.113.9' }, accept: {} } };
      expect(runAtEdge('Front/Edge/Viewer', { request, viewer: { ip: '2001:db8::7' } })).toEqual({
        uri: '/v1/health',
        headers: { 'x-twinlock-viewer': { value: '2001:db8::7' }, accept: {} },
      });
    });

    it('has nothing at any other path, and says so as the API does', () => {
      expect(config.DefaultCacheBehavior).toMatchObject({
        ViewerProtocolPolicy: 'https-only',
        AllowedMethods: api?.AllowedMethods,
      });
      expect(functionOf(config.DefaultCacheBehavior)).toBe('Front/Edge/Nothing');
      const answer = z
        .object({
          statusCode: z.number(),
          headers: z.record(z.string(), z.object({ value: z.string() })),
          body: z.object({ data: z.string() }),
        })
        .parse(runAtEdge('Front/Edge/Nothing', { context: { requestId: 'edge-1' } }));
      const { ResponseTemplates, ResponseParameters } = responseOf(edge, 'MISSING_AUTHENTICATION_TOKEN');
      const same = (ResponseTemplates['application/json'] ?? '').replace('$context.requestId', 'edge-1');
      expect([answer.statusCode, JSON.parse(answer.body.data)]).toEqual([404, JSON.parse(same)]);
      expect(Object.keys(answer.headers).sort()).toEqual(
        Object.keys(ResponseParameters)
          .map((name) => name.replace('gatewayresponse.header.', ''))
          .sort(),
      );
    });

    it('marks its calls by a secret that AWS makes and no template holds', () => {
      expect(edge.at('EdgeSecret/Secret').Properties).toMatchObject({
        GenerateSecretString: { PasswordLength: 64, ExcludePunctuation: true },
      });
      const [header, ...more] = z
        .array(z.object({ HeaderName: z.string(), HeaderValue: z.unknown() }))
        .parse(origin?.OriginCustomHeaders);
      expect([header?.HeaderName, edge.name(header?.HeaderValue), more]).toEqual(['x-twinlock-edge', SECRET, []]);
      const secretOf = (of: Synthesized, id: string) =>
        z
          .object({ Variables: z.looseObject({ EDGE_SECRET: z.unknown() }) })
          .parse(of.at(`${id}/Function`).Properties.Environment).Variables.EDGE_SECRET;
      for (const id of ['Accounts', 'Items', 'DocumentsService']) {
        expect(edge.name(secretOf(edge, id))).toBe(SECRET);
        expect(secretOf(open, id)).toBe('');
      }
    });

    it('is the one whose calls the web ACL takes, before it counts them by the address that it is told', () => {
      const [first, ...rest] = rulesOf(edge);
      expect(first).toMatchObject({
        Name: 'OnlyFromEdge',
        Priority: 0,
        Action: { Block: {} },
        Statement: {
          NotStatement: {
            Statement: {
              ByteMatchStatement: {
                FieldToMatch: { SingleHeader: { Name: 'x-twinlock-edge' } },
                PositionalConstraint: 'EXACTLY',
                TextTransformations: [{ Priority: 0, Type: 'NONE' }],
              },
            },
          },
        },
      });
      expect(searchedIn(first).map((text) => edge.name(text))).toEqual([SECRET]);
      for (const { Statement } of rest.slice(0, 2)) {
        expect(Statement.RateBasedStatement).toMatchObject({
          AggregateKeyType: 'FORWARDED_IP',
          ForwardedIPConfig: { HeaderName: 'x-twinlock-viewer', FallbackBehavior: 'MATCH' },
        });
      }
    });

    it('is told from others by the functions with the very answer that the gateway gives', async () => {
      const { StatusCode, ResponseTemplates, ResponseParameters } = responseOf(edge, 'WAF_FILTERED');
      const answer = forbidden('$context.requestId');
      expect(String(answer.status)).toBe(StatusCode);
      expect(await answer.json()).toEqual(JSON.parse(ResponseTemplates['application/json'] ?? ''));
      const fixed = Object.entries(ResponseParameters).map(([name, value]) => [
        name.replace('gatewayresponse.header.', ''),
        value === 'context.requestId' ? '$context.requestId' : value.slice(1, -1),
      ]);
      expect(Object.fromEntries(answer.headers)).toEqual(Object.fromEntries(fixed));
    });

    function functionOf(behavior: Record<string, unknown> | undefined): string {
      const [association, ...more] = z
        .array(z.strictObject({ EventType: z.literal('viewer-request'), FunctionARN: z.unknown() }))
        .parse(behavior?.FunctionAssociations);
      expect(more).toEqual([]);
      return edge.name(association?.FunctionARN);
    }

    /** What a function of CloudFront makes of an event. */
    function runAtEdge(path: string, event: object): unknown {
      const context = createContext({ event: JSON.stringify(event) });
      const code = String(edge.at(path).Properties.FunctionCode);
      return JSON.parse(String(runInContext(`${code}; JSON.stringify(handler(JSON.parse(event)))`, context)));
    }
  });

  describe('the outputs', () => {
    it('name what the operator needs afterwards', () => {
      const named = Object.fromEntries(Object.entries(open.outputs).map(([name, value]) => [name, open.name(value)]));
      expect(named).toEqual({
        ApiUrl: expect.any(String),
        TableName: 'Vault/Table',
        BucketName: 'Documents/Bucket',
        WrapKeyArns: 'Keys/Wrap',
        MacKeyArns: 'Keys/Mac',
        AlarmTopicArn: 'Monitoring/Topic',
        Region: 'AWS::Region',
        SmokeCommand: `npm run smoke -- ${named.ApiUrl ?? ''}`,
      });
    });

    it('list retired wrap keys too, for what they wrapped may have to be moved still', () => {
      expect(named.name(named.outputs.WrapKeyArns)).toBe('Keys/Wrap,Keys/Wrap2,Keys/Wrap3');
    });
  });
}

/** Whatever the strings are that byte matches look for, in order. */
function searchedIn(statement: unknown): unknown[] {
  if (typeof statement !== 'object' || statement === null) return [];
  return Object.entries(statement).flatMap(([key, value]): unknown[] =>
    key === 'SearchString' ? [value] : searchedIn(value),
  );
}
