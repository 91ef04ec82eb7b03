import * as z from 'zod';
import { isEmail } from '../../domain/email.ts';
import { isUlid, ULID } from '../../domain/ids.ts';

/** Elements of a list's page where the caller names no number. */
export const DEFAULT_LIMIT = 50;

/** Elements of a list's page at most. */
export const MAX_LIMIT = 100;

const CURSOR_FORM = /^[\x21-\x7e]{1,6000}$/;
const CURSOR_MESSAGE = 'must be the nextCursor of an earlier answer';

/** The id of something stored: a ULID. */
export const id = z
  .string()
  .refine(isUlid, 'must be an id: 26 characters')
  .meta({ description: 'A ULID; opaque to the client.', pattern: ULID.source });

/** A moment in UTC. */
export const time = z.iso.datetime({ precision: 3 }).meta({ description: 'RFC 3339, UTC, with milliseconds.' });

/** An e-mail address that names an account; spaces around it and its case do not count. */
export const accountEmail = z
  .string()
  .max(1024)
  .refine((text) => isEmail(text.trim()), 'must be an e-mail address')
  .meta({ format: 'idn-email' });

/** A password, whose form and strength are judged where it is used. */
export const password = z.string().max(4096).meta({
  format: 'password',
  description: 'Well-formed Unicode without control characters; at most 1,024 bytes in UTF-8.',
  minLength: 1,
  maxLength: 1024,
});

/** How the password beside it came. Its form is judged with the password's. */
export const passwordKind = z
  .literal('stretched-v1')
  .meta({
    id: 'PasswordKind',
    description:
      'Of a password that its client stretched, so that it never leaves it: the password’s field then holds the 43 ' +
      'characters of base64url of the 32 derived bytes, whose strength the service can’t judge. Absent: as it was typed. ' +
      'An account opens by a password of the kind that it was given, and by no other; nobody is told which that is.',
  })
  .optional();

/**
 * An object whose fields ask for others: a rule for validation and for the OpenAPI document at once.
 *
 * @param id its name
 * @param rules the field that each one asks for (`dependentRequired` of JSON Schema)
 */
export function dependent<S extends z.ZodRawShape>(id: string, shape: S, rules: Readonly<Record<string, string>>) {
  const pairs = Object.entries(rules);
  const has = (body: Readonly<Record<string, unknown>>, name: string) => body[name] !== undefined;
  return z
    .strictObject(shape)
    .superRefine((body, context) => {
      for (const [name, needed] of pairs) {
        if (!has(body, name) || has(body, needed)) continue;
        context.addIssue({ code: 'custom', path: [needed], message: `is required beside ${name}` });
      }
    })
    .meta({ id, dependentRequired: Object.fromEntries(pairs.map(([name, needed]) => [name, [needed]])) });
}

/** A page's number of elements, in a query. */
export const limitQuery = z
  .string()
  .regex(/^(?:[1-9]\d?|100)$/, `must be a number from 1 to ${MAX_LIMIT}`)
  .transform(Number)
  .default(DEFAULT_LIMIT)
  .meta({
    type: 'integer',
    minimum: 1,
    maximum: MAX_LIMIT,
    pattern: undefined,
    description: `${DEFAULT_LIMIT} by default.`,
  });

/** A page's number of elements, in a body. */
export const limitField = z.int().min(1).max(MAX_LIMIT).meta({ default: DEFAULT_LIMIT });

/** Where a page starts, in a query or a body. */
export const cursor = z
  .string()
  .regex(CURSOR_FORM, CURSOR_MESSAGE)
  .meta({ description: 'The `nextCursor` of the page before.' });

/** `true` or `false`, in a query; false where it is left out. */
export const flagQuery = z
  .enum(['true', 'false'], 'must be true or false')
  .transform((text) => text === 'true')
  .default(false)
  .meta({ type: 'boolean', enum: undefined, description: 'False by default.' });

/** Where the next page starts. */
export const nextCursor = z.string().nullable().meta({ description: 'Null at the end.' });

/** The header that lets a request be sent again and done once. */
export const idempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,64}$/, 'must be 1 to 64 visible ASCII characters')
  .meta({
    description:
      'Chosen by the client for one request, and kept 24 hours: the same request with it again answers with what the first ' +
      'one made, as it stands then (404 where it is gone), another request with it answers `idempotency_key_reused`.',
  });

/** The header that names the version which a call is about. */
export const ifMatch = z
  .string()
  .max(200)
  .meta({ description: 'The version, quoted: `"1"`.', pattern: '^"[\\x21\\x23-\\x7e]{0,100}"$' });
