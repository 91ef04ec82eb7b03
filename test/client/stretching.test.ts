import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { normaliseEmail } from '../../client/src/email.ts';
import { TwinlockClient } from '../../client/src/main.ts';
import { preparePassword } from '../../client/src/stretch.ts';
import { preparePassword as servicePrepares } from '../../lambda/crypto/password.ts';
import { normaliseEmail as serviceNormalises } from '../../lambda/domain/email.ts';
import { ADDRESSES } from './addresses.ts';
import { failureOf, scripted } from './scripted.ts';

const EMAIL = 'owner@example.com';
const RUNS = { numRuns: 2000 };

describe('an e-mail’s one spelling', () => {
  it.each(ADDRESSES)('is the service’s: %j', (address) => {
    expect(normaliseEmail(address)).toBe(serviceNormalises(address));
  });

  it('is the service’s for whatever is typed', () => {
    const part = fc.oneof(fc.string({ unit: 'binary', maxLength: 12 }), fc.string({ maxLength: 70 }), fc.domain());
    const typed = fc.tuple(
      part,
      fc.constantFrom('@', ' @', '＠', ''),
      part,
      fc.constantFrom('', '.example', '.EXAMPLE. '),
    );
    fc.assert(
      fc.property(typed, (parts) => {
        expect(normaliseEmail(parts.join(''))).toBe(serviceNormalises(parts.join('')));
      }),
      RUNS,
    );
  });
});

describe('a password’s one form', () => {
  const service = (text: string): string => {
    try {
      return Buffer.from(servicePrepares(text, undefined).bytes).toString();
    } catch {
      return 'refused';
    }
  };
  const client = (text: string): string => {
    try {
      return preparePassword(text, '/password');
    } catch {
      return 'refused';
    }
  };

  it.each([
    ['', 'refused'],
    ['three\u00a0blue\u3000kettles', 'three blue kettles'],
    ['  outer spaces count  ', '  outer spaces count  '],
    ['a\u0308', 'ä'],
    ['a\nb', 'refused'],
    ['a\u0085b', 'refused'],
    ['\ud83d', 'refused'],
    ['\u{1f600}', '\u{1f600}'],
    ['a'.repeat(1024), 'a'.repeat(1024)],
    ['a'.repeat(1025), 'refused'],
    ['ä'.repeat(513), 'refused'],
    ['\ufdfa', '\ufdfa'],
  ])('is the service’s: %j', (text, form) => {
    expect(client(text)).toBe(form);
    expect(service(text)).toBe(form);
  });

  it('is the service’s for whatever is typed', () => {
    const typed = fc.string({
      unit: fc.constantFrom(
        'a',
        'ä',
        'a\u0308',
        '\u00a0',
        '\u3000',
        '\t',
        '\ud83d',
        '\ude00',
        '\u200b',
        'が',
        '\u1100\u1161',
      ),
    });
    fc.assert(
      fc.property(fc.oneof(typed, fc.string({ unit: 'binary' })), (text) => client(text) === service(text)),
      RUNS,
    );
  });
});

describe('a new password that is stretched', () => {
  const register = (password: string, judge?: (password: string, email: string) => boolean) => {
    const script = scripted();
    const stretching = { service: 'Example Vault', ...(judge && { judge }) };
    const vault = new TwinlockClient({ baseUrl: 'https://vault.example', fetch: script.fetch, stretching });
    return { script, done: vault.register({ email: ' Owner@Example.com', password, acceptDataLoss: true }) };
  };

  it.each([
    ['14 characters', 'x'.repeat(14), 'password_too_weak'],
    ['14 characters of two units each', '\u{1f600}'.repeat(14), 'password_too_weak'],
    ['257 characters', 'x'.repeat(257), 'password_too_weak'],
    ['a control character', 'x'.repeat(20) + '\n', 'invalid_request'],
    ['nothing', '', 'invalid_request'],
  ])('is refused here with %s, and nothing is sent', async (_, password, code) => {
    const { script, done } = register(password);
    expect(await failureOf(done)).toMatchObject({ code, status: null, issues: [{ path: '/password' }] });
    expect(script.sent).toEqual([]);
  });

  it('is judged in its one form, with the e-mail in its own', async () => {
    const judged: string[][] = [];
    const { script, done } = register('three\u00a0blue\u00a0kettles', (...given) => {
      judged.push(given);
      return false;
    });
    expect(await failureOf(done)).toMatchObject({ code: 'password_too_weak' });
    expect(judged).toEqual([['three blue kettles', EMAIL]]);
    expect(script.sent).toEqual([]);
  });

  it('needs an e-mail, and a service with a name', async () => {
    const script = scripted();
    const vault = new TwinlockClient({
      baseUrl: 'https://vault.example',
      fetch: script.fetch,
      stretching: { service: 'x' },
    });
    const failure = await failureOf(vault.signIn({ email: 'nobody', password: 'three blue kettles' }));
    expect(failure).toMatchObject({ code: 'invalid_request', issues: [{ path: '/email' }] });
    expect(script.sent).toEqual([]);
    for (const service of ['', 'x'.repeat(65_536)]) {
      expect(() => new TwinlockClient({ baseUrl: 'https://vault.example', stretching: { service } })).toThrow(
        /name of the service/,
      );
    }
  });
});
