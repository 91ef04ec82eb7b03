import * as z from 'zod';
import { ACTIONS } from '../../domain/activity.ts';
import { accountEmail, cursor, dependent, id, limitQuery, nextCursor, password, passwordKind, time } from './common.ts';
import type { Contract, RouteNameOf } from './contract.ts';

const credentials = z.strictObject({ email: accountEmail, password, passwordKind }).meta({ id: 'Credentials' });

const newPassword = password.meta({
  format: 'password',
  description:
    '15 to 256 characters, not common and not like the e-mail; at most 1,024 bytes in UTF-8. Or one that was stretched.',
});

const registration = z
  .strictObject({
    email: accountEmail,
    password: newPassword,
    passwordKind,
    acceptDataLoss: z
      .literal(true, 'must be true: whoever forgets the password and has no recovery code loses the data')
      .meta({
        description:
          'The user accepts that forgetting the password loses the data, unless a recovery code was asked for before.',
      }),
  })
  .meta({ id: 'Registration' });

const signedIn = z
  .object({
    accountId: id,
    session: z.object({
      id,
      token: z.string().meta({ description: 'Sent as `authorization: Bearer <token>`.' }),
      expiresAt: time,
      idleExpiresAt: time,
    }),
  })
  .meta({ id: 'SignedIn' });

const account = z
  .object({
    accountId: id,
    email: z.string(),
    createdAt: time,
    passwordChangedAt: time,
    recovery: z.object({ enabled: z.boolean(), createdAt: time.optional() }),
    keyVersion: z.int().meta({ description: 'Counts the vault’s keys, from 1.' }),
    rotating: z.boolean().meta({ description: 'Whether a key rotation is under way.' }),
  })
  .meta({ id: 'Account' });

const passwordChange = z
  .strictObject({ currentPassword: password, currentPasswordKind: passwordKind, newPassword, passwordKind })
  .meta({ id: 'PasswordChange' });

const emailChange = dependent(
  'EmailChange',
  {
    password,
    passwordKind,
    email: accountEmail,
    newPassword: password.optional().meta({
      description: 'The same password, stretched under the new e-mail. With a `passwordKind`, and only then.',
    }),
  },
  { passwordKind: 'newPassword', newPassword: 'passwordKind' },
);

const confirmation = z.strictObject({ password, passwordKind }).meta({ id: 'Confirmation' });

const activityPage = z
  .object({
    activity: z.array(
      z.object({
        id,
        at: time,
        action: z.enum(ACTIONS),
        outcome: z.enum(['succeeded', 'failed']),
        sourceIp: z.string().meta({ description: 'Of a failed try, the address or its /64 network.' }),
        userAgent: z.string().meta({ description: 'At most 256 characters; empty for a failed try.' }),
        target: id.optional().meta({ description: 'The item, document or session that it was done to.' }),
        sessionId: id.optional().meta({ description: 'The session that did it. A failed try has none.' }),
      }),
    ),
    chain: z.enum(['intact', 'broken']).meta({
      description: 'Whether all entries from the newest to `verifiedSince` are there, unchanged, and in order.',
    }),
    breaks: z
      .array(
        z.object({
          fault: z.enum(['changed', 'unexpected', 'missing', 'session-missing', 'session-changed']),
          id: id.optional().meta({ description: 'The entry that was changed, or is out of its place.' }),
          sessionId: id
            .optional()
            .meta({ description: 'The session whose entries or whose row are missing, or whose row was set back.' }),
          first: z.int().optional().meta({ description: 'The first missing entry, as its session counts from 1.' }),
          last: z.int().optional().meta({ description: 'The last missing entry.' }),
        }),
      )
      .meta({ description: 'What is wrong, where the chain is broken.' }),
    verifiedSince: time.nullable().meta({ description: 'Null when all of the last year was verified.' }),
    nextCursor,
  })
  .meta({ id: 'ActivityPage' });

const rotationStep = dependent(
  'KeyRotationStep',
  {
    password: password.optional().meta({ description: 'Starts a rotation; goes on with one that stands.' }),
    passwordKind,
    limit: z.int().min(1).max(1000).optional().meta({ description: 'Rows that are moved at most: 200 by default.' }),
  },
  { passwordKind: 'password' },
);

const rotation = z
  .object({
    keyVersion: z.int().meta({ description: 'Of the key that all is moved to.' }),
    remaining: z.int().meta({ description: 'Rows that are left under the key before. At 0 that key is gone.' }),
  })
  .meta({ id: 'KeyRotation' });

const deletion = z
  .object({
    receiptId: id,
    at: time,
    items: z.int().meta({ description: 'What the account held.' }),
    documents: z.int().meta({ description: 'What the account held.' }),
  })
  .meta({ id: 'Deletion' });

const recoveryCodeText = z.string().meta({
  description:
    'Eight groups of letters and digits, shown this once. To be written down: it opens the account without the password.',
});

const recoveryCode = z.object({ recoveryCode: recoveryCodeText }).meta({ id: 'RecoveryCode' });

const recovery = z
  .strictObject({
    email: accountEmail,
    recoveryCode: z.string().max(256).meta({
      format: 'password',
      description: 'As it was shown. Case, spaces and hyphens do not count; I and L are read as 1, O as 0.',
    }),
    newPassword,
    passwordKind,
  })
  .meta({ id: 'Recovery' });

const recovered = z.object({ ...signedIn.shape, recoveryCode: recoveryCodeText }).meta({ id: 'Recovered' });

const sessionList = z
  .object({
    sessions: z.array(
      z.object({
        id,
        createdAt: time,
        lastSeenAt: time,
        expiresAt: time,
        userAgent: z.string(),
        sourceIp: z.string(),
        current: z.boolean(),
      }),
    ),
  })
  .meta({ id: 'SessionList' });

