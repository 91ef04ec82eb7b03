import * as z from 'zod';
import { COUNTRIES } from './countries.ts';
import { isEmail } from './email.ts';
import { isIban } from './iban.ts';
import { isCardNumber } from './payment-card.ts';

/** Bytes of a note in UTF-8. */
export const NOTE_BYTES = 64 * 1024;

/**
 * One line of text with something to see in it: 1 to `max` code points, no control characters.
 *
 * Lone surrogates pass: they survive JSON, and what is stored comes back equal.
 */
export function lineOf(max: number): z.ZodString {
  return z
    .string()
    .regex(
      new RegExp(`^(?=\\s*\\S)[^\\u0000-\\u001f\\u007f-\\u009f]{1,${max}}$`, 'u'),
      `must be one line of 1 to ${max} characters, not only spaces`,
    );
}

/** What the user calls an item; it may be empty. */
export const labelField = z
  .string()
  .regex(/^[^\u0000-\u001f\u007f-\u009f]{0,200}$/u, 'must be one line of at most 200 characters')
  .meta({
    description: 'What the user calls the item. Never masked: do not put into it what only the item should hold.',
  });

/** A day of the Gregorian calendar. */
export const dateField = z.iso.date('must be a calendar date, as YYYY-MM-DD');

/** A country code. */
export const countryField = z
  .enum(COUNTRIES, 'must be a country code of ISO 3166-1 alpha-2, in capitals')
  .meta({ id: 'Country', description: 'ISO 3166-1 alpha-2.' });

/** The number of a document of identity. */
export const documentNumberField = lineOf(64);

/** An e-mail address. */
export const emailField = z
  .string()
  .refine(isEmail, 'must be an e-mail address')
  .meta({ format: 'idn-email', maxLength: 254 });

/** An international telephone number. */
export const phoneField = z
  .string()
  .regex(/^\+[1-9]\d{6,14}$/, 'must be an E.164 number: +, country code and number, 7 to 15 digits without spaces')
  .meta({ description: 'E.164.' });

/** An international bank account number. */
export const ibanField = z
  .string()
  .refine(isIban, 'must be an IBAN in capitals; its length or its check digits are wrong')
  .meta({ description: 'ISO 13616-1; in groups or without spaces.', minLength: 15, maxLength: 64 });

/** A business identifier code. */
export const bicField = z
  .string()
  .regex(/^[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?$/, 'must be a BIC of 8 or 11 capitals and digits')
  .meta({ description: 'ISO 9362.' });

/** The number on a payment card. */
export const cardNumberField = z
  .string()
  .refine(isCardNumber, 'must be a card number of 12 to 19 digits; one of them is wrong or missing')
  .meta({ description: 'ISO/IEC 7812-1; spaces or hyphens between digits are kept.', minLength: 12, maxLength: 37 });

/** A month, 1 to 12. */
export const monthField = z.int().min(1).max(12);

/** A year of four digits, from 2000. */
export const yearField = z.int().min(2000).max(2199);

/** Free text with line breaks and tabs. */
export const noteField = z
  .string()
  .regex(/^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]+$/u, 'must be text without control characters')
  .refine((text) => Buffer.byteLength(text) <= NOTE_BYTES, `must have at most ${NOTE_BYTES} bytes in UTF-8`)
  .meta({ description: 'At most 65,536 bytes in UTF-8. Line breaks and tabs are kept.', maxLength: NOTE_BYTES });
