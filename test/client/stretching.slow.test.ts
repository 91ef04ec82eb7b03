import { pbkdf2Sync } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { normaliseEmail } from '../../client/src/email.ts';
import type { TwinlockClient } from '../../client/src/main.ts';
import { preparePassword, stretch } from '../../client/src/stretch.ts';
import { createMemoryApp, type MemoryApp } from '../fixtures/app.ts';
import vectors from '../vectors/stretched.json' with { type: 'json' };
import { failureOf } from './scripted.ts';
import { clientOf, type SentBody } from './vault.ts';

const PASSWORD = 'seven grey lanterns hum';
const OTHER = 'nine amber teapots wait';
const FIRST = 'Owner@Example.com';
const SECOND = 'second@bücher.example';
const STRETCHING = { service: 'Example Vault' };

/** What a password is sent as, made without the client. */
function secretOf(password: string, email: string): string {
  const field = (text: string) => {
    const size = Buffer.alloc(2);
    size.writeUInt16BE(Buffer.byteLength(text));
    return Buffer.concat([size, Buffer.from(text)]);
  };
  const salt = Buffer.concat([Buffer.from('twinlock/stretch/v1\0'), field(STRETCHING.service), field(email)]);
  return pbkdf2Sync(password, salt, 600_000, 32, 'sha256').toString('base64url');
}

describe('stretching', () => {
  it.each(vectors.derivations)(
    'gives what the vectors say: $typed, $service',
    async ({ password, typed, email, service, text }) => {
      expect(normaliseEmail(typed)).toBe(email);
      expect(await stretch(preparePassword(password, '/password'), service, email)).toBe(text);
    },
  );
});

describe('a client that stretches', () => {
  const sent: SentBody[] = [];
  const first = { password: secretOf(PASSWORD, 'owner@example.com'), passwordKind: 'stretched-v1' };
  const second = secretOf(PASSWORD, 'second@xn--bcher-kva.example');
  const other = secretOf(OTHER, 'second@xn--bcher-kva.example');
  let app: MemoryApp;
  let vault: TwinlockClient;
  /** What the calls since the last time sent. */
  const bodies = () => sent.splice(0).map(({ body }) => JSON.parse(body) as unknown);

  beforeAll(() => {
    app = createMemoryApp();
    vault = clientOf(app, { stretching: STRETCHING }, sent);
  });

  it('never sends a password, in any call', async () => {
    const { account } = vault;
    await vault.register({ email: FIRST, password: PASSWORD, acceptDataLoss: true });
    await vault.signIn({ email: FIRST, password: PASSWORD });
    await account.reauthenticate(PASSWORD);
    await account.createRecoveryCode(PASSWORD);
    await account.removeRecoveryCode(PASSWORD);
    await account.rotateKeys(PASSWORD);
    const step = first;
    expect(bodies()).toEqual([
      { email: FIRST, acceptDataLoss: true, ...first },
      { email: FIRST, ...first },
      step,
      step,
      step,
      step,
    ]);

    await account.changeEmail({ password: PASSWORD, email: SECOND });
    const kind = 'stretched-v1';
    expect(bodies()).toEqual([{ ...first, email: SECOND, newPassword: second }]);
    await account.changePassword({ currentPassword: PASSWORD, newPassword: OTHER });
    expect(bodies()).toEqual([
      { currentPassword: second, currentPasswordKind: kind, newPassword: other, passwordKind: kind },
    ]);
    const recoveryCode = await account.createRecoveryCode(OTHER);
    await vault.signOut();
    await vault.recover({ email: SECOND, recoveryCode, newPassword: PASSWORD });
    expect(bodies()[1]).toEqual({ email: SECOND, recoveryCode, newPassword: second, passwordKind: kind });
    await account.delete(PASSWORD);
    expect(bodies()).toEqual([{ password: second, passwordKind: kind }]);
  });

  it('moves an account over that had a plain password, and one back', async () => {
    const plain = clientOf(app, {}, sent);
    await plain.register({ email: FIRST, password: PASSWORD, acceptDataLoss: true });
    expect(bodies()).toEqual([{ email: FIRST, password: PASSWORD, acceptDataLoss: true }]);
    expect(await failureOf(vault.signIn({ email: FIRST, password: PASSWORD }))).toMatchObject({
      code: 'invalid_credentials',
    });
    await vault.signIn({ email: FIRST, password: PASSWORD, kind: 'plain' });
    const change = { currentPassword: PASSWORD, newPassword: PASSWORD, currentKind: 'plain' } as const;
    await vault.account.changePassword(change);
    const { password: newPassword, passwordKind } = first;
    expect(bodies().slice(1)).toEqual([
      { email: FIRST, password: PASSWORD },
      { currentPassword: PASSWORD, newPassword, passwordKind },
    ]);
    await vault.signIn({ email: FIRST, password: PASSWORD });
    expect(await failureOf(plain.signIn({ email: FIRST, password: PASSWORD }))).toMatchObject({
      code: 'invalid_credentials',
    });
  });
});
