import { looksLikePdf } from '../domain/pdf-file.ts';
import { TwinlockError } from '../errors.ts';
import type { SignedIn } from './authenticate.ts';
import { type Document, readMetadata } from './documents.ts';
import type { DocumentEnvironment } from './environment.ts';
import { type KeyedRequest, once } from './idempotency.ts';
import { storeDocument } from './store-document.ts';

/** A PDF that comes in one piece. */
export interface Upload {
  readonly title: string;
  readonly pdf: Uint8Array;
  /** 1 to 365; the deployment's default where null. */
  readonly retentionDays: number | null;
}

export const DAY_MS = 86_400_000;

/**
 * Stores a PDF that its owner sends.
 *
 * @param keyed sent again, it gives the document that it made
 * @throws TwinlockError `not_a_pdf`, `vault_full`; what {@link once} throws
 */
export async function uploadDocument(
  env: DocumentEnvironment,
  signedIn: SignedIn,
  { title, pdf, retentionDays }: Upload,
  keyed: KeyedRequest | null,
): Promise<Document> {
  if (!looksLikePdf(pdf, pdf)) throw new TwinlockError('not_a_pdf');
  return once(env, signedIn, keyed, {
    find: readMetadata,
    make: (vault, claim) => {
      const expiresAt = env.clock() + (retentionDays ?? env.settings.retentionDays) * DAY_MS;
      return storeDocument(env, vault, pdf, { title, template: null, pages: null }, expiresAt, claim);
    },
  });
}
