/**
 * The remainder of a text of capitals and digits by 97, each letter counted as two digits from A = 10 on
 * (ISO 7064, MOD 97-10): 1 where its check digits, at the end, are right.
 */
export function mod97(text: string): number {
  let remainder = 0;
  for (const char of text) {
    const value = Number.parseInt(char, 36);
    remainder = (remainder * (value < 10 ? 10 : 100) + value) % 97;
  }
  return remainder;
}
