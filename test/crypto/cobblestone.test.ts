import { createDecipheriv, createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  CHUNK_SIZE,
  ciphertextSize,
  MessageKey,
  openMessage,
  plaintextSize,
  rangeOf,
  SEALED_CHUNK_SIZE,
  sealMessage,
} from '../../lambda/crypto/cobblestone.ts';
import { openRange, openStream, sealStream } from '../../lambda/crypto/cobblestone-stream.ts';
import { SealedTags } from '../../lambda/crypto/sealed-tags.ts';
import { IntegrityError } from '../../lambda/errors.ts';
import { collect, fixedRandom, flipped, pattern, ragged } from './helpers.ts';

const random = fixedRandom('cobblestone');
const KEY = random(32);
const SALT = random(24);
const CONTEXT = Buffer.from('context');
const SIZES = [0, 1, CHUNK_SIZE - 1, CHUNK_SIZE, CHUNK_SIZE + 1, 2 * CHUNK_SIZE, 2 * CHUNK_SIZE + 5];

const sealed = (size: number): Uint8Array => sealMessage(KEY, CONTEXT, SALT, pattern(size));
const keyOf = (message: Uint8Array): MessageKey => MessageKey.of(KEY, CONTEXT, message.subarray(0, 56), 'message');

/** What c2sp.org/chunked-encryption derives for CONTEXT and SALT, from Node's own HMAC and AES-GCM. */
function strangerOf(inputKey: Uint8Array) {
  const size = inputKey.length;
  const label = Buffer.from(`c2sp.org/chunked-encryption@v1+AEAD_AES_${size === 16 ? '128' : '256'}_GCM\0`);
  const info = Buffer.concat([label, SALT, CONTEXT]);
  const block = (before: Uint8Array, counter: number) =>
    createHmac('sha512', inputKey).update(before).update(info).update(Uint8Array.of(counter)).digest();
  const first = block(new Uint8Array(0), 1);
  const okm = Buffer.concat([first, block(first, 2)]);
  const [key, nonce] = [okm.subarray(0, size), okm.subarray(size, size + 12)];
  return {
    header: Buffer.concat([SALT, okm.subarray(size + 12, size + 44)]),
    open: (index: number, chunk: Uint8Array): Buffer => {
      const counted = Buffer.from(nonce);
      counted.writeBigUInt64BE(counted.readBigUInt64BE(4) ^ BigInt(index), 4);
      const gcm = size === 16 ? 'aes-128-gcm' : 'aes-256-gcm';
      const decipher = createDecipheriv(gcm, key, counted).setAuthTag(chunk.subarray(-16));
      return Buffer.concat([decipher.update(chunk.subarray(0, -16)), decipher.final()]);
    },
  };
}

describe('sizes', () => {
  it.each(SIZES)('of a message of %i bytes are foretold both ways', (size) => {
    expect(sealed(size)).toHaveLength(ciphertextSize(size));
    expect(plaintextSize(ciphertextSize(size))).toBe(size);
  });

  it('that no message has are null', () => {
    const possible = new Set(Array.from({ length: 2 * CHUNK_SIZE }, (_, size) => ciphertextSize(size)));
    for (let size = 0; size < ciphertextSize(2 * CHUNK_SIZE); size++) {
      expect(plaintextSize(size) !== null).toBe(possible.has(size));
    }
  });

  it('of a range are whole chunks, clipped to the message', () => {
    expect(rangeOf(0, 0, 1)).toEqual({ first: 56, last: 72 });
    expect(rangeOf(16_384, 16_384, 40_000)).toEqual({
      first: 56 + SEALED_CHUNK_SIZE,
      last: 56 + 2 * SEALED_CHUNK_SIZE - 1,
    });
    expect(rangeOf(16_383, 39_999, 40_000)).toEqual({ first: 56, last: ciphertextSize(40_000) - 1 });
    expect(rangeOf(0, 16_383, 16_384)).toEqual({ first: 56, last: 56 + SEALED_CHUNK_SIZE - 1 });
  });

  it.each([
    [-1, 0, 5],
    [3, 2, 5],
    [0, 5, 5],
    [0, 0, 0],
    [0.5, 1, 5],
    [0, 1.5, 5],
    [0, Number.NaN, 5],
  ])('of a range %d to %d of %d bytes are refused', (first, last, size) => {
    expect(() => rangeOf(first, last, size)).toThrow(
      new RangeError(`${first} to ${last} is no range of ${size} bytes`),
    );
  });
});

