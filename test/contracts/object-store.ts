import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ObjectStore, OpenObject } from '../../lambda/ports/object-store.ts';
import { fresh } from './vault-store-rows.ts';

/** A store to test, and how to end what it stands on. */
export interface ObjectStoreUnderTest {
  readonly store: ObjectStore;
  close?(): Promise<void>;
}

const random = (length: number) => Uint8Array.from(randomBytes(length));
const freshKey = () => `documents/${fresh.account()}/${fresh.document()}/${randomBytes(12).toString('hex')}`;

/** The bytes in pieces of so many bytes, anew at each call. */
function body(bytes: Uint8Array, piece = 16_400): () => AsyncIterable<Uint8Array> {
  return async function* () {
    for (let at = 0; at < bytes.length; at += piece) {
      await Promise.resolve();
      yield bytes.slice(at, at + piece);
    }
  };
}

async function read(open: OpenObject | null): Promise<Uint8Array | null> {
  if (open === null) return null;
  const pieces: Uint8Array[] = [];
  for await (const piece of open.body) pieces.push(Uint8Array.from(piece));
  return Uint8Array.from(Buffer.concat(pieces));
}

const digest = (bytes: Uint8Array | null) =>
  bytes === null ? null : createHash('sha256').update(bytes).digest('hex') + String(bytes.length);

