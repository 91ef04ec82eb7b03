import { describe, expect, it } from '@jest/globals';
import { sessionCache, vaultEnvironment } from '../lambda/compose.ts';
import { readConfig, readEdgeSecret, readStationery, text } from '../lambda/config.ts';
import { createMemoryTelemetry } from './fixtures/memory-telemetry.ts';

const WRAP = 'arn:aws:kms:eu-central-1:111122223333:key/wrap';
const MACS = ['arn:aws:kms:eu-central-1:111122223333:key/mac-1', 'arn:aws:kms:eu-central-1:111122223333:key/mac-2'];

const FULL: Readonly<Record<string, string>> = {
  TABLE_NAME: 'vault',
  WRAP_KEY_ARNS: WRAP,
  MAC_KEY_ARNS: MACS.join(','),
  ALLOWED_ORIGINS: 'https://app.example.com,https://admin.example.com',
  STAGE: 'prod',
  BCRYPT_COST: '12',
  CIPHER_SUITE: '2',
  SESSION_HOURS: '8',
  IDLE_MINUTES: '30',
  MIN_PASSWORD_LENGTH: '15',
  SESSION_CACHE_SECONDS: '0',
  SESSIONS_SINCE: '2026-11-27T03:00:00Z',
  DEFAULT_RETENTION_DAYS: '90',
};

function without(name: string): Record<string, string | undefined> {
  return { ...FULL, [name]: undefined };
}

/** The message of the error that a reading throws. @throws Error when it throws none */
function complaint(env: Readonly<Record<string, string | undefined>>): string {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof Error) return error.message;
  }
  throw new Error('it was read');
}

describe('readConfig', () => {
  it('reads a whole environment', () => {
    expect(readConfig(FULL)).toEqual({
      table: 'vault',
      wrapKeyArns: [WRAP],
      macKeyArns: MACS,
      allowedOrigins: ['https://app.example.com', 'https://admin.example.com'],
      stage: 'prod',
      settings: {
        bcryptCost: 12,
        suite: 2,
        pepper: 2,
        minPasswordLength: 15,
        sessionCacheMs: 0,
        sessionsSince: Date.UTC(2026, 10, 27, 3),
        sessionMs: 8 * 3_600_000,
        idleMs: 30 * 60_000,
        retentionDays: 90,
      },
    });
  });

  it.each(Object.keys(FULL))('names %s where it is missing, for nothing has a default', (name) => {
    expect(complaint(without(name))).toBe(`${name} is not set`);
  });

  it.each(Object.keys(FULL).filter((name) => name !== 'ALLOWED_ORIGINS' && name !== 'SESSIONS_SINCE'))(
    'takes no empty %s',
    (name) => {
      expect(complaint({ ...FULL, [name]: '' })).toMatch(new RegExp(`^${name} is (not set|empty)$`));
    },
  );

  it('takes an empty list of origins: then no browser may call from elsewhere', () => {
    expect(readConfig({ ...FULL, ALLOWED_ORIGINS: '' }).allowedOrigins).toEqual([]);
  });

  it('takes no list of nothing but commas for the MAC keys', () => {
    expect(complaint({ ...FULL, MAC_KEY_ARNS: ',,' })).toBe('MAC_KEY_ARNS is empty');
  });

  it('lets all sessions live where none is said to have begun too early', () => {
    expect(readConfig({ ...FULL, SESSIONS_SINCE: '' }).settings.sessionsSince).toBe(0);
    expect(complaint({ ...FULL, SESSIONS_SINCE: 'yesterday' })).toBe('SESSIONS_SINCE is no time');
  });

  it('has a session’s DEK kept for as many seconds as it says, and by default not at all', () => {
    const kept = (seconds: string) => {
      const { settings } = readConfig({ ...FULL, SESSION_CACHE_SECONDS: seconds });
      return [settings.sessionCacheMs, sessionCache(settings).sessionKeys !== undefined];
    };
    expect([kept('0'), kept('1'), kept('60')]).toEqual([
      [0, false],
      [1000, true],
      [60_000, true],
    ]);
  });

  it('gives what is kept to all who open sessions', () => {
    const config = readConfig({ ...FULL, SESSION_CACHE_SECONDS: '60' });
    const telemetry = createMemoryTelemetry();
    const platform = { config, aws: { region: 'eu-central-1' }, telemetry };
    const cache = sessionCache(config.settings);
    expect(vaultEnvironment({ ...platform, ...cache }).sessionKeys).toBe(cache.sessionKeys);
    expect(vaultEnvironment(platform)).not.toHaveProperty('sessionKeys');
  });

  it('makes the newest of the MAC keys the one for new wraps', () => {
    expect(readConfig({ ...FULL, MAC_KEY_ARNS: 'one' }).settings.pepper).toBe(1);
    expect(readConfig({ ...FULL, MAC_KEY_ARNS: 'one,two,three' }).settings.pepper).toBe(3);
  });

  const BOUNDS: readonly (readonly [string, number, number])[] = [
    ['BCRYPT_COST', 10, 14],
    ['CIPHER_SUITE', 1, 2],
    ['SESSION_HOURS', 1, 24],
    ['IDLE_MINUTES', 1, 1440],
    ['SESSION_CACHE_SECONDS', 0, 60],
    ['MIN_PASSWORD_LENGTH', 15, 64],
    ['DEFAULT_RETENTION_DAYS', 1, 365],
  ];

  it.each(BOUNDS)('takes %s from %d to %d and nothing beyond', (name, least, most) => {
    const read = (value: number) => () => readConfig({ ...FULL, [name]: String(value) });
    expect(read(least)).not.toThrow();
    expect(read(most)).not.toThrow();
    expect(read(least - 1)).toThrow(name);
    expect(read(most + 1)).toThrow(name);
  });

  it.each(
    BOUNDS.flatMap(([name]) =>
      ['twelve', '1.5', '-1', '+1', ' 1', '1 ', '1e1', '0x1', 'NaN', 'Infinity', '1,0', '9999999'].map(
        (value) => [name, value] as const,
      ),
    ),
  )('names %s where it is "%s", and does not repeat the value', (name, value) => {
    const message = complaint({ ...FULL, [name]: value });
    expect(message).toMatch(new RegExp(`^${name} is no whole number from \\d+ to \\d+$`));
    if (value.length > 4) expect(message).not.toContain(value);
  });

  it('gives AES-128 only where it was asked for', () => {
    expect(readConfig({ ...FULL, CIPHER_SUITE: '1' }).settings.suite).toBe(1);
    expect(readConfig({ ...FULL, CIPHER_SUITE: '2' }).settings.suite).toBe(2);
  });
});

