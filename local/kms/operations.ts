import { createHmac, timingSafeEqual } from 'node:crypto';

import { decrypt, encrypt, keyIdOf } from './ciphertext.ts';
import { KmsError } from './errors.ts';
import type { EncryptionContext, Input } from './input.ts';
import { ACCOUNT, type Key, type Keyring, type KeySpec } from './keyring.ts';

/** Limits of the KMS API reference, in bytes. */
const MAX_PLAINTEXT = 4096;
const MAX_MESSAGE = 4096;
const MAX_CIPHERTEXT = 6144;
const MAX_MAC = 6144;

const USAGE = { SYMMETRIC_DEFAULT: 'ENCRYPT_DECRYPT', HMAC_256: 'GENERATE_VERIFY_MAC' } as const;

export interface Operation {
  /** The parameters that it takes. */
  readonly takes: readonly string[];
  readonly run: (keyring: Keyring, input: Input, now: number) => Readonly<Record<string, unknown>>;
}

/** By the name behind `TrentService.` in `x-amz-target`. */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  CreateKey: {
    takes: ['Description', 'KeySpec', 'CustomerMasterKeySpec', 'KeyUsage', 'Origin'],
    run: createKey,
  },
  DescribeKey: {
    takes: ['KeyId'],
    run: (keyring, input) => ({ KeyMetadata: metadata(keyring.find(input.text('KeyId'))) }),
  },
  ListKeys: { takes: ['Limit', 'Marker'], run: listKeys },
  CreateAlias: { takes: ['AliasName', 'TargetKeyId'], run: createAlias },
  ListAliases: { takes: ['KeyId', 'Limit', 'Marker'], run: listAliases },
  EnableKey: { takes: ['KeyId'], run: (keyring, input) => setEnabled(keyring, input, true) },
  DisableKey: { takes: ['KeyId'], run: (keyring, input) => setEnabled(keyring, input, false) },
  Encrypt: { takes: ['KeyId', 'Plaintext', 'EncryptionContext', 'EncryptionAlgorithm'], run: encryptOperation },
  Decrypt: { takes: ['KeyId', 'CiphertextBlob', 'EncryptionContext', 'EncryptionAlgorithm'], run: decryptOperation },
  ReEncrypt: {
    takes: [
      'CiphertextBlob',
      'SourceKeyId',
      'SourceEncryptionContext',
      'SourceEncryptionAlgorithm',
      'DestinationKeyId',
      'DestinationEncryptionContext',
      'DestinationEncryptionAlgorithm',
    ],
    run: reEncrypt,
  },
  GenerateMac: { takes: ['KeyId', 'Message', 'MacAlgorithm'], run: generateMac },
  VerifyMac: { takes: ['KeyId', 'Message', 'MacAlgorithm', 'Mac'], run: verifyMac },
};

function createKey(keyring: Keyring, input: Input, now: number): Readonly<Record<string, unknown>> {
  const specs = ['SYMMETRIC_DEFAULT', 'HMAC_256'] as const;
  const older = input.choice('CustomerMasterKeySpec', specs, 'SYMMETRIC_DEFAULT');
  const spec = input.choice('KeySpec', specs, older);
  const usage = input.choice('KeyUsage', Object.values(USAGE), 'ENCRYPT_DECRYPT');
  if (usage !== USAGE[spec]) {
    throw new KmsError('ValidationException', `KeyUsage ${usage} is not compatible with KeySpec ${spec}`);
  }
  input.choice('Origin', ['AWS_KMS'], 'AWS_KMS');
  return { KeyMetadata: metadata(keyring.create(spec, input.optional('Description') ?? '', now)) };
}

function createAlias(keyring: Keyring, input: Input): Readonly<Record<string, unknown>> {
  keyring.alias(input.text('AliasName', 256), input.text('TargetKeyId'));
  return {};
}

function setEnabled(keyring: Keyring, input: Input, enabled: boolean): Readonly<Record<string, unknown>> {
  keyring.setEnabled(keyring.find(input.text('KeyId')), enabled);
  return {};
}

