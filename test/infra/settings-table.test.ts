import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import * as z from 'zod';
import { readSettings } from '../../lib/settings.ts';
import { SETTINGS } from '../../lib/settings-schema.ts';

type Shape = z.core.JSONSchema.JSONSchema;

const code = (value: unknown) => `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;

describe('the table of settings in docs/operations.md', () => {
  it('has each setting with the values and the default that the schema gives it, in the same order', () => {
    const shape = z.toJSONSchema(SETTINGS, { io: 'input' });
    expect(documented()).toEqual(rowsOf(shape));
  });
});

/** Name, values and default of each row. */
function documented(): string[] {
  const [, section = ''] = readFileSync('docs/operations.md', 'utf8').split('\n### Settings\n');
  const lines = (section.split('\n### ')[0] ?? '').split('\n').filter((line) => /^\| `/.test(line));
  return lines.map((line) => line.split(' | ').slice(0, 3).join(' | '));
}

function rowsOf(shape: Shape, prefix = ''): string[] {
  return Object.entries(shape.properties ?? {}).flatMap(([key, value]) => {
    if (typeof value === 'boolean') return [];
    const name = prefix + key;
    const must = shape.required?.includes(key) === true;
    // An object stands by its parts.
    if (value.properties !== undefined) return rowsOf(value, `${name}.`);
    return [`| \`${name}\` | ${valuesOf(name, value)} | ${must ? 'must be given' : defaultOf(name, value)}`];
  });
}

function valuesOf(name: string, { type, enum: values, minimum, maximum }: Shape): string {
  if (values !== undefined)
    return values
      .filter((value) => isTaken(name, value))
      .map(code)
      .join(', ');
  if (type === 'integer') return `${minimum} to ${maximum}`;
  if (type === 'boolean') return '`true`, `false`';
  return type === 'array' ? 'list' : 'text';
}

/** Some of the values that a schema's list has it refuses all the same, as too long a time. */
function isTaken(name: string, value: unknown): boolean {
  const field: Readonly<Record<string, z.ZodType>> = SETTINGS.shape;
  return field[name]?.safeParse(value).success ?? true;
}

function defaultOf(name: string, shape: Shape): string {
  if (shape.default !== undefined) return code(shape.default);
  const [development, lasting] = ['dev', 'prod'].map((stageName) => {
    const settings: Readonly<Record<string, unknown>> = {
      ...readSettings((key) => (key === 'twinlock' ? { stageName } : undefined)),
    };
    return settings[name];
  });
  return development === undefined ? 'none' : `${code(lasting)}; in development ${code(development)}`;
}
