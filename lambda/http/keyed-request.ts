import type { KeyedRequest } from '../usecases/idempotency.ts';

/**
 * A request as its idempotency key binds it: two with the same fields in the same order are the same, whatever the
 * spaces between them.
 *
 * @param key the header; undefined where none was sent
 * @param call method and path
 * @param sent JSON, or the bytes of what is no JSON; each with its own place
 */
export function keyedRequest(
  key: string | undefined,
  call: `POST /v1/${string}`,
  ...sent: readonly unknown[]
): KeyedRequest | null {
  if (key === undefined) return null;
  const parts = sent.map((part) => (part instanceof Uint8Array ? part : Buffer.from(JSON.stringify(part))));
  return { key, parts: [Buffer.from(call), ...parts] };
}
