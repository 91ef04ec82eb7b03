import * as z from 'zod';
import { ITEM_TITLES } from '../../domain/items.ts';
import { type Json, sorted, uriOf } from './names.ts';
import { describeCodes } from './problems.ts';

const TITLES: Readonly<Record<string, string>> = ITEM_TITLES;

/** Every named schema, by name. */
export function makeSchemas(): Json {
  const { schemas } = z.toJSONSchema(z.globalRegistry, { io: 'input', uri: uriOf, override: readably });
  return sorted(
    Object.fromEntries(
      Object.entries(schemas).map(([name, { $schema: _, $id: __, ...schema }]) => [
        name,
        name === 'Problem' ? { ...schema, description: `RFC 9457. The codes:\n\n${describeCodes()}` } : schema,
      ]),
    ),
  );
}

/** Leaves out the bounds of whole numbers that every number in JSON has, and names the variants of an item by their types. */
function readably({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  const type = jsonSchema.properties?.['type'];
  const title = typeof type === 'object' && typeof type.const === 'string' ? TITLES[type.const] : undefined;
  if (title !== undefined) jsonSchema.title ??= title;
}
