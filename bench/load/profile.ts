import type { Client } from './client.ts';

/** What of a call's answer is looked at. */
export interface Answer {
  readonly body: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** One call, and what it must answer. */
export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly status: number;
  /** Called for an answer of that status. @returns whether it is right */
  readonly check?: (answer: Answer) => boolean;
}

/** How often each operation is called, among 100 calls or so; and how it is called by a client as it stands. */
export const PROFILE = {
  'masked read': { weight: 26, call: (client) => client.readMasked() },
  reveal: { weight: 12, call: (client) => client.reveal() },
  'list of items': { weight: 6, call: (client) => client.listItems() },
  'create item': { weight: 7, call: (client) => client.createItem() },
  'replace item': { weight: 7, call: (client) => client.replaceItem() },
  'replace, stale (412)': { weight: 2, call: (client) => client.replaceStale() },
  'delete item': { weight: 7, call: (client) => client.deleteItem() },
  'generate document': { weight: 2, call: (client) => client.generate() },
  'upload of 1 MB': { weight: 2, call: (client) => client.upload() },
  'list of documents': { weight: 3, call: (client) => client.listDocuments() },
  content: { weight: 5, call: (client) => client.content() },
  'content, a range': { weight: 6, call: (client) => client.range() },
  'delete document': { weight: 4, call: (client) => client.deleteDocument() },
  activity: { weight: 3, call: (client) => client.activity() },
  'sign in': { weight: 1, call: (client) => client.signIn() },
  'sign out': { weight: 1, call: (client) => client.signOut() },
  health: { weight: 6, call: (client) => client.health() },
} as const satisfies Record<string, { readonly weight: number; readonly call: (client: Client) => Call | null }>;

export type Operation = keyof typeof PROFILE;

export const OPERATIONS = Object.keys(PROFILE) as Operation[];

/** What is called where an operation can't be: an account holds about as much at the end as at the beginning. */
export const INSTEAD: Readonly<Partial<Record<Operation, Operation>>> = {
  'create item': 'delete item',
  'delete item': 'create item',
  'generate document': 'delete document',
  'upload of 1 MB': 'delete document',
  'delete document': 'upload of 1 MB',
  'sign in': 'sign out',
  'sign out': 'sign in',
};
