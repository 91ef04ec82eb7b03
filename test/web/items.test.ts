import { describe, expect, it, jest } from '@jest/globals';
import { ACTIONS } from '../../lambda/domain/activity.ts';
import { COUNTRIES } from '../../lambda/domain/countries.ts';
import { isIban } from '../../lambda/domain/iban.ts';
import { idTime, newId } from '../../lambda/domain/ids.ts';
import { ITEM_SCHEMAS, itemTypeSchemas, maskItem, ITEM_TYPES as SERVED_TYPES } from '../../lambda/domain/items.ts';
import { isCardNumber } from '../../lambda/domain/payment-card.ts';
import { BREAK_TEXTS, DEED_TEXTS, deedOf, targetOf, timeOfId } from '../../web/src/activity/words.ts';
import { codesIn } from '../../web/src/items/country-codes.ts';
import { contentOf, draftOf, EMPTY, faultsOf, isChanged } from '../../web/src/items/draft.ts';
import { ITEM_FIELDS, ITEM_TYPES, itemTypeOf, TYPE_TEXTS } from '../../web/src/items/fields.ts';
import { caretAfter, grouped, regroup } from '../../web/src/items/grouping.ts';
import { KINDS, NOTE_BYTES } from '../../web/src/items/kinds.ts';
import { differences, isSameContent, merged } from '../../web/src/items/merge.ts';
import { readCardNumber, readIban, readPhone } from '../../web/src/items/numbers.ts';

/** Whole data of each type, as a person types it, and as it is stored. */
const TYPED = {
  person: [
    {
      givenName: ' Ada ',
      familyName: 'Muster',
      middleNames: '',
      birthDate: '1990-02-28',
      birthPlace: '',
      nationality: 'DE',
    },
    { givenName: 'Ada', familyName: 'Muster', birthDate: '1990-02-28', nationality: 'DE' },
  ],
  address: [
    { lines: 'Beispielweg 1\n\nHinterhaus\n', postalCode: '00000', city: 'Musterstadt', region: '', country: 'DE' },
    { lines: ['Beispielweg 1', 'Hinterhaus'], postalCode: '00000', city: 'Musterstadt', country: 'DE' },
  ],
  email: [{ address: ' ada@example.com ' }, { address: 'ada@example.com' }],
  phone: [{ number: '0049 (0)30 000-000' }, { number: '+4930000000' }],
  'national-id': [
    { number: 'X 1', country: 'FR', kind: 'Carte', expiresOn: '2031-01-31' },
    { number: 'X 1', country: 'FR', kind: 'Carte', expiresOn: '2031-01-31' },
  ],
  passport: [
    { number: 'C01X00T47', country: 'DE', issuedOn: '', expiresOn: '' },
    { number: 'C01X00T47', country: 'DE' },
  ],
  'bank-account': [
    { iban: 'gb82 west 1234 5698 7654 32', bic: 'abcdgb2l', holder: '' },
    { iban: 'GB82WEST12345698765432', bic: 'ABCDGB2L' },
  ],
  'payment-card': [
    { number: '4111 1111-1111 1111', holder: 'ADA MUSTER', expiryMonth: '07', expiryYear: '31' },
    { number: '4111111111111111', holder: 'ADA MUSTER', expiryMonth: 7, expiryYear: 2031 },
  ],
  note: [{ text: 'One\n\ttwo' }, { text: 'One\n\ttwo' }],
} as const satisfies Record<(typeof ITEM_TYPES)[number], readonly [Record<string, string>, Record<string, unknown>]>;

const fieldsOf = (type: (typeof ITEM_TYPES)[number]) => ITEM_FIELDS[type].map(({ name }) => name);

