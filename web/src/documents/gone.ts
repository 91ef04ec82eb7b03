import { TwinlockError } from '@twinlock/client';

/** Whether the service does not know any more what was asked for. */
export function isGone(error: unknown): boolean {
  return error instanceof TwinlockError && error.code === 'not_found';
}
