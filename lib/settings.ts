import { readFileSync, statSync } from 'node:fs';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import * as z from 'zod';

/** What a deployment chooses, from the `twinlock` object in the context of `cdk.json`. */
export interface Settings {
  /**
   * Names the deployment: several may share an AWS account. Lower-case letters, digits and hyphens, at most 20.
   * @default dev
   */
  readonly stageName: string;
  /**
   * Origins whose pages may call the API from a browser, each exactly as browsers send it: "https://app.example.com".
   * @default none
   */
  readonly allowedOrigins: readonly string[];
  /**
   * 10 to 14: 2^cost rounds of bcrypt.
   * @default 12
   */
  readonly bcryptCost: number;
  /**
   * 1: AES-128-GCM, 2: AES-256-GCM.
   * @default 2
   */
  readonly cipherSuite: 1 | 2;
  /**
   * How many MAC keys stand: one more begins a new pepper. Never lowered, since older wraps name older keys.
   * @default 1
   */
  readonly macKeys: number;
  /**
   * Absolute life of a session, 1 to 24 hours.
   * @default 8
   */
  readonly sessionHours: number;
  /**
   * A session unused for so many minutes ends; not longer than its absolute life.
   * @default 30
   */
  readonly idleMinutes: number;
  /**
   * How long a document is kept unless its maker says otherwise, 1 to 365 days.
   * @default 90
   */
  readonly defaultRetentionDays: number;
  /** How documents look. */
  readonly pdf: {
    /**
     * Who issues them, at the head of every page: one line of at most 60 characters, in letters that
     * the fonts of documents have.
     * @default Twinlock
     */
    readonly brand: string;
    /**
     * 'A4' or 'Letter'.
     * @default A4
     */
    readonly paper: (typeof PAPERS)[number];
    /**
     * Language of the fixed texts: 'en', 'de', 'fr', 'es' or 'vi'.
     * @default en
     */
    readonly language: (typeof LANGUAGES)[number];
    /**
     * Path, from `cdk.json`, of a PNG or JPEG file of at most 200 KB and 2000 pixels a side, which stands before the
     * brand.
     * @default none
     */
    readonly logo?: string | undefined;
  };
  /**
   * How long logs are kept: a number of days that CloudWatch offers, at most 731.
   * @default 30
   */
  readonly logRetentionDays: RetentionDays;
  /**
   * Concurrent runs that are set aside for, and the most of, each function of the API.
   * @default none: all share what the AWS account has
   */
  readonly reservedConcurrency?: number | undefined;
  /**
   * Whether keys, table and bucket outlive the stack.
   * @default retain
   */
  readonly removalPolicy: 'retain' | 'destroy';
  /**
   * Whether the stack makes the role by which API Gateway writes logs. There is one a region and AWS account: false
   * where another stack has set it.
   * @default true
   */
  readonly apiLogRole: boolean;
  /**
   * Calls a second, over all callers.
   * @default 100
   */
  readonly rateLimit: number;
  /**
   * Calls at once.
   * @default 200
   */
  readonly burstLimit: number;
  /**
   * Calls a second to each open call that hashes a password.
   * @default 10
   */
  readonly passwordRateLimit: number;
  /**
   * Such calls at once.
   * @default 20
   */
  readonly passwordBurstLimit: number;
}

/** As `lambda/domain/stationery.ts` has them; a test holds both together. */
export const PAPERS = ['A4', 'Letter'] as const;
export const LANGUAGES = ['en', 'de', 'fr', 'es', 'vi'] as const;

const MOST_LOGO_BYTES = 200_000;

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

const integer = (least: number, most: number) =>
  z
    .int(`must be a whole number from ${least} to ${most}`)
    .min(least, `must be at least ${least}`)
    .max(most, `must be at most ${most}`);

const schema = z
  .strictObject({
    stageName: z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,19}$/, 'must be 1 to 20 lower-case letters, digits and hyphens, a letter first')
      .default('dev'),
    allowedOrigins: z
      .array(
        z.string().refine(isOrigin, "must be an exact https origin like https://app.example.com; '*' is never one"),
        'must be a list of origins',
      )
      .refine((origins) => new Set(origins).size === origins.length, 'must not name an origin twice')
      .default([]),
    bcryptCost: integer(10, 14).default(12),
    cipherSuite: z.literal([1, 2], 'must be 1 (AES-128-GCM) or 2 (AES-256-GCM)').default(2),
    macKeys: integer(1, 9).default(1),
    sessionHours: integer(1, 24).default(8),
    idleMinutes: integer(1, 1440).default(30),
    defaultRetentionDays: integer(1, 365).default(90),
    pdf: pdf.prefault({}),
    logRetentionDays: z
      .enum(RetentionDays, 'must be a number of days that CloudWatch offers, as 30 or 90')
      .refine((days) => days <= RetentionDays.TWO_YEARS, 'must be at most 731')
      .default(RetentionDays.ONE_MONTH),
    reservedConcurrency: integer(1, 1000).optional(),
    removalPolicy: z.enum(['retain', 'destroy'], "must be 'retain' or 'destroy'").default('retain'),
    apiLogRole: z.boolean('must be true or false').default(true),
    rateLimit: integer(1, 10_000).default(100),
    burstLimit: integer(1, 5_000).default(200),
    passwordRateLimit: integer(1, 1_000).default(10),
    passwordBurstLimit: integer(1, 1_000).default(20),
  })
  .refine(({ idleMinutes, sessionHours }) => idleMinutes <= sessionHours * 60, {
    path: ['idleMinutes'],
    message: 'must not be longer than sessionHours',
  }) satisfies z.ZodType<Settings>;

/** Settings that are refused; the message names each key and what is wrong with it. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/**
 * Reads and checks the settings. A single one is overridden by `-c twinlock:<key>=<value>`, the value in JSON or a
 * plain text.
 *
 * @param context looks up a context key; undefined when it is not set
 * @throws SettingsError for a value out of bounds and for a key that is none
 */
export function readSettings(context: (key: string) => unknown): Settings {
  const base = context('twinlock') ?? {};
  if (typeof base !== 'object' || Array.isArray(base)) throw new SettingsError('twinlock: must be an object');
  const values: Record<string, unknown> = { ...base };
  for (const key of Object.keys(schema.shape)) {
    const override = context(`twinlock:${key}`);
    if (override !== undefined) values[key] = typeof override === 'string' ? fromCommandLine(override) : override;
  }
  const result = schema.safeParse(values);
  if (result.success) return result.data;
  throw new SettingsError(result.error.issues.flatMap(describe).join('\n'));
}

function describe(issue: z.core.$ZodIssue): string[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => `twinlock.${[...issue.path, key].join('.')}: is no setting`);
  return [`twinlock.${issue.path.join('.')}: ${issue.message}`];
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

function fromCommandLine(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
