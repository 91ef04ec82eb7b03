import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import * as z from 'zod';
import { readSettings, SettingsError } from '../../lib/settings.ts';

const read = (context: Record<string, unknown>) => readSettings((key) => context[key]);

describe('settings', () => {
  it('stand on safe defaults', () => {
    expect(read({})).toEqual({
      stageName: 'dev',
      allowedOrigins: [],
      bcryptCost: 12,
      cipherSuite: 2,
      macKeys: 1,
      sessionHours: 8,
      idleMinutes: 30,
      defaultRetentionDays: 90,
      logRetentionDays: 30,
      removalPolicy: 'retain',
      apiLogRole: true,
      rateLimit: 100,
      burstLimit: 200,
      passwordRateLimit: 10,
      passwordBurstLimit: 20,
    });
  });

  it('are valid in cdk.json', () => {
    const { context } = z
      .object({ context: z.record(z.string(), z.unknown()) })
      .parse(JSON.parse(readFileSync('cdk.json', 'utf8')));
    expect(() => read(context)).not.toThrow();
  });

  it.each([
    ['stageName', 'Prod', 'lower-case'],
    ['stageName', '', 'lower-case'],
    ['allowedOrigins', ['*'], "'*' is never one"],
    ['allowedOrigins', ['https://app.example.com/'], 'exact https origin'],
    ['allowedOrigins', ['https://*.example.com'], 'exact https origin'],
    ['allowedOrigins', ['http://app.example.com'], 'exact https origin'],
    ['allowedOrigins', ['https://app.example.com:443'], 'exact https origin'],
    ['allowedOrigins', ['null'], 'exact https origin'],
    ['allowedOrigins', ['https://a.example.com', 'https://a.example.com'], 'twice'],
    ['allowedOrigins', 'https://app.example.com', 'must be a list'],
    ['bcryptCost', 9, 'at least 10'],
    ['bcryptCost', 15, 'at most 14'],
    ['bcryptCost', 12.5, 'whole number'],
    ['bcryptCost', '12', 'whole number'],
    ['cipherSuite', 3, 'must be 1'],
    ['macKeys', 0, 'at least 1'],
    ['sessionHours', 25, 'at most 24'],
    ['idleMinutes', 481, 'longer than sessionHours'],
    ['defaultRetentionDays', 366, 'at most 365'],
    ['logRetentionDays', 31, 'CloudWatch offers'],
    ['logRetentionDays', 9999, 'at most 731'],
    ['reservedConcurrency', 0, 'at least 1'],
    ['removalPolicy', 'snapshot', "'retain' or 'destroy'"],
    ['apiLogRole', 'yes', 'true or false'],
    ['rateLimit', -1, 'at least 1'],
    ['bcryptcost', 12, 'is no setting'],
  ])('refuse %s = %j, naming the key', (key, value, message) => {
    const attempt = () => read({ twinlock: { [key]: value } });
    expect(attempt).toThrow(SettingsError);
    expect(attempt).toThrow(new RegExp(`^twinlock\\.${key}(\\.\\d)?: .*${message.replace('*', '\\*')}`, 'm'));
  });

  it('tell every fault at once', () => {
    const attempt = () => read({ twinlock: { bcryptCost: 4, sessionHours: 0 } });
    expect(attempt).toThrow(/bcryptCost/);
    expect(attempt).toThrow(/sessionHours/);
  });

  it('refuse a context that is no object', () => {
    expect(() => read({ twinlock: 'prod' })).toThrow('twinlock: must be an object');
  });

  it.each([
    ['stageName', 'prod', 'prod'],
    ['bcryptCost', '13', 13],
    ['apiLogRole', 'false', false],
    ['allowedOrigins', '["https://app.example.com"]', ['https://app.example.com']],
    ['allowedOrigins', '["http://localhost:5173"]', ['http://localhost:5173']],
  ] as const)('take %s from the command line over cdk.json', (key, text, value) => {
    expect(read({ twinlock: { stageName: 'dev' }, [`twinlock:${key}`]: text })[key]).toEqual(value);
  });
});
