import * as z from 'zod';

/** One line with something to see in it, at most `max` characters. */
export function line(max: number, description?: string) {
  const schema = z
    .string()
    .max(max, `must have at most ${max} characters`)
    .regex(/^[^\r\n]*\S[^\r\n]*$/, 'must be one line, and not blank');
  return description === undefined ? schema : schema.describe(description);
}

/** A text with something to see in it, at most `max` characters, in which empty lines part paragraphs. */
export function text(max: number, description: string) {
  return z
    .string()
    .max(max, `must have at most ${max.toLocaleString('en')} characters`)
    .regex(/\S/, 'must not be blank')
    .describe(description);
}

/** Name and address: 1 to 8 lines, none of them empty. */
export function postal(description: string) {
  return z
    .string()
    .max(500, 'must have at most 500 characters')
    .regex(/^[^\r\n]+(?:\r?\n[^\r\n]+){0,7}(?:\r?\n)?$/, 'must have 1 to 8 lines, none of them empty')
    .regex(/\S/, 'must not be blank')
    .describe(description);
}

/** A day, `YYYY-MM-DD`. */
export function day(description: string) {
  return z.iso.date('must be a date, YYYY-MM-DD').describe(description);
}
