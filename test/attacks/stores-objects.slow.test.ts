import { afterAll, beforeAll, expect, jest } from '@jest/globals';
import { HEADER_SIZE, SEALED_CHUNK_SIZE } from '../../lambda/crypto/cobblestone.ts';
import { verdict } from '../fixtures/app.ts';
import { attacks, type Case } from './cases.ts';
import {
  callsOf,
  change,
  flipped,
  type Holder,
  keysOf,
  MINUTE,
  meet,
  SETTING_MS,
  type Stage,
  setStage,
} from './stores.ts';

// Dozens of calls for one line.
jest.setTimeout(600_000);

let stage: Stage;
beforeAll(async () => {
  stage = await setStage();
}, SETTING_MS);
afterAll(() => stage.close());

/** The object of the document's second part: five chunks, of which the last is not full. */
const second = ({ objects }: Holder) => objects[1] ?? '';
const first = ({ objects }: Holder) => objects[0] ?? '';
const content = () => callsOf(stage.owner).content;
/** Bytes of the document's first part. */
const FIRST_PART = 9000;

/** Reads the document to where its answer ends or breaks, and holds that all that came is its beginning. */
async function read(path = content()[0].slice(4)): Promise<string> {
  const headers = { authorization: `Bearer ${stage.owner.token}` };
  const response = await fetch(stage.url + path, { headers });
  const came: Uint8Array[] = [];
  let end = '';
  try {
    for await (const piece of response.body ?? []) came.push(piece as Uint8Array);
  } catch {
    end = ', broken';
  }
  const bytes = Buffer.concat(came);
  if (response.status === 200) {
    expect(stage.owner.pdf.subarray(0, bytes.length).equals(bytes)).toBe(true);
    expect(bytes.length === stage.owner.pdf.length).toBe(end === '');
    return `200${end}`;
  }
  return `${response.status} ${(JSON.parse(bytes.toString()) as { code: string }).code}`;
}

/** Reads the document once for each of these objects in the place of its own, the alarm counting each. */
async function each(name: (of: Holder) => string, made: readonly ((object: Buffer) => Uint8Array)[]): Promise<string> {
  const answers = new Set<string>();
  const alarms = () => stage.telemetry.counts.get('IntegrityFailure') ?? 0;
  await restage();
  const object = await stage.bucket.get(name(stage.owner));
  for (const make of made) {
    await stage.bucket.put(name(stage.owner), make(object));
    const alarmed = alarms();
    answers.add(await read());
    expect(alarms() - alarmed).toBe(1);
  }
  await restage();
  expect(await read()).toBe('200');
  return [...answers].join('; ');
}

async function restage(): Promise<void> {
  await stage.reset();
  await stage.resetObjects();
}

/** An object's header, and its chunks. */
function cut(object: Buffer): [Buffer, ...Buffer[]] {
  const chunks: Buffer[] = [];
  for (let at = HEADER_SIZE; at < object.length; at += SEALED_CHUNK_SIZE) {
    chunks.push(object.subarray(at, at + SEALED_CHUNK_SIZE));
  }
  expect(chunks).toHaveLength(4);
  return [object.subarray(0, HEADER_SIZE), ...chunks];
}

const spliced = (order: readonly number[]) => (object: Buffer) => {
  const pieces = cut(object);
  return Buffer.concat(order.map((place) => pieces[place] ?? Buffer.alloc(0)));
};

/** Makes an attack on the owner's upload, and completes it. */
async function completing(attack: (of: Holder, names: readonly string[]) => Promise<void>): Promise<string> {
  await restage();
  const row = await stage.table.get(keysOf(stage.owner).upload);
  await attack(
    stage.owner,
    (row['objectKeys']?.L ?? []).map(({ S = '' }) => S),
  );
  return meet(stage, callsOf(stage.owner).complete);
}

