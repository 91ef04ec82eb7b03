import { vault } from '../session.tsx';
import type { DraftGroup } from './draft.ts';

/** A document that is being filled in. */
export interface Begun {
  readonly template: string;
  readonly title: string;
  /** Days to keep it, as typed. */
  readonly days: string;
  /** Ids of the chosen items, by input. */
  readonly inputs: Readonly<Record<string, readonly string[]>>;
  readonly fields: DraftGroup;
}

// Whoever goes to add what a document lacks finds it as it was. It stands in memory alone, and ends with the session.
let begun: Begun | null = null;
vault.onSignedOut(() => {
  begun = null;
});

export function keepBegun(document: Begun): void {
  begun = document;
}

export function forgetBegun(): void {
  begun = null;
}

export function begunDocument(): Begun | null {
  return begun;
}
