import { randomBytes } from 'node:crypto';
import {
  CreateAliasCommand,
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  DisabledException,
  DisableKeyCommand,
  EnableKeyCommand,
  EncryptCommand,
  GenerateMacCommand,
  IncorrectKeyException,
  InvalidCiphertextException,
  InvalidKeyUsageException,
  type KMSClient,
  KMSInvalidMacException,
  ListAliasesCommand,
  NotFoundException,
  ReEncryptCommand,
  VerifyMacCommand,
} from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

export interface KmsEngine {
  client(): KMSClient;
  /** Stops the engine and starts it on the same data; null where that is not ours to do. */
  readonly restart: (() => Promise<void>) | null;
  /** Ends what `client` gave out and removes the keys and aliases that were made. */
  stop(keyIds: readonly string[], aliases: readonly string[]): Promise<void>;
}

const ABSENT = '00000000-0000-4000-8000-000000000000';
const CONTEXT = { app: 'twinlock', purpose: 'contract', account: 'ünï', dek: '1' };
const MAC = { MacAlgorithm: 'HMAC_SHA_256' } as const;

/** What Twinlock and its tests rely on in KMS: the same for the emulator and for a real account. */
export function describeKmsEngine(name: string, start: () => Promise<KmsEngine>): void {
  describe(name, () => {
    const alias = `alias/twinlock-contract-${randomBytes(8).toString('hex')}`;
    const keyIds: string[] = [];
    let engine: KmsEngine;
    let kms: KMSClient;
    let wrap: { id: string; arn: string };
    let other: { id: string; arn: string };
    let mac: { id: string; arn: string };

    const create = async (isMac: boolean) => {
      const usage = isMac ? ({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' } as const) : {};
      const { KeyMetadata } = await kms.send(new CreateKeyCommand({ Description: 'twinlock contract', ...usage }));
      const key = { id: KeyMetadata?.KeyId ?? '', arn: KeyMetadata?.Arn ?? '' };
      keyIds.push(key.id);
      return key;
    };

    beforeAll(async () => {
      engine = await start();
      kms = engine.client();
      wrap = await create(false);
      other = await create(false);
      mac = await create(true);
      await kms.send(new CreateAliasCommand({ AliasName: alias, TargetKeyId: wrap.id }));
    }, 60_000);

    afterAll(() => engine.stop(keyIds, [alias]), 60_000);

    const encrypt = async (plaintext: Uint8Array, context: Record<string, string> = CONTEXT, KeyId = wrap.id) => {
      const input = { KeyId, Plaintext: plaintext, EncryptionContext: context };
      return (await kms.send(new EncryptCommand(input))).CiphertextBlob ?? new Uint8Array();
    };
    const decrypt = (CiphertextBlob: Uint8Array, context: Record<string, string> | null = CONTEXT, KeyId?: string) =>
      kms.send(
        new DecryptCommand({
          CiphertextBlob,
          ...(context !== null && { EncryptionContext: context }),
          ...(KeyId !== undefined && { KeyId }),
        }),
      );
    const generateMac = async (Message: Uint8Array, KeyId = mac.id) =>
      (await kms.send(new GenerateMacCommand({ KeyId, Message, ...MAC }))).Mac ?? new Uint8Array();

    describe('keys', () => {
      it('makes keys with ARNs of the documented form, enabled and of the asked kind', async () => {
        expect(wrap.arn).toMatch(/^arn:aws:kms:[a-z0-9-]+:\d{12}:key\/[0-9a-f-]{36}$/);
        const { KeyMetadata: symmetric } = await kms.send(new DescribeKeyCommand({ KeyId: wrap.id }));
        expect(symmetric).toMatchObject({
          Arn: wrap.arn,
          Enabled: true,
          KeyState: 'Enabled',
          KeyUsage: 'ENCRYPT_DECRYPT',
        });
        expect(symmetric?.KeySpec).toBe('SYMMETRIC_DEFAULT');
        expect(Math.abs((symmetric?.CreationDate?.getTime() ?? 0) - Date.now())).toBeLessThan(600_000);
        const { KeyMetadata: hmac } = await kms.send(new DescribeKeyCommand({ KeyId: mac.arn }));
        expect(hmac).toMatchObject({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
        expect(hmac?.MacAlgorithms).toEqual(['HMAC_SHA_256']);
      });

      it('finds a key by its id, its ARN, its alias and the ARN of the alias', async () => {
        const aliasArn = wrap.arn.replace(/key\/.*$/, alias);
        for (const KeyId of [wrap.id, wrap.arn, alias, aliasArn]) {
          const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId }));
          expect(KeyMetadata?.KeyId).toBe(wrap.id);
        }
        const { Aliases } = await kms.send(new ListAliasesCommand({ KeyId: wrap.id }));
        expect(Aliases).toMatchObject([{ AliasName: alias, AliasArn: aliasArn, TargetKeyId: wrap.id }]);
      });

      it.each([ABSENT, 'alias/twinlock-contract-none'])('answers NotFoundException for %s', async (KeyId) => {
        await expect(kms.send(new DescribeKeyCommand({ KeyId }))).rejects.toBeInstanceOf(NotFoundException);
        await expect(encrypt(Buffer.of(1), CONTEXT, KeyId)).rejects.toBeInstanceOf(NotFoundException);
      });

      it('gives an alias to one key only', async () => {
        const again = kms.send(new CreateAliasCommand({ AliasName: alias, TargetKeyId: other.id }));
        await expect(again).rejects.toMatchObject({ name: 'AlreadyExistsException' });
      });
    });

    describe('encryption', () => {
      it.each([1, 176, 4096])('gives back %d bytes under their context', async (size) => {
        const plaintext = randomBytes(size);
        const answer = await decrypt(await encrypt(plaintext), CONTEXT, wrap.arn);
        expect(Buffer.from(answer.Plaintext ?? []).equals(plaintext)).toBe(true);
        expect(answer).toMatchObject({ KeyId: wrap.arn, EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' });
      });

      it('answers with the ARN of the key, whatever named it', async () => {
        const answer = await kms.send(new EncryptCommand({ KeyId: alias, Plaintext: Buffer.of(1) }));
        expect(answer.KeyId).toBe(wrap.arn);
        expect((await decrypt(answer.CiphertextBlob ?? new Uint8Array(), null)).KeyId).toBe(wrap.arn);
      });

      it('never makes the same ciphertext twice', async () => {
        const [first, second] = [await encrypt(Buffer.of(1)), await encrypt(Buffer.of(1))];
        expect(Buffer.from(first).equals(second)).toBe(false);
      });

      it('binds the context, whatever the order of its pairs', async () => {
        const blob = await encrypt(Buffer.from('plain'));
        const reversed = Object.fromEntries(Object.entries(CONTEXT).reverse());
        expect(Buffer.from((await decrypt(blob, reversed)).Plaintext ?? []).toString()).toBe('plain');
      });

      it.each<[string, Record<string, string> | null]>([
        ['a changed value', { ...CONTEXT, dek: '2' }],
        ['a value of other case', { ...CONTEXT, app: 'Twinlock' }],
        ['a missing pair', { app: 'twinlock', purpose: 'contract', account: 'ünï' }],
        ['another pair', { ...CONTEXT, extra: '' }],
        ['a pair cut elsewhere', { ...CONTEXT, dek: '', dek1: '1' }],
        ['no context', null],
      ])('refuses %s', async (_, context) => {
        const blob = await encrypt(Buffer.from('plain'));
        await expect(decrypt(blob, context)).rejects.toBeInstanceOf(InvalidCiphertextException);
      });

      it('refuses a blob with any byte changed', async () => {
        const blob = await encrypt(Buffer.from('plain'));
        for (let place = 0; place < blob.length; place++) {
          const changed = Uint8Array.from(blob);
          changed[place] = (changed[place] ?? 0) ^ 1;
          await expect(decrypt(changed, CONTEXT, wrap.id)).rejects.toBeInstanceOf(InvalidCiphertextException);
        }
      });

      it('refuses a blob cut at either end', async () => {
        const blob = await encrypt(Buffer.from('plain'));
        for (const cut of [blob.slice(0, -1), blob.slice(1), blob.slice(0, 20), Uint8Array.of(1)]) {
          await expect(decrypt(cut)).rejects.toBeInstanceOf(InvalidCiphertextException);
        }
      });

      it('refuses to open with a key other than the one that is named', async () => {
        const blob = await encrypt(Buffer.from('plain'));
        await expect(decrypt(blob, CONTEXT, other.id)).rejects.toBeInstanceOf(IncorrectKeyException);
        await expect(decrypt(blob, CONTEXT, ABSENT)).rejects.toBeInstanceOf(NotFoundException);
      });

      it('moves a ciphertext to another key and context', async () => {
        const blob = await encrypt(Buffer.from('plain'));
        const moved = await kms.send(
          new ReEncryptCommand({
            CiphertextBlob: blob,
            SourceEncryptionContext: CONTEXT,
            DestinationKeyId: other.id,
            DestinationEncryptionContext: { moved: 'yes' },
          }),
        );
        expect(moved).toMatchObject({ SourceKeyId: wrap.arn, KeyId: other.arn });
        const answer = await decrypt(moved.CiphertextBlob ?? new Uint8Array(), { moved: 'yes' }, other.id);
        expect(Buffer.from(answer.Plaintext ?? []).toString()).toBe('plain');
        const wrong = new ReEncryptCommand({ CiphertextBlob: blob, DestinationKeyId: other.id });
        await expect(kms.send(wrong)).rejects.toBeInstanceOf(InvalidCiphertextException);
      });

      it.each([0, 4097])('refuses a plaintext of %d bytes', async (size) => {
        await expect(encrypt(randomBytes(size))).rejects.toMatchObject({ name: 'ValidationException' });
      });
    });

    describe('MACs', () => {
      it('makes the same 32 bytes of the same message, and others of another', async () => {
        const message = randomBytes(100);
        const first = await generateMac(message);
        expect(first).toHaveLength(32);
        expect(await generateMac(message)).toEqual(first);
        expect(await generateMac(randomBytes(100))).not.toEqual(first);
        const another = await create(true);
        expect(await generateMac(message, another.id)).not.toEqual(first);
      });

      it('verifies what it made and refuses anything else', async () => {
        const Message = randomBytes(10);
        const Mac = await generateMac(Message);
        const verify = (claimed: Uint8Array) =>
          kms.send(new VerifyMacCommand({ KeyId: mac.id, Message, Mac: claimed, ...MAC }));
        expect((await verify(Mac)).MacValid).toBe(true);
        for (const wrong of [Mac.slice(1), Uint8Array.from(Mac, (byte) => byte ^ 1), randomBytes(32)]) {
          await expect(verify(wrong)).rejects.toBeInstanceOf(KMSInvalidMacException);
        }
      });

      it.each([0, 4097])('refuses a message of %d bytes', async (size) => {
        await expect(generateMac(randomBytes(size))).rejects.toMatchObject({ name: 'ValidationException' });
      });

      it('takes a message of 4096 bytes', async () => {
        expect(await generateMac(randomBytes(4096))).toHaveLength(32);
      });
    });

    it('refuses a key of the other kind', async () => {
      await expect(encrypt(Buffer.of(1), CONTEXT, mac.id)).rejects.toBeInstanceOf(InvalidKeyUsageException);
      await expect(generateMac(Buffer.of(1), wrap.id)).rejects.toBeInstanceOf(InvalidKeyUsageException);
    });

    it('refuses every use of a disabled key until it is enabled again', async () => {
      const blob = await encrypt(Buffer.of(7), CONTEXT, other.id);
      await kms.send(new DisableKeyCommand({ KeyId: other.id }));
      const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: other.id }));
      expect(KeyMetadata).toMatchObject({ Enabled: false, KeyState: 'Disabled' });
      await expect(encrypt(Buffer.of(1), CONTEXT, other.id)).rejects.toBeInstanceOf(DisabledException);
      await expect(decrypt(blob)).rejects.toBeInstanceOf(DisabledException);
      await expect(decrypt(blob, CONTEXT, other.id)).rejects.toBeInstanceOf(DisabledException);
      await kms.send(new EnableKeyCommand({ KeyId: other.id }));
      expect((await decrypt(blob)).Plaintext).toEqual(Uint8Array.of(7));

      const disabled = await create(true);
      await kms.send(new DisableKeyCommand({ KeyId: disabled.id }));
      await expect(generateMac(Buffer.of(1), disabled.id)).rejects.toBeInstanceOf(DisabledException);
    });

    it('keeps keys, aliases and their state over a restart', async () => {
      if (engine.restart === null) return;
      const message = randomBytes(50);
      const before = await generateMac(message);
      const blob = await encrypt(Buffer.from('kept'));
      const disabled = await create(false);
      await kms.send(new DisableKeyCommand({ KeyId: disabled.id }));

      await engine.restart();
      kms = engine.client();

      expect(await generateMac(message)).toEqual(before);
      expect(Buffer.from((await decrypt(blob, CONTEXT, alias)).Plaintext ?? []).toString()).toBe('kept');
      await expect(encrypt(Buffer.of(1), CONTEXT, disabled.id)).rejects.toBeInstanceOf(DisabledException);
    });
  });
}
