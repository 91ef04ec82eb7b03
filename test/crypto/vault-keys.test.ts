import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SecretBytes } from '../../lambda/crypto/bytes.ts';
import { rangeOf } from '../../lambda/crypto/cobblestone.ts';
import type { DataKind } from '../../lambda/crypto/context.ts';
import { messageCommitment, VaultKeys } from '../../lambda/crypto/vault-keys.ts';
import type { AccountId } from '../../lambda/domain/ids.ts';
import { IntegrityError } from '../../lambda/errors.ts';
import { ALICE, BOB, collect, DOCUMENT, fixedRandom, flipped, ITEM, OTHER_ITEM, pattern, ragged } from './helpers.ts';

const DEK = fixedRandom('dek')(32);

function keysOf(accountId: AccountId = ALICE, dekVersion = 1, dek = DEK): VaultKeys {
  return new VaultKeys(new SecretBytes(dek.slice()), accountId, dekVersion, fixedRandom('salts'));
}

describe('VaultKeys', () => {
  const sealed = keysOf().seal('item', ITEM, 3, pattern(50));

  it('opens what it sealed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.string(), fc.nat(), (plaintext, id, version) => {
        const message = keysOf().seal('cursor', id, version, plaintext);
        expect(Buffer.from(keysOf().open('cursor', id, version, message))).toEqual(Buffer.from(plaintext));
      }),
    );
  });

  const others: readonly (readonly [string, VaultKeys, DataKind, string, number])[] = [
    ['another account', keysOf(BOB), 'item', ITEM, 3],
    ['another id', keysOf(), 'item', OTHER_ITEM, 3],
    ['another version', keysOf(), 'item', ITEM, 2],
    ['another kind', keysOf(), 'document', ITEM, 3],
    ['another DEK version', keysOf(ALICE, 2), 'item', ITEM, 3],
    ['another DEK', keysOf(ALICE, 1, fixedRandom('other dek')(32)), 'item', ITEM, 3],
  ];

  it.each(others)('refuses a message that belongs to %s', (_name, keys, kind, id, version) => {
    expect(() => keys.open(kind, id, version, sealed)).toThrow(IntegrityError);
  });

  it.each(others)('refuses, before a byte is read, a stream that belongs to %s', (_name, keys, kind, id, version) => {
    const header = sealed.slice(0, 56);
    expect(() => keys.openStream(kind, id, version, header, [sealed])).toThrow(IntegrityError);
    const range = { first: 0, last: 9, size: 50 };
    expect(() => keys.openRange(kind, id, version, header, range, [sealed.subarray(56)])).toThrow(IntegrityError);
  });

  it('names the kind that failed', () => {
    expect(() => keysOf().open('item', ITEM, 3, flipped(sealed, 60))).toThrow('integrity failure: item');
  });

  it('uses a fresh salt for each message', () => {
    const keys = keysOf();
    expect(keys.seal('item', ITEM, 1, pattern(5))).not.toEqual(keys.seal('item', ITEM, 1, pattern(5)));
  });

  it('streams a document out and in, as often as the store asks, to the same bytes', async () => {
    const keys = keysOf();
    const message = keys.beginSeal('content', DOCUMENT, 1);
    const once = await collect(message.seal([pattern(40_000)]));
    expect((await collect(message.seal(ragged(pattern(40_000), [999])))).equals(once)).toBe(true);
    expect(Buffer.from(message.header).equals(once.subarray(0, 56))).toBe(true);
    const header = message.header.slice();
    message.header.fill(0);
    expect((await collect(message.seal([pattern(40_000)]))).equals(once)).toBe(true);

    const whole = keysOf().openStream('content', DOCUMENT, 1, header, ragged(once, [5000]));
    expect((await collect(whole)).equals(pattern(40_000))).toBe(true);
    const range = { first: 16_000, last: 17_000, size: 40_000 };
    const at = rangeOf(range.first, range.last, range.size);
    const body = ragged(once.subarray(at.first, at.last + 1), [5000]);
    const part = await collect(keysOf().openRange('content', DOCUMENT, 1, header, range, body));
    expect(part.equals(pattern(40_000).subarray(16_000, 17_001))).toBe(true);
    expect(Buffer.from(keysOf().open('content', DOCUMENT, 1, once)).equals(pattern(40_000))).toBe(true);
  });

  it('makes the same message of the same body under a salt that is given, whoever makes it', async () => {
    const salt = fixedRandom('given salt')(24);
    const make = (keys: VaultKeys) => collect(keys.beginSeal('content', DOCUMENT, 1, salt).seal([pattern(40_000)]));
    const one = await make(keysOf());
    expect((await make(keysOf())).equals(one)).toBe(true);
    expect(one.subarray(0, 24).equals(salt)).toBe(true);
    expect(Buffer.from(keysOf().open('content', DOCUMENT, 1, one)).equals(pattern(40_000))).toBe(true);
    expect((await make(keysOf(ALICE, 2))).subarray(24, 56).equals(one.subarray(24, 56))).toBe(false);
  });

  it('authenticates a message under a key of its DEK', () => {
    const mac = keysOf().mac('rotation', pattern(9));
    expect(mac).toHaveLength(32);
    expect(keysOf().mac('rotation', pattern(9))).toEqual(mac);
    expect(keysOf(ALICE, 1, fixedRandom('other dek')(32)).mac('rotation', pattern(9))).not.toEqual(mac);
    expect(keysOf().mac('rotation', pattern(8))).not.toEqual(mac);
  });

  it('lets a stream that it opened end after its keys are gone', async () => {
    const stream = keysOf().beginSeal('content', DOCUMENT, 1);
    const message = await collect(stream.seal([pattern(40_000)]));
    const keys = keysOf();
    const opened = keys.openStream('content', DOCUMENT, 1, stream.header, [message]);
    keys.wipe();
    expect((await collect(opened)).equals(pattern(40_000))).toBe(true);
  });

  it('zeroes the DEK and refuses all use once wiped', async () => {
    const dek = DEK.slice();
    const keys = new VaultKeys(new SecretBytes(dek), ALICE, 1, fixedRandom('salts'));
    const message = keys.beginSeal('content', DOCUMENT, 1);
    keys.seal('item', ITEM, 1, pattern(5));
    keys[Symbol.dispose]();

    expect(dek.every((byte) => byte === 0)).toBe(true);
    expect(() => keys.seal('item', ITEM, 1, pattern(5))).toThrow('wiped');
    expect(() => keys.open('item', ITEM, 3, sealed)).toThrow('wiped');
    expect(() => keys.mac('rotation', pattern(5))).toThrow('wiped');
    await expect(collect(message.seal([pattern(5)]))).rejects.toThrow('wiped');
  });

  it('lets go of a source that it refuses to read', async () => {
    let closed: () => void = () => undefined;
    const whenClosed = new Promise<void>((resolve) => {
      closed = resolve;
    });
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        yield* ragged(sealed, [10]);
      } finally {
        closed();
      }
    }
    expect(() => keysOf(BOB).openStream('item', ITEM, 3, sealed.slice(0, 56), source())).toThrow(IntegrityError);
    await whenClosed;
  });
});

describe('messageCommitment', () => {
  it('is the first half of the commitment', () => {
    const message = keysOf().seal('item', ITEM, 1, pattern(5));
    expect(messageCommitment(message)).toEqual(message.slice(24, 40));
  });

  it('refuses bytes that no message has the length of', () => {
    expect(() => messageCommitment(new Uint8Array(71))).toThrow(new IntegrityError('sealed message'));
  });
});