describe('a message in one piece', () => {
  it.each([16, 32])('opens under a key of %i bytes', (size) => {
    const key = fixedRandom('key')(size);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ maxLength: 80 }), (plaintext, context) => {
        const message = sealMessage(key, context, SALT, plaintext);
        expect(Buffer.from(openMessage(key, context, message))).toEqual(Buffer.from(plaintext));
      }),
    );
  });

  it.each(SIZES)('opens with %i bytes', (size) => {
    expect(Buffer.from(openMessage(KEY, CONTEXT, sealed(size))).equals(pattern(size))).toBe(true);
  });

  it('is refused with any of its bytes changed', () => {
    const message = sealed(40);
    for (let at = 0; at < message.length; at++) {
      expect(() => openMessage(KEY, CONTEXT, flipped(message, at, at % 8))).toThrow(IntegrityError);
    }
  });

  it('is refused with any number of bytes missing: no short tag is taken', () => {
    const message = sealed(40);
    for (let size = 0; size < message.length; size++) {
      expect(() => openMessage(KEY, CONTEXT, message.subarray(0, size))).toThrow(IntegrityError);
    }
  });

  it('is refused with bytes added', () => {
    expect(() => openMessage(KEY, CONTEXT, Buffer.concat([sealed(40), Buffer.alloc(1)]))).toThrow(IntegrityError);
  });

  it('names the part that failed', () => {
    expect(() => openMessage(KEY, CONTEXT, sealed(0).slice(1), 'item')).toThrow(new IntegrityError('item'));
    expect(() => openMessage(KEY, CONTEXT, sealed(0).slice(1))).toThrow(new IntegrityError('message'));
  });

  it.each([16, 32])('is what a stranger opens from the text alone, under a key of %i bytes', (size) => {
    const inputKey = fixedRandom('stranger')(size);
    const plaintext = pattern(CHUNK_SIZE + 5);
    const message = sealMessage(inputKey, CONTEXT, SALT, plaintext);
    const stranger = strangerOf(inputKey);
    expect(Buffer.from(message.subarray(0, 56))).toEqual(stranger.header);
    const [first, last] = [message.subarray(56, 56 + SEALED_CHUNK_SIZE), message.subarray(56 + SEALED_CHUNK_SIZE)];
    expect(Buffer.concat([stranger.open(0, first), stranger.open(1, last)]).equals(plaintext)).toBe(true);
  });

  it.each([0, 15, 24, 31, 33])('refuses a key of %i bytes', (size) => {
    expect(() => sealMessage(new Uint8Array(size), CONTEXT, SALT, pattern(1))).toThrow(
      new RangeError(`input key has ${size} bytes, not 16 or 32`),
    );
  });

  it('refuses a salt of another length', () => {
    expect(() => sealMessage(KEY, CONTEXT, SALT.slice(1), pattern(1))).toThrow(
      new RangeError('salt has 23 bytes, not 24'),
    );
  });
});

describe('a message key', () => {
  it('counts chunks up in the last bytes of the nonce', () => {
    const key = new MessageKey(KEY, CONTEXT, SALT);
    for (const index of [0, 1, 255, 256, 0x01_02_03, 2 ** 32, 2 ** 38 - 1]) {
      const { ciphertext, tag } = key.seal(index, pattern(9));
      expect(strangerOf(KEY).open(index, Buffer.concat([ciphertext, tag]))).toEqual(Buffer.from(pattern(9)));
    }
  });

  it('refuses a chunk number of 2^38, and what is no number of a chunk, and takes the one below', () => {
    const key = new MessageKey(KEY, CONTEXT, SALT);
    const { ciphertext, tag } = key.seal(2 ** 38 - 1, pattern(3));
    expect(key.open(2 ** 38 - 1, Buffer.concat([ciphertext, tag]))).toEqual(Buffer.from(pattern(3)));
    expect(key.open(2 ** 32 - 1, Buffer.concat([ciphertext, tag]))).toBeNull();
    for (const index of [2 ** 38, -1, 0.5, Number.NaN]) {
      expect(() => key.seal(index, pattern(3))).toThrow(new RangeError('message has more than 2^38 chunks'));
    }
  });

  it('refuses use once it was wiped', () => {
    const key = new MessageKey(KEY, CONTEXT, SALT);
    key.wipe();
    expect(() => key.seal(0, pattern(3))).toThrow('wiped');
    expect(() => key.open(0, pattern(30))).toThrow('wiped');
  });
});