const OBJECTS: Record<string, Case> = {
  'object-cut': () =>
    each(second, [
      (object) => object.subarray(0, -1),
      (object) => object.subarray(0, HEADER_SIZE),
      (object) => object.subarray(0, 10),
      () => Buffer.alloc(0),
      spliced([0, 1, 2, 3]),
      spliced([0, 1, 2]),
    ]),
  'first-object-cut': () => each(first, [(object) => object.subarray(0, -1), () => Buffer.alloc(0)]),
  'object-extended': () =>
    each(second, [
      (object) => Buffer.concat([object, Buffer.alloc(1)]),
      spliced([0, 1, 2, 3, 4, 4]),
      spliced([0, 1, 2, 3, 3, 4]),
      (object) => Buffer.concat([object, object]),
    ]),
  'chunks-reordered': () =>
    each(second, [spliced([0, 2, 1, 3, 4]), spliced([0, 1, 3, 2, 4]), spliced([0, 3, 2, 1, 4])]),
  'chunk-doubled-another-dropped': () =>
    each(second, [spliced([0, 1, 1, 3, 4]), spliced([0, 1, 2, 2, 4]), spliced([0, 2, 2, 3, 4])]),
  'chunk-changed': () =>
    each(
      second,
      [0, 1, 2, 3].map((chunk) => (object: Buffer) => flipped(object, HEADER_SIZE + chunk * SEALED_CHUNK_SIZE + 7)),
    ),
  'first-chunk-changed': () => each(first, [(object) => flipped(object, HEADER_SIZE), (object) => flipped(object, -1)]),
  'header-changed': () =>
    each(
      first,
      Array.from({ length: HEADER_SIZE }, (_, at) => (object: Buffer) => flipped(object, at)),
    ),
  'objects-exchanged-within-a-document': async () => {
    await restage();
    const other = await stage.bucket.get(second(stage.owner));
    return each(first, [() => other, (object) => other.subarray(0, object.length)]);
  },
  'object-of-another-document': async () => {
    await restage();
    const { objectKeys } = await stage.table.get(keysOf(stage.owner).spare);
    const spare = await stage.bucket.get(objectKeys?.L?.[0]?.S ?? '');
    return each(first, [
      () => spare,
      (object) => Buffer.concat([spare.subarray(0, HEADER_SIZE), object.subarray(HEADER_SIZE)]),
    ]);
  },
  'object-of-another-account': async () => {
    await restage();
    const others = await stage.bucket.get(first(stage.other));
    return each(first, [() => others]);
  },
  'object-missing': async () => {
    await restage();
    await stage.bucket.remove(first(stage.owner));
    return meet(stage, content(), { isTold: true });
  },
  'range-of-a-changed-chunk': async () => {
    await restage();
    const object = await stage.bucket.get(second(stage.owner));
    await stage.bucket.put(second(stage.owner), flipped(object, HEADER_SIZE + SEALED_CHUNK_SIZE));
    const at = FIRST_PART + 16_384;
    const ranged = (from: number) =>
      [content()[0], { token: stage.owner.token, headers: { range: `bytes=${from}-${from + 9}` } }] as const;
    const sound = await meet(stage, ranged(FIRST_PART));
    return `${sound}; ${await meet(stage, ranged(at), { isTold: true })}`;
  },
  'part-sent-before-put-back': () =>
    completing(async ({ token, upload }, names) => {
      const old = await stage.bucket.get(names[1] ?? '');
      const newer = { token, body: Buffer.alloc(20_000, 7), headers: { 'content-type': 'application/pdf' } };
      expect(verdict(await stage.call(`PUT /v1/uploads/${upload}/parts/2`, newer))).toMatch(/^2/);
      const { objectKeys } = await stage.table.get(keysOf(stage.owner).upload);
      await stage.bucket.put(objectKeys?.L?.at(-1)?.S ?? '', old);
    }),
  'parts-exchanged': () =>
    completing(async (_, [one = '', two = '']) => {
      const [a, b] = [await stage.bucket.get(one), await stage.bucket.get(two)];
      await stage.bucket.put(one, b);
      await stage.bucket.put(two, a);
    }),
  'part-missing': () => completing((_, [one = '']) => stage.bucket.remove(one)),
  'part-cut': () =>
    completing(async (_, [one = '']) => stage.bucket.put(one, (await stage.bucket.get(one)).subarray(0, -1))),
  'upload-of-another-account': () =>
    completing(async () => {
      const { sealed, objectKeys } = await stage.table.get(keysOf(stage.other).upload);
      await change(stage, keysOf(stage.owner).upload, () => ({ sealed, objectKeys }));
    }),
  'document-as-an-upload': () =>
    completing(async () => {
      const { sealed } = await stage.table.get(keysOf(stage.owner).document);
      await change(stage, keysOf(stage.owner).upload, () => ({ sealed }));
    }),
  'upload-as-a-document': async () => {
    await restage();
    await change(stage, keysOf(stage.owner).upload, () => ({ state: { S: 'READY' } }));
    const { token, upload } = stage.owner;
    return meet(stage, [`GET /v1/documents/${upload}/content`, { token }]);
  },
  'others-objects-named': async () => {
    const answers = new Set<string>();
    for (const name of ['document', 'upload'] as const) {
      await restage();
      const { objectKeys } = await stage.table.get(keysOf(stage.other).document);
      const [mine] = [await stage.table.get(keysOf(stage.owner)[name])];
      const L = [...(mine['objectKeys']?.L ?? []), ...(objectKeys?.L ?? [])];
      await change(stage, keysOf(stage.owner)[name], () => ({ objectKeys: { L } }));
      const path = name === 'document' ? stage.owner.document : `uploads/${stage.owner.upload}`;
      const [before, { token }] = [await stage.bucket.names(), stage.owner];
      answers.add(await meet(stage, [`DELETE /v1/documents/${path}`, { token }], { isTold: true }));
      expect((await stage.bucket.names()).filter((one) => one.includes(stage.other.accountId))).toEqual(
        before.filter((one) => one.includes(stage.other.accountId)),
      );
    }
    return [...answers].join('; ');
  },
  'due-rows-planted': async () => {
    await restage();
    const { owner, other } = stage;
    const { objectKeys } = await stage.table.get(keysOf(other).document);
    // Maintenance meets a deletion of an account that stands, and a due row that names another's objects.
    const spare = await stage.table.get(keysOf(owner).spare);
    const dueAt = { N: String(Date.now() - MINUTE) };
    const day = new Date(Number(dueAt.N)).toISOString().slice(0, 10);
    const deletion = { receiptId: { S: owner.note }, at: dueAt, items: { N: '0' }, documents: { N: '0' }, dueAt };
    const duePk = { S: `0#${day}` };
    await stage.table.put({ pk: { S: `A#${other.accountId}` }, sk: { S: 'X' }, ...deletion, duePk });
    await stage.table.put({ ...spare, state: { S: 'PENDING' }, objectKeys: objectKeys ?? { L: [] }, dueAt, duePk });
    const [names, rows] = [await stage.bucket.names(), (await stage.table.all()).length];
    const { swept } = await stage.service.maintain();
    expect(await stage.bucket.names()).toEqual(names);
    expect(await stage.table.all()).toHaveLength(rows + 1);
    expect(verdict(await stage.call(...callsOf(other).content))).toBe('200');
    return `${swept.removed} removed, ${swept.failed} failed`;
  },
};

attacks('Objects', OBJECTS);
