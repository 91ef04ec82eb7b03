import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import * as z from 'zod';
import { makeOpenApi } from '../../lambda/http/openapi/document.ts';
import { EXAMPLES } from '../../lambda/http/openapi/examples.ts';
import { PROBLEMS } from '../../lambda/http/problem.ts';
import { GATEWAY_PROBLEMS, type GatewayProblem, ROUTES, type RouteName } from '../../lambda/http/route-list.ts';
import { CONTRACTS, errorsOf } from '../../lambda/http/schemas/contracts.ts';
import { TEMPLATES } from '../../lambda/pdf/templates.ts';
import { en } from '../../lambda/pdf/texts/en.ts';

const examples = z.record(z.string(), z.object({ summary: z.string().min(1), value: z.unknown() }));
const content = z.record(
  z.string(),
  z.object({ schema: z.unknown().optional(), examples: examples.optional() }).strict(),
);
const answer = z.object({ $ref: z.string().optional(), content: content.default({}) });
const operation = z.object({
  operationId: z.string(),
  parameters: z
    .array(z.object({ name: z.string(), schema: z.looseObject({}), example: z.unknown().optional() }))
    .default([]),
  requestBody: z.object({ content }).optional(),
  responses: z.record(z.string(), answer),
});
const whole = makeOpenApi();
const document = z
  .object({
    paths: z.record(z.string(), z.record(z.string(), operation)),
    components: z.object({
      responses: z.record(z.string(), answer),
      headers: z.record(z.string(), z.object({ example: z.string() })),
    }),
  })
  .parse(whole);

const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));
const ajv = new Ajv2020({ strict: false, logger: false });
formats.default(ajv);
ajv.addFormat('idn-email', /^[^\s@]+@[^\s@]+$/);
ajv.addSchema({ $id: 'api', ...whole });

/** What is wrong with a value by a schema of the document; null: nothing. */
function faultOf(schema: unknown, value: unknown): string | null {
  const found = JSON.stringify(schema).replaceAll('"#/components/', '"api#/components/');
  const check = ajv.compile(z.looseObject({}).parse(JSON.parse(found)));
  return check(value) ? null : ajv.errorsText(check.errors);
}

/** The problems of an answer, by their examples' names. */
function problemsOf({ $ref = '' }: z.infer<typeof answer>): z.infer<typeof examples> {
  const named = document.components.responses[$ref.replace('#/components/responses/', '')];
  return named?.content['application/problem+json']?.examples ?? {};
}

/** The text of an answer that the gateway gives with a status. */
function gatewayText(status: number): GatewayProblem | undefined {
  return Object.values<GatewayProblem>(GATEWAY_PROBLEMS).find((problem) => problem.status === status);
}

describe('the examples of the OpenAPI document', () => {
  it.each(operations.map((one) => [one.operationId, one] as const))(
    'of %s are there for all that is JSON, and pass the schemas of the document',
    (_, { requestBody, responses }) => {
      const contents = [requestBody?.content ?? {}, ...Object.values(responses).map((one) => one.content)];
      for (const [type, { schema, examples: shown = {} }] of contents.flatMap((one) => Object.entries(one))) {
        expect([type, Object.keys(shown).length > 0]).toEqual([type, type === 'application/json']);
        for (const [name, { value }] of Object.entries(shown)) {
          expect([name, faultOf(schema, value)]).toEqual([name, null]);
        }
      }
    },
  );

  it('pass the schemas that validate requests, and come through those of answers whole', () => {
    let count = 0;
    for (const name of Object.keys(ROUTES) as RouteName[]) {
      const { json, responses } = CONTRACTS[name];
      for (const { value } of Object.values(EXAMPLES[name].body ?? {})) {
        expect([name, json?.safeParse(value)]).toEqual([name, { success: true, data: value }]);
        count++;
      }
      for (const [status, shown] of Object.entries(EXAMPLES[name].answers ?? {})) {
        for (const { value } of Object.values(shown)) {
          expect([name, responses[Number(status)]?.schema?.parse(value)]).toEqual([name, value]);
          count++;
        }
      }
    }
    expect(count).toBeGreaterThan(60);
  });

  it('are there for every parameter that is not true or false, and pass its schema', () => {
    const parameters = operations.flatMap((one) => one.parameters).filter(({ schema }) => schema['type'] !== 'boolean');
    expect(parameters.length).toBeGreaterThan(60);
    for (const { name, schema, example } of parameters) {
      expect([name, example === undefined ? 'missing' : faultOf(schema, example)]).toEqual([name, null]);
    }
  });

  it('show of every error of a call its fixed texts', () => {
    for (const { operationId, responses } of operations) {
      const shown = Object.assign({}, ...Object.values(responses).map(problemsOf)) as z.infer<typeof examples>;
      for (const code of errorsOf(operationId as RouteName)) {
        const value = { type: `urn:problem:${code}`, code, ...PROBLEMS[code], requestId: expect.any(String) };
        expect([operationId, shown[code]?.value]).toEqual([operationId, expect.objectContaining(value)]);
      }
    }
  });

  it('show with every call what the gateway answers by itself', () => {
    for (const { responses } of operations) {
      for (const status of [400, 403, 413, 429, 502, 504]) {
        const texts = Object.values(problemsOf(responses[status] ?? { content: {} })).map(({ value }) => value);
        const { code, title, detail } = gatewayText(status) ?? {};
        expect(texts).toContainEqual(expect.objectContaining({ status, code, title, detail }));
      }
    }
  });

  it('pass, where they are problems, the schema of their answer, which takes no other code', () => {
    const named = Object.entries(document.components.responses);
    expect(named.length).toBeGreaterThan(30);
    for (const [name, { content: types }] of named) {
      const { schema, examples: shown = {} } = types['application/problem+json'] ?? {};
      const [first] = Object.values(shown);
      for (const { value } of Object.values(shown)) expect([name, faultOf(schema, value)]).toEqual([name, null]);
      expect(faultOf(schema, { ...z.looseObject({}).parse(first?.value), code: 'another' })).toContain(
        'allowed values',
      );
    }
  });

  it('show a template as the service lists it', () => {
    const { templates } = z
      .object({ templates: z.array(z.looseObject({ id: z.string() })) })
      .parse(EXAMPLES.listTemplates.answers?.[200]?.['some']?.value);
    for (const shown of templates) {
      const listed = TEMPLATES.find(({ id }) => id === shown.id)?.info(en);
      expect(JSON.parse(JSON.stringify(listed))).toEqual(shown);
    }
  });

  it('are in no function: nothing that answers requests imports what makes the document', () => {
    const files = readdirSync('lambda', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
    const importing = files.filter((name) => /from '[^']*\/openapi\//.test(readFileSync(`lambda/${name}`, 'utf8')));
    expect(files.length).toBeGreaterThan(100);
    expect(importing).toEqual([]);
  });
});
