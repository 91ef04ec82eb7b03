import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import {
  HEADER_SIZE,
  MessageKey,
  openMessage,
  plaintextSize,
  rangeOf,
  SEALED_CHUNK_SIZE,
  sealMessage,
} from '../../lambda/crypto/cobblestone.ts';
import { openRange, openStream, sealStream } from '../../lambda/crypto/cobblestone-stream.ts';
import { collect, ragged } from './helpers.ts';

/** A vector of Project Wycheproof's `c2sp_chunked_encryption` files. */
interface Vector {
  readonly tcId: number;
  readonly comment: string;
  readonly key: string;
  readonly ctx: string;
  readonly ct: string;
  readonly msgLength?: number;
  readonly msgSha512?: string;
  readonly result: 'valid' | 'invalid';
  readonly flags: readonly string[];
}

const FOLDER = join(__dirname, '../../../shared/vectors');
const FILES = ['cobblestone-128.json', 'cobblestone-256.json'] as const;
const PRESENT = existsSync(FOLDER);

function load(file: string): readonly Vector[] {
  const { testGroups } = JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as {
    testGroups: readonly { tests: readonly Vector[] }[];
  };
  return testGroups.flatMap(({ tests }) => tests);
}

/** Stands in where there are no vectors: a table of tests must not be empty, even one that is skipped. */
const NONE: Vector = { tcId: 0, comment: '', key: '', ctx: '', ct: '', result: 'valid', flags: ['HeaderFailure'] };

const sha512 = (bytes: Uint8Array): string => createHash('sha512').update(bytes).digest('hex');

/** Whatever a stream gives before it ends or fails, and how it ended. */
async function drain(stream: AsyncGenerator<Uint8Array>): Promise<{ bytes: Buffer; failed: boolean }> {
  const parts: Uint8Array[] = [];
  try {
    for (let next = await stream.next(); next.done !== true; next = await stream.next()) parts.push(next.value);
    return { bytes: Buffer.concat(parts), failed: false };
  } catch {
    for (let i = 0; i < 3; i++) await expect(stream.next()).rejects.toThrow();
    return { bytes: Buffer.concat(parts), failed: true };
  }
}

const NOTICE = 'skipped: the folder ../shared/vectors is absent, so that the public vectors were not run';
if (!PRESENT) process.stderr.write(`${NOTICE}\n`);

(PRESENT ? describe.each(FILES) : describe.skip.each([NOTICE]))('%s', (file) => {
  const cases = (PRESENT ? load(file) : [NONE]).map((vector) => ({
    ...vector,
    name: `${vector.tcId} ${vector.comment}`,
  }));
  const of = (vector: Vector) => {
    const [key, context] = [Buffer.from(vector.key, 'hex'), Buffer.from(vector.ctx, 'hex')];
    const message = inflateSync(Buffer.from(vector.ct, 'hex'));
    const open = (): MessageKey => MessageKey.of(key, context, message.subarray(0, HEADER_SIZE), 'message');
    return { key, context, message, open };
  };
  const select = (choose: (vector: Vector) => boolean) => (PRESENT ? cases.filter(choose) : cases);
  const valid = select(({ result }) => result === 'valid');
  const invalid = select(({ result }) => result === 'invalid');
  const readable = select(({ flags }) => !flags.includes('HeaderFailure'));

  it('is the whole set', () => {
    expect([valid.length, invalid.length, readable.length]).toEqual([10, 25, 25]);
  });

  it.each(valid)('opens, and seals to the same bytes, in one piece: $name', (vector) => {
    const { key, context, message } = of(vector);
    const plaintext = openMessage(key, context, message);
    expect(plaintext.length).toBe(vector.msgLength);
    expect(sha512(plaintext)).toBe(vector.msgSha512);
    expect(message.equals(sealMessage(key, context, message.subarray(0, 24), plaintext))).toBe(true);
  });

  it.each(invalid)('refuses in one piece: $name', (vector) => {
    const { key, context, message } = of(vector);
    expect(() => openMessage(key, context, message)).toThrow();
  });

  it.each(invalid.filter(({ flags }) => flags.includes('HeaderFailure')))('refuses by its header alone: $name', (v) => {
    expect(of(v).open).toThrow();
  });

  it.each(readable)('streams, however ragged the pieces, and fails for ever where it must: $name', async (vector) => {
    const { message, open } = of(vector);
    for (const sizes of [[1e9], [SEALED_CHUNK_SIZE], [16_399, 0, 2], [1, 55, 1, 7000], [50_000, 3]]) {
      const { bytes, failed } = await drain(openStream(open(), ragged(message, sizes)));
      expect(failed).toBe(vector.result === 'invalid');
      expect(bytes.length).toBe(vector.msgLength ?? 0);
      if (vector.msgSha512 !== undefined) expect(sha512(bytes)).toBe(vector.msgSha512);
    }
  });

  it.each(valid)('is sealed to the same bytes from ragged pieces: $name', async (vector) => {
    const { key, context, message } = of(vector);
    const plaintext = openMessage(key, context, message);
    for (const sizes of [[1e9], [16_384], [9999, 0, 1]]) {
      const stream = sealStream(new MessageKey(key, context, message.subarray(0, 24)), ragged(plaintext, sizes));
      expect((await collect(stream)).equals(message)).toBe(true);
    }
  });

  it.each(valid.filter(({ msgLength }) => msgLength !== 0))('opens by range, to the byte: $name', async (vector) => {
    const { key, context, message, open } = of(vector);
    const plaintext = openMessage(key, context, message);
    const size = plaintext.length;
    const bounds = [0, 1, 16_383, 16_384, 16_385, 32_767, size - 2, size - 1].filter((at) => at >= 0 && at < size);
    for (const first of bounds) {
      for (const last of bounds.filter((at) => at >= first && at - first < 70_000)) {
        const range = rangeOf(first, last, size);
        const body = ragged(message.subarray(range.first, range.last + 1), [5000, 16_400, 1]);
        const part = await collect(openRange(open(), { first, last, size }, body));
        expect(part.equals(plaintext.subarray(first, last + 1))).toBe(true);
      }
    }
  });

  it.each(readable)('gives by range nothing but the authentic: $name', async (vector) => {
    const { message, open } = of(vector);
    const size = plaintextSize(message.length);
    if (size === null || size === 0) return;
    const range = rangeOf(0, size - 1, size);
    const body = ragged(message.subarray(range.first, range.last + 1), [20_000]);
    const { bytes, failed } = await drain(openRange(open(), { first: 0, last: size - 1, size }, body));
    // An empty last chunk holds no byte of any range: such a message may lack it unnoticed, but never lie.
    if (!failed) expect(bytes.length).toBe(vector.msgLength);
    if (vector.msgSha512 !== undefined) expect(sha512(bytes)).toBe(vector.msgSha512);
    else expect(bytes).toHaveLength(0);
  });

  it.each(readable)('has its length vouched for by its last chunk exactly where it says so: $name', (vector) => {
    const { message, open } = of(vector);
    const size = plaintextSize(message.length);
    const last = Math.floor((message.length - HEADER_SIZE) / SEALED_CHUNK_SIZE);
    const chunk = message.subarray(HEADER_SIZE + last * SEALED_CHUNK_SIZE);
    const vouched = size !== null && open().open(last, chunk) !== null;
    expect(vouched).toBe(vector.result === 'valid' || vector.flags.includes('ValidFinalChunk'));
  });
});
