import { DecryptCommand, type KMSClient, ReEncryptCommand } from '@aws-sdk/client-kms';
import { encryptionContext } from '../../crypto/context.ts';
import type { WrappedKey } from '../../domain/records.ts';
import { IntegrityError } from '../../errors.ts';
import type { WrapMover } from '../../ports/wrap-mover.ts';
import { cloudError, errorName } from '../cloud-errors.ts';
import { isTampered, MAX_BLOB } from './key-service.ts';

/** What KMS answers for a key that it does not use, now or for this caller. */
const REFUSED = new Set([
  'AccessDeniedException',
  'DisabledException',
  'InvalidKeyUsageException',
  'KMSInvalidStateException',
  'NotFoundException',
]);

/** What moves outer wraps, in KMS. */
export function createWrapMover(client: KMSClient): WrapMover {
  return {
    async open(wrapped, context) {
      if (wrapped.length < 1 || wrapped.length > MAX_BLOB) return { state: 'tampered' };
      // No key is named: which one it is, is what is asked for.
      const input = { CiphertextBlob: wrapped, EncryptionContext: encryptionContext(context) };
      try {
        const { Plaintext, KeyId } = await client.send(new DecryptCommand(input));
        if (Plaintext === undefined || KeyId === undefined)
          throw new IntegrityError('kms:Decrypt answered without its bytes');
        return { state: 'open', key: KeyId, inner: Plaintext };
      } catch (error) {
        if (error instanceof IntegrityError) throw error;
        if (isTampered(error)) return { state: 'tampered' };
        if (REFUSED.has(errorName(error))) return { state: 'refused' };
        throw cloudError('kms:Decrypt', error);
      }
    },

    async move(wrapped, context, from, to) {
      const bound = encryptionContext(context);
      const input = {
        CiphertextBlob: wrapped,
        SourceKeyId: from,
        SourceEncryptionContext: bound,
        DestinationKeyId: to,
        DestinationEncryptionContext: bound,
      };
      const answer = await client.send(new ReEncryptCommand(input)).catch((error: unknown) => {
        if (isTampered(error)) throw new IntegrityError('wrapped key', { cause: error });
        throw cloudError('kms:ReEncrypt', error);
      });
      // The source is answered as a key's ARN or as its id.
      const isFrom = answer.SourceKeyId === from || from.endsWith(`/${answer.SourceKeyId ?? ' '}`);
      if (answer.KeyId !== to || !isFrom) throw new IntegrityError('kms:ReEncrypt answered with another key');
      if (answer.CiphertextBlob === undefined) throw new IntegrityError('kms:ReEncrypt answered without its bytes');
      return answer.CiphertextBlob as WrappedKey;
    },
  };
}
