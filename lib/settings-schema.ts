import { readFileSync, statSync } from 'node:fs';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import * as z from 'zod';
import type { Settings } from './settings.ts';

/** As `lambda/domain/stationery.ts` has them; a test holds both together. */
export const PAPERS = ['A4', 'Letter'] as const;
export const LANGUAGES = ['en', 'de', 'fr', 'es', 'vi'] as const;

const MOST_LOGO_BYTES = 200_000;

/** CloudFront takes its certificates from there, wherever else the stack is. */
const EDGE_REGION = 'us-east-1';

const DEVELOPMENT = /^(?:dev|test)(?:-|$)/;
const REGION = /^[a-z]{2}(?:-[a-z]+)+-\d$/;
const HOST = /^(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/;

const integer = (least: number, most: number) =>
  z
    .int(`must be a whole number from ${least} to ${most}`)
    .min(least, `must be at least ${least}`)
    .max(most, `must be at most ${most}`);

const yesOrNo = () => z.boolean('must be true or false');

const pdf = z.strictObject({
  brand: z
    .string()
    .regex(
      /^(?=.*\S)[\p{scx=Latn}\p{scx=Grek}\p{scx=Cyrl}\p{scx=Hani}\x20-\x7e’–·]{1,60}$/u,
      'must be one line of 1 to 60 characters of Latin, Greek, Cyrillic or Chinese text',
    )
    .default('Twinlock'),
  paper: z.enum(PAPERS, "must be 'A4' or 'Letter'").default('A4'),
  language: z.enum(LANGUAGES, "must be 'en', 'de', 'fr', 'es' or 'vi'").default('en'),
  logo: z
    .string()
    .regex(/^[\w./ -]+\.(?:png|jpe?g)$/i, 'must be the path of a .png, .jpg or .jpeg file')
    .refine(isLogo, `must be a PNG or JPEG file of at most ${MOST_LOGO_BYTES / 1000} KB`)
    .optional(),
});

const host = () => z.string().regex(HOST, 'must be a host name in lower case, like vault.example.com');

const domain = z
  .strictObject({
    name: host(),
    certificateArn: z
      .string()
      .regex(/^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate\/[\w-]+$/, 'must be the ARN of a certificate in ACM'),
    hostedZoneId: z
      .string()
      .regex(/^Z[A-Z0-9]{1,31}$/, 'must be the id of a hosted zone, like Z0123456789EXAMPLE')
      .optional(),
    zoneName: host().optional(),
  })
  .refine(({ hostedZoneId, zoneName }) => (hostedZoneId === undefined) === (zoneName === undefined), {
    path: ['hostedZoneId'],
    message: 'goes with zoneName: set both or neither',
  })
  .refine(({ name, zoneName = name }) => name === zoneName || name.endsWith(`.${zoneName}`), {
    path: ['zoneName'],
    message: 'must be a zone that name lies in',
  });

/** Each setting by itself: its values and, where it has a fixed one, its default. */
export const SETTINGS = z.strictObject({
  stageName: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,19}$/, 'must be 1 to 20 lower-case letters, digits and hyphens, a letter first')
    .default('dev'),
  region: z.string().regex(REGION, 'must be an AWS region, like eu-central-1').optional(),
  allowedOrigins: z
    .array(
      z.string().refine(isOrigin, "must be an exact https origin like https://app.example.com; '*' is never one"),
      'must be a list of origins',
    )
    .refine((origins) => new Set(origins).size === origins.length, 'must not name an origin twice')
    .default([]),
  domain: domain.optional(),
  edge: yesOrNo().default(false),
  webApp: yesOrNo().default(false),
  waf: yesOrNo().optional(),
  bcryptCost: integer(10, 14).default(12),
  cipherSuite: z.literal([1, 2], 'must be 1 (AES-128-GCM) or 2 (AES-256-GCM)').default(2),
  macKeys: integer(1, 9).default(1),
  wrapKeys: integer(1, 9).default(1),
  retiredWrapKeys: integer(0, 8).default(0),
  minPasswordLength: integer(15, 64).default(15),
  sessionHours: integer(1, 24).default(8),
  idleMinutes: integer(1, 1440).default(30),
  sessionCacheSeconds: integer(0, 60).default(0),
  sessionsSince: z.iso.datetime('must be a time in UTC like 2026-11-27T03:00:00Z').optional(),
  defaultRetentionDays: integer(1, 365).default(90),
  pdf: pdf.prefault({}),
  logRetentionDays: z
    .enum(RetentionDays, 'must be a number of days that CloudWatch offers, as 30 or 90')
    .refine((days) => days <= RetentionDays.TWO_YEARS, 'must be at most 731')
    .default(RetentionDays.ONE_MONTH),
  reservedConcurrency: integer(1, 1000).optional(),
  alarmEmail: z.email('must be an e-mail address').optional(),
  alarmTopicArn: z
    .string()
    .regex(/^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}$/, 'must be the ARN of a topic in SNS')
    .optional(),
  removalPolicy: z.enum(['retain', 'destroy'], "must be 'retain' or 'destroy'").optional(),
  apiLogRole: yesOrNo().default(true),
  rateLimit: integer(1, 10_000).default(100),
  burstLimit: integer(1, 5_000).default(200),
  // All tries with unknown e-mails read the decoy's rows: a partition of DynamoDB bears 750 such tries a second, and two calls
  // make them.
  passwordRateLimit: integer(1, 350).default(10),
  passwordBurstLimit: integer(1, 1_000).default(20),
});

