import type * as z from 'zod';
import { InvalidRequestError, type Issue } from '../errors.ts';

/** Rows that an answer holds at most; the faults beyond are met when these are mended. */
export const MAX_ISSUES = 100;

/** A key that may be repeated to its sender: a name, not a value that slipped into a name's place. */
const NAME = /^[A-Za-z0-9_-]{1,40}$/;

/**
 * The JSON pointer (RFC 6901) of a place in what was sent, as far as its keys are plain names; above the first that is
 * not, since an error never holds what the user sent. `~` and `/` are no part of a plain name, so nothing is escaped.
 */
export function pointerTo(path: readonly PropertyKey[]): string {
  let pointer = '';
  for (const key of path) {
    if (typeof key === 'symbol' || !NAME.test(String(key))) break;
    pointer += `/${String(key)}`;
  }
  return pointer;
}

/** What zod found, in our words: a row for every fault and for every unknown field, at most {@link MAX_ISSUES}. */
export function issuesOf(error: z.core.$ZodError, at: readonly PropertyKey[] = []): Issue[] {
  const issues: Issue[] = [];
  for (const issue of error.issues) {
    const path = [...at, ...issue.path];
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys.slice(0, MAX_ISSUES)) {
        issues.push(
          NAME.test(key)
            ? { path: pointerTo([...path, key]), message: 'is an unknown field' }
            : { path: pointerTo(path), message: 'has an unknown field' },
        );
      }
    } else {
      issues.push({ path: pointerTo(path), message: issue.message });
    }
  }
  return issues.slice(0, MAX_ISSUES);
}

/**
 * What a schema makes of a value, conversions and defaults included.
 *
 * @param at where the value stands in what the user sent
 * @throws InvalidRequestError with a row for every fault
 */
export function parseAs<S extends z.ZodType>(schema: S, value: unknown, at: readonly PropertyKey[] = []): z.output<S> {
  const result = schema.safeParse(value, { error: plainMessage });
  if (!result.success) throw new InvalidRequestError(issuesOf(result.error, at));
  return result.data;
}

/**
 * The value itself, once a schema without conversions or defaults has passed it: its fields keep the order in which
 * they were sent, which zod's own copy would lose.
 *
 * @param at where the value stands in what the user sent
 * @throws InvalidRequestError with a row for every fault
 */
export function parseWhole<S extends z.ZodType>(
  schema: S,
  value: unknown,
  at: readonly PropertyKey[] = [],
): z.output<S> {
  parseAs(schema, value, at);
  return value as z.output<S>;
}

/** Plain English for what a schema has no words of its own for. Never holds the value. */
function plainMessage(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'is required' : `must be ${NOUNS[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `must be ${listOf(issue.values)}`;
    case 'too_small':
      return `must ${amount('at least', issue.minimum, issue.origin)}`;
    case 'too_big':
      return `must ${amount('at most', issue.maximum, issue.origin)}`;
    case 'invalid_union':
      return Array.isArray(issue.options) ? `must be ${listOf(issue.options)}` : 'has no allowed form';
    default:
      return 'has no allowed form';
  }
}

function listOf(values: readonly unknown[]): string {
  return values.map((value) => JSON.stringify(value)).join(' or ');
}

const NOUNS: Readonly<Record<string, string>> = {
  array: 'an array',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
  object: 'an object',
  record: 'an object',
  string: 'a string',
};

const UNITS: Readonly<Record<string, string>> = {
  array: 'element',
  string: 'character',
  object: 'field',
  record: 'field',
};

function amount(bound: string, value: number | bigint, origin: string): string {
  const unit = UNITS[origin];
  return unit === undefined
    ? `be ${bound} ${value}`
    : `have ${bound} ${value} ${unit}${Number(value) === 1 ? '' : 's'}`;
}
