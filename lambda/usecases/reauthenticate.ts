import { UnavailableError } from '../errors.ts';
import type { Change } from '../ports/vault-store.ts';
import type { SignedIn } from './authenticate.ts';
import { confirmPassword } from './confirm-password.ts';
import type { AccountEnvironment } from './environment.ts';
import { commitSuccess } from './guess-counter.ts';
import { toJson } from './json.ts';
import { type Caller, sessionDetails } from './sessions.ts';

/** Times that the session's row may change meanwhile. */
const TRIES = 5;

/**
 * Notes in the session, sealed, that its user gave the password anew.
 *
 * @throws TwinlockError `wrong_password`; TooManyAttemptsError
 */
export async function reauthenticate(
  env: AccountEnvironment,
  signedIn: SignedIn,
  password: string,
  caller: Caller,
): Promise<void> {
  const given = { password, field: '/password', caller };
  await confirmPassword(env, signedIn, given, async ({ vault, succeeded }) => {
    for (let tries = 0; tries < TRIES; tries++) {
      const session = await signedIn.current();
      const details = { ...sessionDetails(vault.keys, session), authenticatedAt: env.clock() };
      const sealed = vault.keys.seal('session', session.sessionId, session.epoch, toJson(details));
      const change: Change = { op: 'put', row: { ...session, sealed }, replaces: session };
      if (await commitSuccess(env, succeeded, [change])) return;
    }
    throw new UnavailableError('vault:reauthenticate');
  });
}
