import { describe, expect, it } from '@jest/globals';
import type { ItemData } from '../../lambda/domain/items.ts';
import { addressLines, fullName, groupedCardNumber, groupedIban } from '../../lambda/pdf/format.ts';

describe('how data is written', () => {
  it.each([
    ['an IBAN', groupedIban('GB82WEST12345698765432'), 'GB82 WEST 1234 5698 7654 32'],
    ['an IBAN that is grouped already', groupedIban('GB82 WEST 1234 5698 7654 32'), 'GB82 WEST 1234 5698 7654 32'],
    ['a card number', groupedCardNumber('4111-1111-1111-1111'), '4111 1111 1111 1111'],
    ['a card number of 15 digits', groupedCardNumber('378282246310005'), '3782 822463 10005'],
    ['a card number of 14 digits', groupedCardNumber('30569309025904'), '3056 930902 5904'],
    ['a name', fullName({ givenName: 'Ada', middleNames: 'B.', familyName: 'Sample' }), 'Ada B. Sample'],
    ['a Chinese name', fullName({ givenName: '小明', familyName: '王' }), '王小明'],
  ])('writes %s', (_what, actual, expected) => {
    expect(actual).toBe(expected);
  });

  const base = { lines: ['1 Sample Road'], city: 'Sampleton' };
  it.each<[string, ItemData<'address'>, string[]]>([
    ['DE', { ...base, postalCode: '01234', country: 'DE' }, ['1 Sample Road', '01234 Sampleton']],
    ['US', { ...base, postalCode: '90001', region: 'CA', country: 'US' }, ['1 Sample Road', 'Sampleton, CA 90001']],
    ['GB', { ...base, postalCode: 'EX1 2MP', country: 'GB' }, ['1 Sample Road', 'Sampleton', 'EX1 2MP']],
    ['US, without region and code', { ...base, country: 'US' }, ['1 Sample Road', 'Sampleton']],
    ['FR, without a code', { ...base, country: 'FR' }, ['1 Sample Road', 'Sampleton']],
    ['IT', { ...base, postalCode: '00100', region: 'RM', country: 'IT' }, ['1 Sample Road', '00100 Sampleton', 'RM']],
  ])('writes an address in %s as it is written there', (_country, address, expected) => {
    expect(addressLines(address)).toEqual(expected);
  });
});
