import {
  DecryptCommand,
  EncryptCommand,
  GenerateMacCommand,
  type KMSClient,
  VerifyMacCommand,
} from '@aws-sdk/client-kms';
import { encryptionContext } from '../../crypto/context.ts';
import type { WrappedKey } from '../../domain/records.ts';
import { IntegrityError } from '../../errors.ts';
import type { KeyService } from '../../ports/key-service.ts';
import { cloudError, errorName } from '../cloud-errors.ts';

/** Bytes of the largest ciphertext that kms:Decrypt takes. */
export const MAX_BLOB = 6144;

/** Bytes of the largest message that kms:GenerateMac takes. */
const MAX_MESSAGE = 4096;

export interface KeyServiceOptions {
  readonly client: KMSClient;
  /** At least one, oldest first: the last wraps, all unwrap. */
  readonly wrapKeyArns: readonly string[];
  /** MAC key number n stands at place n - 1. */
  readonly macKeyArns: readonly string[];
}

/** The operator's lock in KMS. */
export function createKeyService({ client, wrapKeyArns, macKeyArns }: KeyServiceOptions): KeyService {
  const newest = wrapKeyArns.at(-1);
  if (newest === undefined) throw new RangeError('no wrap key');
  const macInput = (pepper: number, message: Uint8Array) => {
    const KeyId = macKeyArns[pepper - 1];
    if (KeyId === undefined) throw new IntegrityError('MAC key number');
    if (message.length < 1 || message.length > MAX_MESSAGE) {
      throw new RangeError(`message has ${message.length} bytes, not 1 to ${MAX_MESSAGE}`);
    }
    return { KeyId, Message: message, MacAlgorithm: 'HMAC_SHA_256' as const };
  };
  return {
    async mac(pepper, message) {
      const input = macInput(pepper, message);
      const answer = await call('kms:GenerateMac', () => client.send(new GenerateMacCommand(input)));
      return checked('kms:GenerateMac', answer.Mac, answer.KeyId, input.KeyId, 32);
    },

    async confirms(message, mac) {
      const input = { ...macInput(1, message), Mac: mac };
      try {
        const answer = await client.send(new VerifyMacCommand(input));
        return answer.MacValid === true && answer.KeyId === input.KeyId;
      } catch (error) {
        if (errorName(error) === 'KMSInvalidMacException') return false;
        throw cloudError('kms:VerifyMac', error);
      }
    },

    async wrap(inner, context) {
      const input = { KeyId: newest, Plaintext: inner, EncryptionContext: encryptionContext(context) };
      const answer = await call('kms:Encrypt', () => client.send(new EncryptCommand(input)));
      return checked('kms:Encrypt', answer.CiphertextBlob, answer.KeyId, newest) as WrappedKey;
    },

    async unwrap(wrapped, context) {
      if (wrapped.length < 1 || wrapped.length > MAX_BLOB) throw new IntegrityError('wrapped key');
      const input = { CiphertextBlob: wrapped, EncryptionContext: encryptionContext(context) };
      let refusal: IntegrityError | null = null;
      // Each key is named: KMS would else take whatever key the blob says.
      for (const KeyId of wrapKeyArns.toReversed()) {
        try {
          const answer = await call('kms:Decrypt', () => client.send(new DecryptCommand({ ...input, KeyId })));
          return checked('kms:Decrypt', answer.Plaintext, answer.KeyId, KeyId);
        } catch (error) {
          if (!isOfAnotherKey(error)) throw error;
          refusal = error;
        }
      }
      throw refusal ?? new IntegrityError('wrapped key');
    },
  };
}

function isOfAnotherKey(error: unknown): error is IntegrityError {
  return error instanceof IntegrityError && errorName(error.cause) === 'IncorrectKeyException';
}

/** Whether KMS says of a blob that it is none, is of another context, or is not under the key that was named. */
export function isTampered(error: unknown): boolean {
  return ['InvalidCiphertextException', 'IncorrectKeyException'].includes(errorName(error));
}

async function call<T>(name: string, send: () => Promise<T>): Promise<T> {
  try {
    return await send();
  } catch (error) {
    if (isTampered(error)) throw new IntegrityError('wrapped key', { cause: error });
    throw cloudError(name, error);
  }
}

/** The answer's bytes, once it is known that the key asked for made them. */
function checked(
  name: string,
  bytes: Uint8Array | undefined,
  key: string | undefined,
  asked: string,
  length?: number,
): Uint8Array {
  if (key !== asked) throw new IntegrityError(`${name} answered with another key`);
  if (bytes === undefined || (length !== undefined && bytes.length !== length)) {
    throw new IntegrityError(`${name} answered without its bytes`);
  }
  return bytes;
}
