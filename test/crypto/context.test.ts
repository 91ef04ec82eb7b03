import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type DataContext, dataContext, encryptionContext } from '../../lambda/crypto/context.ts';
import { ALICE, BOB } from './helpers.ts';

describe('encryptionContext', () => {
  it('names the app, the purpose, the account and the DEK version in decimal', () => {
    expect(encryptionContext({ purpose: 'session', accountId: ALICE, dekVersion: 12 })).toEqual({
      app: 'twinlock',
      purpose: 'session',
      account: ALICE,
      dek: '12',
    });
  });
});

describe('dataContext', () => {
  it('has the written layout', () => {
    const context = dataContext({ kind: 'item', accountId: ALICE, id: 'x', version: 2, dekVersion: 3 });
    const text = `\0\x04item\0\x1a${ALICE}\0\x01x\0\0\0\0\0\0\0\x02\0\0\0\x03`;
    expect(Buffer.from(context).toString('latin1')).toBe(text);
  });

  it('never gives two contexts the same bytes', () => {
    const contexts = fc.record<DataContext>({
      kind: fc.constantFrom('item', 'document', 'content', 'activity', 'previous-dek', 'cursor'),
      accountId: fc.constantFrom(ALICE, BOB),
      id: fc.string({ maxLength: 3 }),
      version: fc.nat(2),
      dekVersion: fc.nat(2),
    });
    fc.assert(
      fc.property(contexts, contexts, (a, b) => {
        const same = JSON.stringify(a) === JSON.stringify(b);
        expect(Buffer.compare(dataContext(a), dataContext(b)) === 0).toBe(same);
      }),
    );
  });
});
