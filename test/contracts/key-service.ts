import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { WrapContext } from '../../lambda/crypto/context.ts';
import type { WrappedKey } from '../../lambda/domain/records.ts';
import { IntegrityError } from '../../lambda/errors.ts';
import type { KeyService } from '../../lambda/ports/key-service.ts';
import { fresh } from './vault-store-rows.ts';

/** A key service with exactly two MAC keys, and how to end what it stands on. */
export interface ServiceUnderTest {
  readonly service: KeyService;
  close?(): Promise<void>;
}

const random = (length: number) => Uint8Array.from(randomBytes(length));
const blob = (bytes: Uint8Array) => bytes as WrappedKey;

/** Holds a key service to what its port promises. */
export function describeKeyService(name: string, start: () => Promise<ServiceUnderTest>): void {
  describe(`key service: ${name}`, () => {
    let service: KeyService;
    let close: ServiceUnderTest['close'];

    beforeAll(async () => {
      const started = await start();
      service = started.service;
      close = started.close?.bind(started);
    }, 60_000);
    afterAll(() => close?.());

    describe('the MAC', () => {
      it('is 32 bytes, the same for the same message', async () => {
        const message = random(80);
        const mac = await service.mac(1, message);
        expect(mac).toHaveLength(32);
        expect(await service.mac(1, message.slice())).toEqual(mac);
      });

      it('differs by key and by message', async () => {
        const message = random(80);
        const other = message.slice();
        other[79] = (other[79] ?? 0) ^ 1;
        const macs = await Promise.all([service.mac(1, message), service.mac(2, message), service.mac(1, other)]);
        expect(new Set(macs.map((mac) => Buffer.from(mac).toString('hex'))).size).toBe(3);
      });

      it.each([0, 3, -1, 1.5])('refuses key number %d, which is none', async (pepper) => {
        await expect(service.mac(pepper, random(8))).rejects.toThrow(IntegrityError);
      });

      it.each([1, 4096])('takes a message of %i bytes', async (length) => {
        expect(await service.mac(2, random(length))).toHaveLength(32);
      });

      it.each([0, 4097])('refuses a message of %i bytes', async (length) => {
        await expect(service.mac(1, random(length))).rejects.toThrow(RangeError);
      });
    });

    describe('a MAC that someone brings', () => {
      it('is confirmed where the first key made it of that message, and nowhere else', async () => {
        const [message, other] = [random(80), random(80)];
        const [first, second] = await Promise.all([service.mac(1, message), service.mac(2, message)]);
        expect(await service.confirms(message, first)).toBe(true);
        expect(await service.confirms(message, second)).toBe(false);
        expect(await service.confirms(other, first)).toBe(false);
      });

      it('is not confirmed with any byte changed, nor cut', async () => {
        const message = random(80);
        const mac = await service.mac(1, message);
        for (const place of [0, 15, 31]) {
          const changed = mac.slice();
          changed[place] = (changed[place] ?? 0) ^ 1;
          expect(await service.confirms(message, changed)).toBe(false);
        }
        expect(await service.confirms(message, mac.slice(0, 31))).toBe(false);
      });
    });

    describe('the wrap', () => {
      const context: WrapContext = { purpose: 'password', accountId: fresh.account(), dekVersion: 1 };
      const inner = random(176);

      it('opens to the inner wrap', async () => {
        const wrapped = await service.wrap(inner, context);
        expect(await service.unwrap(wrapped, { ...context })).toEqual(inner);
      });

      it('is another each time, and does not show the inner wrap', async () => {
        const [one, two] = await Promise.all([service.wrap(inner, context), service.wrap(inner, context)]);
        expect(one).not.toEqual(two);
        expect(Buffer.from(one).includes(Buffer.from(inner.subarray(0, 16)))).toBe(false);
      });

      it('leaves what it is given as it was', async () => {
        const given = inner.slice();
        const wrapped = await service.wrap(given, context);
        const before = wrapped.slice();
        await service.unwrap(wrapped, context);
        expect([given, wrapped]).toEqual([inner, before]);
      });

      it.each<[string, Partial<WrapContext>]>([
        ['purpose', { purpose: 'session' }],
        ['purpose', { purpose: 'recovery' }],
        ['account', { accountId: fresh.account() }],
        ['DEK version', { dekVersion: 2 }],
      ])('is refused under another %s: %j', async (_what, change) => {
        const wrapped = await service.wrap(inner, context);
        await expect(service.unwrap(wrapped, { ...context, ...change })).rejects.toThrow(IntegrityError);
      });

      it('is refused with any byte changed', async () => {
        const wrapped = await service.wrap(inner, context);
        for (const place of wrapped.keys()) {
          const changed = wrapped.slice();
          changed[place] = (changed[place] ?? 0) ^ 0x01;
          await expect(service.unwrap(blob(changed), context)).rejects.toThrow(IntegrityError);
        }
      }, 30_000);

      it.each<[string, (wrapped: Uint8Array) => Uint8Array]>([
        ['empty', () => new Uint8Array(0)],
        ['one byte long', () => random(1)],
        ['cut at its end', (wrapped) => wrapped.slice(0, -1)],
        ['cut at its start', (wrapped) => wrapped.slice(1)],
        ['lengthened', (wrapped) => Uint8Array.from([...wrapped, 0])],
        ['random', (wrapped) => random(wrapped.length)],
        ['the inner wrap itself', () => inner],
        ['longer than any wrap', () => random(6145)],
      ])('is refused when it is %s', async (_what, change) => {
        const wrapped = await service.wrap(inner, context);
        await expect(service.unwrap(blob(change(wrapped)), context)).rejects.toThrow(IntegrityError);
      });

      it('keeps many at once apart', async () => {
        const all = Array.from({ length: 20 }, (_, n) => ({
          inner: random(176),
          context: { ...context, dekVersion: n },
        }));
        const opened = await Promise.all(
          all.map(async (one) => service.unwrap(await service.wrap(one.inner, one.context), one.context)),
        );
        expect(opened).toEqual(all.map((one) => one.inner));
      });
    });
  });
}
