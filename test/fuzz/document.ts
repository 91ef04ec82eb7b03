import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import * as z from 'zod';

/** A JSON Schema (2020-12), `true` or `false` aside. */
export type Schema = Readonly<Record<string, unknown>>;

const json = z.record(z.string(), z.unknown());
const content = z.record(z.string(), z.object({ schema: json.optional() }));
const reference = z.object({ $ref: z.string() });
const parameter = z.object({
  name: z.string(),
  in: z.enum(['path', 'query', 'header']),
  required: z.boolean(),
  schema: json,
});
const response = z.object({ headers: z.record(z.string(), reference).default({}), content: content.default({}) });
const operation = z.object({
  operationId: z.string(),
  security: z.array(z.unknown()),
  parameters: z.array(parameter).default([]),
  requestBody: z.object({ required: z.boolean(), content }).optional(),
  responses: z.record(z.string(), z.union([reference, response])),
});
const document = z.looseObject({ paths: z.record(z.string(), z.record(z.string(), operation)) });

export type Parameter = z.infer<typeof parameter>;

/** What the document says of one answer. */
export interface Documented {
  /** Names of the headers that must be there. */
  readonly headers: readonly string[];
  /** By content type: whether a body passes, undefined where the document does not say. Empty: no body. */
  readonly content: Readonly<Record<string, ValidateFunction | undefined>>;
}

export interface Operation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly open: boolean;
  readonly parameters: readonly Parameter[];
  /** Schemas of the body by content type, undefined where the document has none; null for a call without a body. */
  readonly body: Readonly<Record<string, Schema | undefined>> | null;
  readonly responses: Readonly<Record<number, Documented>>;
}

/** The OpenAPI document, read for the fuzzer, with Ajv as the judge of its schemas. */
export interface Contract {
  readonly operations: readonly Operation[];
  /** What an answer outside of all operations passes. */
  readonly problem: ValidateFunction;
  /** All of the document: whoever sends a text from it gives nothing away. */
  readonly text: string;
  /** The schema itself, or the one that it points to. */
  resolve(schema: Schema): Schema;
  /** Whether a value passes a schema of a request. */
  accepts(schema: Schema, value: unknown): boolean;
}

const IDN_EMAIL = /^[^\s@]+@[^\s@]+$|^"[^"@]+"@[^\s@]+$/u;

/** @param text of an OpenAPI 3.1 document, as docs/openapi.json */
export function readContract(text: string = readFileSync('docs/openapi.json', 'utf8')): Contract {
  const whole: unknown = JSON.parse(text);
  const { paths } = document.parse(whole);
  const requests = judge();
  const answers = judge();
  requests.addSchema({ $id: 'api', ...json.parse(whole) });
  answers.addSchema({ $id: 'api', ...json.parse(closed(whole)) });
  const compiled = new Map<Schema, ValidateFunction>();
  const find = (pointer: string) => lookUp(whole, pointer);

  const documented = (pointer: string): Documented => {
    const found = json.parse(find(pointer));
    if (typeof found['$ref'] === 'string') return documented(found['$ref']);
    const { headers, content: types } = response.parse(found);
    const isRequired = ({ $ref }: { $ref: string }) => json.parse(find($ref))['required'] === true;
    return {
      headers: Object.keys(headers).filter((name) => isRequired(headers[name] ?? { $ref: '' })),
      content: Object.fromEntries(
        Object.entries(types).map(([type, { schema }]) => {
          const at = `api${pointer}/content/${type.replace('/', '~1')}/schema`;
          return [type, schema === undefined ? undefined : answers.compile({ $ref: encodeURI(at) })];
        }),
      ),
    };
  };

  return {
    operations: Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { operationId: id, security, parameters, requestBody, responses }]) => ({
        id,
        method: method.toUpperCase(),
        path,
        open: security.length === 0,
        parameters,
        body: requestBody === undefined ? null : mapped(requestBody.content, ({ schema }) => schema),
        responses: Object.fromEntries(
          Object.keys(responses).map((status) => [
            Number(status),
            documented(`#/paths/${path.replaceAll('/', '~1')}/${method}/responses/${status}`),
          ]),
        ),
      })),
    ),
    problem: answers.compile({ $ref: 'api#/components/schemas/Problem' }),
    text,
    resolve: (schema) => (typeof schema['$ref'] === 'string' ? json.parse(find(schema['$ref'])) : schema),
    accepts: (schema, value) => {
      const check = compiled.get(schema) ?? requests.compile(absolute(schema));
      compiled.set(schema, check);
      return check(value);
    },
  };
}

function judge(): Ajv2020 {
  const ajv = new Ajv2020({ strict: false, logger: false });
  formats.default(ajv);
  // RFC 6531 §3.3 allows more still; what the service takes of it is among the gaps.
  ajv.addFormat('idn-email', (text: string) => IDN_EMAIL.test(text.trim()));
  return ajv;
}

/** The document with every object closed that names its fields: an answer has none beside them. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== 'object' || value === null) return value;
  const copy = Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, closed(inner)]));
  const isObject = copy['type'] === 'object' && copy['properties'] !== undefined;
  return isObject ? { unevaluatedProperties: false, ...copy } : copy;
}

/** A schema whose references lead into the document, wherever it is compiled. */
function absolute(schema: Schema): Schema {
  return json.parse(JSON.parse(JSON.stringify(schema).replaceAll('"$ref":"#/components/', '"$ref":"api#/components/')));
}

function lookUp(whole: unknown, pointer: string): unknown {
  const names = pointer.replace(/^#\//, '').split('/');
  return names.reduce((at, name) => json.parse(at)[name.replaceAll('~1', '/')], whole);
}

function mapped<T, R>(record: Readonly<Record<string, T>>, make: (value: T) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, make(value)]));
}
