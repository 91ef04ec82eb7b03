import type { TwinlockError } from './errors.ts';

/** Times that a request is sent at most. */
const MAX_TRIES = 4;
/** The first wait where the service names none, ms; it doubles each time. */
const FIRST_WAIT_MS = 250;
/** A longer wait is the caller's to decide on, ms. */
const MAX_WAIT_MS = 10_000;

/**
 * How long to wait before a request is sent again, ms; null where it must not be.
 *
 * @param tries how often it was sent so far
 * @param again whether it may be sent again when nobody knows whether it took effect
 */
export function waitAfter({ code, status, retryAfter }: TwinlockError, tries: number, again: boolean): number | null {
  // The one was refused before any work; the other ends as if it had been sent once.
  const isSafe = status === 429 || code === 'temporarily_unavailable';
  const isUnknown = code === 'network' || status === 502 || status === 503 || status === 504;
  if (tries >= MAX_TRIES || !(isSafe || (again && isUnknown))) return null;
  // Up to half of it by chance, so that clients that failed together do not come back together.
  const wait = retryAfter === null ? FIRST_WAIT_MS * 2 ** (tries - 1) * (1 + Math.random() / 2) : retryAfter * 1000;
  return wait > MAX_WAIT_MS ? null : wait;
}

/** Waits so many ms. @throws the signal's reason when it is aborted meanwhile */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    if (signal?.aborted) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });
}
