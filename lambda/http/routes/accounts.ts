import { endAllSessions, endSession, getAccount, listSessions, signOut } from '../../usecases/account.ts';
import { changeEmail } from '../../usecases/change-email.ts';
import { changePassword } from '../../usecases/change-password.ts';
import { deleteAccount } from '../../usecases/delete-account.ts';
import type { RotationEnvironment } from '../../usecases/environment.ts';
import { goOnWithRotation, startRotation } from '../../usecases/key-rotation.ts';
import { listActivity } from '../../usecases/list-activity.ts';
import { reauthenticate } from '../../usecases/reauthenticate.ts';
import { recoverAccount } from '../../usecases/recover-account.ts';
import { createRecoveryCode, removeRecoveryCode } from '../../usecases/recovery-code.ts';
import { type NewAccount, registerAccount } from '../../usecases/register-account.ts';
import { signIn } from '../../usecases/sign-in.ts';
import { json, noContent, timeText } from '../answers.ts';
import { type Service, service } from '../router.ts';
import { ACCOUNT_CONTRACTS } from '../schemas/accounts.ts';
import { accountView, activityView } from '../views.ts';

/** Rows that one call of a rotation moves, unless its caller says otherwise. */
const DEFAULT_STEP = 200;

/** Accounts, sessions, and what the service says of itself. */
export function accountService(env: RotationEnvironment): Service {
  return service(ACCOUNT_CONTRACTS, {
    getHealth: () => Promise.resolve(json(200, { status: 'ok' })),
    getOpenApi: async () => json(200, await openApi()),

    registerAccount: async ({ body, caller }) => json(201, opened(await registerAccount(env, body, caller))),
    getAccount: async ({ signedIn }) => json(200, accountView(await getAccount(signedIn))),

    changePassword: async ({ signedIn, body }) => {
      await changePassword(env, signedIn, body);
      return noContent();
    },
    changeEmail: async ({ signedIn, body }) => {
      await changeEmail(env, signedIn, body);
      return noContent();
    },

    getActivity: async ({ signedIn, query }) => {
      const request = { limit: query.limit, cursor: query.cursor ?? null };
      return json(200, activityView(await listActivity(env, signedIn, request)));
    },

    rotateKeys: async ({ signedIn, body: { password, passwordKind, limit = DEFAULT_STEP } }) =>
      json(
        200,
        await (password === undefined
          ? goOnWithRotation(env, signedIn, limit)
          : startRotation(env, signedIn, { password, passwordKind }, limit)),
      ),
    deleteAccount: async ({ signedIn, body }) => {
      const receipt = await deleteAccount(env, signedIn, body);
      return json(200, { ...receipt, at: timeText(receipt.at) });
    },

    createRecoveryCode: async ({ signedIn, body }) =>
      json(201, { recoveryCode: await createRecoveryCode(env, signedIn, body) }),
    removeRecoveryCode: async ({ signedIn, body }) => {
      await removeRecoveryCode(env, signedIn, body);
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
    reauthenticate: async ({ signedIn, body }) => {
      await reauthenticate(env, signedIn, body);
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

/** The contract's document, which is loaded when it is asked for. */
async function openApi(): Promise<object> {
  return (await import('../../../docs/openapi.json', { with: { type: 'json' } })).default;
}

function opened({ accountId, session }: NewAccount) {
  const { id, token, expiresAt, idleExpiresAt } = session;
  return {
    accountId,
    session: { id, token, expiresAt: timeText(expiresAt), idleExpiresAt: timeText(idleExpiresAt) },
  };
}
