import { describe, expect, it } from '@jest/globals';
import { checkNewPassword } from '../../lambda/domain/password-strength.ts';

const EMAIL = 'testa.exemplar@sampleton.example';

describe('checkNewPassword', () => {
  it.each([
    ['four unusual words', 'plum tractor seven violet'],
    ['random characters', 'tr7!kQ2z$Lm9@pX4'],
    ['random signs without a letter', '!"§$%&/()=?`´^°<>|'],
    ['words of another script', 'パスワードを忘れないようにする'],
    ['256 code points', 'plum tractor seven violet'.padEnd(256, 'qx7 ')],
    ['256 code points outside the BMP', '😀🚀🎲🌵🍋🎷🧭🪁'.repeat(32)],
    ['own words beside the e-mail’s', 'testa counts seventeen plum tractors'],
  ])('takes %s', async (_, password) => {
    await expect(checkNewPassword(password, EMAIL)).resolves.toBe('ok');
  });

  it.each([
    ['too_short', '14 characters', 'tr7!kQ2z$Lm9@p'],
    ['too_short', '14 code points in 28 units', '😀🚀🎲🌵🍋🎷🧭🪁😀🚀🎲🌵🍋🎷'],
    ['too_short', 'nothing', ''],
    ['too_long', '257 characters', 'plum tractor seven violet'.padEnd(257, 'qx7 ')],
    ['too_common', 'a common password twice', 'passwordpassword'],
    ['too_common', 'one letter', 'aaaaaaaaaaaaaaaaaaaa'],
    ['too_common', 'a row of keys', 'qwertyuiopasdfgh'],
    ['too_common', 'digits in order', '123456789012345'],
    ['too_common', 'the e-mail', EMAIL],
    ['too_common', 'the e-mail’s words in another order', 'Exemplar-Testa-2024'],
    ['too_common', 'the service’s words', 'Twinlock Vault 2024!'],
    ['too_common', 'a common word over and over', 'dragon'.repeat(40)],
  ])('finds %s: %s', async (verdict, _, password) => {
    await expect(checkNewPassword(password, EMAIL)).resolves.toBe(verdict);
  });

  it('asks for as many code points as the deployment does', async () => {
    const password = 'plum tractor seven violet';
    await expect(checkNewPassword(password, EMAIL, 26)).resolves.toBe('too_short');
    await expect(checkNewPassword(password, EMAIL, 25)).resolves.toBe('ok');
  });

  it('judges only the first 100 code points', async () => {
    const common = 'password'.repeat(13).slice(0, 100);
    await expect(checkNewPassword(`${common}tr7!kQ2z$Lm9@pX4`, EMAIL)).resolves.toBe('too_common');
  });

  it('judges in bounded time whatever the password', async () => {
    const hostile = ['4@8({[<369&#!|1/\\0$5+7%2', 'p@$$w0rd', '1990', 'l1|i!', '1.1.1999', '\u{1F600}1']
      .map((text) => Array.from(text.repeat(256)).slice(0, 256).join(''))
      .concat(Array.from({ length: 256 }, (_, i) => String.fromCharCode(33 + ((i * 7919) % 94))).join(''));
    await checkNewPassword('plum tractor seven violet', EMAIL);
    for (const password of hostile) {
      const start = performance.now();
      await checkNewPassword(password, EMAIL);
      // About 0.15 s each on an idle core, and ten times that without the bounds.
      expect(performance.now() - start).toBeLessThan(2000);
    }
  }, 20_000);
});
