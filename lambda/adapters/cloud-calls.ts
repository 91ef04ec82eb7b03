import type { Pluggable } from '@smithy/types';
import { errorName, httpStatus } from './cloud-errors.ts';

/**
 * How one attempt of a call ended. `refused`: the service judged it, and the answer is part of the work, as a condition
 * that does not hold. `denied`: it may not be made, or not with that key. `failed`: no answer, or one of 500 and up.
 */
export type Outcome = 'ok' | 'refused' | 'throttled' | 'denied' | 'failed';

/** One attempt of a call of a cloud service: nothing of what it said or was told. */
export interface CloudCall {
  readonly service: 'dynamodb' | 'kms' | 's3';
  /** As "Decrypt". */
  readonly operation: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** To the head of the answer, ms, without the pauses before a repetition. */
  readonly durationMs: number;
  readonly outcome: Outcome;
}

/** Is told of each attempt as it ends. Never throws. */
export type CallObserver = (call: CloudCall) => void;

const THROTTLED = new Set([
  'LimitExceededException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'SlowDown',
  'ThrottlingException',
]);

/** What a permission that was taken away, or a key that was disabled or is to be deleted, is answered with. */
const DENIED = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'DisabledException',
  'ExpiredTokenException',
  'KMSInvalidStateException',
  'UnrecognizedClientException',
]);

/** A plugin for a client: it stands inside the SDK's repetitions, and so sees each attempt by itself. */
export function observing<Input extends object, Output extends object>(
  service: CloudCall['service'],
  observe: CallObserver,
): Pluggable<Input, Output> {
  return {
    applyToStack: (stack) => {
      stack.add(
        (next, { commandName = 'unknown' }) =>
          async (args) => {
            const startedAt = Date.now();
            const begun = performance.now();
            const end = (outcome: Outcome): void => {
              const operation = commandName.replace(/Command$/, '');
              observe({ service, operation, startedAt, durationMs: performance.now() - begun, outcome });
            };
            try {
              const answer = await next(args);
              end('ok');
              return answer;
            } catch (error) {
              end(outcomeOf(error));
              throw error;
            }
          },
        { step: 'finalizeRequest', priority: 'low', name: 'twinlockObserver' },
      );
    },
  };
}

function outcomeOf(error: unknown): Outcome {
  const name = errorName(error);
  const status = httpStatus(error);
  if (THROTTLED.has(name) || status === 429) return 'throttled';
  // A table or a key that is gone, not an object.
  if (DENIED.has(name) || name === 'NotFoundException' || name === 'ResourceNotFoundException') return 'denied';
  return status >= 400 && status < 500 ? 'refused' : 'failed';
}
