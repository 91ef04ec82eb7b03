import {
  AlgorithmSuiteIdentifier,
  getLocalCryptographicMaterialsCache,
  NodeCachingMaterialsManager,
} from '@aws-crypto/client-node';
import type { ItemPeer } from '../peer-shapes.ts';
import { client, keyring } from './encryption-sdk-parts.ts';

const cached = new NodeCachingMaterialsManager({
  backingMaterials: keyring,
  cache: getLocalCryptographicMaterialsCache(100),
  maxAge: 3_600_000,
  maxMessagesEncrypted: 2 ** 32,
});

const encryptionContext = { app: 'bench', item: '1' };
const unsigned = AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY;

/** At its best: data keys from a cache, a suite that commits and doesn't sign. And as it comes: a data key and a signature each. */
export const peer: readonly [ItemPeer, ItemPeer] = [
  {
    name: 'AWS Encryption SDK, at its best',
    seal: async (plaintext) =>
      (
        await client.encrypt(cached, plaintext, {
          suiteId: unsigned,
          encryptionContext,
          plaintextLength: plaintext.length,
        })
      ).result,
    open: async (sealed) => (await client.decrypt(cached, sealed)).plaintext,
  },
  {
    name: 'AWS Encryption SDK, by default',
    seal: async (plaintext) => (await client.encrypt(keyring, plaintext, { encryptionContext })).result,
    open: async (sealed) => (await client.decrypt(keyring, sealed)).plaintext,
  },
];
