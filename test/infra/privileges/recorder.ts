import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { KMSClient } from '@aws-sdk/client-kms';
import type { S3Client } from '@aws-sdk/client-s3';
import type { MiddlewareStack } from '@smithy/types';
import { type Need, needsOf, needsOfAbsence, type Places, type Service } from './needs.ts';

/** Writes down what the calls of each function's clients ask of IAM, while it is told to. */
export class Recorder {
  /** By function, each once. */
  readonly needs = new Map<string, Map<string, Need>>();
  /** How many calls were written down. */
  calls = 0;
  recording = false;
  readonly #places: Places;

  constructor(places: Places) {
    this.#places = places;
  }

  /** Watches a client of a function. */
  watch(client: DynamoDBClient | KMSClient | S3Client, service: Service, function_: string): void {
    // Each client has a stack of its own type, and what is added here looks at none of them.
    const stack = client.middlewareStack as unknown as MiddlewareStack<object, object>;
    stack.add(
      (next, { commandName = '' }) =>
        async (args) => {
          const input = args.input as Record<string, unknown>;
          this.#note(function_, () => needsOf(service, commandName.replace(/Command$/, ''), input, this.#places));
          try {
            return await next(args);
          } catch (error) {
            const name = error instanceof Error ? error.name : '';
            if (service === 's3' && (name === 'NoSuchKey' || name === 'NotFound')) {
              this.#note(function_, () => needsOfAbsence(input, this.#places));
            }
            throw error;
          }
        },
      { step: 'initialize', priority: 'high', name: 'recorded' },
    );
  }

  /** What a function asked for. */
  of(function_: string): Need[] {
    return [...(this.needs.get(function_)?.values() ?? [])];
  }

  #note(function_: string, needs: () => Need[]): void {
    if (!this.recording) return;
    this.calls++;
    const all = this.needs.get(function_) ?? new Map<string, Need>();
    this.needs.set(function_, all);
    for (const need of needs()) all.set(JSON.stringify(need), need);
  }
}
