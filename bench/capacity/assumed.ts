import type { Operation } from './measured.ts';

/** What one user does in a month of 30 days, on average over all who have an account. */
export const BEHAVIOUR: Readonly<Record<Operation, number>> = {
  register: 0.05,
  'sign in': 8,
  'sign in, wrong password': 1,
  'sign in, unknown e-mail': 0.5,
  'sign out': 2,
  'list, masked': 40,
  'item, masked': 10,
  'item, masked, a minute later': 16,
  'item, revealed': 12,
  'create item': 2,
  'replace item': 2,
  'delete item': 1,
  'make document': 2,
  'read document': 4,
  'list documents': 6,
  'delete document': 0.5,
  'remove what is due': 1.5,
};

/** Operations that leave an entry of activity, which is kept for a year. */
export const ENTERED: readonly Operation[] = [
  'register',
  'sign in',
  'sign out',
  'item, revealed',
  'create item',
  'replace item',
  'delete item',
  'make document',
  'read document',
  'delete document',
];

export const SECONDS_A_MONTH = 30 * 86_400;
/** How much busier the busiest minute of a month is than its average. */
export const PEAK = 5;
/** Days that a document is kept, by default. */
export const KEPT_DAYS = 90;
/** Of a request: its lines in the access log and the function's, with Lambda's own, bytes; and its headers. */
export const LOGGED_BYTES = 1_000;
export const HEADER_BYTES = 700;
/** Of the calls, those that X-Ray keeps: its default rule takes one a second, and of the rest one in twenty. */
export const TRACED = 0.05;

/** The functions: MB, as lib/twinlock-stack.ts has them; a whole processor is 1,769 MB. */
export const MEMORY = { accounts: 1769, items: 512, documents: 1024, maintenance: 512 } as const;
export type FunctionName = keyof typeof MEMORY;
export const WHOLE_PROCESSOR_MB = 1769;

export const FUNCTION_OF: Readonly<Record<Operation, FunctionName>> = {
  register: 'accounts',
  'sign in': 'accounts',
  'sign in, wrong password': 'accounts',
  'sign in, unknown e-mail': 'accounts',
  'sign out': 'accounts',
  'list, masked': 'items',
  'item, masked': 'items',
  'item, masked, a minute later': 'items',
  'item, revealed': 'items',
  'create item': 'items',
  'replace item': 'items',
  'delete item': 'items',
  'make document': 'documents',
  'read document': 'documents',
  'list documents': 'documents',
  'delete document': 'documents',
  'remove what is due': 'maintenance',
};

/** How long a call of the cloud takes within its region, ms: the half of all, and 99 of 100. Nobody measured it here. */
export const LATENCY: Readonly<Record<string, readonly [p50: number, p99: number]>> = {
  'kms:Decrypt': [6, 30],
  'kms:Encrypt': [6, 30],
  'kms:GenerateMac': [6, 30],
  'kms:VerifyMac': [6, 30],
  'dynamodb:GetItem': [4, 15],
  'dynamodb:Query': [5, 20],
  'dynamodb:PutItem': [5, 20],
  'dynamodb:TransactGetItems': [8, 30],
  'dynamodb:TransactWriteItems': [14, 50],
  's3:GET': [20, 120],
  's3:PUT': [30, 150],
  's3:LIST': [25, 120],
  's3:DELETE': [25, 120],
};

/** A function's first run in a fresh environment takes so much longer, ms. */
export const COLD_START_MS = 600;

/**
 * US dollars, us-east-1, list prices without free tiers and taxes, as public copies of AWS's pages had them in November
 * 2026. They change, and other regions cost more.
 */
export const PRICE = {
  gatewayRequest: 3.5 / 1e6,
  lambdaRequest: 0.2 / 1e6,
  /** Arm. */
  lambdaGbSecond: 0.0000133334,
  kmsRequest: 0.03 / 10_000,
  kmsKeyMonth: 1,
  readUnit: 0.125 / 1e6,
  writeUnit: 0.625 / 1e6,
  tableGbMonth: 0.25,
  recoveryGbMonth: 0.2,
  s3Write: 0.005 / 1000,
  s3Read: 0.0004 / 1000,
  s3GbMonth: 0.023,
  logGb: 0.5,
  logGbMonth: 0.03,
  trace: 5 / 1e6,
  egressGb: 0.09,
  alarmMonth: 0.1,
  metricMonth: 0.3,
  dashboardMonth: 3,
  webAclMonth: 5,
  webAclRuleMonth: 1,
  webAclRequest: 0.6 / 1e6,
} as const;

/**
 * What a stage that lasts has, as deployed at first, of what costs by the month: `test/capacity.slow.test.ts` holds it to
 * the stack. Metrics cost in hours in which they have data: at most.
 */
export const FIXED = { keys: 3, alarms: 33, dashboards: 1, webAcls: 1, webAclRules: 4 } as const;
/** Metrics of our own by all their dimensions, and those that the gateway has of each method: at most, in use. */
export const METRICS = { own: 45, ofMethod: 5 } as const;

/** What an AWS account may do in one region. Rates a second. */
export interface Quotas {
  readonly gateway: number;
  readonly gatewayBurst: number;
  /** Environments of all functions at once. */
  readonly concurrency: number;
  /** Environments that one function may gain in 10 s. */
  readonly scaling: number;
  /** Symmetric and HMAC operations, over all keys. */
  readonly kms: number;
  readonly readUnits: number;
  readonly writeUnits: number;
}

/** The limits that the stage itself sets, as lib/settings.ts has them at first: calls a second, and those of each open call that hashes. */
export const STAGE = { rateLimit: 100, passwordRateLimit: 10 } as const;

/** Moving the outer wraps to another key: wraps of an account, live sessions' among them, and KMS calls. */
export const REWRAP = { wraps: 2.5, callsEach: 3, callsAnAccount: 1 } as const;

/** What AWS gives in us-east-1, us-west-2 and eu-west-1; KMS less elsewhere. All but the scaling can be raised. */
export const DEFAULT_QUOTAS: Quotas = {
  gateway: 10_000,
  gatewayBurst: 5_000,
  concurrency: 1_000,
  scaling: 1_000,
  kms: 100_000,
  readUnits: 40_000,
  writeUnits: 40_000,
};
/** The same in a region such as eu-central-1, and in most others. */
export const KMS_ELSEWHERE = [20_000, 10_000] as const;
/** What a table that nobody has used gives at once. */
export const NEW_TABLE = { readUnits: 12_000, writeUnits: 4_000 } as const;
/** What one partition gives, however large the table. */
export const PARTITION = { readUnits: 3_000, writeUnits: 1_000 } as const;
