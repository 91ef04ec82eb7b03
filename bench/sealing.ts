import { createCipheriv, createHash, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { hashed } from '../lambda/archive/hashed.ts';
import { CHUNK_SIZE, MessageKey } from '../lambda/crypto/cobblestone.ts';
import { sealStream } from '../lambda/crypto/cobblestone-stream.ts';
import { byTurns, median, named, type Series, spread } from './measure.ts';
import type { StreamPeer } from './peer-shapes.ts';
import { loadPeer } from './peers.ts';
import type { Goal, Result, Row } from './results.ts';
import { peaksOf } from './sealing/memory.ts';
import { MIB, piecesOf } from './sealing/pieces.ts';
import { mostOfMessage, mostOfService } from './sealing/range.ts';

/** MiB that are sealed a round, by the fast and by the others: rates are compared. */
const [SIZE, PEERS_SIZE, SHORT_SIZE] = [512, 32, 8];
/** MiB of which the memory is compared. */
const SIZES = [64, 512] as const;
const [LARGE, SHORT_LARGE] = [180, 12];
const [OWN, OWN_HASHED] = ['Twinlock', 'Twinlock, and SHA-256'];
const [RAW, RAW_HASHED] = ['node:crypto', 'node:crypto, and SHA-256'];
const [OBJECT, OBJECT_HASHED] = ['node:crypto, key as KeyObject', 'node:crypto, key as KeyObject, and SHA-256'];

/** Documents sealed as they come, held against AES-256-GCM in a loop, and against libraries that seal streams. */
export async function benchSealing(rounds: number): Promise<Result> {
  const isShort = rounds === 1;
  const size = isShort ? SHORT_SIZE : SIZE;
  const peers = isShort ? [] : await loadPeers();
  const own: [string, (pieces: AsyncIterable<Uint8Array>) => Promise<number>][] = [
    [RAW, (pieces) => rawLoop(randomBytes(32), pieces, false)],
    [OBJECT, (pieces) => rawLoop(createSecretKey(randomBytes(32)), pieces, false)],
    [OWN, sealed],
    [RAW_HASHED, (pieces) => rawLoop(randomBytes(32), pieces, true)],
    [OBJECT_HASHED, (pieces) => rawLoop(createSecretKey(randomBytes(32)), pieces, true)],
    [OWN_HASHED, async (pieces) => sealed(hashed(pieces).body)],
  ];
  const rates = await byTurns(
    [
      ...own.map(([name, seal]) => ({ name, run: () => rate(size, seal) })),
      ...peers.map((peer) => ({ name: peer.name, run: () => rate(PEERS_SIZE, (pieces) => peer.seal(pieces)) })),
    ],
    rounds,
  );
  const peaks = peaksOf(SIZES, isShort ? 1 : 5).map((bytes) => bytes / 1e6);
  const large = isShort ? SHORT_LARGE : LARGE;
  const read = Math.max(mostOfMessage(LARGE), await mostOfService(large));
  return {
    name: 'sealing',
    about:
      `${SIZE} MiB in pieces of 1 MiB, counted and dropped; ${PEERS_SIZE} MiB of it by the libraries below. jose knows no stream and seals each piece by itself. ` +
      `Node 24 takes longer for a key as bytes than as a KeyObject, which Twinlock makes once a document; the loops' ciphertexts are no message yet.`,
    goals: goalsOf(rates, peers, peaks, read),
    tables: [
      { about: 'Rates:', rows: rates.map((series) => row(series, rates)) },
      {
        about: 'The most memory of a process that seals, bundled and with its code compiled, MB:',
        rows: SIZES.map((mebibytes, place) => ({
          name: `${mebibytes} MiB`,
          values: { resident: peaks[place] ?? Number.NaN },
        })),
      },
    ],
    bars: [
      {
        title: 'Documents sealed',
        unit: 'MB/s',
        bars: rates.map(({ name, values }) => ({
          name,
          value: median(values),
          ...(name.startsWith(OWN) ? { own: true as const } : {}),
        })),
      },
    ],
  };
}

/** MB/s. @throws Error where fewer bytes come out than went in */
async function rate(mebibytes: number, seal: (pieces: AsyncIterable<Uint8Array>) => Promise<number>): Promise<number> {
  const from = performance.now();
  const bytes = await seal(piecesOf(mebibytes));
  const ms = performance.now() - from;
  if (bytes < mebibytes * MIB) throw new Error(`${bytes} bytes came out`);
  return (mebibytes * MIB) / ms / 1000;
}

async function sealed(pieces: AsyncIterable<Uint8Array>): Promise<number> {
  const key = new MessageKey(randomBytes(32), randomBytes(64), randomBytes(24));
  let bytes = 0;
  for await (const piece of sealStream(key, pieces)) bytes += piece.length;
  key.wipe();
  return bytes;
}

/** A cipher a chunk, its nonce counted up. */
async function rawLoop(
  key: Uint8Array | KeyObject,
  pieces: AsyncIterable<Uint8Array>,
  hashes: boolean,
): Promise<number> {
  const nonce = randomBytes(12);
  const hash = hashes ? createHash('sha256') : null;
  let [bytes, index] = [0, 0];
  for await (const piece of pieces) {
    hash?.update(piece);
    for (let at = 0; at < piece.length; at += CHUNK_SIZE, index++) {
      nonce.writeUInt32BE(index, 8);
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      bytes += cipher.update(piece.subarray(at, at + CHUNK_SIZE)).length + cipher.final().length;
      bytes += cipher.getAuthTag().length;
    }
  }
  hash?.digest();
  return bytes;
}

async function loadPeers(): Promise<StreamPeer[]> {
  const loaded: (readonly StreamPeer[])[] = [];
  for (const file of ['encryption-sdk-streams', 'age', 'libsodium', 'jose-pieces']) {
    loaded.push(await loadPeer<readonly StreamPeer[]>(file));
  }
  return loaded.flat();
}

function goalsOf(
  rates: readonly Series[],
  peers: readonly StreamPeer[],
  peaks: readonly number[],
  read: number,
): Goal[] {
  const [small = Number.NaN, great = Number.NaN] = peaks;
  const fastest = peers.map(({ name }) => times(named(rates, OWN_HASHED), named(rates, name)));
  const time = 'time' as const;
  return [
    {
      what: `Sealing ${SIZE} MiB without its SHA-256, against an AES-256-GCM loop over 16 KiB chunks`,
      value: times(named(rates, OWN), named(rates, RAW)),
      atLeast: 0.95,
      kind: time,
    },
    {
      what: 'The same with its SHA-256, against a loop that hashes too',
      value: times(named(rates, OWN_HASHED), named(rates, RAW_HASHED)),
      atLeast: 0.9,
      kind: time,
    },
    ...(fastest.length === 0
      ? []
      : [
          {
            what: 'The same, against the fastest of AWS Encryption SDK, age, libsodium secretstream and jose',
            value: Math.min(...fastest),
            atLeast: 1,
            kind: time,
          },
        ]),
    {
      what: 'Memory at 512 MiB over that at 64 MiB, MB',
      value: great - small,
      atMost: 8,
      kind: time,
    },
    { what: 'Memory at 512 MiB in all, MB', value: great, atMost: 100, kind: time },
    {
      what: `KiB that are read for 64 KiB in the middle of ${LARGE} MiB, at worst`,
      value: read / 1024,
      atMost: 96,
      kind: 'count',
    },
  ];
}

/** How many times as fast one was: the median over the rounds. */
function times(of: Series, to: Series): number {
  return median(of.values.map((value, round) => value / (to.values[round] ?? Number.NaN)));
}

function row(series: Series, all: readonly Series[]): Row {
  const { name, values } = series;
  return {
    name,
    values: {
      'MB/s': median(values),
      [`times ${RAW}`]: times(series, named(all, RAW)),
      [`times ${OBJECT}`]: times(series, named(all, OBJECT)),
      [`times ${OBJECT_HASHED}`]: times(series, named(all, OBJECT_HASHED)),
      spread: spread(values),
    },
  };
}
