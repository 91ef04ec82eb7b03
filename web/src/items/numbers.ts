/** An IBAN's country, check digits, and 11 to 30 characters more (ISO 13616-1). Each country's length is the service's to know. */
const IBAN = /^[A-Z]{2}(?!00|01|99)\d{2}[A-Z0-9]{11,30}$/;

/** An IBAN without spaces, in capitals; null where its check digits are wrong (ISO 7064, MOD 97-10). */
export function readIban(typed: string): string | null {
  const iban = typed.replace(/[\s-]/g, '').toUpperCase();
  if (!IBAN.test(iban)) return null;
  let remainder = 0;
  for (const char of iban.slice(4) + iban.slice(0, 4)) {
    const value = Number.parseInt(char, 36);
    remainder = (remainder * (value < 10 ? 10 : 100) + value) % 97;
  }
  return remainder === 1 ? iban : null;
}

/** The digits of a payment card's number, 12 to 19; null where its check digit is wrong (ISO/IEC 7812-1, Luhn). */
export function readCardNumber(typed: string): string | null {
  const digits = typed.replace(/[\s-]/g, '');
  if (!/^\d{12,19}$/.test(digits)) return null;
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits.charAt(digits.length - 1 - i)) * (i % 2 === 0 ? 1 : 2);
    sum += digit > 9 ? digit - 9 : digit;
  }
  return sum % 10 === 0 ? digits : null;
}

/**
 * A telephone number in E.164, as `+4930123456`; null where it is none, or lacks its country.
 *
 * Takes what people put between digits, `00` for the plus, and the `(0)` that is only dialled within a country.
 */
export function readPhone(typed: string): string | null {
  const bare = typed
    .trim()
    .replace(/^(\+|00)([^(]*)\(0\)/, '$1$2')
    .replace(/[\s()./\u2010-\u2015-]/g, '')
    .replace(/^00/, '+');
  return /^\+[1-9]\d{6,14}$/.test(bare) ? bare : null;
}