const health = z.object({ status: z.literal('ok') }).meta({ id: 'Health' });

const openApi = z.looseObject({ openapi: z.string() }).meta({ id: 'OpenApi' });

/** What the calls of the accounts service take and answer. */
export const ACCOUNT_CONTRACTS = {
  getHealth: {
    summary: 'Tells that the service runs',
    responses: { 200: { description: 'It runs.', schema: health } },
    errors: [],
  },
  getOpenApi: {
    summary: 'Returns this document',
    responses: { 200: { description: 'The OpenAPI 3.1 document.', schema: openApi } },
    errors: [],
  },
  registerAccount: {
    summary: 'Makes an account and signs in',
    json: registration,
    responses: { 201: { description: 'The account and its first session.', schema: signedIn } },
    errors: [
      'account_exists',
      'integrity_failure',
      'password_too_weak',
      'temporarily_unavailable',
      'too_many_attempts',
    ],
  },
  getAccount: {
    summary: 'Returns the account',
    responses: { 200: { description: 'The account.', schema: account } },
    errors: [],
  },
  changePassword: {
    summary: 'Changes the password',
    description: 'Every other session ends. Nothing is re-encrypted.',
    json: passwordChange,
    responses: { 204: { description: 'It is changed.' } },
    errors: ['password_too_weak', 'too_many_attempts', 'version_conflict', 'wrong_password'],
  },
  changeEmail: {
    summary: 'Changes the e-mail',
    description:
      'A stretched password is another under another e-mail: it is changed in the same write. Sent again after it was ' +
      'done, it answers 204. No session ends.',
    json: emailChange,
    responses: { 204: { description: 'It is changed.' } },
    errors: ['account_exists', 'too_many_attempts', 'version_conflict', 'wrong_password'],
  },
  createRecoveryCode: {
    summary: 'Makes a recovery code',
    description: 'It takes the place of an older one, which stops working.',
    json: confirmation,
    responses: { 201: { description: 'The code.', schema: recoveryCode } },
    errors: ['too_many_attempts', 'version_conflict', 'wrong_password'],
  },
  removeRecoveryCode: {
    summary: 'Removes the recovery code',
    json: confirmation,
    responses: { 204: { description: 'There is none.' } },
    errors: ['too_many_attempts', 'version_conflict', 'wrong_password'],
  },
  getActivity: {
    summary: 'Lists what was done in the account, newest first',
    description:
      'Of the last year, and the failed tries of the last 30 days. Each session’s entries are chained; the answer tells ' +
      'whether the chains hold.',
    query: z.strictObject({ limit: limitQuery, cursor: cursor.exactOptional() }),
    responses: { 200: { description: 'A page of it.', schema: activityPage } },
    errors: [],
  },
  rotateKeys: {
    summary: 'Moves the vault to a fresh key, step by step',
    description:
      'With the password it starts, and every other session ends; without it, it goes on. Call it again until `remaining` is ' +
      '0: after any interruption, and from any session. Everything can be read and written meanwhile. A recovery code stays good.',
    json: rotationStep,
    responses: { 200: { description: 'How far it has come.', schema: rotation } },
    errors: ['too_many_attempts', 'version_conflict', 'wrong_password'],
  },
  deleteAccount: {
    summary: 'Deletes the account and all that it holds',
    description:
      'From the answer on nothing of it can be read, every token answers 401, and the e-mail can register anew. Rows and ' +
      'objects go at once, or within hours where that takes longer. If no answer comes, send it again: 401 says that it is done.',
    json: confirmation,
    responses: { 200: { description: 'A receipt.', schema: deletion } },
    errors: ['too_many_attempts', 'version_conflict', 'wrong_password'],
  },
  recoverAccount: {
    summary: 'Sets a new password by the recovery code',
    description:
      'The code is spent, a fresh one takes its place, and all other sessions end. An unknown e-mail, an account without a ' +
      'code, a wrong and a spent code answer alike. If no answer comes, try to sign in with the new password: where it is ' +
      'taken, the code is spent, and a new one can be asked for.',
    json: recovery,
    responses: { 201: { description: 'The account, its session, and the fresh code.', schema: recovered } },
    errors: [
      'integrity_failure',
      'invalid_credentials',
      'password_too_weak',
      'temporarily_unavailable',
      'too_many_attempts',
    ],
  },
  signIn: {
    summary: 'Signs in',
    description: 'An unknown e-mail answers exactly as a wrong password.',
    json: credentials,
    responses: { 201: { description: 'The session.', schema: signedIn } },
    errors: ['integrity_failure', 'invalid_credentials', 'temporarily_unavailable', 'too_many_attempts'],
  },
  listSessions: {
    summary: 'Lists the live sessions',
    responses: { 200: { description: 'The sessions.', schema: sessionList } },
    errors: [],
  },
  endAllSessions: {
    summary: 'Ends every session, this one included',
    responses: { 204: { description: 'They are ended.' } },
    errors: [],
  },
  signOut: {
    summary: 'Ends this session',
    responses: { 204: { description: 'It is ended.' } },
    errors: [],
  },
  reauthenticate: {
    summary: 'Gives the password anew',
    description: 'What asks for a fresh sign-in takes this session again for ten minutes.',
    json: confirmation,
    responses: { 204: { description: 'It was right.' } },
    errors: ['too_many_attempts', 'wrong_password'],
  },
  endSession: {
    summary: 'Ends a session',
    responses: { 204: { description: 'It is ended.' } },
    errors: [],
  },
} as const satisfies Record<RouteNameOf<'accounts'>, Contract>;
