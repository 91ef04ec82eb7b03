import { expect } from '@jest/globals';
import { type DocumentId, newId } from '../../../lambda/domain/ids.ts';
import { UnavailableError } from '../../../lambda/errors.ts';
import type { MaintenanceEnvironment } from '../../../lambda/usecases/environment.ts';
import { sweep } from '../../../lambda/usecases/sweep.ts';
import { walkBucket } from '../../../lambda/usecases/walk-bucket.ts';
import { PASSWORD } from '../../fixtures/app.ts';
import { HOUR, MINUTE } from '../../usecases/support.ts';
import { drawing, settle } from '../people.ts';
import { type Scene, type Shape, UNAVAILABLE } from '../shape.ts';
import type { Stage } from '../stage.ts';
import { decoded, fewShards } from '../state.ts';

const WELL = 'done';
/** What could not be ended was told of. */
const SOME_FAILED = 'failed';

type Run = (env: MaintenanceEnvironment, until: number) => Promise<{ failed: number }>;

/** A run of maintenance. Once it is finished, there is an object for each name that a row has, and no row that is due. */
async function running(stage: Stage, run: Run, known: Scene['known']): Promise<Scene> {
  const rows = decoded(await stage.keeper.read());
  const env = { ...stage.env, store: fewShards(stage.env.store, rows, stage.time.now) };
  const act = async () => {
    try {
      return (await run(env, stage.time.now + MINUTE)).failed === 0 ? WELL : SOME_FAILED;
    } catch (error) {
      if (error instanceof UnavailableError) return UNAVAILABLE;
      throw error;
    }
  };
  const finish = async () => {
    expect(await act()).toBe(WELL);
    const state = await stage.keeper.read();
    const left = decoded(state).flatMap((row) => (row.kind === 'document' || row.kind === 'deletion' ? [row] : []));
    const named = left.flatMap((row) => (row.kind === 'document' ? row.objectKeys : []));
    expect([...state.objects.keys()].sort()).toEqual(named.sort());
    expect(left.filter(({ dueAt }) => dueAt <= stage.time.now)).toEqual([]);
  };
  return { act, finish, known };
}

/** A day later, so that sessions are over, and keys and documents of a day too. */
const later = ({ time }: Stage) => {
  time.now += 25 * HOUR;
};

/** Sends a request whose first call of a kind fails for good. */
async function stopped(stage: Stage, at: string, call: string, send: Parameters<Stage['call']>[1]): Promise<void> {
  stage.gate.begin({ at, fault: 'unsent', lasting: true });
  await stage.call(call, send);
  await stage.gate.idle();
  expect(stage.gate.met).toBe(true);
  stage.gate.begin(null);
  stage.time.now += 1000;
}

/** What maintenance does. */
export const MAINTENANCE_SHAPES: readonly Shape[] = [
  {
    of: 'sweep',
    when: 'a document past its time, a making and a removal that stopped',
    well: WELL,
    again: [WELL],
    also: [SOME_FAILED],
    prepare: async (stage) => {
      const { token, note, document, known } = await settle(stage);
      await stage.ok('POST /v1/documents', { token, body: { ...drawing(note), retentionDays: 1 } });
      stage.time.now += 1000;
      await stopped(stage, 's3:PutObject', 'POST /v1/documents', { token, body: drawing(note) });
      await stopped(stage, 's3:ListObjectVersions', `DELETE /v1/documents/${document}`, { token });
      later(stage);
      return running(stage, sweep, known);
    },
  },
  {
    of: 'sweep',
    when: 'what is left of an account that was deleted',
    well: WELL,
    again: [WELL],
    also: [SOME_FAILED],
    prepare: async (stage) => {
      const { token, known } = await settle(stage);
      const body = { password: PASSWORD };
      await stopped(stage, 's3:ListObjectVersions', 'POST /v1/account/deletion', { token, body });
      later(stage);
      return running(stage, sweep, known);
    },
  },
  {
    of: 'walkBucket',
    when: 'an object that no row has, and one that a row has',
    well: WELL,
    again: [WELL],
    also: [SOME_FAILED],
    prepare: async (stage) => {
      const { document, known } = await settle(stage);
      const { env, keeper, time } = stage;
      const [name = ''] = [...(await keeper.read()).objects.keys()];
      const lost = name.replace(document, newId<DocumentId>(time.now, env.random(10)));
      const body = () => stopless(Buffer.from('put by a call that stopped'));
      await env.objects.put(lost, body, 26);
      later(stage);
      return running(stage, walkBucket, known);
    },
  },
];

async function* stopless(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  yield bytes;
}
