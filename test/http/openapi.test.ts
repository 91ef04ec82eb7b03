import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import * as z from 'zod';
import { makeOpenApi } from '../../lambda/http/openapi/document.ts';
import { PROBLEMS } from '../../lambda/http/problem.ts';
import { GATEWAY_PROBLEMS, type GatewayProblem, ROUTES, type Route } from '../../lambda/http/route-list.ts';

const parameter = z.object({ name: z.string(), in: z.string(), schema: z.unknown() });
const response = z.object({ headers: z.record(z.string(), z.unknown()).optional(), content: z.unknown().optional() });
const operation = z.object({
  operationId: z.string(),
  summary: z.string(),
  security: z.unknown(),
  parameters: z.array(parameter).default([]),
  responses: z.record(z.string(), response),
});
const document = z
  .object({
    info: z.object({ description: z.string() }),
    paths: z.record(z.string(), z.record(z.string(), operation)),
    components: z.object({
      schemas: z.record(z.string(), z.looseObject({})),
      responses: z.record(z.string(), response),
    }),
  })
  .parse(makeOpenApi());

function operationAt(method: string, path: string): z.infer<typeof operation> {
  const found = document.paths[path]?.[method];
  if (!found) throw new Error(`no ${method} ${path}`);
  return found;
}

function schemaOf(method: string, path: string, name: string): unknown {
  return operationAt(method, path).parameters.find((candidate) => candidate.name === name)?.schema;
}

function refsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === '$ref' && typeof inner === 'string' ? [inner] : refsIn(inner),
  );
}

function resolve(ref: string): unknown {
  let found: unknown = makeOpenApi();
  for (const key of ref.replace(/^#\//, '').split('/')) found = z.record(z.string(), z.unknown()).parse(found)[key];
  return found;
}

describe('the OpenAPI document', () => {
  it('is what docs/openapi.json holds', () => {
    const file = readFileSync('docs/openapi.json', 'utf8');
    expect(file).toBe(`${JSON.stringify(makeOpenApi(), null, 2)}\n`);
  });

  it('describes every route, with its session, its path and its answers', () => {
    for (const [name, route] of Object.entries<Route>(ROUTES)) {
      const { operationId, summary, security, parameters, responses } = operationAt(
        route.method.toLowerCase(),
        route.path,
      );
      expect(operationId).toBe(name);
      expect(summary).toMatch(/^[A-Z]/);
      expect(security).toEqual(route.open ? [] : [{ bearer: [] }]);
      const inPath = parameters.filter((candidate) => candidate.in === 'path');
      expect(inPath.map((candidate) => `{${candidate.name}}`)).toEqual(route.path.match(/\{\w+\}/g) ?? []);
      expect(responses).toHaveProperty('500');
      expect(Object.keys(responses).some((status) => status.startsWith('2'))).toBe(true);
    }
    const count = Object.values(document.paths).flatMap((path) => Object.keys(path)).length;
    expect(count).toBe(Object.keys(ROUTES).length);
  });

  it('points nowhere but into itself', () => {
    const refs = refsIn(document);
    expect(refs.length).toBeGreaterThan(100);
    expect(refs.filter((ref) => !ref.startsWith('#/components/') || resolve(ref) === undefined)).toEqual([]);
  });

  it('documents the headers that matter', () => {
    const post = operationAt('post', '/v1/items');
    expect(Object.keys(post.responses['201']?.headers ?? {})).toEqual([
      'etag',
      'location',
      'x-request-id',
      'x-vault-revision',
    ]);
    expect(post.parameters.map(({ name }) => name)).toEqual(['idempotency-key', 'x-vault-revision-seen']);
    const { responses } = document.components;
    expect(responses['gateway_too_many_attempts']?.headers).toHaveProperty('retry-after');
    expect(responses['gateway_too_many_attempts.too_many_attempts']?.headers).toHaveProperty('retry-after');
    expect(responses['unauthenticated']?.headers).toHaveProperty('www-authenticate');
    const content = operationAt('get', '/v1/documents/{documentId}/content');
    expect(content.responses['206']?.headers).toHaveProperty('content-range');
    expect(content.responses['200']?.content).toEqual({ 'application/pdf': {} });
  });

  it('describes what queries take, not what becomes of it', () => {
    expect(schemaOf('get', '/v1/items', 'limit')).toEqual({ type: 'integer', minimum: 1, maximum: 100 });
    expect(schemaOf('get', '/v1/items', 'reveal')).toEqual({ type: 'boolean' });
    expect(schemaOf('get', '/v1/items/{itemId}', 'mask')).toEqual({ type: 'boolean' });
  });

  it('lists every error code with its status', () => {
    const description = document.components.schemas['Problem']?.['description'];
    const gateways = Object.values<GatewayProblem>(GATEWAY_PROBLEMS).map(({ code, status }) => [code, status] as const);
    const own = Object.entries(PROBLEMS).map(([code, { status }]) => [code, status] as const);
    for (const [code, status] of [...own, ...gateways]) {
      expect(description).toContain(`| \`${code}\` | ${status} |`);
      expect(document.info.description).toContain(`| \`${code}\` | ${status} |`);
    }
  });

  it('closes the bodies of requests and leaves those of answers open', () => {
    const { schemas } = document.components;
    expect(schemas['Registration']).toHaveProperty('additionalProperties', false);
    expect(schemas['SignedIn']).not.toHaveProperty('additionalProperties');
  });
});