describe('the table of fields', () => {
  it('has every type that the service has', () => {
    expect([...ITEM_TYPES].sort()).toEqual([...SERVED_TYPES].sort());
    for (const texts of [TYPE_TEXTS.en, TYPE_TEXTS.de])
      expect(Object.keys(texts).sort()).toEqual([...SERVED_TYPES].sort());
    expect(itemTypeOf('person')).toBe('person');
    expect(itemTypeOf('toString')).toBeNull();
  });

  it.each(ITEM_TYPES)('has each field of a %s, as needed or not as the service has it', (type) => {
    const needed = itemTypeSchemas().find((served) => served.type === type)?.schema['required'] as string[];
    const served = Object.keys(ITEM_SCHEMAS[type].shape).map((name) => [name, needed.includes(name)] as const);
    expect(new Map(ITEM_FIELDS[type].map(({ name, required }) => [name, required]))).toEqual(new Map(served));
  });

  it.each(ITEM_TYPES)('calls no field of a %s what the label is called, and shows one at least in lists', (type) => {
    expect(fieldsOf(type)).not.toContain('label');
    expect(ITEM_FIELDS[type].some(({ main }) => main)).toBe(true);
  });
});

describe('what is typed', () => {
  it.each(ITEM_TYPES)('of a %s becomes what the service takes', (type) => {
    const [typed, stored] = TYPED[type];
    const draft = { label: ' of mine ', typed };
    expect(faultsOf(type, draft)).toEqual(new Map());
    const content = contentOf(type, draft, EMPTY);
    expect(content).toEqual({ label: 'of mine', data: stored });
    expect(ITEM_SCHEMAS[type].safeParse(content.data).success).toBe(true);
  });

  it.each(ITEM_TYPES)('of a %s is asked for where it is needed, and only there', (type) => {
    const needed = ITEM_FIELDS[type].filter(({ required }) => required).map(({ name }) => [name, 'missing'] as const);
    expect(faultsOf(type, draftOf(type, EMPTY))).toEqual(new Map(needed));
  });

  it.each(ITEM_TYPES)('of a %s stays as it is stored where it is not touched', (type) => {
    const stored = { label: ' as it was ', data: TYPED[type][1] };
    const draft = draftOf(type, stored);
    expect(isChanged(type, draft, stored)).toBe(false);
    expect(contentOf(type, draft, stored)).toEqual(stored);
    expect(isChanged(type, { ...draft, label: 'other' }, stored)).toBe(true);
  });

  it('keeps the spaces and hyphens of a stored number until it is changed', () => {
    const stored = { label: '', data: { number: '4111-1111-1111-1111' } };
    const draft = draftOf('payment-card', stored);
    expect(draft.typed['number']).toBe('4111 1111 1111 1111');
    expect(contentOf('payment-card', draft, stored).data['number']).toBe('4111-1111-1111-1111');
  });

  it('has no part of an optional field that was emptied', () => {
    const stored = { label: '', data: { ...TYPED.person[1] } };
    const draft = draftOf('person', stored);
    const emptied = { ...draft, typed: { ...draft.typed, birthDate: '', nationality: ' ' } };
    expect(contentOf('person', emptied, stored).data).toEqual({ givenName: 'Ada', familyName: 'Muster' });
  });

  const WRONG = [
    ['person', 'givenName', 'x'.repeat(201)],
    ['person', 'birthDate', '1990'],
    ['person', 'nationality', 'Germany'],
    ['address', 'lines', '1\n2\n3\n4\n5'],
    ['address', 'postalCode', '1'.repeat(21)],
    ['email', 'address', 'ada.example.com'],
    ['phone', 'number', '030 123456'],
    ['passport', 'number', 'x'.repeat(65)],
    ['bank-account', 'iban', 'GB82 WEST 1234 5698 7654 33'],
    ['bank-account', 'bic', 'ABC'],
    ['payment-card', 'number', '4111 1111 1111 1112'],
    ['payment-card', 'expiryMonth', '13'],
    ['payment-card', 'expiryYear', '1999'],
    ['note', 'text', 'ä'.repeat(NOTE_BYTES / 2) + '!'],
    ['note', 'text', 'a\u0000b'],
  ] as const;

  it.each(WRONG)('of a %s is refused as %s where the service refuses it: %#', (type, name, text) => {
    const draft = { label: '', typed: { ...TYPED[type][0], [name]: text } };
    expect(faultsOf(type, draft)).toEqual(new Map([[name, 'wrong']]));
    expect(ITEM_SCHEMAS[type].safeParse({ ...TYPED[type][1], [name]: text }).success).toBe(false);
  });

  it('refuses a label of more than a line', () => {
    const typed = TYPED.note[0];
    expect(faultsOf('note', { label: '😀'.repeat(200), typed }).size).toBe(0);
    expect(faultsOf('note', { label: '😀'.repeat(201), typed }).get('label')).toBe('wrong');
    expect(faultsOf('note', { label: 'a\nb', typed }).get('label')).toBe('wrong');
  });

  it('has a text for what is wrong in either language, none of which is the other', () => {
    for (const { wrong } of Object.values(KINDS)) expect(wrong.en).not.toBe(wrong.de);
  });
});

