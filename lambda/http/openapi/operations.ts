import * as z from 'zod';
import { MAX_PARTS } from '../../usecases/uploads.ts';
import { ROUTES, type Route, type RouteName } from '../route-list.ts';
import type { Success } from '../schemas/contract.ts';
import { CONTRACTS, errorsOf } from '../schemas/contracts.ts';
import type { AnyExamples, NamedExamples } from './example.ts';
import { EXAMPLES, PARAMETER_EXAMPLES } from './examples.ts';
import { headerRefs } from './headers.ts';
import { type Json, namesOf, refTo } from './names.ts';
import { problemRefs } from './problems.ts';

/** By the first part of a path: what its calls are about. */
const TAGS: Readonly<Record<string, string>> = {
  health: 'service',
  'openapi.json': 'service',
  accounts: 'account',
  account: 'account',
  recovery: 'account',
  sessions: 'sessions',
  'item-types': 'items',
  items: 'items',
  templates: 'documents',
  documents: 'documents',
  uploads: 'uploads',
};

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

/** Every call, by its path and method. */
export function makePaths(): Json {
  const paths: Record<string, Json> = {};
  for (const name of namesOf(ROUTES)) {
    const { method, path } = ROUTES[name];
    paths[path] = { ...paths[path], [method.toLowerCase()]: makeOperation(name) };
  }
  return paths;
}

function makeOperation(name: RouteName): Json {
  const route: Route = ROUTES[name];
  const { summary, description, responses } = CONTRACTS[name];
  const parameters = parametersOf(route, name);
  const isOpen = route.open === true;
  return {
    operationId: name,
    tags: [TAGS[route.path.split('/')[2] ?? '']],
    summary,
    ...(description === undefined ? {} : { description }),
    security: isOpen ? [] : [{ bearer: [] }],
    ...(parameters.length > 0 ? { parameters } : {}),
    ...requestBody(name),
    responses: {
      ...Object.fromEntries(
        Object.entries(responses).map(([status, success]) => [
          status,
          makeSuccess(success, isOpen, examplesOf(name).answers?.[status]),
        ]),
      ),
      ...problemRefs(errorsOf(name)),
    },
  };
}

function parametersOf(route: Route, name: RouteName): Json[] {
  const { query, headers } = CONTRACTS[name];
  const parameters: Json[] = [
    ...Array.from(route.path.matchAll(/\{(\w+)\}/g), ([, param]) => ({
      name: param,
      in: 'path',
      required: true,
      ...(param === 'part' ? PART : ID),
    })),
    ...parametersIn('query', query),
    ...parametersIn('header', headers),
    ...(route.open === true ? [] : [REVISION_SEEN]),
  ];
  return parameters.map((parameter) => {
    const example = examplesOf(name).parameters?.[String(parameter['name'])];
    const known = example ?? PARAMETER_EXAMPLES[String(parameter['name'])];
    return known === undefined ? parameter : { ...parameter, example: known };
  });
}

function parametersIn(place: 'query' | 'header', schema: z.ZodObject | undefined): Json[] {
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

function requestBody(name: RouteName): Json {
  const { json, pdf } = CONTRACTS[name];
  if (json === undefined && pdf === undefined) return {};
  const content = {
    ...(json ? { 'application/json': { schema: refTo(json), examples: examplesOf(name).body } } : {}),
    ...(pdf ? { 'application/pdf': {} } : {}),
  };
  return { requestBody: { required: true, content } };
}

function makeSuccess(success: Success, isOpen: boolean, examples: NamedExamples<unknown> | undefined): Json {
  const { description, schema, contentType, headers = [] } = success;
  const content = schema
    ? { 'application/json': { schema: refTo(schema), examples } }
    : contentType === undefined
      ? undefined
      : { [contentType]: {} };
  return {
    description,
    headers: headerRefs([...headers, 'x-request-id', ...(isOpen ? [] : (['x-vault-revision'] as const))]),
    ...(content ? { content } : {}),
  };
}

// Each call's examples have a type of their own; here they are only copied.
function examplesOf(name: RouteName): AnyExamples {
  return EXAMPLES[name];
}
