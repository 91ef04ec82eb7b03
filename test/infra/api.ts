import { describe, expect, it } from '@jest/globals';
import * as z from 'zod';
import { dynamoDbClient, kmsClient } from '../../lambda/adapters/aws-clients.ts';
import { s3Client } from '../../lambda/adapters/s3/s3-client.ts';
import { PROBLEMS } from '../../lambda/http/problem.ts';
import { ROUTES, type Route, routePaths } from '../../lambda/http/route-list.ts';
import type { Resource, Stacks, Synthesized } from './synth.ts';

const routes: readonly Route[] = Object.values(ROUTES);

/** What the gateway lets through, to whom, and what it answers by itself. */
export function describeApi({ standard: closed, varied: stack }: Stacks): void {
  describe('the methods', () => {
    const methods = stack.ofType('AWS::ApiGateway::Method');

    it('are the routes of the list and, for each path, whatever other method, which the application answers', () => {
      const paths = new Set(routes.flatMap(routePaths));
      const expected = [
        ...routes.flatMap((route) => routePaths(route).map((path) => `${route.method} ${path}`)),
        ...[...paths].map((path) => `ANY ${path}`),
      ];
      expect(methods.map((candidate) => callOf(stack, candidate)).sort()).toEqual(expected.sort());
    });

    const calls = routes.flatMap((route) =>
      routePaths(route).map((path) => [`${route.method} ${path}`, route.service] as const),
    );

    it.each(calls)('%s goes to %s, as does every other method there', (call, service) => {
      const function_ = { accounts: 'Accounts', items: 'Items', documents: 'DocumentsService' }[service];
      for (const name of [call, call.replace(/^\w+/, 'ANY')]) {
        const { Integration } = method(name).Properties as { Integration: { Type: string; Uri: unknown } };
        expect(Integration.Type).toBe('AWS_PROXY');
        expect(stack.name(Integration.Uri)).toContain(`${function_}/Function`);
      }
    });

    it('stream all answers of a function that streams one, and none of another', () => {
      const streaming = new Set(routes.filter(({ stream }) => stream).map(({ service }) => service));
      expect([...streaming]).toEqual(['documents']);
      for (const { method: verb, path, service } of routes) {
        const { Integration } = method(`${verb} ${path}`).Properties as { Integration: Record<string, unknown> };
        const streams = streaming.has(service);
        expect(Integration.ResponseTransferMode).toBe(streams ? 'STREAM' : undefined);
        expect(stack.name(Integration.Uri).endsWith('/response-streaming-invocations')).toBe(streams);
      }
    });

    it('wait for a stream no longer than its function may run', () => {
      const { Integration } = method('GET /v1/documents/{documentId}/content').Properties as {
        Integration: { TimeoutInMillis: number };
      };
      expect(stack.at('DocumentsService/Function').Properties.Timeout).toBe(Integration.TimeoutInMillis / 1000);
    });

    it('wait for an export until a reader of 2 Mbit a second has its 180 MiB', () => {
      const { Integration } = method('GET /v1/account/export').Properties as {
        Integration: { TimeoutInMillis: number };
      };
      expect(Integration.TimeoutInMillis).toBeGreaterThan(((180 * 2 ** 20 * 8) / 2e6) * 1000);
    });

    it('wait for every other answer 29 seconds, longer than its function runs and starts', () => {
      const others = routes.filter(({ service }) => service !== 'documents');
      expect(others.map(({ path }) => path)).toContain('/v1/account/key-rotation');
      for (const { method: verb, path } of others) {
        const { Integration } = method(`${verb} ${path}`).Properties;
        expect(Integration).toMatchObject({ TimeoutInMillis: 29_000 });
      }
      for (const id of ['Accounts', 'Items']) expect(stack.at(`${id}/Function`).Properties.Timeout).toBe(26);
    });

    it.each([
      ['DynamoDB', dynamoDbClient],
      ['KMS', kmsClient],
      ['S3', s3Client],
    ])('leave a function the time to give up a call of %s by itself, after its last attempt', async (_, make) => {
      const { maxAttempts, requestHandler } = make({ region: 'eu-central-1' }).config;
      const { connectionTimeout, requestTimeout } = await limitsOf(requestHandler);
      const waits = 1_000; // The pauses between, at most.
      const longest = (await maxAttempts()) * (connectionTimeout + requestTimeout) + waits;
      expect(longest).toBeLessThan(Number(stack.at('Accounts/Function').Properties.Timeout) * 1000);
      expect(requestTimeout).toBeGreaterThanOrEqual(5_000);
    });

    it('leave authentication to the application', () => {
      expect(new Set(methods.map(({ Properties }) => Properties.AuthorizationType))).toEqual(new Set(['NONE']));
    });

    function method(call: string): Resource {
      const found = methods.find((candidate) => callOf(stack, candidate) === call);
      if (found === undefined) throw new Error(`no method for ${call}`);
      return found;
    }
  });

  describe('the stage', () => {
    const [stage] = stack.ofType('AWS::ApiGateway::Stage');
    const { AccessLogSetting, MethodSettings } = z
      .object({
        AccessLogSetting: z.object({ Format: z.string(), DestinationArn: z.unknown() }),
        MethodSettings: z.array(z.record(z.string(), z.unknown())),
      })
      .parse(stage?.Properties);

    it('is called as the first part of every path', () => {
      expect(stage?.Properties.StageName).toBe('v1');
    });

    it('takes PDFs as bytes and everything else as text', () => {
      expect(stack.at('Http/Api').Properties.BinaryMediaTypes).toEqual(['application/pdf']);
    });

    it('logs no address, agent, user, path or query', () => {
      expect(JSON.parse(AccessLogSetting.Format)).toEqual({
        requestId: '$context.requestId',
        requestTime: '$context.requestTime',
        httpMethod: '$context.httpMethod',
        resourcePath: '$context.resourcePath',
        status: '$context.status',
        responseLatency: '$context.responseLatency',
        integrationLatency: '$context.integrationLatency',
        responseLength: '$context.responseLength',
        errorType: '$context.error.responseType',
      });
      expect(stack.name(AccessLogSetting.DestinationArn)).toContain('Http/AccessLogs');
      expect(stage?.Properties.TracingEnabled).toBe(false);
    });

    it('never traces data, whatever the method', () => {
      for (const settings of MethodSettings)
        expect(settings).toMatchObject({ DataTraceEnabled: false, LoggingLevel: 'ERROR' });
    });

    it('has metrics of its own for the method that is watched, and for no other', () => {
      const measured = MethodSettings.filter(({ MetricsEnabled }) => MetricsEnabled !== false);
      expect(measured).toEqual([
        expect.objectContaining({ HttpMethod: 'POST', ResourcePath: '/~1documents', MetricsEnabled: true }),
      ]);
    });

    it('holds the open calls that hash a password to limits of their own', () => {
      const limits = MethodSettings.map((settings) => [
        String(settings.HttpMethod),
        String(settings.ResourcePath).replaceAll('~1', '/').replace('//', '/'),
        settings.ThrottlingRateLimit,
        settings.ThrottlingBurstLimit,
      ]);
      const hashing = routes.filter(({ open, method }) => open && method === 'POST');
      expect(hashing.length).toBeGreaterThan(1);
      expect(limits).toEqual([
        ['*', '/*', 100, 200],
        ...hashing.map(({ method, path }) => [method, path.replace('/v1', ''), 10, 20]),
        ['POST', '/documents', 100, 200],
      ]);
    });

    it('writes its own log into a group that is encrypted and ends', () => {
      const { LogGroupName } = stack.at('Http/ExecutionLogs').Properties;
      expect(stack.name(LogGroupName)).toBe('API-Gateway-Execution-Logs_Http/Api/v1');
    });

    it('makes the role of the log only where there is none', () => {
      expect(closed.ofType('AWS::ApiGateway::Account')).toHaveLength(1);
      expect(stack.ofType('AWS::ApiGateway::Account')).toHaveLength(0);
    });
  });

  describe('what the gateway answers by itself', () => {
    const problems = () =>
      closed.ofType('AWS::ApiGateway::GatewayResponse').map(({ Properties }) => {
        const { ResponseTemplates } = responseOf(closed, String(Properties.ResponseType));
        return problemSchema.parse(JSON.parse(ResponseTemplates['application/json'] ?? ''));
      });

    it.each([
      ['MISSING_AUTHENTICATION_TOKEN', 404, 'not_found'],
      ['RESOURCE_NOT_FOUND', 404, 'not_found'],
      ['ACCESS_DENIED', 403, 'forbidden'],
      ['WAF_FILTERED', 403, 'forbidden'],
      ['REQUEST_TOO_LARGE', 413, 'payload_too_large'],
      ['UNSUPPORTED_MEDIA_TYPE', 415, 'unsupported_media_type'],
      ['THROTTLED', 429, 'too_many_attempts'],
      ['QUOTA_EXCEEDED', 429, 'too_many_attempts'],
      ['INTEGRATION_FAILURE', 502, 'bad_gateway'],
      ['INTEGRATION_TIMEOUT', 504, 'gateway_timeout'],
      ['DEFAULT_4XX', 400, 'bad_request'],
      ['DEFAULT_5XX', 500, 'internal_error'],
    ])('for %s is a problem with status %i and code %s', (type, status, code) => {
      const { StatusCode, ResponseTemplates } = responseOf(closed, type);
      expect(StatusCode).toBe(String(status));
      expect(Object.keys(ResponseTemplates)).toEqual(['application/json']);
      const problem: unknown = JSON.parse(ResponseTemplates['application/json'] ?? '');
      expect(problem).toEqual({
        type: `urn:problem:${code}`,
        title: expect.stringMatching(/./),
        status,
        code,
        detail: expect.stringMatching(/\.$/),
        requestId: '$context.requestId',
      });
    });

    it("has the service's own status and title where it has a code of the service", () => {
      let shared = 0;
      for (const [code, { status, title }] of Object.entries(PROBLEMS)) {
        for (const problem of problems().filter((candidate) => candidate.code === code)) {
          expect(problem).toMatchObject({ status, title });
          shared++;
        }
      }
      expect(shared).toBeGreaterThan(0);
    });

    it('has one status for each code', () => {
      const statuses = problems().map(({ code, status }) => `${code} ${status}`);
      expect(new Set(statuses).size).toBe(new Set(problems().map(({ code }) => code)).size);
    });

    it('carries the headers of every answer', () => {
      for (const response of closed.ofType('AWS::ApiGateway::GatewayResponse')) {
        const { 'retry-after': _, ...headers } = headersOf(closed, String(response.Properties.ResponseType));
        expect(headers).toEqual({
          'content-type': "'application/problem+json'",
          'x-request-id': 'context.requestId',
          'cache-control': "'no-store'",
          'x-content-type-options': "'nosniff'",
          'strict-transport-security': "'max-age=63072000; includeSubDomains'",
        });
      }
    });

    it.each(['THROTTLED', 'QUOTA_EXCEEDED', 'INTEGRATION_TIMEOUT'])('for %s says when to come back', (type) => {
      expect(headersOf(closed, type)['retry-after']).toMatch(/^'\d+'$/);
    });

    it('is for the first listed origin to read, never for all', () => {
      for (const response of stack.ofType('AWS::ApiGateway::GatewayResponse')) {
        expect(headersOf(stack, String(response.Properties.ResponseType))).toMatchObject({
          'access-control-allow-origin': "'https://a.example.com'",
          'access-control-expose-headers':
            "'etag, location, retry-after, x-request-id, x-vault-revision, content-disposition, content-range, accept-ranges'",
          vary: "'Origin'",
        });
      }
    });
  });
}