/** Holds an object store to what its port promises. */
export function describeObjectStore(name: string, start: () => Promise<ObjectStoreUnderTest>): void {
  describe(`object store: ${name}`, () => {
    let store: ObjectStore;
    let close: ObjectStoreUnderTest['close'];

    beforeAll(async () => {
      const started = await start();
      store = started.store;
      close = started.close?.bind(started);
    }, 60_000);
    afterAll(() => close?.());

    const given = async (bytes: Uint8Array): Promise<string> => {
      const key = freshKey();
      expect(await store.put(key, body(bytes), bytes.length)).toBe(true);
      return key;
    };

    it.each([
      [0, 1],
      [1, 1],
      [100, 7],
      [16_384, 16_384],
      [200_000, 1_000],
      [3_000_000, 16_400],
    ])('gives %i bytes back that were written in pieces of %i', async (length, piece) => {
      const [key, bytes] = [freshKey(), random(length)];
      await store.put(key, body(bytes, piece), length);
      const open = await store.get(key);
      expect(open?.size).toBe(length);
      expect(digest(await read(open))).toBe(digest(bytes));
    });

    it('knows nothing of a name that was never written', async () => {
      expect(await store.get(freshKey())).toBeNull();
      expect(await store.get(freshKey(), { first: 0, last: 9 })).toBeNull();
    });

    it.each([
      [0, 0],
      [0, 99_999],
      [10, 19],
      [16_380, 16_390],
      [99_999, 99_999],
      [99_990, 200_000],
      [100_000, 100_010],
      [500_000, 600_000],
    ])('gives bytes %i to %i of 100,000, clipped to the end', async (first, last) => {
      const bytes = random(100_000);
      const open = await store.get(await given(bytes), { first, last });
      expect(open?.size).toBe(100_000);
      expect(digest(await read(open))).toBe(digest(bytes.slice(first, last + 1)));
    });

    it('gives no bytes of an empty object, whatever the range', async () => {
      const open = await store.get(await given(new Uint8Array(0)), { first: 0, last: 10 });
      expect(open?.size).toBe(0);
      expect(await read(open)).toHaveLength(0);
    });

    it('tells of a name that is taken, and leaves what is there', async () => {
      const bytes = random(1_000);
      const key = await given(bytes);
      expect(await store.put(key, body(random(500)), 500)).toBe(false);
      expect(await store.put(key, body(bytes), 1_000)).toBe(false);
      expect(digest(await read(await store.get(key)))).toBe(digest(bytes));
    });

    it('lets one of two writers of a name win', async () => {
      const key = freshKey();
      const bodies = [random(100_000), random(100_000)];
      const results = await Promise.all(bodies.map((bytes) => store.put(key, body(bytes), bytes.length)));
      const winners = bodies.filter((_, n) => results[n]);
      expect(winners).toHaveLength(1);
      expect(digest(await read(await store.get(key)))).toBe(digest(winners[0] ?? null));
    });

    it.each([
      ['fewer', 99_000],
      ['more', 101_000],
    ])('writes nothing when the body has %s bytes than announced', async (_what, length) => {
      const key = freshKey();
      await expect(store.put(key, body(random(length)), 100_000)).rejects.toThrow(RangeError);
      expect(await store.get(key)).toBeNull();
    });

    it('writes nothing when the body breaks off, and says why', async () => {
      const key = freshKey();
      const fault = new Error('the source failed');
      let begun = 0;
      const broken = async function* () {
        begun++;
        yield random(50_000);
        await Promise.resolve();
        throw fault;
      };
      await expect(store.put(key, broken, 100_000)).rejects.toBe(fault);
      expect(begun).toBe(1);
      expect(await store.get(key)).toBeNull();
    });

    it('ends a body that it does not use up', async () => {
      const key = await given(random(10));
      let [begun, ended] = [0, 0];
      const large = async function* () {
        begun++;
        try {
          for (let n = 0; n < 100; n++) {
            await Promise.resolve();
            yield new Uint8Array(50_000);
          }
        } finally {
          ended++;
        }
      };
      expect(await store.put(key, large, 5_000_000)).toBe(false);
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(ended).toBe(begun);
    });

    it('removes an object for good, and lets the name be written again', async () => {
      const key = await given(random(1_000));
      await store.remove(key);
      expect(await store.get(key)).toBeNull();
      const bytes = random(2_000);
      expect(await store.put(key, body(bytes), bytes.length)).toBe(true);
      expect(digest(await read(await store.get(key)))).toBe(digest(bytes));
    });

    it('removes what is not there without a word', async () => {
      const key = freshKey();
      await expect(store.remove(key)).resolves.toBeUndefined();
      await given(random(1)).then((there) => Promise.all([store.remove(there), store.remove(there)]));
    });

    it('leaves objects whose names begin alike', async () => {
      const key = freshKey();
      for (const name of [key, `${key}x`, `${key}/x`]) await store.put(name, body(random(10)), 10);
      await store.remove(key);
      expect(await store.get(key)).toBeNull();
      expect((await store.get(`${key}x`))?.size).toBe(10);
      expect((await store.get(`${key}/x`))?.size).toBe(10);
    });

    describe('listing names', () => {
      /** Puts objects of these names into a folder of their own. @returns the folder */
      const folderOf = async (...names: string[]): Promise<string> => {
        const folder = `documents/${fresh.account()}/`;
        for (const name of names) await store.put(folder + name, body(random(3)), 3);
        return folder;
      };
      /** Every page of a folder, without the folder's name. */
      const pagesOf = async (folder: string, limit: number, between?: (page: number) => Promise<void>) => {
        const pages: string[][] = [];
        let after: string | null = null;
        do {
          const page: Awaited<ReturnType<ObjectStore['names']>> = await store.names(folder, after, limit);
          expect(page.objects.length).toBeLessThanOrEqual(limit);
          pages.push(page.objects.map(({ key }) => key.slice(folder.length)));
          await between?.(pages.length);
          after = page.next;
        } while (after !== null);
        return pages;
      };
      const NAMES = ['b', 'a/2', 'a', 'B', 'a/10', 'ab', 'a-', '~', '0', 'a/1'];
      const ORDERED = ['0', 'B', 'a', 'a-', 'a/1', 'a/10', 'a/2', 'ab', 'b', '~'];

      it.each([1, 2, 7, 10, 1000])('gives each once, in order, in pages of %i', async (limit) => {
        const pages = await pagesOf(await folderOf(...NAMES), limit);
        expect(pages.flat()).toEqual(ORDERED);
        expect(pages).toHaveLength(Math.ceil(NAMES.length / limit));
      });

      it('orders by bytes, and gives whatever characters a name has', async () => {
        const names = ['\u{1f600}', '\ufb01', 'é', 'a b', 'a+b', 'a%20b', 'a&<b', 'a\u0001b'];
        const pages = await pagesOf(await folderOf(...names), 3);
        expect(pages.flat()).toEqual(['a\u0001b', 'a b', 'a%20b', 'a&<b', 'a+b', 'é', '\ufb01', '\u{1f600}']);
      });

      it('gives nothing where nothing is', async () => {
        expect(await store.names(`documents/${fresh.account()}/`, null, 10)).toEqual({ objects: [], next: null });
        const folder = await folderOf('a');
        expect(await store.names(folder, `${folder}a`, 10)).toEqual({ objects: [], next: null });
      });

      it('gives what begins with the prefix alone', async () => {
        const folder = await folderOf('a/1', 'a/2', 'ab/1', 'b');
        const { objects } = await store.names(`${folder}a/`, null, 10);
        expect(objects.map(({ key }) => key)).toEqual([`${folder}a/1`, `${folder}a/2`]);
      });

      it('goes on behind a name that is gone', async () => {
        const folder = await folderOf(...NAMES);
        const pages = await pagesOf(folder, 2, async (page) => {
          for (const name of page === 1 ? ['0', 'B', 'a'] : []) await store.remove(folder + name);
        });
        expect(pages.flat()).toEqual(['0', 'B', ...ORDERED.slice(3)]);
        expect((await pagesOf(folder, 1000)).flat()).toEqual(ORDERED.slice(3));
      });

      it.each([0, 1001, 1.5])('refuses a page of %d', async (limit) => {
        await expect(store.names('documents/', null, limit)).rejects.toThrow(RangeError);
      });
    });

    it('lets a reader stop early, many times', async () => {
      const bytes = random(2_000_000);
      const key = await given(bytes);
      for (let n = 0; n < 60; n++) {
        const open = await store.get(key);
        for await (const piece of open?.body ?? []) {
          expect(piece.length).toBeGreaterThan(0);
          break;
        }
      }
      expect(digest(await read(await store.get(key)))).toBe(digest(bytes));
    }, 20_000);
  });
}
