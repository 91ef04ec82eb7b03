import { LANGUAGES, PAPERS, type Stationery } from './domain/stationery.ts';
import type { VaultSettings } from './usecases/environment.ts';

/** What a function reads from its environment, once, at cold start. */
export interface Config {
  readonly table: string;
  /** At least one, oldest first: the last one is used for new wraps. */
  readonly wrapKeyArns: readonly string[];
  /** The MAC key with number n is at n - 1; the last one is used for new wraps. */
  readonly macKeyArns: readonly string[];
  readonly allowedOrigins: readonly string[];
  readonly stage: string;
  readonly settings: VaultSettings;
}

/** What the documents function reads besides: how its documents look. */
export interface StationeryConfig extends Stationery {
  /** The path of a PNG or JPEG file; null where there is none. */
  readonly logo: string | null;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Parses a function's environment.
 *
 * @throws Error that names the variable at fault, never its value
 */
export function readConfig(env: Environment): Config {
  const macKeyArns = list(env, 'MAC_KEY_ARNS');
  if (macKeyArns.length === 0) throw new Error('MAC_KEY_ARNS is empty');
  const wrapKeyArns = list(env, 'WRAP_KEY_ARNS');
  if (wrapKeyArns.length === 0) throw new Error('WRAP_KEY_ARNS is empty');
  return {
    table: text(env, 'TABLE_NAME'),
    wrapKeyArns,
    macKeyArns,
    allowedOrigins: list(env, 'ALLOWED_ORIGINS'),
    stage: text(env, 'STAGE'),
    settings: {
      bcryptCost: whole(env, 'BCRYPT_COST', 10, 14),
      suite: whole(env, 'CIPHER_SUITE', 1, 2) === 1 ? 1 : 2,
      pepper: macKeyArns.length,
      minPasswordLength: whole(env, 'MIN_PASSWORD_LENGTH', 15, 64),
      sessionMs: whole(env, 'SESSION_HOURS', 1, 24) * 3_600_000,
      idleMs: whole(env, 'IDLE_MINUTES', 1, 1440) * 60_000,
      sessionCacheMs: whole(env, 'SESSION_CACHE_SECONDS', 0, 60) * 1000,
      sessionsSince: time(env, 'SESSIONS_SINCE'),
      retentionDays: whole(env, 'DEFAULT_RETENTION_DAYS', 1, 365),
    },
  };
}

/**
 * Parses what the environment says of documents.
 *
 * @throws Error that names the variable at fault, never its value
 */
export function readStationery(env: Environment): StationeryConfig {
  if (env.PDF_LOGO === undefined) throw new Error('PDF_LOGO is not set');
  return {
    brand: text(env, 'PDF_BRAND'),
    paper: oneOf(env, 'PDF_PAPER', PAPERS),
    language: oneOf(env, 'PDF_LANGUAGE', LANGUAGES),
    logo: env.PDF_LOGO === '' ? null : env.PDF_LOGO,
  };
}

/** What tells calls of the distribution in front from all others; null where there is none and every call is direct. */
export function readEdgeSecret(env: Environment): string | null {
  if (env.EDGE_SECRET === undefined) throw new Error('EDGE_SECRET is not set');
  return env.EDGE_SECRET === '' ? null : env.EDGE_SECRET;
}

/** A variable that must be there. */
export function text(env: Environment, name: string): string {
  const value = env[name];
  if (value === undefined || value === '') throw new Error(`${name} is not set`);
  return value;
}

function list(env: Environment, name: string): string[] {
  if (env[name] === undefined) throw new Error(`${name} is not set`);
  return env[name].split(',').filter((entry) => entry !== '');
}

function oneOf<T extends string>(env: Environment, name: string, values: readonly T[]): T {
  const value = text(env, name);
  const found = values.find((candidate) => candidate === value);
  if (found === undefined) throw new Error(`${name} is none of ${values.join(', ')}`);
  return found;
}

/** A moment in milliseconds since 1970; 0 where the variable is empty. */
function time(env: Environment, name: string): number {
  if (env[name] === undefined) throw new Error(`${name} is not set`);
  const at = env[name] === '' ? 0 : Date.parse(env[name]);
  if (Number.isNaN(at)) throw new Error(`${name} is no time`);
  return at;
}

function whole(env: Environment, name: string, least: number, most: number): number {
  const value = text(env, name);
  const number = /^\d{1,6}$/.test(value) ? Number(value) : Number.NaN;
  if (!(number >= least && number <= most)) throw new Error(`${name} is no whole number from ${least} to ${most}`);
  return number;
}
