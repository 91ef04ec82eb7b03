import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import * as z from 'zod';
import { PAPERS as CUT, LANGUAGES as SPOKEN } from '../../lambda/domain/stationery.ts';
import { LANGUAGES, PAPERS, readSettings, SettingsError } from '../../lib/settings.ts';

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
      pdf: { brand: 'Twinlock', paper: 'A4', language: 'en' },
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

  it.each([
    ['paper', 'A5', "'A4' or 'Letter'"],
    ['language', 'it', "'en', 'de', 'fr', 'es' or 'vi'"],
    ['brand', '', 'one line'],
    ['brand', 'two\nlines', 'one line'],
    ['brand', 'x'.repeat(61), '60 characters'],
    ['brand', 'مرحبا', 'Latin'],
    ['logo', 'logo.svg', '.png, .jpg or .jpeg'],
    ['logo', '$(id).png', '.png, .jpg or .jpeg'],
    ['logo', 'no-such-file.png', 'PNG or JPEG file'],
    ['colour', 'red', 'is no setting'],
  ])('refuse pdf.%s = %j, naming the key', (key, value, message) => {
    const attempt = () => read({ twinlock: { pdf: { [key]: value } } });
    expect(attempt).toThrow(new RegExp(`^twinlock\\.pdf\\.${key}: .*${message}`, 'm'));
  });

  it('take a logo that is a PNG or JPEG of at most 200 KB', () => {
    const folder = mkdtempSync('logo-test-');
    try {
      const attempt = (name: string, start: string, size: number) => () => {
        writeFileSync(join(folder, name), Buffer.concat([Buffer.from(start, 'hex')], size));
        return read({ twinlock: { pdf: { logo: join(folder, name) } } }).pdf.logo;
      };
      expect(attempt('a.png', '89504e47', 200_000)()).toBe(join(folder, 'a.png'));
      expect(attempt('a.jpg', 'ffd8ff', 100)()).toBe(join(folder, 'a.jpg'));
      expect(attempt('b.png', '89504e47', 200_001)).toThrow('200 KB');
      expect(attempt('c.png', '3c737667', 100)).toThrow('PNG or JPEG');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('offer the papers and languages that the renderer has', () => {
    expect([PAPERS, LANGUAGES]).toEqual([CUT, SPOKEN]);
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