const limitsSchema = z.object({ connectionTimeout: z.number(), requestTimeout: z.number() });

/** What an HTTP handler of the SDK was made with, which it tells of only once it was used. */
async function limitsOf(handler: object): Promise<z.infer<typeof limitsSchema>> {
  return limitsSchema.parse(await Reflect.get(handler, 'configProvider'));
}

const problemSchema = z.object({ code: z.string(), status: z.number(), title: z.string() });

const responseSchema = z.object({
  StatusCode: z.string(),
  ResponseParameters: z.record(z.string(), z.string()),
  ResponseTemplates: z.record(z.string(), z.string()),
});

export function responseOf(of: Synthesized, type: string): z.infer<typeof responseSchema> {
  const found = of
    .ofType('AWS::ApiGateway::GatewayResponse')
    .find(({ Properties }) => Properties.ResponseType === type);
  return responseSchema.parse(found?.Properties);
}

function headersOf(of: Synthesized, type: string): Record<string, string> {
  const { ResponseParameters } = responseOf(of, type);
  return Object.fromEntries(
    Object.entries(ResponseParameters).map(([name, value]) => [name.replace('gatewayresponse.header.', ''), value]),
  );
}

/** As "GET /v1/items/{itemId}". */
function callOf(stack: Synthesized, method: Resource): string {
  const path = stack.name(method.Properties.ResourceId).replace('Http/Api/Default', '');
  return `${String(method.Properties.HttpMethod)} /v1${path}`;
}