/** All settings together: how they bear on each other, and the defaults that hang on the stage's name. */
export const settingsSchema = SETTINGS.superRefine((all, context) => {
  const refuse = (path: keyof typeof all, message: string) => {
    context.addIssue({ code: 'custom', path: [path], message });
  };
  if (all.idleMinutes > all.sessionHours * 60) refuse('idleMinutes', 'must not be longer than sessionHours');
  if (all.retiredWrapKeys >= all.wrapKeys) refuse('retiredWrapKeys', 'must be less than wrapKeys');
  if (all.edge && all.domain === undefined) refuse('edge', 'needs domain: the names of CloudFront take TLS before 1.2');
  if (all.webApp && !all.edge) refuse('webApp', 'needs edge: CloudFront serves it, beside the API');
  if (all.alarmEmail !== undefined && all.alarmTopicArn !== undefined)
    refuse('alarmEmail', 'does not go with alarmTopicArn: set one of them');
  const certified = all.domain && regionOf(all.domain.certificateArn);
  const expected = all.edge ? EDGE_REGION : all.region;
  if (certified !== undefined && expected !== undefined && certified !== expected)
    refuse('domain', `must have a certificate of ${expected}`);
  if (all.alarmTopicArn !== undefined && all.region !== undefined && regionOf(all.alarmTopicArn) !== all.region)
    refuse('alarmTopicArn', `must be a topic of ${all.region}`);
}).transform((all) => {
  const temporary = DEVELOPMENT.test(all.stageName);
  return {
    ...all,
    waf: all.waf ?? !temporary,
    removalPolicy: all.removalPolicy ?? (temporary ? ('destroy' as const) : ('retain' as const)),
  };
}) satisfies z.ZodType<Settings>;

function regionOf(arn: string): string | undefined {
  return arn.split(':')[3];
}

function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  if (url?.origin !== text || !/^[a-z0-9.-]+$/.test(url.hostname)) return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && ['localhost', '127.0.0.1'].includes(url.hostname));
}

function isLogo(path: string): boolean {
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? Infinity) > MOST_LOGO_BYTES) return false;
  const start = readFileSync(path).subarray(0, 4).toString('hex');
  return start === '89504e47' || start.startsWith('ffd8');
}
