import { describe, expect, it } from '@jest/globals';
import { fromJson, toJson } from '../../lambda/usecases/json.ts';

describe('JSON that was sealed', () => {
  it('is read back as what it was made of', () => {
    const value = { text: 'é', list: [1, null, true] };
    expect(fromJson(Uint8Array.from(toJson(value)), 'item')).toEqual(value);
  });

  it('is an integrity failure when it is none, with its cause', () => {
    let failure: unknown = null;
    try {
      fromJson(Buffer.from('{'), 'item');
    } catch (error) {
      failure = error;
    }
    expect(failure).toMatchObject({ code: 'integrity_failure', message: 'integrity failure: item' });
    expect((failure as Error).cause).toBeInstanceOf(SyntaxError);
  });
});
