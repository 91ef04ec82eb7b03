import { IntegrityError } from '../errors.ts';

/** A value as UTF-8 JSON. */
export function toJson(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}

/**
 * A value from JSON that was authenticated: its shape is ours, for nobody else could have sealed it.
 *
 * @throws IntegrityError when it is no JSON all the same
 */
export function fromJson<T>(bytes: Uint8Array, what: string): T {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8')) as T;
  } catch (cause) {
    throw new IntegrityError(what, { cause });
  }
}
