import { PASSWORD } from '../../fixtures/app.ts';
import { STRETCHED, stretch } from '../../fixtures/stretched.ts';
import { EMAIL, MINUTE, UNKNOWN, WRONG } from '../../usecases/support.ts';
import { makeCode, NEW_EMAIL, NEW_PASSWORD, OWNER, register, rested, settle } from '../people.ts';
import { ask, type Shape } from '../shape.ts';
import { clear, type Stage } from '../stage.ts';
import { calling } from './calling.ts';

const TAKEN = '409 account_exists';
const WRONG_PASSWORD = '403 wrong_password';
const REFUSED = '401 invalid_credentials';
const CHANGED = { owner: OWNER, changed: { email: EMAIL, password: NEW_PASSWORD } };
const HERE = { password: stretch(PASSWORD, EMAIL), ...STRETCHED };
const THERE = { password: stretch(PASSWORD, NEW_EMAIL), ...STRETCHED };
const MOVED = { owner: OWNER, moved: { email: NEW_EMAIL, password: PASSWORD } };

/** An account with a recovery code. */
async function withCode(stage: Stage) {
  const member = await settle(stage);
  const code = await makeCode(stage, member.token);
  return { ...member, code, known: { ...member.known, logins: CHANGED, recovery: { email: EMAIL, code } } };
}

/** Registers an account beside the owner's. */
async function besideAnother(stage: Stage) {
  const member = await settle(stage);
  await register(stage, NEW_EMAIL);
  return { ...member, known: { ...member.known, logins: MOVED } };
}

/** An account under a stretched password; of its e-mails and that password's forms two of the four pairs open nothing. */
async function stretched(stage: Stage) {
  const member = await settle(stage);
  const { token } = member;
  const body = { currentPassword: PASSWORD, newPassword: HERE.password, ...STRETCHED };
  await stage.ok('PUT /v1/account/password', { token, body });
  stage.time.now += 2 * MINUTE;
  const logins = {
    owner: { email: EMAIL, ...HERE },
    moved: { email: NEW_EMAIL, ...THERE },
    'moved, by the old form': { email: NEW_EMAIL, ...HERE },
    'not moved, by the new form': { email: EMAIL, ...THERE },
  };
  return { ...member, known: { logins, tokens: { owner: token } } };
}

/** A call of somebody who is not signed in, at an account with a recovery code. */
function calledBy(path: string, body: (code: string) => object): Shape['prepare'] {
  return async (stage) => {
    const { code, known } = await withCode(stage);
    return { act: () => ask(stage, `POST ${path}`, { body: body(code) }), known };
  };
}

const registering = (email: string, password: string) => ({ email, password, acceptDataLoss: true });