function listKeys(keyring: Keyring, input: Input): Readonly<Record<string, unknown>> {
  const keys = keyring.keys.map((key) => ({ KeyId: key.id, KeyArn: key.arn }));
  return page('Keys', keys, input);
}

function listAliases(keyring: Keyring, input: Input): Readonly<Record<string, unknown>> {
  const reference = input.optional('KeyId');
  const only = reference === null ? null : keyring.find(reference);
  const aliases = keyring.aliases
    .filter(({ key }) => only === null || key.id === only.id)
    .map(({ name, key }) => ({ AliasName: name, AliasArn: keyring.arn(name), TargetKeyId: key.id }));
  return page('Aliases', aliases, input);
}

/** The marker is the place in the list: nothing is ever taken out of one. */
function page(name: string, rows: readonly object[], input: Input): Readonly<Record<string, unknown>> {
  const marker = input.optional('Marker') ?? '0';
  if (!/^\d{1,9}$/.test(marker)) throw new KmsError('ValidationException', 'The marker is not one of this list.');
  const end = Number(marker) + input.limit('Limit', 100);
  const more = end < rows.length;
  return { [name]: rows.slice(Number(marker), end), Truncated: more, ...(more && { NextMarker: String(end) }) };
}

function encryptOperation(keyring: Keyring, input: Input): Readonly<Record<string, unknown>> {
  const plaintext = input.blob('Plaintext', MAX_PLAINTEXT);
  const context = input.context('EncryptionContext');
  const key = usable(keyring.find(input.text('KeyId')), 'SYMMETRIC_DEFAULT', 'Encrypt');
  const algorithm = symmetric(input, 'EncryptionAlgorithm');
  return { CiphertextBlob: encryptUnder(key, plaintext, context), KeyId: key.arn, EncryptionAlgorithm: algorithm };
}

function decryptOperation(keyring: Keyring, input: Input): Readonly<Record<string, unknown>> {
  const { key, plaintext } = open(keyring, input, 'KeyId', 'EncryptionContext', 'Decrypt');
  const algorithm = symmetric(input, 'EncryptionAlgorithm');
  return { Plaintext: plaintext.toString('base64'), KeyId: key.arn, EncryptionAlgorithm: algorithm };
}

function reEncrypt(keyring: Keyring, input: Input): Readonly<Record<string, unknown>> {
  const context = input.context('DestinationEncryptionContext');
  const destination = usable(keyring.find(input.text('DestinationKeyId')), 'SYMMETRIC_DEFAULT', 'ReEncrypt');
  const { key, plaintext } = open(keyring, input, 'SourceKeyId', 'SourceEncryptionContext', 'ReEncrypt');
  return {
    CiphertextBlob: encryptUnder(destination, plaintext, context),
    SourceKeyId: key.arn,
    KeyId: destination.arn,
    SourceEncryptionAlgorithm: symmetric(input, 'SourceEncryptionAlgorithm'),
    DestinationEncryptionAlgorithm: symmetric(input, 'DestinationEncryptionAlgorithm'),
  };
}

function open(
  keyring: Keyring,
  input: Input,
  keyParameter: string,
  contextParameter: string,
  operation: string,
): { key: Key; plaintext: Buffer } {
  const blob = input.blob('CiphertextBlob', MAX_CIPHERTEXT);
  const context = input.context(contextParameter);
  const reference = input.optional(keyParameter);
  const named = reference === null ? null : usable(keyring.find(reference), 'SYMMETRIC_DEFAULT', operation);
  const id = keyIdOf(blob);
  const stored = keyring.keys.find((key) => key.id === id);
  if (stored === undefined) throw invalidCiphertext();
  if (named !== null && named.id !== stored.id) {
    throw new KmsError(
      'IncorrectKeyException',
      'The key ID in the request does not identify a CMK that can perform this operation.',
    );
  }
  const key = usable(stored, 'SYMMETRIC_DEFAULT', operation);
  const plaintext = decrypt(material(key), blob, context);
  if (plaintext === null) throw invalidCiphertext();
  return { key, plaintext };
}

