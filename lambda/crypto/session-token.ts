import { type AccountId, parseId, type SessionId } from '../domain/ids.ts';
import { concat, field, n32, n64, SecretBytes, sha256, utf8 } from './bytes.ts';
import { hkdf } from './hkdf.ts';

/** Bytes of a session's secret. */
export const SESSION_SECRET_SIZE = 32;

/** What a token says. */
export interface SessionToken {
  readonly accountId: AccountId;
  readonly sessionId: SessionId;
  /** 32 bytes. */
  readonly secret: SecretBytes;
}

// 43 characters carry 258 bits: the last one's two low bits are zero in the one spelling that is accepted.
const PATTERN = /^tw1\.([0-9A-Z]{26})\.([0-9A-Z]{26})\.([A-Za-z0-9_-]{42}[AEIMQUYcgkosw048])$/;

/** The bearer token of a session: the only place where its secret is text. */
export function formatToken({ accountId, sessionId, secret }: SessionToken): string {
  const { bytes } = secret;
  if (bytes.length !== SESSION_SECRET_SIZE) {
    throw new RangeError(`secret has ${bytes.length} bytes, not ${SESSION_SECRET_SIZE}`);
  }
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url');
  return `tw1.${accountId}.${sessionId}.${text}`;
}

/** What a token says; null for anything but the canonical spelling of one. */
export function parseToken(token: string): SessionToken | null {
  const [, account, session, text] = PATTERN.exec(token) ?? [];
  if (account === undefined || session === undefined || text === undefined) return null;
  const accountId = parseId<AccountId>(account);
  const sessionId = parseId<SessionId>(session);
  if (accountId === null || sessionId === null) return null;
  return { accountId, sessionId, secret: new SecretBytes(Buffer.from(text, 'base64url')) };
}

/** The 32 bytes by which a session's row knows its secret, without being able to use it. */
export function sessionSecretHash(secret: SecretBytes): Uint8Array {
  return hkdf(secret.bytes, new Uint8Array(0), utf8('twinlock/session-id/v1\0'), 32);
}

/** What a session's DEK is wrapped as, and for. */
export interface WrappedSession {
  readonly accountId: AccountId;
  readonly sessionId: SessionId;
  readonly epoch: number;
  readonly dekVersion: number;
  readonly wrap: Uint8Array;
}

/**
 * What a session's DEK is known by while it is kept in memory, in base64. It is made from the secret itself, not from what
 * the row says of it: where somebody puts another session's hash, or wrap, into the row, this is another name.
 */
export function sessionKeyName(secret: SecretBytes, session: WrappedSession): string {
  const { accountId, sessionId, epoch, dekVersion, wrap } = session;
  const bound = concat(field(accountId), field(sessionId), n64(epoch), n32(dekVersion), field(sha256(wrap)));
  const info = concat(utf8('twinlock/session-cache/v1\0'), bound);
  return Buffer.from(hkdf(secret.bytes, new Uint8Array(0), info, 32)).toString('base64');
}