describe('a message in pieces', () => {
  it('comes out whole, however it went in', async () => {
    const sizes = fc
      .array(fc.nat(20_000), { minLength: 1, maxLength: 5 })
      .filter((all) => all.some((size) => size > 50));
    await fc.assert(
      fc.asyncProperty(fc.nat(50_000), sizes, sizes, async (size, into, out) => {
        const key = new MessageKey(KEY, CONTEXT, SALT);
        const message = await collect(sealStream(key, ragged(pattern(size), into)));
        expect(message.equals(sealed(size))).toBe(true);
        expect((await collect(openStream(key, ragged(message, out)))).equals(pattern(size))).toBe(true);
      }),
      { numRuns: 25 },
    );
  });

  it.each(SIZES)('is the same as in one, and has no empty piece, of %i bytes', async (size) => {
    for (const into of [[size], [CHUNK_SIZE], [1000, 40_000]]) {
      const key = new MessageKey(KEY, CONTEXT, SALT);
      const pieces: Uint8Array[] = [];
      for await (const piece of sealStream(key, ragged(pattern(size), into))) pieces.push(piece);
      expect(Buffer.concat(pieces).equals(sealed(size))).toBe(true);
      expect(pieces.every(({ length }) => length > 0)).toBe(true);
    }
  });

  it('gives pieces that it never writes to again', async () => {
    const given: Uint8Array[] = [];
    const copies: Uint8Array[] = [];
    for await (const piece of sealStream(new MessageKey(KEY, CONTEXT, SALT), [pattern(70_000)])) {
      given.push(piece);
      copies.push(Uint8Array.from(piece));
    }
    expect(Buffer.concat(given).equals(Buffer.concat(copies))).toBe(true);
    expect(Buffer.concat(given).equals(sealed(70_000))).toBe(true);
  });

  it('gives any range', async () => {
    const size = 50_000;
    const message = sealed(size);
    await fc.assert(
      fc.asyncProperty(fc.nat(size - 1), fc.nat(size - 1), async (a, b) => {
        const [first, last] = [Math.min(a, b), Math.max(a, b)];
        const range = rangeOf(first, last, size);
        const body = ragged(message.subarray(range.first, range.last + 1), [12_345]);
        const part = await collect(openRange(keyOf(message), { first, last, size }, body));
        expect(part.equals(pattern(size).subarray(first, last + 1))).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it.each([
    [0, CHUNK_SIZE - 1],
    [0, CHUNK_SIZE],
    [CHUNK_SIZE - 1, CHUNK_SIZE],
    [CHUNK_SIZE, CHUNK_SIZE],
    [2 * CHUNK_SIZE, 2 * CHUNK_SIZE],
    [0, 2 * CHUNK_SIZE],
  ])('gives the range %i to %i, whose ends are those of chunks', async (first, last) => {
    const size = 2 * CHUNK_SIZE + 1;
    const message = sealed(size);
    const range = rangeOf(first, last, size);
    const body = [message.subarray(range.first, range.last + 1)];
    const part = await collect(openRange(keyOf(message), { first, last, size }, body));
    expect(part.equals(pattern(size).subarray(first, last + 1))).toBe(true);
  });

  it.each([0, CHUNK_SIZE, 2 * CHUNK_SIZE])('gives no empty piece of %i bytes', async (size) => {
    const message = sealed(size);
    for await (const part of openStream(keyOf(message), [message])) expect(part.length).toBeGreaterThan(0);
  });

  it('says in its error what it is', async () => {
    const message = flipped(sealed(100), 60);
    const range = { first: 0, last: 99, size: 100 };
    const part = [message.subarray(56)];
    const [whole, ranged] = [new IntegrityError('message'), new IntegrityError('content')];
    await expect(collect(openStream(keyOf(message), [message]))).rejects.toThrow(whole);
    await expect(collect(openStream(keyOf(message), [message], 'content'))).rejects.toThrow(ranged);
    await expect(collect(openRange(keyOf(message), range, part))).rejects.toThrow(whole);
    await expect(collect(openRange(keyOf(message), range, part, 'content'))).rejects.toThrow(ranged);
  });

  it('keeps what it gave out apart from what it reads next', async () => {
    const message = sealed(40_000);
    const parts: Uint8Array[] = [];
    const copies: Uint8Array[] = [];
    for await (const part of openStream(keyOf(message), ragged(message, [1000]))) {
      parts.push(part);
      copies.push(part.slice());
    }
    expect(parts.map((part) => Buffer.from(part))).toEqual(copies.map((part) => Buffer.from(part)));
  });

  it('ends with an error, not an end, for every read that was under way when it failed', async () => {
    const message = flipped(sealed(3 * CHUNK_SIZE), 56 + SEALED_CHUNK_SIZE);
    const stream = openStream(keyOf(message), ragged(message, [4096]));
    const results = await Promise.allSettled([stream.next(), stream.next(), stream.next(), stream.next()]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'rejected']);
    await expect(stream.next()).rejects.toThrow(IntegrityError);
  });

  it('passes on an error of its source as it is, and keeps failing', async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield sealed(100).subarray(0, 60);
      await Promise.reject(new Error('connection lost'));
    }
    const stream = openStream(keyOf(sealed(100)), broken());
    await expect(stream.next()).rejects.toThrow('connection lost');
    await expect(stream.next()).rejects.toThrow('connection lost');
  });

  it('refuses a header that is not the expected one, be the chunks as they should', async () => {
    for (const at of [0, 23, 24, 55]) {
      const message = flipped(sealed(100), at);
      await expect(collect(openStream(keyOf(sealed(100)), [message]))).rejects.toThrow(IntegrityError);
    }
    const other = sealMessage(KEY, CONTEXT, fixedRandom('another salt')(24), pattern(100));
    await expect(collect(openStream(keyOf(sealed(100)), [other]))).rejects.toThrow(IntegrityError);
  });

  it.each([
    [
      'read to the end',
      async (stream: AsyncGenerator<Uint8Array>) => {
        await collect(stream);
      },
    ],
    [
      'left early',
      async (stream: AsyncGenerator<Uint8Array>) => {
        await stream.next();
        await stream.return(undefined);
      },
    ],
    [
      'never begun',
      async (stream: AsyncGenerator<Uint8Array>) => {
        await stream.return(undefined);
      },
    ],
    [
      'disposed of',
      async (stream: AsyncGenerator<Uint8Array>) => {
        await stream[Symbol.asyncDispose]();
      },
    ],
  ])('lets go of its source and its key when %s', async (_name, use) => {
    let open = true;
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        yield* ragged(sealed(40_000), [10_000]);
      } finally {
        open = false;
      }
    }
    const key = keyOf(sealed(40_000));
    await use(openStream(key, source()));
    expect(open).toBe(false);
    expect(() => key.open(0, pattern(30))).toThrow('wiped');
  });

  it('is not an end to be told to throw', async () => {
    const stream = openStream(keyOf(sealed(100)), [sealed(100)]);
    await expect(stream.throw(new Error('told to'))).rejects.toThrow('told to');
    await expect(stream.next()).rejects.toThrow('told to');
  });
});

