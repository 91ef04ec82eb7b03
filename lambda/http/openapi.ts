import * as z from 'zod';
import type { ErrorCode } from '../errors.ts';
import { MAX_PARTS } from '../usecases/uploads.ts';
import { PROBLEMS } from './problem.ts';
import { ROUTES, type Route, type RouteName } from './route-list.ts';
import { RESPONSE_HEADERS, type ResponseHeader, type Success } from './schemas/contract.ts';
import { CONTRACTS, errorsOf } from './schemas/contracts.ts';
import { problem } from './schemas/problem.ts';

type Json = Record<string, unknown>;

/** Headers of an error beyond `x-request-id`, by its code. */
const PROBLEM_HEADERS: Partial<Record<ErrorCode, ResponseHeader>> = {
  invalid_credentials: 'www-authenticate',
  range_not_satisfiable: 'content-range',
  temporarily_unavailable: 'retry-after',
  too_many_attempts: 'retry-after',
  unauthenticated: 'www-authenticate',
  vault_rolled_back: 'x-vault-revision',
};

/** The OpenAPI 3.1 document, made from the routes and the schemas that validate their requests. Build time only. */
export function makeOpenApi(): Json {
  return {
    openapi: '3.1.1',
    info: {
      title: 'Twinlock',
      version: '1',
      summary: 'A vault for personal data with two locks: the user’s password and the operator’s KMS key.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema',
    servers: [{ url: '/' }],
    tags: [
      { name: 'accounts', description: 'The account and its sessions.' },
      { name: 'items', description: 'Personal data, one item at a time.' },
      { name: 'documents', description: 'PDFs made from items, or sent.' },
    ],
    paths: makePaths(),
    components: {
      schemas: makeSchemas(),
      responses: makeResponses(),
      headers: Object.fromEntries(
        Object.entries(RESPONSE_HEADERS).map(([name, description]) => [
          name,
          // An answer that lists one always has it.
          { description, required: true, schema: { type: 'string' } },
        ]),
      ),
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'The token of a session, as signing in returns it.' },
      },
    },
  };
}

function makePaths(): Json {
  const paths: Record<string, Json> = {};
  for (const name of namesOf(ROUTES)) {
    const { method, path } = ROUTES[name];
    paths[path] = { ...paths[path], [method.toLowerCase()]: makeOperation(name) };
  }
  return paths;
}

function makeOperation(name: RouteName): Json {
  const route: Route = ROUTES[name];
  const { summary, description, json, pdf, query, headers, responses } = CONTRACTS[name];
  const parameters = [
    ...Array.from(route.path.matchAll(/\{(\w+)\}/g), ([, param]) => ({
      name: param,
      in: 'path',
      required: true,
      ...(param === 'part' ? PART : ID),
    })),
    ...parametersOf('query', query),
    ...parametersOf('header', headers),
  ];
  if (route.open !== true) parameters.push(REVISION_SEEN);
  return {
    operationId: name,
    tags: [route.service],
    summary,
    ...(description === undefined ? {} : { description }),
    security: route.open === true ? [] : [{ bearer: [] }],
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(json || pdf
      ? {
          requestBody: {
            required: true,
            content: {
              ...(json ? { 'application/json': { schema: refTo(json) } } : {}),
              ...(pdf ? { 'application/pdf': {} } : {}),
            },
          },
        }
      : {}),
    responses: {
      ...Object.fromEntries(
        Object.entries(responses).map(([status, success]) => [status, makeSuccess(success, route.open === true)]),
      ),
      ...makeProblems(errorsOf(name)),
    },
  };
}

const ID = {
  description: 'An id. One that is malformed answers like one that never existed.',
  schema: { type: 'string' },
};

const PART = { description: 'The part’s number.', schema: { type: 'integer', minimum: 1, maximum: MAX_PARTS } };

const REVISION_SEEN = {
  name: 'x-vault-revision-seen',
  in: 'header',
  required: false,
  description:
    'The highest `x-vault-revision` that the client has seen; a vault behind it answers `vault_rolled_back`.',
  schema: { type: 'integer', minimum: 0, maximum: 999_999_999_999_999 },
};

function parametersOf(place: 'query' | 'header', schema: z.ZodObject | undefined): Json[] {
  if (!schema) return [];
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: 'input' });
  return Object.entries(properties).map(([name, property]) => {
    if (typeof property === 'boolean') throw new TypeError(`${name} has no schema`);
    const { description, ...rest } = property;
    return {
      name,
      in: place,
      required: required.includes(name),
      ...(description === undefined ? {} : { description }),
      schema: rest,
    };
  });
}

function makeSuccess({ description, schema, contentType, headers = [] }: Success, open: boolean): Json {
  const content = schema
    ? { 'application/json': { schema: refTo(schema) } }
    : contentType === undefined
      ? undefined
      : { [contentType]: {} };
  return {
    description,
    headers: headerRefs([...headers, 'x-request-id', ...(open ? [] : (['x-vault-revision'] as const))]),
    ...(content ? { content } : {}),
  };
}

function makeProblems(codes: readonly ErrorCode[]): Json {
  return Object.fromEntries(
    groupsOf(codes).map((group) => [statusOf(group), { $ref: `#/components/responses/${group.join('.')}` }]),
  );
}

/** Every set of codes that calls answer with one status, under its codes' names. */
function makeResponses(): Json {
  const responses: Json = {};
  for (const group of namesOf(ROUTES).flatMap((name) => groupsOf(errorsOf(name)))) {
    responses[group.join('.')] = {
      description: group.map((code) => `\`${code}\`: ${PROBLEMS[code].detail}`).join('\n\n'),
      headers: headerRefs(['x-request-id', ...group.flatMap((code) => PROBLEM_HEADERS[code] ?? [])]),
      content: { 'application/problem+json': { schema: { ...refTo(problem), properties: { code: { enum: group } } } } },
    };
  }
  return Object.fromEntries(Object.entries(responses).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function groupsOf(codes: readonly ErrorCode[]): ErrorCode[][] {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codes) byStatus.set(PROBLEMS[code].status, [...(byStatus.get(PROBLEMS[code].status) ?? []), code]);
  return [...byStatus.values()];
}

function statusOf([code]: readonly ErrorCode[]): number {
  return PROBLEMS[code ?? 'internal_error'].status;
}

function headerRefs(names: readonly ResponseHeader[]): Json {
  return Object.fromEntries(names.toSorted().map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

/** Every named schema, by name. */
function makeSchemas(): Json {
  const { schemas } = z.toJSONSchema(z.globalRegistry, { io: 'input', uri: uriOf });
  const sorted: Json = {};
  for (const name of Object.keys(schemas).sort()) {
    const { $schema: _, $id: __, ...schema } = { ...schemas[name] };
    sorted[name] = name === 'Problem' ? { ...schema, description: describeProblems() } : schema;
  }
  return sorted;
}

function describeProblems(): string {
  const rows = namesOf(PROBLEMS).map((code) => `| \`${code}\` | ${PROBLEMS[code].status} | ${PROBLEMS[code].detail} |`);
  return ['RFC 9457. The codes:', '', '| code | status | meaning |', '| --- | --- | --- |', ...rows].join('\n');
}

function refTo(schema: z.ZodType): { $ref: string } {
  const name = z.globalRegistry.get(schema)?.id;
  if (name === undefined) throw new TypeError('a schema of a body has no name');
  return { $ref: uriOf(name) };
}

function uriOf(name: string): string {
  return `#/components/schemas/${name}`;
}

function namesOf<K extends string>(record: Readonly<Record<K, unknown>>): K[] {
  return Object.keys(record) as K[];
}
