import { describe, expect, it } from '@jest/globals';
import { COUNTRIES } from '../../lambda/domain/countries.ts';
import { isIban } from '../../lambda/domain/iban.ts';
import { isCardNumber } from '../../lambda/domain/payment-card.ts';

// Examples of the SWIFT IBAN registry.
const PUBLISHED_IBANS = [
  'GB29NWBK60161331926819',
  'DE89370400440532013000',
  'FR1420041010050500013M02606',
  'NO9386011117947',
  'MT84MALT011000012345MTLCAST001S',
  'LC55HEMM000100010012001200023015',
  'BR1800360305000010009795493C1',
  'NI45BAPR00000013000003558124',
  'VG96VPVG0000012345678901',
  'SA0380000000608010167519',
];

describe('isIban', () => {
  it.each(PUBLISHED_IBANS)('takes the published example %s', (iban) => {
    expect(isIban(iban)).toBe(true);
  });

  it('takes groups of four', () => {
    expect(isIban('GB29 NWBK 6016 1331 9268 19')).toBe(true);
  });

  it('refuses every change of one digit', () => {
    const iban = 'DE89370400440532013000';
    const digits = Array.from('0123456789');
    const changed = Array.from({ length: 20 }, (_, i) => i + 2).flatMap((at) =>
      digits.filter((digit) => digit !== iban[at]).map((digit) => iban.slice(0, at) + digit + iban.slice(at + 1)),
    );
    expect(changed.filter(isIban)).toEqual([]);
  });

  it.each([
    ['of another length', 'DE8937040044053201300'],
    ['of a country without IBANs', 'US89370400440532013000'],
    ['in lower case', 'de89370400440532013000'],
    ['with two spaces together', 'DE89  370400440532013000'],
    ['with a space at its end', 'DE89370400440532013000 '],
    ['with digits of another script', 'DE8937040044053201300\u0660'],
    ['that is empty', ''],
    ['that goes on for a megabyte', `DE89${'0'.repeat(1_000_000)}`],
  ])('refuses one %s', (_, iban) => {
    expect(isIban(iban)).toBe(false);
  });

  it('refuses check digits that pass the remainder but are never issued', () => {
    // 97 more or less leaves the remainder as it is: of 02 and 99 both pass the sum.
    const bban = Array.from({ length: 1000 }, (_, i) => String(i).padStart(18, '0')).find((text) =>
      isIban(`DE02${text}`),
    );
    expect(bban).toBeDefined();
    expect(isIban(`DE99${bban ?? ''}`)).toBe(false);
  });
});

describe('isCardNumber', () => {
  // Test numbers that card schemes publish.
  it.each([
    '4111111111111111',
    '4111 1111 1111 1111',
    '4111-1111-1111-1111',
    '378282246310005',
    '6011111111111117',
    '5555555555554444',
    '4222222222222',
    '6304000000000000',
  ])('takes the published test number %s', (number) => {
    expect(isCardNumber(number)).toBe(true);
  });

  it.each([
    ['with a wrong digit', '4111111111111112'],
    ['with two digits swapped', '3782822463100050'],
    ['of 11 digits', '00000000000'],
    ['of 20 digits', '00000000000000000000'],
    ['with a letter', '411111111111111a'],
    ['with spaces at its end', '4111111111111111 '],
    ['with digits of another script', '٤١١١١١١١١١١١١١١١'],
    ['that is empty', ''],
  ])('refuses one %s', (_, number) => {
    expect(isCardNumber(number)).toBe(false);
  });
});

describe('COUNTRIES', () => {
  it('holds the 249 codes of ISO 3166-1, each once', () => {
    expect(new Set(COUNTRIES).size).toBe(249);
    expect(COUNTRIES).toHaveLength(249);
  });

  it('holds only codes that the Unicode data knows, and none that is merely reserved', () => {
    const names = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' });
    expect(COUNTRIES.filter((code) => names.of(code) === undefined)).toEqual([]);
    const reserved = ['AC', 'AN', 'EU', 'EZ', 'FX', 'SU', 'TA', 'TP', 'UK', 'UN', 'XA', 'XK', 'YU', 'ZZ'];
    expect(reserved.filter((code) => COUNTRIES.includes(code))).toEqual([]);
  });
});
