import * as z from 'zod';
import { accountEmail, id, password, time } from './common.ts';
import type { Contract, RouteNameOf } from './contract.ts';

const credentials = z.strictObject({ email: accountEmail, password }).meta({ id: 'Credentials' });

const newPassword = password.meta({
  format: 'password',
  description: '15 to 256 characters, not common and not like the e-mail; at most 1,024 bytes in UTF-8.',
});

const registration = z
  .strictObject({
    email: accountEmail,
    password: newPassword,
    acceptDataLoss: z
      .literal(true, 'must be true: whoever forgets the password loses the data')
      .meta({ description: 'The user accepts that forgetting the password loses the data.' }),
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

const passwordChange = z.strictObject({ currentPassword: password, newPassword }).meta({ id: 'PasswordChange' });

const emailChange = z.strictObject({ password, email: accountEmail }).meta({ id: 'EmailChange' });

const confirmation = z.strictObject({ password }).meta({ id: 'Confirmation' });

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
    json: emailChange,
    responses: { 204: { description: 'It is changed.' } },
    errors: ['account_exists', 'too_many_attempts', 'version_conflict', 'wrong_password'],
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
