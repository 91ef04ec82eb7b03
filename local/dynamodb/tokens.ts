import { createHash } from 'node:crypto';
import type { BatchOperation } from 'dynalite/db/index.js';
import type { Engine } from './engine.ts';
import { failure } from './failure.ts';

/** How long a token of a transaction that took effect is remembered. */
const TOKEN_LIFE_MS = 10 * 60_000;
const PREFIX = 'token~';

interface Token {
  readonly at: number;
  /** SHA-256 of what the transaction asked for. */
  readonly digest: string;
}

/** The tokens of the transactions of the last ten minutes, kept in the store and, in order of time, in memory. */
export interface Tokens {
  /** Whether the same transaction took effect before. @throws Failure when another one had this token */
  spent(token: string, digest: string): boolean;
  /** Commits a transaction's writes together with its token, and forgets old tokens in the same batch. */
  commit(operations: readonly BatchOperation[], token: string, digest: string): Promise<void>;
}

/** The key under which a token lies in the store. */
export function tokenKey(token: string): string {
  return `${PREFIX}${token}`;
}

export async function loadTokens(engine: Engine): Promise<Tokens> {
  const stored: [string, Token][] = [];
  for await (const [key, value] of engine.entries(PREFIX)) stored.push([key, value as Token]);
  const tokens = new Map(stored.sort(([, a], [, b]) => a.at - b.at));
  const live = (token: Token): boolean => engine.now() - token.at < TOKEN_LIFE_MS;

  return {
    spent(token, digest) {
      const known = tokens.get(tokenKey(token));
      if (known === undefined || !live(known)) return false;
      if (known.digest === digest) return true;
      throw failure('IdempotentParameterMismatchException', 'The token was used with other parameters');
    },
    async commit(operations, token, digest) {
      const old: BatchOperation[] = [];
      for (const [key, value] of tokens) {
        if (live(value)) break;
        tokens.delete(key);
        old.push({ type: 'del', key });
      }
      const key = tokenKey(token);
      const value = { at: engine.now(), digest };
      await engine.commit([...operations, ...old, { type: 'put', key, value }]);
      tokens.set(key, value);
    },
  };
}

/** What tells one transaction's parameters from another's: the order of members does not. */
export function digestOf(content: unknown): string {
  return createHash('sha256').update(JSON.stringify(content, sorted)).digest('base64');
}

function sorted(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