function generateMac(keyring: Keyring, input: Input): Readonly<Record<string, unknown>> {
  const { key, mac } = computeMac(keyring, input, 'GenerateMac');
  return { Mac: mac.toString('base64'), MacAlgorithm: 'HMAC_SHA_256', KeyId: key.arn };
}

function verifyMac(keyring: Keyring, input: Input): Readonly<Record<string, unknown>> {
  const claimed = input.blob('Mac', MAX_MAC);
  const { key, mac } = computeMac(keyring, input, 'VerifyMac');
  if (claimed.length !== mac.length || !timingSafeEqual(claimed, mac)) {
    throw new KmsError('KMSInvalidMacException', 'The HMAC verification failed.');
  }
  return { MacValid: true, MacAlgorithm: 'HMAC_SHA_256', KeyId: key.arn };
}

function computeMac(keyring: Keyring, input: Input, operation: string): { key: Key; mac: Buffer } {
  const message = input.blob('Message', MAX_MESSAGE);
  const algorithms = ['HMAC_SHA_224', 'HMAC_SHA_256', 'HMAC_SHA_384', 'HMAC_SHA_512'] as const;
  const algorithm = input.choice('MacAlgorithm', algorithms);
  const key = usable(keyring.find(input.text('KeyId')), 'HMAC_256', operation);
  if (algorithm !== 'HMAC_SHA_256') {
    throw new KmsError('InvalidKeyUsageException', `Algorithm ${algorithm} is incompatible with key spec HMAC_256.`);
  }
  return { key, mac: createHmac('sha256', material(key)).update(message).digest() };
}

function usable(key: Key, spec: KeySpec, operation: string): Key {
  if (!key.enabled) throw new KmsError('DisabledException', `${key.arn} is disabled.`);
  if (key.spec !== spec) {
    throw new KmsError(
      'InvalidKeyUsageException',
      `${key.arn} key usage is ${USAGE[key.spec]} which is not valid for ${operation}.`,
    );
  }
  return key;
}

function symmetric(input: Input, name: string): 'SYMMETRIC_DEFAULT' {
  const known = ['SYMMETRIC_DEFAULT', 'RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256', 'SM2PKE'] as const;
  const algorithm = input.choice(name, known, 'SYMMETRIC_DEFAULT');
  if (algorithm === 'SYMMETRIC_DEFAULT') return algorithm;
  throw new KmsError(
    'InvalidKeyUsageException',
    `Algorithm ${algorithm} is incompatible with key spec SYMMETRIC_DEFAULT.`,
  );
}

function encryptUnder(key: Key, plaintext: Uint8Array, context: EncryptionContext): string {
  return encrypt(key.id, material(key), plaintext, context).toString('base64');
}

function material(key: Key): Buffer {
  return Buffer.from(key.material, 'base64');
}

// KMS sends no message with it.
function invalidCiphertext(): KmsError {
  return new KmsError('InvalidCiphertextException', '');
}

function metadata(key: Key): Readonly<Record<string, unknown>> {
  const isMac = key.spec === 'HMAC_256';
  return {
    AWSAccountId: ACCOUNT,
    KeyId: key.id,
    Arn: key.arn,
    CreationDate: key.createdAt / 1000,
    Enabled: key.enabled,
    Description: key.description,
    KeyUsage: USAGE[key.spec],
    KeyState: key.enabled ? 'Enabled' : 'Disabled',
    Origin: 'AWS_KMS',
    KeyManager: 'CUSTOMER',
    CustomerMasterKeySpec: key.spec,
    KeySpec: key.spec,
    ...(isMac ? { MacAlgorithms: ['HMAC_SHA_256'] } : { EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'] }),
    MultiRegion: false,
  };
}
