import type { ACCOUNT_CONTRACTS } from '../../schemas/accounts.ts';
import type { ExamplesOf } from '../example.ts';
import {
  ACCOUNT_ID,
  EMAIL,
  ITEM_IDS,
  NEW_PASSWORD,
  OTHER_SESSION_ID,
  PASSWORD,
  RECOVERY_CODE,
  SESSION_ID,
  SOURCE_IP,
  STRETCHED,
  TOKEN,
  USER_AGENT,
} from './values.ts';

const session = {
  id: SESSION_ID,
  token: TOKEN,
  expiresAt: '2026-11-02T17:00:00.000Z',
  idleExpiresAt: '2026-11-02T09:30:00.000Z',
};

const signedIn = { accountId: ACCOUNT_ID, session };

const confirmation = {
  typed: { summary: 'A password as it was typed', value: { password: PASSWORD } },
  stretched: {
    summary: 'A password that the client stretched',
    value: { password: STRETCHED, passwordKind: 'stretched-v1' },
  },
} as const;

/** Of the accounts service. */
export const ACCOUNT_EXAMPLES: ExamplesOf<typeof ACCOUNT_CONTRACTS> = {
  getHealth: { answers: { 200: { running: { summary: 'It runs', value: { status: 'ok' } } } } },
  getOpenApi: {
    answers: {
      200: {
        beginning: {
          summary: 'How the document begins',
          value: { openapi: '3.1.1', info: { title: 'Twinlock', version: '1' }, paths: {} },
        },
      },
    },
  },
  registerAccount: {
    body: {
      typed: {
        summary: 'With a password as it was typed',
        value: { email: EMAIL, password: PASSWORD, acceptDataLoss: true },
      },
      stretched: {
        summary: 'With a password that the client stretched',
        value: { email: EMAIL, password: STRETCHED, passwordKind: 'stretched-v1', acceptDataLoss: true },
      },
    },
    answers: { 201: { registered: { summary: 'The account and its first session', value: signedIn } } },
  },
  getAccount: {
    answers: {
      200: {
        recoverable: {
          summary: 'An account with a recovery code',
          value: {
            accountId: ACCOUNT_ID,
            email: EMAIL,
            createdAt: '2026-11-02T09:00:00.000Z',
            passwordChangedAt: '2026-11-02T09:00:00.000Z',
            recovery: { enabled: true, createdAt: '2026-11-02T09:04:12.510Z' },
            keyVersion: 1,
            rotating: false,
          },
        },
        fresh: {
          summary: 'An account without one',
          value: {
            accountId: ACCOUNT_ID,
            email: EMAIL,
            createdAt: '2026-11-02T09:00:00.000Z',
            passwordChangedAt: '2026-11-02T09:00:00.000Z',
            recovery: { enabled: false },
            keyVersion: 1,
            rotating: false,
          },
        },
      },
    },
  },
  changePassword: {
    body: {
      typed: {
        summary: 'Passwords as they were typed',
        value: { currentPassword: PASSWORD, newPassword: NEW_PASSWORD },
      },
    },
  },
  changeEmail: {
    body: { typed: { summary: 'Another address', value: { password: PASSWORD, email: 'wren@example.org' } } },
  },
  createRecoveryCode: {
    body: confirmation,
    answers: { 201: { code: { summary: 'The code, shown this once', value: { recoveryCode: RECOVERY_CODE } } } },
  },
  removeRecoveryCode: { body: confirmation },
  getActivity: {
    answers: {
      200: {
        intact: {
          summary: 'All entries are there',
          value: {
            activity: [
              {
                id: '01M6DS0B4K8R2V6Y3W9Q5T1N7X',
                at: '2026-11-02T09:22:08.147Z',
                action: 'item.revealed',
                outcome: 'succeeded',
                sourceIp: SOURCE_IP,
                userAgent: USER_AGENT,
                target: ITEM_IDS.bankAccount,
                sessionId: SESSION_ID,
              },
              {
                id: '01M6DRZ6C1S5F9H3J7K2M8P4V0',
                at: '2026-11-02T09:21:30.902Z',
                action: 'attempt.failed',
                outcome: 'failed',
                sourceIp: '198.51.100.7',
                userAgent: '',
              },
            ],
            chain: 'intact',
            breaks: [],
            verifiedSince: null,
            nextCursor: null,
          },
        },
        broken: {
          summary: 'Two entries were removed from the database',
          value: {
            activity: [],
            chain: 'broken',
            breaks: [{ fault: 'missing', sessionId: OTHER_SESSION_ID, first: 4, last: 5 }],
            verifiedSince: null,
            nextCursor: null,
          },
        },
      },
    },
  },
  rotateKeys: {
    body: {
      start: { summary: 'Starts, and moves up to 200 rows', value: { password: PASSWORD } },
      goOn: { summary: 'Goes on', value: { limit: 500 } },
    },
    answers: {
      200: {
        underWay: { summary: 'Rows are left: call again', value: { keyVersion: 2, remaining: 118 } },
        done: { summary: 'All is moved', value: { keyVersion: 2, remaining: 0 } },
      },
    },
  },
  deleteAccount: {
    body: confirmation,
    answers: {
      200: {
        receipt: {
          summary: 'What was deleted',
          value: { receiptId: '01M6DXK2V5B8N1M4C7Z3S9D6F0', at: '2026-11-02T10:40:17.333Z', items: 12, documents: 3 },
        },
      },
    },
  },
  recoverAccount: {
    body: {
      typed: {
        summary: 'The code from its paper, and a new password',
        value: { email: EMAIL, recoveryCode: RECOVERY_CODE, newPassword: NEW_PASSWORD },
      },
    },
    answers: {
      201: {
        recovered: {
          summary: 'Signed in, with a fresh code to be written down',
          value: { ...signedIn, recoveryCode: RECOVERY_CODE },
        },
      },
    },
  },
  signIn: {
    body: {
      typed: { summary: 'A password as it was typed', value: { email: EMAIL, password: PASSWORD } },
      stretched: {
        summary: 'A password that the client stretched',
        value: { email: EMAIL, password: STRETCHED, passwordKind: 'stretched-v1' },
      },
    },
    answers: { 201: { signedIn: { summary: 'The session', value: signedIn } } },
  },
  listSessions: {
    answers: {
      200: {
        two: {
          summary: 'Two, of which one asks',
          value: {
            sessions: [
              {
                id: SESSION_ID,
                createdAt: '2026-11-02T09:00:00.000Z',
                lastSeenAt: '2026-11-02T09:22:08.147Z',
                expiresAt: '2026-11-02T17:00:00.000Z',
                userAgent: USER_AGENT,
                sourceIp: SOURCE_IP,
                current: true,
              },
              {
                id: OTHER_SESSION_ID,
                createdAt: '2026-11-02T08:12:44.020Z',
                lastSeenAt: '2026-11-02T08:59:01.711Z',
                expiresAt: '2026-11-02T16:12:44.020Z',
                userAgent: 'Vault/1.4 (telephone)',
                sourceIp: SOURCE_IP,
                current: false,
              },
            ],
          },
        },
      },
    },
  },
  endAllSessions: {},
  signOut: {},
  reauthenticate: { body: confirmation },
  endSession: {},
};
