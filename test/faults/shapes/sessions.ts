import { PASSWORD } from '../../fixtures/app.ts';
import { ELSEWHERE, EMAIL, HOUR, UNKNOWN, WRONG } from '../../usecases/support.ts';
import { OWNER, rested, settle } from '../people.ts';
import { ask, type Shape } from '../shape.ts';
import type { Stage } from '../stage.ts';
import { calling } from './calling.ts';

const REFUSED = '401 invalid_credentials';
const ENDED = '401 unauthenticated';
const WRONG_PASSWORD = '403 wrong_password';

/** Signing in. @param live makes the account */
function signingIn(
  body: { readonly email: string; readonly password: string },
  live: (stage: Stage) => Promise<unknown> = () => Promise.resolve(),
  sourceIp = '192.0.2.1',
): Shape['prepare'] {
  return async (stage) => {
    const { known } = await settle(stage);
    await live(stage);
    return { act: () => ask(stage, 'POST /v1/sessions', { body, sourceIp }), known };
  };
}

/** Lets the decoy be made. */
async function decoy(stage: Stage): Promise<void> {
  await stage.call('POST /v1/sessions', { body: { email: 'first@example.com', password: WRONG } });
  stage.time.now += 1000;
}

/** Sessions. */
export const SESSION_SHAPES: readonly Shape[] = [
  { of: 'signIn', when: 'with the right password', well: '201', again: ['201'], prepare: signingIn(OWNER) },
  {
    of: 'signIn',
    when: 'with the right password from another source',
    well: '201',
    again: ['201'],
    prepare: signingIn(OWNER, undefined, ELSEWHERE),
  },
  {
    of: 'signIn',
    when: 'with a wrong password',
    well: REFUSED,
    again: [REFUSED],
    prepare: signingIn({ email: EMAIL, password: WRONG }),
  },
  {
    of: 'signIn',
    when: 'with an unknown e-mail',
    well: REFUSED,
    again: [REFUSED],
    prepare: signingIn({ email: UNKNOWN, password: PASSWORD }, decoy),
  },
  {
    of: 'signIn',
    when: 'with an unknown e-mail, for the first time',
    well: REFUSED,
    again: [REFUSED],
    prepare: signingIn({ email: UNKNOWN, password: PASSWORD }),
  },
  {
    of: 'signIn',
    when: 'with a wrap that is renewed',
    well: '201',
    again: ['201'],
    prepare: (stage) => stage.withSettings({ suite: 1 }, () => signingIn(OWNER)(stage)),
  },
  {
    of: 'signIn',
    when: 'where sessions have expired',
    well: '201',
    again: ['201'],
    prepare: signingIn(OWNER, ({ time }) => {
      time.now += 9 * HOUR;
      return Promise.resolve();
    }),
  },
  { of: 'listSessions', when: 'two', well: '200', again: ['200'], prepare: calling(() => ['GET /v1/sessions']) },
  {
    of: 'endAllSessions',
    when: 'two, in a session that rested',
    well: '204',
    again: [ENDED],
    prepare: calling(() => ['DELETE /v1/sessions'], rested),
  },
  { of: 'signOut', when: 'live', well: '204', again: [ENDED], prepare: calling(() => ['DELETE /v1/sessions/current']) },
  {
    of: 'signOut',
    when: 'that rested',
    well: '204',
    again: [ENDED],
    prepare: calling(() => ['DELETE /v1/sessions/current'], rested),
  },
  {
    of: 'reauthenticate',
    when: 'with the right password',
    well: '204',
    again: ['204'],
    prepare: calling(() => ['POST /v1/sessions/current/reauthentication', { body: { password: PASSWORD } }], rested),
  },
  {
    of: 'reauthenticate',
    when: 'with a wrong password',
    well: WRONG_PASSWORD,
    again: [WRONG_PASSWORD],
    prepare: calling(() => ['POST /v1/sessions/current/reauthentication', { body: { password: WRONG } }]),
  },
  {
    of: 'endSession',
    when: 'another',
    well: '204',
    again: ['404 not_found'],
    prepare: calling(({ elsewhereId }) => [`DELETE /v1/sessions/${elsewhereId}`]),
  },
  {
    of: 'endSession',
    when: 'its own',
    well: '204',
    again: [ENDED],
    prepare: calling(({ sessionId }) => [`DELETE /v1/sessions/${sessionId}`]),
  },
];
