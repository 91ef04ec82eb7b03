import type { SignedIn } from './authenticate.ts';
import { confirmPassword } from './confirm-password.ts';
import type { AccountEnvironment } from './environment.ts';
import { toJson } from './json.ts';
import { sessionDetails } from './sessions.ts';

/**
 * Notes in the session, sealed, that its user gave the password anew.
 *
 * @throws TwinlockError `wrong_password`; TooManyAttemptsError
 */
export async function reauthenticate(env: AccountEnvironment, signedIn: SignedIn, password: string): Promise<void> {
  await confirmPassword(env, signedIn, { password, field: '/password' }, async ({ vault, succeeded }) => {
    const authenticatedAt = env.clock();
    await vault.record(
      {
        action: 'session.reauthenticated',
        session: (row) => {
          const details = { ...sessionDetails(vault.keys, row), authenticatedAt };
          return { sealed: vault.keys.seal('session', row.sessionId, row.epoch, toJson(details)) };
        },
      },
      () => succeeded(),
    );
  });
}
