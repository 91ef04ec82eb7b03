import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto';
import { randomBytes } from '../lambda/adapters/system/system.ts';
import { SecretBytes } from '../lambda/crypto/bytes.ts';
import { VaultKeys } from '../lambda/crypto/vault-keys.ts';
import { type AccountId, type ItemId, newId } from '../lambda/domain/ids.ts';
import { byTurns, type Contender, median, named, ratio, type Series, spread } from './measure.ts';
import type { ItemPeer } from './peer-shapes.ts';
import { loadPeer } from './peers.ts';
import type { Goal, Result, Row } from './results.ts';

/** Bytes of the item's JSON. */
const SIZE = 1024;
/** Operations a round, ours and others' that are as fast, and of those that are not. */
const [OPERATIONS, FEW, LEAST] = [2000, 400, 40];
const [RAW, RAW_OBJECT, OWN] = ['node:crypto, key as bytes', 'node:crypto, key as KeyObject', 'Twinlock'];

/** What an item's message is sealed and opened by, held against one encryption alone, and against libraries that do it. */
export async function benchItems(rounds: number): Promise<Result> {
  const isShort = rounds === 1;
  const plaintext = Buffer.from(JSON.stringify({ note: 'n'.repeat(SIZE - '{"note":""}'.length) }));
  const own = ownPeer();
  const peers = isShort ? [] : await loadPeers();
  const all: [ItemPeer, number][] = [
    [rawPeer(RAW, randomBytes(32)), OPERATIONS],
    [rawPeer(RAW_OBJECT, createSecretKey(randomBytes(32))), OPERATIONS],
    [own, OPERATIONS],
    ...peers,
  ];
  const times = isShort ? 100 : 1;
  const sealing: Contender[] = [];
  const opening: Contender[] = [];
  const sizes = new Map<string, number>();
  for (const [peer, count] of all) {
    const sealed = await peer.seal(plaintext);
    if (!plaintext.equals(Buffer.from(await peer.open(sealed)))) throw new Error(`${peer.name} opens something else`);
    sizes.set(peer.name, Buffer.byteLength(sealed) - plaintext.length);
    const operations = Math.ceil(count / times);
    sealing.push({ name: peer.name, run: () => each(operations, () => peer.seal(plaintext)) });
    opening.push({ name: peer.name, run: () => each(operations, () => peer.open(sealed)) });
  }
  const [seal, open] = [await byTurns(sealing, rounds), await byTurns(opening, rounds)];
  return {
    name: 'items',
    about:
      '1 KB of JSON, sealed and opened: with a key of its own that commits, bound to account, id and version. The salt and the others’ nonces are of one source. ' +
      'Node 24 takes longer for a key as bytes than for one that it was given as a KeyObject before; a key that is fresh has to be given first, as here.',
    goals: goalsOf(seal, open, sizes.get(OWN) ?? Number.NaN),
    tables: [
      { about: 'Sealing:', rows: seal.map((series) => row(series, seal, sizes)) },
      { about: 'Opening:', rows: open.map((series) => row(series, open)) },
    ],
    bars: [
      {
        title: 'Items of 1 KB sealed',
        unit: 'a second',
        bars: seal.map(({ name, values }) => ({
          name,
          value: 1e6 / median(values),
          ...(name === OWN ? { own: true as const } : {}),
        })),
      },
    ],
  };
}

/** An operation's time, µs. What gives no promise is not waited for. */
async function each(operations: number, operation: () => unknown): Promise<number> {
  const from = performance.now();
  for (let i = 0; i < operations; i++) {
    const result = operation();
    if (result instanceof Promise) await result;
  }
  return ((performance.now() - from) * 1000) / operations;
}

function ownPeer(): ItemPeer {
  const [accountId, id] = [newId<AccountId>(Date.now(), randomBytes(10)), newId<ItemId>(Date.now(), randomBytes(10))];
  const keys = new VaultKeys(new SecretBytes(randomBytes(32)), accountId, 1, randomBytes);
  return {
    name: OWN,
    seal: (plaintext) => keys.seal('item', id, 1, plaintext),
    open: (sealed) => keys.open('item', id, 1, sealed as Uint8Array),
  };
}

/** AES-256-GCM and no more, in the least that can be stored: nonce, ciphertext and tag. */
function rawPeer(name: string, key: Uint8Array | KeyObject): ItemPeer {
  return {
    name,
    seal: (plaintext) => {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
    },
    open: (sealed) => {
      const bytes = sealed as Uint8Array;
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12)).setAuthTag(bytes.subarray(-16));
      return Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]);
    },
  };
}

async function loadPeers(): Promise<[ItemPeer, number][]> {
  const cloak = await loadPeer<ItemPeer>('cloak');
  const jose = await loadPeer<ItemPeer>('jose');
  const [best, byDefault] = await loadPeer<readonly [ItemPeer, ItemPeer]>('encryption-sdk');
  return [
    [cloak, FEW],
    [jose, FEW],
    [best, FEW],
    [byDefault, LEAST],
  ];
}

function goalsOf(seal: readonly Series[], open: readonly Series[], over: number): Goal[] {
  const against = (series: readonly Series[]) => ratio(named(series, OWN), named(series, RAW));
  return [
    {
      what: 'Sealing 1 KB, against one AES-256-GCM encryption by node:crypto',
      value: against(seal),
      atMost: 2.5,
      kind: 'time',
    },
    {
      what: 'Opening 1 KB, against one AES-256-GCM decryption by node:crypto',
      value: against(open),
      atMost: 2.5,
      kind: 'time',
    },
    { what: 'Bytes that an item takes over its JSON', value: over, atMost: 80, kind: 'count' },
  ];
}

function row(series: Series, all: readonly Series[], sizes?: ReadonlyMap<string, number>): Row {
  const { name, values } = series;
  return {
    name,
    values: {
      'µs each': median(values),
      [`times ${RAW}`]: ratio(series, named(all, RAW)),
      [`times ${RAW_OBJECT}`]: ratio(series, named(all, RAW_OBJECT)),
      spread: spread(values),
      ...(sizes === undefined ? {} : { 'bytes over': sizes.get(name) ?? '' }),
    },
  };
}