describe('a range', () => {
  const size = 40_000;
  const message = sealed(size);
  const whole = { first: 0, last: 20_000, size };
  const { first, last } = rangeOf(whole.first, whole.last, size);
  const body = message.subarray(first, last + 1);

  it.each([
    ['a byte is missing', body.subarray(0, -1)],
    ['a chunk is missing', body.subarray(0, SEALED_CHUNK_SIZE)],
    ['a byte is added', message.subarray(first, last + 2)],
    ['chunks are swapped', Buffer.concat([body.subarray(SEALED_CHUNK_SIZE), body.subarray(0, SEALED_CHUNK_SIZE)])],
    ['it begins a chunk later', message.subarray(first + SEALED_CHUNK_SIZE, last + 1 + SEALED_CHUNK_SIZE)],
    ['a byte is changed', flipped(body, 20_000)],
  ])('fails when %s', async (_name, bytes) => {
    await expect(collect(openRange(keyOf(message), whole, [bytes]))).rejects.toThrow(IntegrityError);
  });

  it('fails when the message is longer or shorter than it is said to be', async () => {
    for (const claimed of [size - 1, size + 1]) {
      const range = { first: 33_000, last: 33_100, size: claimed };
      const at = rangeOf(range.first, range.last, claimed);
      const part = message.subarray(at.first, at.last + 1);
      await expect(collect(openRange(keyOf(message), range, [part]))).rejects.toThrow(IntegrityError);
    }
  });

  it('outside the plaintext is refused at once', () => {
    expect(() => openRange(keyOf(message), { first: 0, last: size, size }, [])).toThrow(RangeError);
  });
});