describe('readStationery', () => {
  const look = { PDF_BRAND: 'Example Vault', PDF_PAPER: 'Letter', PDF_LANGUAGE: 'vi', PDF_LOGO: '/var/task/logo.png' };

  it('reads how documents look', () => {
    const read = { brand: 'Example Vault', paper: 'Letter', language: 'vi', logo: '/var/task/logo.png' };
    expect(readStationery(look)).toEqual(read);
    expect(readStationery({ ...look, PDF_LOGO: '' })).toEqual({ ...read, logo: null });
  });

  it.each(Object.keys(look))('names %s where it is missing', (name) => {
    expect(() => readStationery({ ...look, [name]: undefined })).toThrow(new Error(`${name} is not set`));
  });

  it.each([
    ['PDF_PAPER', 'a4', 'PDF_PAPER is none of A4, Letter'],
    ['PDF_LANGUAGE', 'de-DE', 'PDF_LANGUAGE is none of en, de, fr, es, vi'],
    ['PDF_BRAND', '', 'PDF_BRAND is not set'],
  ])('takes no %s of "%s"', (name, value, message) => {
    expect(() => readStationery({ ...look, [name]: value })).toThrow(new Error(message));
  });
});

describe('readEdgeSecret', () => {
  it('is null where the stack says that there is no distribution, and never by silence', () => {
    expect(readEdgeSecret({ EDGE_SECRET: 'a secret' })).toBe('a secret');
    expect(readEdgeSecret({ EDGE_SECRET: '' })).toBeNull();
    expect(() => readEdgeSecret({})).toThrow(new Error('EDGE_SECRET is not set'));
  });
});

describe('text', () => {
  it.each([{}, { BUCKET_NAME: '' }, { BUCKET_NAME: undefined }])('names a variable that is not set: %j', (env) => {
    expect(() => text(env, 'BUCKET_NAME')).toThrow(new Error('BUCKET_NAME is not set'));
  });
});
