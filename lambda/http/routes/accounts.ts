import document from '../../../docs/openapi.json' with { type: 'json' };
import { endAllSessions, endSession, getAccount, listSessions, signOut } from '../../usecases/account.ts';
import { changeEmail } from '../../usecases/change-email.ts';
import { changePassword } from '../../usecases/change-password.ts';
import type { AccountEnvironment } from '../../usecases/environment.ts';
import { reauthenticate } from '../../usecases/reauthenticate.ts';
import { type NewAccount, registerAccount } from '../../usecases/register-account.ts';
import { signIn } from '../../usecases/sign-in.ts';
import { json, noContent, timeText } from '../answers.ts';
import { type Service, service } from '../router.ts';
import { ACCOUNT_CONTRACTS } from '../schemas/accounts.ts';

/** Accounts, sessions, and what the service says of itself. */
export function accountService(env: AccountEnvironment): Service {
  return service(ACCOUNT_CONTRACTS, {
    getHealth: () => Promise.resolve(json(200, { status: 'ok' })),
    getOpenApi: () => Promise.resolve(json(200, document)),

    registerAccount: async ({ body, caller }) => json(201, opened(await registerAccount(env, body, caller))),
    getAccount: async ({ signedIn }) => {
      const { accountId, email, createdAt, passwordChangedAt, keyVersion } = await getAccount(signedIn);
      return json(200, {
        accountId,
        email,
        createdAt: timeText(createdAt),
        passwordChangedAt: timeText(passwordChangedAt),
        recovery: { enabled: false },
        keyVersion,
        rotating: false,
      });
    },

    changePassword: async ({ signedIn, body }) => {
      await changePassword(env, signedIn, body);
      return noContent();
    },
    changeEmail: async ({ signedIn, body }) => {
      await changeEmail(env, signedIn, body);
      return noContent();
    },

    signIn: async ({ body, caller }) => json(201, opened(await signIn(env, body, caller))),
    listSessions: async ({ signedIn }) => {
      const sessions = await listSessions(env, signedIn);
      return json(200, {
        sessions: sessions.map((session) => ({
          ...session,
          createdAt: timeText(session.createdAt),
          lastSeenAt: timeText(session.lastSeenAt),
          expiresAt: timeText(session.expiresAt),
        })),
      });
    },
    signOut: async ({ signedIn }) => {
      await signOut(env, signedIn);
      return noContent();
    },
    reauthenticate: async ({ signedIn, body }) => {
      await reauthenticate(env, signedIn, body.password);
      return noContent();
    },
    endSession: async ({ signedIn, params }) => {
      await endSession(env, signedIn, params.sessionId);
      return noContent();
    },
    endAllSessions: async ({ signedIn }) => {
      await endAllSessions(env, signedIn);
      return noContent();
    },
  });
}

function opened({ accountId, session }: NewAccount) {
  const { id, token, expiresAt, idleExpiresAt } = session;
  return {
    accountId,
    session: { id, token, expiresAt: timeText(expiresAt), idleExpiresAt: timeText(idleExpiresAt) },
  };
}
