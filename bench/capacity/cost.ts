import {
  BEHAVIOUR,
  FIXED,
  HEADER_BYTES,
  LOGGED_BYTES,
  MEMORY,
  METRICS,
  PRICE,
  SECONDS_A_MONTH,
  TRACED,
} from './assumed.ts';
import { gigabytes, latencyOf, monthOf, storedBy } from './demand.ts';
import type { Measured } from './measured.ts';

/** A line of a bill: so much of something at so much. */
export interface Line {
  readonly what: string;
  readonly amount: number;
  /** US dollars for one. */
  readonly price: number;
}

const RUNS_A_MONTH = SECONDS_A_MONTH / 3600;

/** What so many users cost in a month, once each has been there for a year. */
export function costOfUsers(measured: Measured, users: number): Line[] {
  const month = monthOf(measured);
  const stored = storedBy(measured);
  const logged = gigabytes(month.requests * LOGGED_BYTES);
  const each: [string, number, number][] = [
    ['requests to API Gateway', month.requests, PRICE.gatewayRequest],
    ['requests to the web ACL', month.requests, PRICE.webAclRequest],
    ['runs of Lambda', month.requests, PRICE.lambdaRequest],
    ['GB-seconds of Lambda', month.gbSeconds, PRICE.lambdaGbSecond],
    ['calls of KMS', month.kms, PRICE.kmsRequest],
    ['read units', month.reads, PRICE.readUnit],
    ['write units', month.writes, PRICE.writeUnit],
    ['GB in the table', gigabytes(stored.table), PRICE.tableGbMonth],
    ['GB under point-in-time recovery', gigabytes(stored.table), PRICE.recoveryGbMonth],
    ['objects put and listed', month.s3Writes, PRICE.s3Write],
    ['objects read', month.s3Reads, PRICE.s3Read],
    ['GB in the bucket', gigabytes(stored.bucket), PRICE.s3GbMonth],
    ['GB of logs taken in', logged, PRICE.logGb],
    ['GB of logs kept', logged, PRICE.logGbMonth],
    ['traces', month.requests * TRACED, PRICE.trace],
    ['GB sent out', gigabytes(month.answers + month.requests * HEADER_BYTES), PRICE.egressGb],
  ];
  return each.map(([what, amount, price]) => ({ what, amount: amount * users, price }));
}

/** What a deployment costs in a month that nobody uses. */
export function costOfStanding({ idleRun }: Measured): Line[] {
  const seconds = (idleRun.calls * latencyOf('dynamodb:Query')[0]) / 1000;
  return [
    { what: 'KMS keys', amount: FIXED.keys, price: PRICE.kmsKeyMonth },
    { what: 'alarms', amount: FIXED.alarms, price: PRICE.alarmMonth },
    { what: 'metrics of our own', amount: METRICS.own, price: PRICE.metricMonth },
    {
      what: 'metrics of the gateway’s one watched method',
      amount: METRICS.ofMethod,
      price: PRICE.metricMonth,
    },
    { what: 'dashboards', amount: FIXED.dashboards, price: PRICE.dashboardMonth },
    { what: 'read units of maintenance', amount: RUNS_A_MONTH * idleRun.reads, price: PRICE.readUnit },
    {
      what: 'GB-seconds of maintenance',
      amount: (RUNS_A_MONTH * seconds * MEMORY.maintenance) / 1024,
      price: PRICE.lambdaGbSecond,
    },
    { what: 'web ACLs', amount: FIXED.webAcls, price: PRICE.webAclMonth },
    { what: 'rules of the web ACL', amount: FIXED.webAclRules, price: PRICE.webAclRuleMonth },
  ];
}

/** US dollars. */
export function totalOf(lines: readonly Line[]): number {
  return lines.reduce((sum, { amount, price }) => sum + amount * price, 0);
}

/** Requests of one user in a month. */
export function requestsOf(): number {
  return Object.entries(BEHAVIOUR).reduce((sum, [name, times]) => sum + (name === 'remove what is due' ? 0 : times), 0);
}