describe('a message that is sealed again', () => {
  it('has the same bytes', async () => {
    const key = new MessageKey(KEY, CONTEXT, SALT);
    const tags = new SealedTags();
    const once = await collect(sealStream(key, [pattern(20_000)], tags));
    expect((await collect(sealStream(key, ragged(pattern(20_000), [7000]), tags))).equals(once)).toBe(true);
  });

  it('has the same header, whatever became of the one that was given out', async () => {
    const key = new MessageKey(KEY, CONTEXT, SALT);
    const header = key.header.slice();
    const stream = sealStream(key, [pattern(5)]);
    (await stream.next()).value?.fill(0);
    expect(key.header).toEqual(header);
  });

  it.each([
    ['read to the end', (stream: AsyncGenerator<Uint8Array>) => collect(stream)],
    ['left early', (stream: AsyncGenerator<Uint8Array>) => stream.next().then(() => stream.return(undefined))],
    ['failing', (stream: AsyncGenerator<Uint8Array>) => collect(stream).catch(() => undefined)],
  ])('lets go of its source when it is %s', async (how, use) => {
    let open = true;
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        yield* ragged(pattern(40_000), [10_000]);
      } finally {
        open = false;
      }
    }
    const tags = new SealedTags();
    if (how === 'failing') tags.hold(0, new Uint8Array(16));
    await use(sealStream(new MessageKey(KEY, CONTEXT, SALT), source(), tags));
    expect(open).toBe(false);
  });

  it('is refused with other bytes, before any of theirs is given away', async () => {
    const key = new MessageKey(KEY, CONTEXT, SALT);
    const tags = new SealedTags();
    const first = sealStream(key, [pattern(40_000)], tags);
    await first.next();
    await first.next();
    await first.return();
    const second = sealStream(key, [flipped(pattern(40_000), 5)], tags);
    expect((await second.next()).value).toEqual(key.header);
    await expect(second.next()).rejects.toThrow('other bytes');
  });

  it('is refused at the first chunk that differs, however far behind, and gives only what was given before', async () => {
    const size = 70 * CHUNK_SIZE;
    const key = new MessageKey(KEY, CONTEXT, SALT);
    const tags = new SealedTags();
    const once = await collect(sealStream(key, [pattern(size)], tags));
    const given: Uint8Array[] = [];
    const again = async () => {
      for await (const piece of sealStream(key, [flipped(pattern(size), size - 1)], tags)) given.push(piece);
    };
    await expect(again()).rejects.toThrow('a message was sealed anew with other bytes');
    const same = 56 + 69 * SEALED_CHUNK_SIZE;
    expect(Buffer.concat(given).equals(once.subarray(0, same))).toBe(true);
  });
});
