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
  await confirmPassword(env, signedIn, password, '/password', async ({ vault, reset }) => {
    const session = await signedIn.current();
    const details = { ...sessionDetails(vault.keys, session), authenticatedAt: env.clock() };
    const sealed = vault.keys.seal('session', session.sessionId, session.epoch, toJson(details));
    await env.store.commit([{ op: 'put', row: { ...session, sealed }, replaces: session }, reset]);
  });
}
