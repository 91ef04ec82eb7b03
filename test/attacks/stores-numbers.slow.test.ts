import { afterAll, beforeAll } from '@jest/globals';
import { attacks, type Case } from './cases.ts';
import type { RawKey } from './service.ts';
import { callsOf, change, each, keysOf, meet, SETTING_MS, type Stage, setStage } from './stores.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await setStage();
}, SETTING_MS);
afterAll(() => stage.close());

const keys = () => keysOf(stage.owner);
const calls = () => callsOf(stage.owner);
const token = () => stage.owner.token;

/** Gives an attribute the greatest whole number that reads, and makes a call that counts on or shows it. */
const greatest =
  (key: () => RawKey, name: string, call: () => readonly [string, object], value = '9007199254740991') =>
  async () => {
    await change(stage, key(), () => ({ [name]: { N: value } }));
    return meet(stage, call());
  };

const NUMBERS: Record<string, Case> = {
  'time-beyond-dates': () =>
    each(stage, [
      greatest(
        () => keys().session,
        'lastSeenAt',
        () => calls().sessions,
      ),
      greatest(
        () => keys().document,
        'busyUntil',
        () => [`DELETE /v1/documents/${stage.owner.document}`, { token: token() }],
      ),
      greatest(
        () => keys().upload,
        'dueAt',
        () => calls().upload,
      ),
      greatest(
        () => keys().upload,
        'dueAt',
        () => [
          `PUT /v1/uploads/${stage.owner.upload}/parts/3`,
          { token: token(), body: Buffer.from('more'), headers: { 'content-type': 'application/pdf' } },
        ],
      ),
    ]),
  'try-beyond-dates': () => each(stage, [poisonedTry]),
  'count-at-its-end': () =>
    each(stage, [
      greatest(
        () => keys().session,
        'activityCount',
        () => calls().person,
      ),
      greatest(
        () => keys().upload,
        'version',
        () => [`DELETE /v1/uploads/${stage.owner.upload}`, { token: token() }],
      ),
    ]),
};

async function poisonedTry(): Promise<string> {
  const throttles = (await stage.table.all()).filter((row) => row['pk']?.S?.startsWith('T#') === true);
  const tries = { L: [{ M: { at: { N: '9007199254740991' }, source: { S: '192.0.2.9' } } }] };
  await stage.table.put(...throttles.map((row) => ({ ...row, tries })));
  return meet(stage, calls().activity);
}

attacks('Numbers', NUMBERS);
