import { DecryptCommand, EncryptCommand, GenerateMacCommand, KMSClient, VerifyMacCommand } from '@aws-sdk/client-kms';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { createKeyService } from '../../lambda/adapters/kms/key-service.ts';
import type { WrapContext } from '../../lambda/crypto/context.ts';
import type { WrappedKey } from '../../lambda/domain/records.ts';
import { IntegrityError, UnavailableError } from '../../lambda/errors.ts';
import { bytes, fresh } from '../contracts/vault-store-rows.ts';
import { awsError, OUTAGES } from './aws-error.ts';

const arn = (name: string) => `arn:aws:kms:us-east-1:111122223333:key/${name}`;
const client = new KMSClient({ region: 'us-east-1' });
const mock = mockClient(client);
const keys = createKeyService({ client, wrapKeyArns: [arn('wrap')], macKeyArns: [arn('mac-1'), arn('mac-2')] });

const context: WrapContext = { purpose: 'session', accountId: fresh.account(), dekVersion: 12 };
const EncryptionContext = { app: 'twinlock', purpose: 'session', account: context.accountId, dek: '12' };
const wrapped = bytes(300) as WrappedKey;
const calls: [string, () => Promise<Uint8Array>][] = [
  ['kms:GenerateMac', () => keys.mac(2, Uint8Array.of(1))],
  ['kms:Encrypt', () => keys.wrap(bytes(176), context)],
  ['kms:Decrypt', () => keys.unwrap(wrapped, context)],
];

beforeEach(() => {
  mock.reset();
});

const inputs = () => mock.calls().map((call): unknown => call.args[0].input);

describe('what is asked of KMS', () => {
  it('is a MAC under the key of that number', async () => {
    const [Message, Mac] = [bytes(77), bytes(32)];
    mock.on(GenerateMacCommand).resolves({ Mac, KeyId: arn('mac-2') });
    expect(await keys.mac(2, Message)).toEqual(Mac);
    expect(inputs()).toEqual([{ KeyId: arn('mac-2'), MacAlgorithm: 'HMAC_SHA_256', Message }]);
  });

  it('is an encryption bound to purpose, account and DEK version', async () => {
    const Plaintext = bytes(176);
    mock.on(EncryptCommand).resolves({ CiphertextBlob: wrapped, KeyId: arn('wrap') });
    expect(await keys.wrap(Plaintext, context)).toEqual(wrapped);
    expect(inputs()).toEqual([{ KeyId: arn('wrap'), Plaintext, EncryptionContext }]);
  });

  it('is a decryption under the same binding and the one key', async () => {
    const Plaintext = bytes(176);
    mock.on(DecryptCommand).resolves({ Plaintext, KeyId: arn('wrap') });
    expect(await keys.unwrap(wrapped, context)).toEqual(Plaintext);
    expect(inputs()).toEqual([{ KeyId: arn('wrap'), CiphertextBlob: wrapped, EncryptionContext }]);
  });

  it('is nothing for what can be told without KMS', async () => {
    await expect(keys.mac(0, bytes(8))).rejects.toThrow(IntegrityError);
    await expect(keys.mac(3, bytes(8))).rejects.toThrow(IntegrityError);
    await expect(keys.mac(1, bytes(0))).rejects.toThrow(RangeError);
    await expect(keys.mac(1, bytes(4097))).rejects.toThrow(RangeError);
    await expect(keys.unwrap(bytes(0) as WrappedKey, context)).rejects.toThrow(IntegrityError);
    await expect(keys.unwrap(bytes(6145) as WrappedKey, context)).rejects.toThrow(IntegrityError);
    expect(mock.calls()).toHaveLength(0);
  });
});

describe('a MAC that someone brings', () => {
  it('is shown to the first key, and to no other', async () => {
    const [Message, Mac] = [bytes(200), bytes(32)];
    mock.on(VerifyMacCommand).resolves({ MacValid: true, KeyId: arn('mac-1') });
    expect(await keys.confirms(Message, Mac)).toBe(true);
    expect(inputs()).toEqual([{ KeyId: arn('mac-1'), MacAlgorithm: 'HMAC_SHA_256', Message, Mac }]);
  });

  it('is not confirmed where KMS says so, does not say, or another key says it', async () => {
    mock
      .on(VerifyMacCommand)
      .rejectsOnce(awsError('KMSInvalidMacException'))
      .resolvesOnce({ KeyId: arn('mac-1') })
      .resolvesOnce({ MacValid: true, KeyId: arn('mac-2') });
    for (let n = 0; n < 3; n++) expect(await keys.confirms(bytes(8), bytes(32))).toBe(false);
  });

  it.each(OUTAGES)('is UnavailableError for %s', async (_what, error) => {
    mock.on(VerifyMacCommand).rejects(error);
    await expect(keys.confirms(bytes(8), bytes(32))).rejects.toThrow(UnavailableError);
  });
});

