import { performance } from 'node:perf_hooks';
import { type OwnService, startOwnService } from './load/own-service.ts';
import { byTurns, median, type Series, spread } from './measure.ts';
import type { Goal, Result, Row } from './results.ts';
import { DocumentOwner, type Uploaded } from './scale/document-owner.ts';
import { LINEAR, pointsOf, steepest } from './scale/growth.ts';
import { at } from './scale/part.ts';

const MIB = 1024 * 1024;
const SIZES = [10_000, 100_000, MIB, 10 * MIB, 180 * MIB];
const SHORT_SIZES = [10_000, 9 * MIB];
/** Rounds of sending, fewer than of reading: each puts 180 MiB on the disk. */
const SENDING_ROUNDS = 3;
/** Both ways, in a round: the small ones are too short to be taken once. */
const timesOf = (size: number) => (size < 5 * MIB ? 3 : 1);

/** What of a document's way was measured: each of these a series for each size. */
interface Measured {
  readonly sent: readonly Series[];
  readonly first: readonly Series[];
  readonly last: readonly Series[];
}

/**
 * A PDF goes in by parts and comes out as a stream, of sizes far apart by turns. The service has a process of its own, so
 * that neither the emulators nor the client are measured. All sizes take the same way: what grows with the size is the
 * time to the last byte, not that to the first, and not memory.
 *
 * @throws Error where what comes out is not what went in
 */
export async function benchDocuments(rounds: number): Promise<Result> {
  const sizes = rounds === 1 ? SHORT_SIZES : SIZES;
  const own = await startOwnService({ withoutBcrypt: true });
  try {
    const owner = new DocumentOwner(own.url);
    await owner.register();
    const documents: Uploaded[] = [];
    const memory: Memory[] = [];
    for (const size of sizes) {
      const [document, sent] = await watched(own, () => owner.upload(size));
      await owner.compareRange(document);
      const [, read] = await watched(own, () => owner.download(document));
      documents.push(document);
      memory.push({ sent, read });
    }
    const measured = await measure(owner, documents, rounds);
    const curves = [
      { name: 'sent', points: pointsOf(sizes, measured.sent) },
      { name: 'last byte', points: pointsOf(sizes, measured.last) },
      { name: 'first byte', points: pointsOf(sizes, measured.first) },
    ];
    return {
      name: 'documents',
      about:
        'Documents by parts in, as a stream out, through the local service, whose cloud is emulated on the same machine.',
      goals: goalsOf(sizes, measured, memory),
      tables: [
        {
          about: `By size; what is sent, over ${SENDING_ROUNDS} rounds:`,
          rows: sizes.map((size, place) => rowOf(size, place, measured, at(memory, place))),
        },
      ],
      curves: [{ title: 'Larger and larger documents', unit: 'ms', of: 'bytes', lines: curves }],
    };
  } finally {
    await own.close();
  }
}

/** The most of memory that was alive in the service, bytes. */
interface Memory {
  readonly sent: number;
  readonly read: number;
}

async function watched<T>(own: OwnService, act: () => Promise<T>): Promise<[T, number]> {
  await own.watch();
  const done = await act();
  return [done, (await own.mark()).alive];
}

async function measure(owner: DocumentOwner, documents: readonly Uploaded[], rounds: number): Promise<Measured> {
  const first = documents.map((): number[] => []);
  const last = await byTurns(
    documents.map((document, place) => ({
      name: String(document.size),
      run: async () => {
        const times = [];
        for (let n = 0; n < timesOf(document.size); n++) times.push(await owner.download(document));
        first[place]?.push(median(times.map(({ firstByteMs }) => firstByteMs)));
        return median(times.map(({ wholeMs }) => wholeMs));
      },
    })),
    rounds,
  );
  const sent = await byTurns(
    documents.map(({ size }) => ({
      name: String(size),
      run: async () => {
        const times = [];
        for (let n = 0; n < timesOf(size); n++) {
          const from = performance.now();
          const document = await owner.upload(size);
          times.push(performance.now() - from);
          await owner.remove(document);
        }
        return median(times);
      },
    })),
    Math.min(rounds, SENDING_ROUNDS),
  );
  // The first round is thrown away, as that of the others is.
  const kept = first.map((values, place) => ({ name: at(last, place).name, values: values.slice(-rounds) }));
  return { sent, first: kept, last };
}

function rowOf(size: number, place: number, { sent, first, last }: Measured, memory: Memory): Row {
  const of = (series: readonly Series[]) => at(series, place).values;
  return {
    name: nameOf(size),
    values: {
      'first byte, ms': median(of(first)),
      'last byte, ms': median(of(last)),
      'spread of it': spread(of(last)),
      'sent, ms': median(of(sent)),
      'spread of that': spread(of(sent)),
      'most alive while read, MiB': memory.read / MIB,
      'most alive while sent, MiB': memory.sent / MIB,
    },
  };
}

function goalsOf(sizes: readonly number[], { sent, first, last }: Measured, memory: readonly Memory[]): Goal[] {
  const largest = sizes.length - 1;
  const name = `${nameOf(at(sizes, 0))} to ${nameOf(at(sizes, largest))}`;
  const grown = (what: string, series: readonly Series[]): Goal => ({
    what: `Documents of ${name}: ${what}, steepest growth of time by growth of size`,
    value: steepest(pointsOf(sizes, series)),
    atMost: LINEAR,
    kind: 'time',
  });
  const by = (of: (each: Memory) => number) => of(at(memory, largest)) / of(at(memory, largest - 1));
  const large = nameOf(at(sizes, largest));
  const less = nameOf(at(sizes, largest - 1));
  return [
    grown('sent', sent),
    grown('last byte', last),
    {
      what: `First byte of ${large}, time by that of ${less}`,
      value: median(at(first, largest).values) / median(at(first, largest - 1).values),
      atMost: 1.5,
      kind: 'time',
    },
    {
      what: `Alive while ${large} are read or sent, at most, by that for ${less}`,
      value: Math.max(
        by(({ read }) => read),
        by((each) => each.sent),
      ),
      atMost: 1.25,
      kind: 'time',
    },
  ];
}

function nameOf(size: number): string {
  return size < MIB ? `${size / 1000} KB` : `${size / MIB} MiB`;
}