describe('long numbers', () => {
  it('are grouped in fours, however they were separated', () => {
    expect(grouped('GB82WEST12345698765432')).toBe('GB82 WEST 1234 5698 7654 32');
    expect(grouped('4111-1111 11111111')).toBe('4111 1111 1111 1111');
    expect(grouped('1234')).toBe('1234');
    expect(grouped('')).toBe('');
  });

  it('leave the caret behind the character that it was behind', () => {
    expect(caretAfter('1234 5', 5)).toBe(6);
    expect(caretAfter('1234 5', 4)).toBe(4);
    expect(caretAfter('1234 5678', 0)).toBe(0);
    expect(caretAfter('12', 9)).toBe(2);
  });

  it('are grouped while they are typed, within the number too', () => {
    const setSelectionRange = jest.fn<(from: number, to: number) => void>();
    const typed = { value: 'GB82 WESX', selectionStart: 2, setSelectionRange };
    expect(regroup(typed as unknown as HTMLInputElement)).toBe('GB82 WESX');
    expect(setSelectionRange).not.toHaveBeenCalled();
    Object.assign(typed, { value: 'GB829 WESX', selectionStart: 5 });
    expect(regroup(typed as unknown as HTMLInputElement)).toBe('GB82 9WES X');
    expect(typed.value).toBe('GB82 9WES X');
    expect(setSelectionRange).toHaveBeenCalledWith(6, 6);
  });

  // As the banks' own documents show them.
  const IBANS = ['GB82 WEST 1234 5698 7654 32', 'DE89 3704 0044 0532 0130 00', 'fr14 2004 1010 0505 0001 3m02 606'];

  it.each(IBANS)('take the IBAN %s, and none with another digit', (iban) => {
    const read = readIban(iban);
    expect(read).toBe(iban.replaceAll(' ', '').toUpperCase());
    expect(isIban(String(read))).toBe(true);
    for (let at = 4; at < iban.length; at++) {
      const digit = iban.charAt(at);
      if (!/\d/.test(digit)) continue;
      const other = iban.slice(0, at) + String((Number(digit) + 1) % 10) + iban.slice(at + 1);
      expect([other, readIban(other)]).toEqual([other, null]);
    }
  });

  it('take no IBAN whose check digits are never given out', () => {
    expect(readIban('GB00WEST12345698765432')).toBeNull();
    expect(readIban('')).toBeNull();
  });

  it.each(['4111 1111 1111 1111', '5555-5555-5555-4444', '378282246310005'])(
    'take the card %s, and none with another digit',
    (card) => {
      const read = readCardNumber(card);
      expect(read).toBe(card.replaceAll(/\D/g, ''));
      expect(isCardNumber(String(read))).toBe(true);
      for (let at = 0; at < card.length; at++) {
        const digit = card.charAt(at);
        if (!/\d/.test(digit)) continue;
        for (let more = 1; more < 10; more++) {
          const other = card.slice(0, at) + String((Number(digit) + more) % 10) + card.slice(at + 1);
          expect([other, readCardNumber(other)]).toEqual([other, null]);
        }
      }
    },
  );

  const PHONES = [
    ['+49 30 123456', '+4930123456'],
    ['0049 (0) 30 / 12 34 56', '+4930123456'],
    ['+49(0)30-123456', '+4930123456'],
    ['+1 (202) 555-0100', '+12025550100'],
    ['+44 20.7946.0000', '+442079460000'],
    ['030 123456', null],
    ['+0 30 123456', null],
    ['+49', null],
    ['+49 30 123456 7890 12345', null],
    ['call me', null],
  ] as const;

  it.each(PHONES)('read the telephone number %s as %s', (typed, number) => {
    expect(readPhone(typed)).toBe(number);
  });
});