describe('while wraps are moved from one key to another', () => {
  const both = createKeyService({ client, wrapKeyArns: [arn('old'), arn('new')], macKeyArns: [arn('mac-1')] });
  const keysAsked = () => mock.calls().map(({ args }) => (args[0].input as { KeyId?: string }).KeyId);

  it('new ones are made under the newest key alone', async () => {
    mock.on(EncryptCommand).resolves({ CiphertextBlob: wrapped, KeyId: arn('new') });
    await both.wrap(bytes(176), context);
    expect(keysAsked()).toEqual([arn('new')]);
  });

  it('the newest key is asked first, an older one where it is not the one', async () => {
    const Plaintext = bytes(176);
    mock.on(DecryptCommand, { KeyId: arn('new') }).rejects(awsError('IncorrectKeyException'));
    mock.on(DecryptCommand, { KeyId: arn('old') }).resolves({ Plaintext, KeyId: arn('old') });
    expect(await both.unwrap(wrapped, context)).toEqual(Plaintext);
    expect(keysAsked()).toEqual([arn('new'), arn('old')]);
  });

  it('a blob that the newest key knows for its own, and refuses, is shown to no other', async () => {
    mock.on(DecryptCommand).rejects(awsError('InvalidCiphertextException'));
    await expect(both.unwrap(wrapped, context)).rejects.toThrow(IntegrityError);
    expect(keysAsked()).toEqual([arn('new')]);
  });

  it('a blob of none of them is refused', async () => {
    mock.on(DecryptCommand).rejects(awsError('IncorrectKeyException'));
    await expect(both.unwrap(wrapped, context)).rejects.toThrow(IntegrityError);
    expect(keysAsked()).toEqual([arn('new'), arn('old')]);
  });

  it('there must be a key', () => {
    expect(() => createKeyService({ client, wrapKeyArns: [], macKeyArns: [arn('mac-1')] })).toThrow(RangeError);
  });
});

describe('what KMS answers', () => {
  describe.each(calls)('to %s', (name, call) => {
    it.each([[arn('another')], [undefined]])('is refused when key %s made it', async (KeyId) => {
      const answer = { ...(KeyId === undefined ? {} : { KeyId }), Mac: bytes(32), Plaintext: bytes(176) };
      mock.onAnyCommand().resolves({ ...answer, CiphertextBlob: wrapped });
      await expect(call()).rejects.toThrow(IntegrityError);
    });

    it('is refused when it holds no bytes', async () => {
      mock.onAnyCommand().resolves({ KeyId: arn(name === 'kms:GenerateMac' ? 'mac-2' : 'wrap') });
      await expect(call()).rejects.toThrow(IntegrityError);
    });

    it.each([
      ...OUTAGES,
      ['a disabled key', awsError('DisabledException')] as const,
      ['a key that is gone', awsError('NotFoundException')] as const,
      ['a key about to be deleted', awsError('KMSInvalidStateException')] as const,
      ['a key store without answer', awsError('DependencyTimeoutException')] as const,
    ])('is UnavailableError for %s', async (_what, error) => {
      mock.onAnyCommand().rejects(error);
      await expect(call()).rejects.toThrow(UnavailableError);
      await expect(call()).rejects.toMatchObject({ message: `${name} is unavailable`, cause: error });
    });
  });

  it('is refused when it is a MAC of another length', async () => {
    mock.on(GenerateMacCommand).resolves({ Mac: bytes(31), KeyId: arn('mac-1') });
    await expect(keys.mac(1, bytes(8))).rejects.toThrow(IntegrityError);
  });

  it.each(['InvalidCiphertextException', 'IncorrectKeyException'])(
    'is IntegrityError for %s: the stored blob is not a wrap of this context',
    async (name) => {
      const error = awsError(name);
      mock.on(DecryptCommand).rejects(error);
      await expect(keys.unwrap(wrapped, context)).rejects.toThrow(IntegrityError);
      await expect(keys.unwrap(wrapped, context)).rejects.toMatchObject({ cause: error });
    },
  );
});
