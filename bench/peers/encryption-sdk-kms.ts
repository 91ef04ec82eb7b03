import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { type KeyringNode, KmsKeyringNode } from '@aws-crypto/client-node';
import type { KmsPeer } from '../peer-shapes.ts';
import { client } from './encryption-sdk-parts.ts';

const ARN = 'arn:aws:kms:us-east-1:000000000000:key/00000000-0000-4000-8000-000000000000';
const calls = { count: 0 };
const master = randomBytes(32);
let answersIn = 0;

type Context = Readonly<Record<string, string>> | undefined;

function wrap(key: Uint8Array, context: Context): Uint8Array {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', master, nonce).setAAD(aad(context));
  return Uint8Array.from(Buffer.concat([nonce, cipher.update(key), cipher.final(), cipher.getAuthTag()]));
}

function unwrap(blob: Uint8Array, context: Context): Uint8Array {
  const decipher = createDecipheriv('aes-256-gcm', master, blob.subarray(0, 12)).setAAD(aad(context));
  decipher.setAuthTag(blob.subarray(-16));
  return Uint8Array.from(Buffer.concat([decipher.update(blob.subarray(12, -16)), decipher.final()]));
}

function aad(context: Context): Buffer {
  return Buffer.from(JSON.stringify(Object.entries(context ?? {}).sort()));
}

async function answered<T>(result: T): Promise<T> {
  calls.count++;
  if (answersIn > 0) await pause(answersIn);
  return result;
}

/** KMS in memory, as far as a keyring asks it. */
const kms = {
  generateDataKey({ NumberOfBytes, EncryptionContext }: { NumberOfBytes?: number; EncryptionContext?: Context }) {
    const Plaintext = Uint8Array.from(randomBytes(NumberOfBytes ?? 32));
    return answered({ KeyId: ARN, Plaintext, CiphertextBlob: wrap(Plaintext, EncryptionContext) });
  },
  encrypt({ Plaintext, EncryptionContext }: { Plaintext: Uint8Array; EncryptionContext?: Context }) {
    return answered({ KeyId: ARN, CiphertextBlob: wrap(Plaintext, EncryptionContext) });
  },
  decrypt({ CiphertextBlob, EncryptionContext }: { CiphertextBlob: Uint8Array; EncryptionContext?: Context }) {
    return answered({ KeyId: ARN, Plaintext: unwrap(CiphertextBlob, EncryptionContext) });
  },
};

const keyring = new KmsKeyringNode({ generatorKeyId: ARN, clientProvider: () => kms }) as unknown as KeyringNode;

/** A data key an item, made and opened by KMS: its keyring as it comes. */
export const peer: KmsPeer = {
  calls,
  encrypt: async (plaintext, kmsMs) => {
    answersIn = kmsMs;
    return (await client.encrypt(keyring, plaintext, { encryptionContext: { app: 'bench' } })).result;
  },
  decrypt: async (sealed, kmsMs) => {
    answersIn = kmsMs;
    return (await client.decrypt(keyring, sealed)).plaintext;
  },
};
