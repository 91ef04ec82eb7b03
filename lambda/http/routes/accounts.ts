import document from '../../../docs/openapi.json' with { type: 'json' };
import { endAllSessions, endSession, getAccount, listSessions, signOut } from '../../usecases/account.ts';
import { changeEmail } from '../../usecases/change-email.ts';
import { changePassword } from '../../usecases/change-password.ts';
import { deleteAccount } from '../../usecases/delete-account.ts';
import type { DeletionEnvironment } from '../../usecases/environment.ts';
import { reauthenticate } from '../../usecases/reauthenticate.ts';
import { recoverAccount } from '../../usecases/recover-account.ts';
import { createRecoveryCode, removeRecoveryCode } from '../../usecases/recovery-code.ts';
import { type NewAccount, registerAccount } from '../../usecases/register-account.ts';
import { signIn } from '../../usecases/sign-in.ts';
import { json, noContent, timeText } from '../answers.ts';
import { type Service, service } from '../router.ts';
import { ACCOUNT_CONTRACTS } from '../schemas/accounts.ts';

/** Accounts, sessions, and what the service says of itself. */
export function accountService(env: DeletionEnvironment): Service {
  return service(ACCOUNT_CONTRACTS, {
    getHealth: () => Promise.resolve(json(200, { status: 'ok' })),
    getOpenApi: () => Promise.resolve(json(200, document)),

    registerAccount: async ({ body, caller }) => json(201, opened(await registerAccount(env, body, caller))),
    getAccount: async ({ signedIn }) => {
      const { accountId, email, createdAt, passwordChangedAt, recoveryCreatedAt, keyVersion } =
        await getAccount(signedIn);
      return json(200, {
        accountId,
        email,
        createdAt: timeText(createdAt),
        passwordChangedAt: timeText(passwordChangedAt),
        recovery:
          recoveryCreatedAt === null ? { enabled: false } : { enabled: true, createdAt: timeText(recoveryCreatedAt) },
        keyVersion,
        rotating: false,
      });
    },

    changePassword: async ({ signedIn, body, caller }) => {
      await changePassword(env, signedIn, body, caller);
      return noContent();
    },
    changeEmail: async ({ signedIn, body, caller }) => {
      await changeEmail(env, signedIn, body, caller);
      return noContent();
    },

    deleteAccount: async ({ signedIn, body, caller }) => {
      const receipt = await deleteAccount(env, signedIn, body.password, caller);
      return json(200, { ...receipt, at: timeText(receipt.at) });
    },

    createRecoveryCode: async ({ signedIn, body, caller }) =>
      json(201, { recoveryCode: await createRecoveryCode(env, signedIn, body.password, caller) }),
    removeRecoveryCode: async ({ signedIn, body, caller }) => {
      await removeRecoveryCode(env, signedIn, body.password, caller);
      return noContent();
    },
    recoverAccount: async ({ body, caller }) => {
      const { recoveryCode, ...account } = await recoverAccount(env, body, caller);
      return json(201, { ...opened(account), recoveryCode });
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
    reauthenticate: async ({ signedIn, body, caller }) => {
      await reauthenticate(env, signedIn, body.password, caller);
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
