import * as fc from 'fast-check';
import type { Contract, Schema } from './document.ts';
import type { Random } from './random.ts';

/** Texts that break what is careless with Unicode, with lines, or with names. */
const HORRORS = [
  '\u0000',
  '\ud800',
  '\udfff x',
  '\u202e\u2066abc',
  'e\u0301\u0323'.repeat(20),
  '\ufdfa\ufdfa',
  'İıſK',
  '👩‍👩‍👧‍👦🏴󠁧󠁢󠁥󠁮󠁧󠁿',
  '\ufeff\u200b\u00ad',
  'a\r\nb: c',
  '__proto__',
  '${7*7}{{7*7}}',
  "' OR 1=1 --",
  '../../../etc/passwd',
  '<script>alert(1)</script>',
  '漢字かな한글',
  'ท่าน ạ́ữ ß ﬁ',
  '   ',
  '1e999',
  'null',
];

/** Makes values from schemas alone. */
export interface Maker {
  /**
   * A value that the schema takes.
   *
   * @param wild with the odd, the long and the empty among what is allowed
   * @throws Error for a schema that nothing was found for
   */
  make(schema: Schema, wild?: boolean): unknown;
  /** Any JSON at all. */
  anything(depth?: number): unknown;
  horror(): string;
}

export function createMaker(contract: Contract, random: Random): Maker {
  const patterns = new Map<string, fc.Arbitrary<string>>();

  const make = (given: Schema, wild: boolean, root: Schema): unknown => {
    const schema = pointed(given, root);
    if ('const' in schema) return schema['const'];
    if (Array.isArray(schema['enum'])) return random.pick(schema['enum'] as unknown[]);
    const options = schema['anyOf'] ?? schema['oneOf'];
    if (Array.isArray(options)) return make(random.pick(options as Schema[]), wild, root);
    const type = Array.isArray(schema['type']) ? random.pick(schema['type'] as string[]) : schema['type'];
    const [least, most] = [numberIn(schema, 'minimum', -5), numberIn(schema, 'maximum', 2 ** 40)];
    switch (type) {
      case 'object':
        return objectOf(schema, wild, root);
      case 'array': {
        const [few, many] = [numberIn(schema, 'minItems', 0), numberIn(schema, 'maxItems', 5)];
        const length = random.between(few, Math.min(many, few + 3));
        return Array.from({ length }, () => make((schema['items'] ?? {}) as Schema, wild, root));
      }
      case 'string':
        return textOf(schema, wild);
      case 'integer':
      case 'number':
        return wild && random.chance(0.5)
          ? random.pick([least, most])
          : random.between(least, Math.min(most, least + 90));
      case 'boolean':
        return random.chance(0.5);
      case 'null':
        return null;
      default:
        return anything(2);
    }
  };

  const pointed = (schema: Schema, root: Schema): Schema => {
    const name = /^#\/\$defs\/(\w+)$/.exec(String(schema['$ref']))?.[1];
    return name === undefined ? contract.resolve(schema) : ((root['$defs'] as Record<string, Schema>)[name] ?? {});
  };

  const objectOf = (schema: Schema, wild: boolean, root: Schema): Record<string, unknown> => {
    const properties = (schema['properties'] ?? {}) as Record<string, Schema>;
    const required = (schema['required'] ?? []) as string[];
    const made: Record<string, unknown> = {};
    for (const [name, inner] of Object.entries(properties)) {
      if (required.includes(name) || random.chance(0.4)) made[name] = make(inner, wild, root);
    }
    // None that is asked for asks for a third.
    const asked = (schema['dependentRequired'] ?? {}) as Record<string, string[]>;
    for (const name of Object.keys(made).flatMap((one) => asked[one] ?? [])) {
      made[name] ??= make(properties[name] ?? {}, wild, root);
    }
    const rest = schema['additionalProperties'];
    if (typeof rest === 'object' && rest !== null) {
      const most = Math.min(numberIn(schema, 'maxProperties', 3), 3);
      for (let n = random.between(0, most); n > 0; n--) made[random.mark()] = make(rest as Schema, wild, root);
    }
    return made;
  };

  const textOf = (schema: Schema, wild: boolean): string => {
    for (let tries = 0; tries < 40; tries++) {
      const text = wild ? wildText(schema) : plainText(schema);
      if (contract.accepts(schema, text)) return text;
    }
    const all = Array.isArray(schema['allOf']) ? (schema['allOf'] as Schema[]) : [schema];
    const pattern = all.map((one) => one['pattern']).find((one) => typeof one === 'string');
    for (let tries = 0; pattern !== undefined && tries < 100; tries++) {
      const arbitrary = patterns.get(pattern) ?? fc.stringMatching(new RegExp(withoutLookaheads(pattern), 'u'));
      patterns.set(pattern, arbitrary);
      const [text = ''] = fc.sample(arbitrary, { seed: random.between(0, 2 ** 31), numRuns: 1 });
      if (contract.accepts(schema, text)) return text;
    }
    throw new Error(`nothing passes ${JSON.stringify(schema)}`);
  };

  const plainText = (schema: Schema): string => {
    switch (schema['format']) {
      case 'date':
        return `${random.between(1900, 2090)}-${digits(random.between(1, 12), 2)}-${digits(random.between(1, 28), 2)}`;
      case 'date-time':
        return new Date(random.between(0, 2 ** 42)).toISOString();
      case 'idn-email':
        return `${random.mark()}@example.com`;
      default: {
        const words = Array.from({ length: random.between(1, 4) }, () => random.mark());
        const least = numberIn(schema, 'minLength', 0);
        const most = numberIn(schema, 'maxLength', 200);
        return words.join(' ').padEnd(least, 'x').slice(0, most);
      }
    }
  };

  const wildText = (schema: Schema): string => {
    const most = Math.min(numberIn(schema, 'maxLength', 200), 70_000);
    switch (random.between(0, 6)) {
      case 0:
        return ''.padEnd(numberIn(schema, 'minLength', 0), 'ü');
      case 1:
        return random.pick(['ü', '😀', 'x', '\ud83d', ' ']).repeat(random.pick([1, most - 1, most]));
      case 2:
        return random.pick(HORRORS) + random.mark();
      case 3:
        return random.pick([
          '"quoted local"@example.com',
          'a@localhost',
          'a@[192.0.2.1]',
          `${random.mark()}@bücher.example`,
        ]);
      case 4:
        return random.pick(HORRORS).repeat(random.between(1, 9));
      default:
        return plainText(schema);
    }
  };

  const anything = (depth = 4): unknown => {
    switch (random.between(0, depth > 0 ? 7 : 5)) {
      case 0:
        return null;
      case 1:
        return random.chance(0.5);
      case 2:
        return random.pick([0, -1, 0.5, 1e308, 2 ** 53, -(2 ** 63), random.between(0, 1000)]);
      case 3:
        return random.pick(HORRORS);
      case 4:
      case 5:
        return random.mark();
      case 6:
        return Array.from({ length: random.between(0, 4) }, () => anything(depth - 1));
      default:
        return Object.fromEntries(
          Array.from({ length: random.between(0, 4) }, () => [
            random.chance(0.2) ? random.pick(HORRORS) : random.mark(),
            anything(depth - 1),
          ]),
        );
    }
  };

  return {
    make: (schema, wild = false) => make(schema, wild, schema),
    anything,
    horror: () => random.pick(HORRORS),
  };
}

function numberIn(schema: Schema, name: string, otherwise: number): number {
  return typeof schema[name] === 'number' ? schema[name] : otherwise;
}

/** fast-check makes no texts for lookaheads: what they refuse is sorted out afterwards. */
function withoutLookaheads(pattern: string): string {
  return pattern.replace(/\(\?[=!](?:[^()\\]|\\.)*\)/g, '');
}

function digits(value: number, length: number): string {
  return String(value).padStart(length, '0');
}