/** Accounts, and what guards them. */
export const ACCOUNT_SHAPES: readonly Shape[] = [
  { of: 'getHealth', when: 'always', well: '200', again: ['200'], prepare: calling(() => ['GET /v1/health']) },
  { of: 'getOpenApi', when: 'always', well: '200', again: ['200'], prepare: calling(() => ['GET /v1/openapi.json']) },
  {
    of: 'registerAccount',
    when: 'with a new e-mail',
    well: '201',
    again: [TAKEN],
    prepare: async (stage) => {
      await clear(stage);
      const act = () => ask(stage, 'POST /v1/accounts', { body: registering(EMAIL, PASSWORD) });
      return { act, known: { logins: { owner: OWNER }, tokens: {} } };
    },
  },
  {
    of: 'registerAccount',
    when: 'with an e-mail that is taken',
    well: TAKEN,
    again: [TAKEN],
    prepare: calledBy('/v1/accounts', () => registering(EMAIL, NEW_PASSWORD)),
  },
  {
    of: 'registerAccount',
    when: 'with a password that is too weak',
    well: '422 password_too_weak',
    again: ['422 password_too_weak'],
    prepare: calledBy('/v1/accounts', () => registering(UNKNOWN, 'passwordpassword')),
  },
  {
    of: 'getAccount',
    when: 'with a recovery code',
    well: '200',
    again: ['200'],
    prepare: calling(() => ['GET /v1/account'], withCode),
  },
  {
    of: 'getAccount',
    when: 'in a session that rested',
    well: '200',
    again: ['200'],
    prepare: calling(() => ['GET /v1/account'], rested),
  },
  {
    of: 'changePassword',
    when: 'with the right one',
    well: '204',
    again: [WRONG_PASSWORD],
    prepare: calling(
      () => ['PUT /v1/account/password', { body: { currentPassword: PASSWORD, newPassword: NEW_PASSWORD } }],
      withCode,
    ),
  },
  {
    of: 'changePassword',
    when: 'with a wrong one',
    well: WRONG_PASSWORD,
    again: [WRONG_PASSWORD],
    prepare: calling(
      () => ['PUT /v1/account/password', { body: { currentPassword: WRONG, newPassword: NEW_PASSWORD } }],
      withCode,
    ),
  },
  {
    of: 'changeEmail',
    when: 'to a new one',
    well: '204',
    again: ['204'],
    prepare: calling(
      () => ['PUT /v1/account/email', { body: { password: PASSWORD, email: NEW_EMAIL } }],
      async (stage) => {
        const member = await rested(stage);
        return { ...member, known: { ...member.known, logins: MOVED } };
      },
    ),
  },
  {
    of: 'changeEmail',
    when: 'to a new one, with a stretched password',
    well: '204',
    again: ['204'],
    prepare: calling(
      () => ['PUT /v1/account/email', { body: { ...HERE, email: NEW_EMAIL, newPassword: THERE.password } }],
      stretched,
    ),
  },
  {
    of: 'changeEmail',
    when: 'to one that is taken',
    well: TAKEN,
    again: [TAKEN],
    prepare: calling(
      () => ['PUT /v1/account/email', { body: { password: PASSWORD, email: NEW_EMAIL } }],
      besideAnother,
    ),
  },
  {
    of: 'changeEmail',
    when: 'to the same',
    well: '204',
    again: ['204'],
    prepare: calling(() => ['PUT /v1/account/email', { body: { password: PASSWORD, email: EMAIL } }]),
  },
  {
    of: 'createRecoveryCode',
    when: 'for the first time',
    well: '201',
    again: ['201'],
    prepare: calling(() => ['POST /v1/account/recovery-code', { body: { password: PASSWORD } }]),
  },
  {
    of: 'createRecoveryCode',
    when: 'in the place of another',
    well: '201',
    again: ['201'],
    prepare: calling(() => ['POST /v1/account/recovery-code', { body: { password: PASSWORD } }], withCode),
  },
  {
    of: 'removeRecoveryCode',
    when: 'there',
    well: '204',
    again: ['204'],
    prepare: calling(() => ['POST /v1/account/recovery-code/removal', { body: { password: PASSWORD } }], withCode),
  },
  {
    of: 'removeRecoveryCode',
    when: 'where there is none',
    well: '204',
    again: ['204'],
    prepare: calling(() => ['POST /v1/account/recovery-code/removal', { body: { password: PASSWORD } }]),
  },
  {
    of: 'recoverAccount',
    when: 'with the right code',
    well: '201',
    again: [REFUSED],
    prepare: calledBy('/v1/recovery', (recoveryCode) => ({ email: EMAIL, recoveryCode, newPassword: NEW_PASSWORD })),
  },
  {
    of: 'recoverAccount',
    when: 'with a wrong code',
    well: REFUSED,
    again: [REFUSED],
    prepare: calledBy('/v1/recovery', () => ({ email: EMAIL, recoveryCode: 'wrong', newPassword: NEW_PASSWORD })),
  },
  {
    of: 'recoverAccount',
    when: 'of an unknown e-mail, for the first time',
    well: REFUSED,
    again: [REFUSED],
    prepare: calledBy('/v1/recovery', (recoveryCode) => ({ email: UNKNOWN, recoveryCode, newPassword: NEW_PASSWORD })),
  },
  {
    of: 'getActivity',
    when: 'of two sessions',
    well: '200',
    again: ['200'],
    prepare: calling(() => ['GET /v1/account/activity']),
  },
  {
    of: 'deleteAccount',
    when: 'with items and documents',
    well: '200',
    again: ['401 unauthenticated'],
    prepare: calling(() => ['POST /v1/account/deletion', { body: { password: PASSWORD } }], withCode),
  },
  {
    of: 'deleteAccount',
    when: 'with a wrong password',
    well: WRONG_PASSWORD,
    again: [WRONG_PASSWORD],
    prepare: calling(() => ['POST /v1/account/deletion', { body: { password: WRONG } }]),
  },
];
