import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type * as z from 'zod';
import { type LANGUAGES, type PAPERS, SETTINGS, settingsSchema } from './settings-schema.ts';

/** What a deployment chooses, from the `twinlock` object in the context of `cdk.json`. */
export interface Settings {
  /**
   * Names the deployment: several may share an AWS account. Lower-case letters, digits and hyphens, at most 20.
   * @default dev
   */
  readonly stageName: string;
  /**
   * The AWS region, as "eu-central-1".
   * @default the one that the credentials name
   */
  readonly region?: string | undefined;
  /**
   * Origins whose pages may call the API from a browser, each exactly as browsers send it: "https://app.example.com".
   * @default none
   */
  readonly allowedOrigins: readonly string[];
  /**
   * A name of the deployment's own: then there is no other way in.
   * @default none: the name that API Gateway gives
   */
  readonly domain?: DomainSettings | undefined;
  /**
   * Whether CloudFront stands in front of the API. It needs `domain`, since the names that CloudFront gives take TLS
   * before 1.2.
   * @default false
   */
  readonly edge: boolean;
  /**
   * Whether the distribution also serves the web app, of one origin with the API. It needs `edge`.
   * @default false
   */
  readonly webApp: boolean;
  /**
   * Whether a web ACL stands before the API: AWS's common rules, those for known bad inputs, and a rate for each source.
   * @default false in stages for development, true in all others
   */
  readonly waf: boolean;
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
   * How many wrap keys there have been: one more begins a new one. Never lowered, since keys are numbered in order.
   * @default 1
   */
  readonly wrapKeys: number;
  /**
   * How many of them, the oldest first, are no longer used. They still stand, for backups.
   * @default 0
   */
  readonly retiredWrapKeys: number;
  /**
   * Code points of a new password, 15 to 64 at least.
   * @default 15
   */
  readonly minPasswordLength: number;
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
   * So many seconds, 0 to 60, a session's data key is kept in a function's memory once KMS has opened it: calls of the
   * session are quicker by one round trip, and go on for so long where KMS is disabled.
   * @default 0: it is not kept
   */
  readonly sessionCacheSeconds: number;
  /**
   * No session that began before this time lives, in UTC as "2026-11-27T03:00:00Z": it ends all sessions at once, and stays
   * set until the longest of them would have ended.
   * @default none
   */
  readonly sessionsSince?: string | undefined;
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
   * Who hears alarms, by e-mail, once they have confirmed it. Not together with `alarmTopicArn`.
   * @default none: subscribe by hand to the topic of the output `AlarmTopicArn`
   */
  readonly alarmEmail?: string | undefined;
  /**
   * A topic that stands already and takes the alarms. Not together with `alarmEmail`.
   * @default none: the stack makes one
   */
  readonly alarmTopicArn?: string | undefined;
  /**
   * Whether keys, table and bucket outlive the stack.
   * @default destroy in stages for development, retain in all others
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

/** A custom domain. */
export interface DomainSettings {
  /** The host's name, in lower case: "vault.example.com". */
  readonly name: string;
  /** Its certificate in ACM: of the stack's region, with `edge` of us-east-1. */
  readonly certificateArn: string;
  /**
   * The hosted zone of Route 53 in which the stack makes the name's records. With `zoneName`, or neither.
   * @default none: the name is pointed by hand at what the output `DomainTarget` names
   */
  readonly hostedZoneId?: string | undefined;
  /** The zone's own name: "example.com". */
  readonly zoneName?: string | undefined;
}

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
  for (const key of Object.keys(SETTINGS.shape)) {
    const override = context(`twinlock:${key}`);
    if (override !== undefined) values[key] = typeof override === 'string' ? fromCommandLine(override) : override;
  }
  const result = settingsSchema.safeParse(values);
  if (result.success) return result.data;
  throw new SettingsError(result.error.issues.flatMap(describe).join('\n'));
}

function describe(issue: z.core.$ZodIssue): string[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => `twinlock.${[...issue.path, key].join('.')}: is no setting`);
  return [`twinlock.${issue.path.join('.')}: ${issue.message}`];
}

function fromCommandLine(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
