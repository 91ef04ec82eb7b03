import { PASSWORD } from '../../fixtures/app.ts';
import { EMAIL, WRONG } from '../../usecases/support.ts';
import { addNote, drawing, type Member, makeCode, settle } from '../people.ts';
import { ask, type Scene, type Shape } from '../shape.ts';
import type { Stage } from '../stage.ts';
import { calling } from './calling.ts';

const STEP = 'POST /v1/account/key-rotation';
/** Rows that the last steps leave: the calls of an end are few then. */
const LEFT = 1;

/** An account with a recovery code, three items, two documents and their activity. */
async function furnished(stage: Stage): Promise<Member> {
  const member = await settle(stage);
  const { token } = member;
  await addNote(stage, token, 'two');
  await stage.ok('POST /v1/documents', { token, body: drawing(member.note) });
  stage.time.now += 1000;
  const code = await makeCode(stage, token);
  return { ...member, known: { ...member.known, recovery: { email: EMAIL, code } } };
}

async function step(stage: Stage, token: string, limit: number, password?: string): Promise<number> {
  const answer = await stage.ok(STEP, { token, body: { limit, ...(password === undefined ? {} : { password }) } });
  stage.time.now += 1000;
  return (answer.body as { remaining: number }).remaining;
}

/** Ends a rotation: begins it where it did not begin, and goes on where it did. */
async function end(stage: Stage, token: string): Promise<void> {
  const { body } = await stage.ok('GET /v1/account', { token });
  const { keyVersion, rotating } = body as { keyVersion: number; rotating: boolean };
  if (keyVersion === 2 && !rotating) return;
  for (let left = Number.POSITIVE_INFINITY, calls = 0; left > 0; calls++) {
    if (calls > 20) throw new Error('the rotation does not end');
    left = await step(stage, token, 1000, keyVersion === 1 && calls === 0 ? PASSWORD : undefined);
  }
}

/** A step of a rotation. @param before what was done of it */
function stepping(
  body: { readonly limit: number; readonly password?: string },
  before: (stage: Stage, token: string) => Promise<unknown>,
): Shape['prepare'] {
  return async (stage): Promise<Scene> => {
    const { token, known } = await furnished(stage);
    await before(stage, token);
    return { act: () => ask(stage, STEP, { token, body }), finish: () => end(stage, token), known };
  };
}

const nothing = () => Promise.resolve();
const begun = (stage: Stage, token: string) => step(stage, token, 1, PASSWORD);

/** All but the last rows. */
async function almost(stage: Stage, token: string): Promise<void> {
  for (let left = await begun(stage, token); left > LEFT; ) left = await step(stage, token, 1);
}

/** The start of a key rotation and its steps. */
export const ROTATION_SHAPES: readonly Shape[] = [
  {
    of: 'rotateKeys',
    when: 'its start',
    well: '200',
    again: ['200'],
    prepare: stepping({ password: PASSWORD, limit: 1 }, nothing),
  },
  {
    of: 'rotateKeys',
    when: 'a step of items, documents and activity',
    well: '200',
    again: ['200'],
    prepare: stepping({ limit: 1000 }, begun),
  },
  {
    of: 'rotateKeys',
    when: 'started again while it stands',
    well: '200',
    again: ['200'],
    prepare: stepping({ password: PASSWORD, limit: 1 }, begun),
  },
  {
    of: 'rotateKeys',
    when: 'its end',
    well: '200',
    again: ['200'],
    prepare: stepping({ limit: 1000 }, almost),
  },
  {
    of: 'rotateKeys',
    when: 'with a wrong password',
    well: '403 wrong_password',
    again: ['403 wrong_password'],
    prepare: calling(() => [STEP, { body: { password: WRONG } }]),
  },
];
