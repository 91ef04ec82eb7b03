const FORM = /^\d(?:[ -]?\d){11,18}$/;

/**
 * Whether a text is the number of a payment card (ISO/IEC 7812-1): 12 to 19 digits, single spaces or hyphens between
 * them allowed, with the right Luhn check digit.
 */
export function isCardNumber(text: string): boolean {
  if (!FORM.test(text)) return false;
  const digits = text.replace(/[ -]/g, '');
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits.charAt(digits.length - 1 - i));
    if (i % 2 === 0) sum += digit;
    else sum += digit < 5 ? digit * 2 : digit * 2 - 9;
  }
  return sum % 10 === 0;
}
