import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import * as z from 'zod';
import { PAPERS as CUT, LANGUAGES as SPOKEN } from '../../lambda/domain/stationery.ts';
import { readSettings, SettingsError } from '../../lib/settings.ts';
import { LANGUAGES, PAPERS } from '../../lib/settings-schema.ts';

const read = (context: Record<string, unknown>) => readSettings((key) => context[key]);

describe('settings', () => {
  it('stand on safe defaults', () => {
    expect(read({})).toEqual({
      stageName: 'dev',
      allowedOrigins: [],
      edge: false,
      webApp: false,
      waf: false,
      bcryptCost: 12,
      cipherSuite: 2,
      macKeys: 1,
      wrapKeys: 1,
      retiredWrapKeys: 0,
      minPasswordLength: 15,
      sessionHours: 8,
      idleMinutes: 30,
      sessionCacheSeconds: 0,
      defaultRetentionDays: 90,
      pdf: { brand: 'Twinlock', paper: 'A4', language: 'en' },
      logRetentionDays: 30,
      removalPolicy: 'destroy',
      apiLogRole: true,
      rateLimit: 100,
      burstLimit: 200,
      passwordRateLimit: 10,
      passwordBurstLimit: 20,
    });
  });

  it.each([
    ['dev', 'destroy', false],
    ['test', 'destroy', false],
    ['dev-anna', 'destroy', false],
    ['test-2', 'destroy', false],
    ['prod', 'retain', true],
    ['development', 'retain', true],
    ['testing', 'retain', true],
    ['staging', 'retain', true],
  ])(
    'of a stage called %s %s what it holds, and its web ACL is %s, unless they say otherwise',
    (stageName, kept, waf) => {
      expect(read({ twinlock: { stageName } })).toMatchObject({ removalPolicy: kept, waf });
      const other = { removalPolicy: kept === 'retain' ? 'destroy' : 'retain', waf: !waf };
      expect(read({ twinlock: { stageName, ...other } })).toMatchObject(other);
    },
  );

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
    ['sessionCacheSeconds', 61, 'at most 60'],
    ['sessionCacheSeconds', -1, 'at least 0'],
    ['sessionCacheSeconds', 0.5, 'whole number'],
    ['defaultRetentionDays', 366, 'at most 365'],
    ['logRetentionDays', 31, 'CloudWatch offers'],
    ['logRetentionDays', 9999, 'at most 731'],
    ['reservedConcurrency', 0, 'at least 1'],
    ['removalPolicy', 'snapshot', "'retain' or 'destroy'"],
    ['apiLogRole', 'yes', 'true or false'],
    ['rateLimit', -1, 'at least 1'],
    ['region', 'Frankfurt', 'an AWS region'],
    ['region', 'eu-central', 'an AWS region'],
    ['edge', true, 'needs domain'],
    ['edge', 'true', 'true or false'],
    ['webApp', true, 'needs edge'],
    ['webApp', 1, 'true or false'],
    ['waf', 1, 'true or false'],
    ['wrapKeys', 0, 'at least 1'],
    ['wrapKeys', 10, 'at most 9'],
    ['retiredWrapKeys', 1, 'less than wrapKeys'],
    ['retiredWrapKeys', -1, 'at least 0'],
    ['sessionsSince', 'yesterday', 'a time in UTC'],
    ['sessionsSince', '2026-11-27T03:00:00+01:00', 'a time in UTC'],
    ['passwordRateLimit', 351, 'at most 350'],
    ['minPasswordLength', 14, 'at least 15'],
    ['minPasswordLength', 65, 'at most 64'],
    ['alarmEmail', 'operator', 'an e-mail address'],
    ['alarmTopicArn', 'alarms', 'the ARN of a topic'],
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

  const CERTIFICATE = 'arn:aws:acm:eu-central-1:111122223333:certificate/0a1b2c3d';
  const DOMAIN = { name: 'vault.example.com', certificateArn: CERTIFICATE };

  it.each([
    ['name', 'Vault.example.com', 'lower case'],
    ['name', 'https://vault.example.com', 'host name'],
    ['name', 'localhost', 'host name'],
    ['name', '*.example.com', 'host name'],
    ['certificateArn', 'vault.example.com', 'the ARN of a certificate'],
    ['certificateArn', undefined, ''],
    ['hostedZoneId', 'example.com', 'the id of a hosted zone'],
    ['hostedZoneId', 'Z0123456789EXAMPLE', 'goes with zoneName'],
    ['zoneName', 'example.org', ''],
    ['zone', 'example.com', 'is no setting'],
  ])('refuse domain.%s = %j, naming the key', (key, value, message) => {
    const zone = key === 'zoneName' ? { hostedZoneId: 'Z0123456789EXAMPLE' } : {};
    const attempt = () => read({ twinlock: { domain: { ...DOMAIN, ...zone, [key]: value } } });
    expect(attempt).toThrow(SettingsError);
    expect(attempt).toThrow(new RegExp(`^twinlock\\.domain\\.${key}: .*${message.replace('*', '\\*')}`, 'm'));
  });

  it('take a domain, with or without the zone that it lies in', () => {
    const zone = { hostedZoneId: 'Z0123456789EXAMPLE', zoneName: 'example.com' };
    for (const domain of [DOMAIN, { ...DOMAIN, ...zone }, { ...DOMAIN, ...zone, name: 'example.com' }]) {
      expect(read({ twinlock: { domain } }).domain).toEqual(domain);
      expect(read({ 'twinlock:domain': JSON.stringify(domain) }).domain).toEqual(domain);
    }
    const near = { ...DOMAIN, ...zone, name: 'vault.notexample.com' };
    expect(() => read({ twinlock: { domain: near } })).toThrow(
      'twinlock.domain.zoneName: must be a zone that name lies in',
    );
  });

  it('ask for a certificate of the region, or behind a distribution of us-east-1', () => {
    const edgeDomain = { ...DOMAIN, certificateArn: CERTIFICATE.replace('eu-central-1', 'us-east-1') };
    const refused = (twinlock: object, region: string) => {
      expect(() => read({ twinlock })).toThrow(`twinlock.domain: must have a certificate of ${region}`);
    };
    expect(read({ twinlock: { region: 'eu-central-1', domain: DOMAIN } })).toMatchObject({ region: 'eu-central-1' });
    refused({ region: 'eu-west-1', domain: DOMAIN }, 'eu-west-1');
    expect(read({ twinlock: { region: 'eu-central-1', domain: edgeDomain, edge: true } }).edge).toBe(true);
    refused({ region: 'eu-central-1', domain: DOMAIN, edge: true }, 'us-east-1');
    refused({ domain: DOMAIN, edge: true }, 'us-east-1');
  });

  it('name one way for alarms, and a topic of the region', () => {
    const alarmTopicArn = 'arn:aws:sns:eu-central-1:111122223333:alarms';
    const alarmEmail = 'operator@example.com';
    expect(read({ twinlock: { alarmEmail } }).alarmEmail).toBe(alarmEmail);
    expect(read({ twinlock: { alarmTopicArn, region: 'eu-central-1' } }).alarmTopicArn).toBe(alarmTopicArn);
    expect(() => read({ twinlock: { alarmEmail, alarmTopicArn } })).toThrow('twinlock.alarmEmail: does not go with');
    expect(() => read({ twinlock: { alarmTopicArn, region: 'eu-west-1' } })).toThrow(
      'twinlock.alarmTopicArn: must be a topic of eu-west-1',
    );
  });

  it('retire no wrap key that is the last', () => {
    expect(read({ twinlock: { wrapKeys: 3, retiredWrapKeys: 2 } })).toMatchObject({ wrapKeys: 3, retiredWrapKeys: 2 });
    expect(() => read({ twinlock: { wrapKeys: 3, retiredWrapKeys: 3 } })).toThrow('twinlock.retiredWrapKeys');
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