describe('two changes of one item', () => {
  const base = { label: 'of mine', data: { givenName: 'Ada', familyName: 'Muster', birthDate: '1990-02-28' } };
  const mine = {
    label: 'of mine',
    data: { givenName: 'Eda', familyName: 'Muster', birthDate: '1990-02-28', birthPlace: 'A' },
  };
  const theirs = { label: 'hers', data: { givenName: 'Ida', familyName: 'Muster' } };

  it('differ where they say different things, and each stands where only it has changed something', () => {
    expect(differences('person', base, mine, theirs)).toEqual([
      { name: 'label', mine: 'of mine', theirs: 'hers', side: 'theirs', both: false },
      { name: 'givenName', mine: 'Eda', theirs: 'Ida', side: 'mine', both: true },
      { name: 'birthDate', mine: '1990-02-28', theirs: undefined, side: 'theirs', both: false },
      { name: 'birthPlace', mine: 'A', theirs: undefined, side: 'mine', both: false },
    ]);
  });

  it('are joined as it was chosen, field by field', () => {
    const sides = { givenName: 'theirs', birthPlace: 'mine', label: 'mine', birthDate: 'theirs' } as const;
    expect(merged('person', mine, theirs, sides)).toEqual({
      label: 'of mine',
      data: { givenName: 'Ida', familyName: 'Muster', birthPlace: 'A' },
    });
  });

  it('are the same where no field differs, whatever their order', () => {
    const turned = { label: 'hers', data: { familyName: 'Muster', givenName: 'Ida' } };
    expect(isSameContent('person', theirs, turned)).toBe(true);
    expect(isSameContent('person', theirs, base)).toBe(false);
  });
});

describe('a masked item', () => {
  it.each(ITEM_TYPES)('of type %s has its fields still, so that a list shows something of it', (type) => {
    const masked = maskItem({ type, label: '', data: TYPED[type][1] } as Parameters<typeof maskItem>[0]);
    const main = ITEM_FIELDS[type].filter((field) => field.main).map(({ name }) => name);
    expect(Object.keys(masked.data)).toEqual(expect.arrayContaining(main));
  });
});

describe('the words of the activity', () => {
  it('are there for every action and fault, in either language', () => {
    for (const texts of [DEED_TEXTS.en, DEED_TEXTS.de]) {
      expect(Object.keys(texts).sort()).toEqual([...ACTIONS, 'session.left'].sort());
      expect(new Set(Object.values(texts)).size).toBe(ACTIONS.length + 1);
    }
    expect(Object.keys(BREAK_TEXTS.en)).toEqual(Object.keys(BREAK_TEXTS.de));
    expect(BREAK_TEXTS.en.missing({ fault: 'missing', first: 2, last: 4 })).toBe(
      '3 entries are missing from one session.',
    );
    expect(BREAK_TEXTS.de.missing({ fault: 'missing', first: 2, last: 2 })).toBe(
      'Ein Eintrag fehlt aus einer Sitzung.',
    );
  });

  it('tell the time of an id', () => {
    const id = newId(1_795_000_000_123, new Uint8Array(10));
    expect(timeOfId(id)).toBe(idTime(id));
  });

  it('tell an end of the own session from that of another', () => {
    const entry = {
      id: 'E',
      at: '',
      action: 'session.ended',
      outcome: 'succeeded',
      sourceIp: '',
      userAgent: '',
    } as const;
    expect(deedOf({ ...entry, sessionId: 'S', target: 'S' })).toBe('session.left');
    expect(deedOf({ ...entry, sessionId: 'S', target: 'T' })).toBe('session.ended');
  });

  it('lead to what is still there', () => {
    const entry = { id: 'E', at: '', outcome: 'succeeded', sourceIp: '', userAgent: '', target: 'T' } as const;
    expect(targetOf({ ...entry, action: 'item.changed' })).toEqual({ area: 'items', id: 'T' });
    expect(targetOf({ ...entry, action: 'document.read' })).toEqual({ area: 'documents', id: 'T' });
    expect(targetOf({ ...entry, action: 'document.deleted' })).toBeNull();
    expect(targetOf({ ...entry, action: 'session.ended' })).toBeNull();
  });
});

describe('the countries of a form', () => {
  it('are those that the service lists', () => {
    expect(codesIn(itemTypeSchemas())).toEqual(COUNTRIES);
    expect(codesIn([])).toEqual([]);
  });
});
