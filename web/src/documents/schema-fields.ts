/** What a text field takes. */
export interface TextShape {
  readonly kind: 'text';
  readonly name: string;
  readonly required: boolean;
  /** Whether it has more lines than one. */
  readonly long: boolean;
  /** UTF-16 units at least and at most. */
  readonly min: number;
  readonly max: number;
  /** All of them must match. */
  readonly patterns: readonly RegExp[];
  readonly hint: string | null;
}

export interface DayShape {
  readonly kind: 'day';
  readonly name: string;
  readonly required: boolean;
  readonly hint: string | null;
}

export interface ChoiceShape {
  readonly kind: 'choice';
  readonly name: string;
  readonly required: boolean;
  readonly choices: readonly string[];
  /** Whether the choices are countries, by their codes. */
  readonly countries: boolean;
  readonly hint: string | null;
}

export interface FlagShape {
  readonly kind: 'flag';
  readonly name: string;
  readonly required: boolean;
  readonly hint: string | null;
}

export interface NumberShape {
  readonly kind: 'number';
  readonly name: string;
  readonly required: boolean;
  readonly whole: boolean;
  readonly least: number | null;
  readonly most: number | null;
  readonly hint: string | null;
}

export interface GroupShape {
  readonly kind: 'group';
  readonly name: string;
  readonly required: boolean;
  readonly fields: readonly Shape[];
  readonly hint: string | null;
}

export interface ListShape {
  readonly kind: 'list';
  readonly name: string;
  readonly required: boolean;
  /** What each entry is; its name is empty. */
  readonly entry: Shape;
  /** Entries at least and at most. */
  readonly least: number;
  readonly most: number;
  readonly hint: string | null;
}

/** A field of a form. */
export type Shape = TextShape | DayShape | ChoiceShape | FlagShape | NumberShape | GroupShape | ListShape;

type Schema = Readonly<Record<string, unknown>>;

/** From so many characters on a text that may have line breaks gets room for them. */
const LONG = 300;

/** The longest text that a field takes whose schema names no end. */
const NO_END = 65_536;

/**
 * The fields of a form, by the JSON Schema (2020-12) of an object: texts, days, choices, yes or no, numbers, objects and
 * lists of these.
 *
 * @throws TypeError for a schema of another kind
 */
export function fieldsOf(schema: Schema): Shape[] {
  return propertiesOf(schema, isSchema(schema['$defs']) ? schema['$defs'] : {});
}

function propertiesOf(schema: Schema, defs: Schema): Shape[] {
  const properties = isSchema(schema['properties']) ? schema['properties'] : {};
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  return Object.entries(properties).map(([name, each]) => shapeOf(name, each, required.includes(name), defs));
}

function shapeOf(name: string, given: unknown, required: boolean, defs: Schema): Shape {
  const { schema, reference } = resolved(given, defs);
  const hint = typeof schema['description'] === 'string' ? schema['description'] : null;
  const common = { name, required, hint };
  const { type } = schema;
  if (Array.isArray(schema['enum'])) {
    return { ...common, kind: 'choice', choices: schema['enum'].map(String), countries: reference === 'Country' };
  }
  if (type === 'string') {
    return schema['format'] === 'date' ? { ...common, kind: 'day' } : { ...common, ...textOf(schema) };
  }
  if (type === 'boolean') return { ...common, kind: 'flag' };
  if (type === 'number' || type === 'integer') {
    const [least, most] = [numberOr(schema['minimum'], null), numberOr(schema['maximum'], null)];
    return { ...common, kind: 'number', whole: type === 'integer', least, most };
  }
  if (type === 'object') return { ...common, kind: 'group', fields: propertiesOf(schema, defs) };
  if (type === 'array') {
    const entry = shapeOf('', schema['items'], true, defs);
    const least = numberOr(schema['minItems'], 0);
    return { ...common, kind: 'list', entry, least, most: numberOr(schema['maxItems'], Number.MAX_SAFE_INTEGER) };
  }
  throw new TypeError(`no form for the field ${name}`);
}

function textOf(schema: Schema) {
  const all = [schema, ...(Array.isArray(schema['allOf']) ? schema['allOf'].filter(isSchema) : [])];
  const patterns = all.flatMap(({ pattern }) => (typeof pattern === 'string' ? [new RegExp(pattern, 'u')] : []));
  const max = numberOr(schema['maxLength'], NO_END);
  const long = max > LONG && patterns.every((pattern) => pattern.test('a\nb'));
  return { kind: 'text', long, min: numberOr(schema['minLength'], 0), max, patterns } as const;
}

function resolved(given: unknown, defs: Schema): { schema: Schema; reference: string | null } {
  if (!isSchema(given)) throw new TypeError('a field has no schema');
  const { $ref } = given;
  if (typeof $ref !== 'string') return { schema: given, reference: null };
  const reference = $ref.replace('#/$defs/', '');
  const schema = defs[reference];
  if (!isSchema(schema)) throw new TypeError(`${$ref} names no schema`);
  return { schema, reference };
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function numberOr<T>(value: unknown, other: T): number | T {
  return typeof value === 'number' ? value : other;
}
