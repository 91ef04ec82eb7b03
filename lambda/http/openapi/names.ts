import * as z from 'zod';

/** A JSON object of the OpenAPI document. */
export type Json = Record<string, unknown>;

/**
 * Points to a named schema.
 *
 * @throws TypeError for a schema without a name
 */
export function refTo(schema: z.ZodType): { $ref: string } {
  const name = z.globalRegistry.get(schema)?.id;
  if (name === undefined) throw new TypeError('a schema of a body has no name');
  return { $ref: uriOf(name) };
}

/** Where a named schema stands in the document. */
export function uriOf(name: string): string {
  return `#/components/schemas/${name}`;
}

/** A record's keys, of their type. */
export function namesOf<K extends string>(record: Readonly<Record<K, unknown>>): K[] {
  return Object.keys(record) as K[];
}

/** A record by the order of its keys, so that the document changes only where its content does. */
export function sorted(record: Json): Json {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
