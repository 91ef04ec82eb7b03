import { preparePassword } from '../crypto/password.ts';
import type { SignedIn } from './authenticate.ts';
import { type Confirmation, confirmPassword } from './confirm-password.ts';
import type { AccountEnvironment } from './environment.ts';
import { toJson } from './json.ts';
import { sessionDetails } from './sessions.ts';

/**
 * Notes in the session, sealed, that its user gave the password anew.
 *
 * @throws TwinlockError `wrong_password`; TooManyAttemptsError; InvalidRequestError
 */
export async function reauthenticate(env: AccountEnvironment, signedIn: SignedIn, given: Confirmation): Promise<void> {
  const password = preparePassword(given.password, given.passwordKind);
  await confirmPassword(env, signedIn, password, async ({ vault, succeeded }) => {
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
