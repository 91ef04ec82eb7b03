import { mod97 } from './mod97.ts';

/** Country, check digits, the creditor's business code, and a national identifier of 1 to 28 characters. */
const FORM = /^[A-Z]{2}(?!00|01|99)\d{2}[A-Z0-9]{3}[A-Z0-9]{1,28}$/;

/**
 * Whether a text is a SEPA creditor identifier (EPC AT-02): capitals and digits without spaces, with the right check
 * digits, which leave the business code aside.
 */
export function isCreditorId(text: string): boolean {
  return FORM.test(text) && mod97(text.slice(7) + text.slice(0, 4)) === 1;
}
