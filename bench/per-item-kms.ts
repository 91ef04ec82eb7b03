import { setTimeout as pause } from 'node:timers/promises';
import { createMemoryApp, type MemoryApp, PASSWORD } from '../test/fixtures/app.ts';
import { createMemoryHasher } from '../test/fixtures/memory-hasher.ts';
import { byTurns, median, named, ratio, type Series, spread, timed } from './measure.ts';
import type { KmsPeer } from './peer-shapes.ts';
import { loadPeer } from './peers.ts';
import type { Result } from './results.ts';

const ITEMS = 50;
/** How long a call of KMS takes, and one of the table, ms. */
const [KMS_MS, TABLE_MS] = [10, 5];
const [OWN, IN_TURN, AT_ONCE] = [
  'Twinlock: GET /v1/items, through the whole application',
  'AWS Encryption SDK, a KMS call an item, one after another',
  'AWS Encryption SDK, a KMS call an item, all side by side',
];

/** Items read as a list, held against what is obvious: a KMS call an item. */
export async function benchPerItemKms(rounds: number): Promise<Result> {
  const app = createMemoryApp({ hasher: createMemoryHasher() });
  const { token } = await app.register('owner@example.com', PASSWORD);
  for (let n = 0; n < ITEMS; n++) await app.addItem(token, 'note', { text: 'n'.repeat(1000) }, `Note ${n}`);
  app.keys.hooks.before = () => pause(KMS_MS);
  app.store.hooks.before = () => pause(TABLE_MS);
  app.keys.calls.length = 0;
  await list(app, token);
  const calls = app.keys.calls.length;

  const peer = rounds === 1 ? null : await loadPeer<KmsPeer>('encryption-sdk-kms');
  const contenders = [{ name: OWN, run: () => timed(() => list(app, token)) }];
  let theirs = ITEMS;
  if (peer !== null) {
    const sealed: Uint8Array[] = [];
    const plaintext = Buffer.from(JSON.stringify({ type: 'note', label: 'A note', data: { text: 'n'.repeat(1000) } }));
    for (let n = 0; n < ITEMS; n++) sealed.push(await peer.encrypt(plaintext, 0));
    const open = async (one: Uint8Array) =>
      JSON.parse(Buffer.from(await peer.decrypt(one, KMS_MS)).toString()) as unknown;
    const inTurn = async () => {
      await pause(TABLE_MS);
      for (const one of sealed) await open(one);
    };
    const atOnce = async () => {
      await pause(TABLE_MS);
      await Promise.all(sealed.map(open));
    };
    peer.calls.count = 0;
    await inTurn();
    theirs = peer.calls.count;
    contenders.push({ name: IN_TURN, run: () => timed(inTurn) }, { name: AT_ONCE, run: () => timed(atOnce) });
  }
  const series = await byTurns(contenders, rounds);
  return {
    name: 'per-item-kms',
    about: `A list of ${ITEMS} items, KMS answering in ${KMS_MS} ms and the table in ${TABLE_MS} ms, both in memory. The other side reads its table once.`,
    goals: [
      ...(peer === null
        ? []
        : [
            {
              what: `${ITEMS} items, times as fast as with a KMS call an item (AWS Encryption SDK, one after another)`,
              value: ratio(named(series, IN_TURN), named(series, OWN)),
              atLeast: 20,
              kind: 'time' as const,
            },
          ]),
      { what: `${ITEMS} items, times fewer KMS calls`, value: theirs / calls, atLeast: 50, kind: 'count' },
    ],
    tables: [
      { about: 'Until all are open:', rows: series.map((one) => rowOf(one, one.name === OWN ? calls : theirs)) },
    ],
    bars: [
      {
        title: `${ITEMS} items opened, KMS answering in ${KMS_MS} ms`,
        unit: 'ms, less is better',
        bars: series.map(({ name, values }) => ({
          name: name.replace(/:.*|, a KMS call an item/, ''),
          value: median(values),
          ...(name === OWN ? { own: true as const } : {}),
        })),
      },
    ],
  };
}

/** @throws Error for an answer that is not the whole list */
async function list(app: MemoryApp, token: string): Promise<void> {
  const { status, body } = await app.call(`GET /v1/items?limit=${ITEMS}`, { token });
  const { items = [] } = body as { items?: unknown[] };
  if (status !== 200 || items.length !== ITEMS)
    throw new Error(`the list answered ${status} with ${items.length} items`);
}

function rowOf({ name, values }: Series, calls: number) {
  return { name, values: { ms: median(values), spread: spread(values), 'KMS calls': calls } };
}
