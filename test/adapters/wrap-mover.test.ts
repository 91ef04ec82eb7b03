import { DisableKeyCommand, EncryptCommand, KMSClient } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createWrapMover } from '../../lambda/adapters/kms/wrap-mover.ts';
import { encryptionContext, type WrapContext } from '../../lambda/crypto/context.ts';
import type { AccountId } from '../../lambda/domain/ids.ts';
import type { WrappedKey } from '../../lambda/domain/records.ts';
import { IntegrityError, UnavailableError } from '../../lambda/errors.ts';
import type { WrapMover } from '../../lambda/ports/wrap-mover.ts';
import { type LocalCloud, startCloud } from '../../local/cloud.ts';

const CONTEXT: WrapContext = {
  purpose: 'password',
  accountId: '01JZZZZZZZZZZZZZZZZZZZZZZZ' as AccountId,
  dekVersion: 1,
};
const INNER = Uint8Array.from({ length: 176 }, (_, i) => i);

describe('what moves wraps', () => {
  let cloud: LocalCloud;
  let client: KMSClient;
  let mover: WrapMover;
  let keys: [string, string, string];

  beforeAll(async () => {
    cloud = await startCloud(null, { wrapKeys: 3 });
    client = new KMSClient({ region: cloud.region, credentials: cloud.credentials, endpoint: cloud.endpoints.kms });
    mover = createWrapMover(client);
    keys = [...cloud.wrapKeyArns] as typeof keys;
  });
  afterAll(async () => {
    client.destroy();
    await cloud.close();
  });

  const wrap = async (key: string, context = CONTEXT) => {
    const input = { KeyId: key, Plaintext: INNER, EncryptionContext: encryptionContext(context) };
    return (await client.send(new EncryptCommand(input))).CiphertextBlob as WrappedKey;
  };

  it('opens a wrap under whatever key, and says which', async () => {
    for (const key of keys.slice(0, 2)) {
      expect(await mover.open(await wrap(key), CONTEXT)).toEqual({ state: 'open', key, inner: INNER });
    }
  });

  it('moves a wrap from one key to another, the same inside', async () => {
    const [from, to] = keys;
    const moved = await mover.move(await wrap(from), CONTEXT, from, to);
    expect(await mover.open(moved, CONTEXT)).toEqual({ state: 'open', key: to, inner: INNER });
  });

  it('opens and moves nothing of another context, or that is no wrap', async () => {
    const [from, to] = keys;
    const other = await wrap(from, { ...CONTEXT, dekVersion: 2 });
    for (const blob of [other, new Uint8Array(0), new Uint8Array(6145), new Uint8Array(200)] as WrappedKey[]) {
      expect(await mover.open(blob, CONTEXT)).toEqual({ state: 'tampered' });
    }
    await expect(mover.move(other, CONTEXT, from, to)).rejects.toThrow(IntegrityError);
  });

  it('moves no wrap that is under another key than the one named', async () => {
    const [first, second, third] = keys;
    await expect(mover.move(await wrap(first), CONTEXT, second, third)).rejects.toThrow(IntegrityError);
  });

  it('holds the answer to the key that it asked for', async () => {
    const [from, to] = keys;
    const wrapped = await wrap(from);
    // As a KMS that answers with another key than it was asked to use.
    const lying = { send: () => Promise.resolve({ CiphertextBlob: wrapped, KeyId: from, SourceKeyId: from }) };
    await expect(createWrapMover(lying as unknown as KMSClient).move(wrapped, CONTEXT, from, to)).rejects.toThrow(
      'another key',
    );
  });

  it('tells a key that is disabled from a wrap that is none', async () => {
    const [, second, third] = keys;
    const wrapped = await wrap(third);
    await client.send(new DisableKeyCommand({ KeyId: third }));
    expect(await mover.open(wrapped, CONTEXT)).toEqual({ state: 'refused' });
    await expect(mover.move(wrapped, CONTEXT, third, second)).rejects.toThrow(UnavailableError);
  });
});
