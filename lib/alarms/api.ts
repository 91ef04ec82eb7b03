import { Duration } from 'aws-cdk-lib';
import type { RestApi } from 'aws-cdk-lib/aws-apigateway';
import { type IMetric, MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Alarms } from './alarms.ts';

/** Per cent of answers 5xx, and how many of them at least: one of the ten calls of a quiet night wakes nobody. */
const SERVER_ERRORS = { percent: 1, least: 5 };
/**
 * The p99 of a function's time, ms. A password takes a second or two, for it is hashed; a vault that is read or written
 * some hundred ms.
 */
const SLOW = { accounts: 5000, items: 2000 };
/** The p99 of making a document, ms: rendering takes a few seconds, and an upload as long as its sender's line. */
const SLOW_MAKING = 15_000;
/** Calls in five minutes below which a p99 is the time of one caller. */
const FEW = 20;
const MINUTES = Duration.minutes(5);

/** Whether the API answers, and in time. */
export function watchApi(
  alarms: Alarms,
  api: RestApi,
  functions: Readonly<Record<keyof typeof SLOW, IFunction>>,
): void {
  const stage = api.deploymentStage;
  alarms.tooMuch('ServerErrors', {
    means: `The API answers ${SERVER_ERRORS.percent} % of its calls with 5xx, and ${SERVER_ERRORS.least} at least.`,
    runbook: 'server-errors',
    metric: new MathExpression({
      expression: `IF(errors >= ${SERVER_ERRORS.least}, 100 * errors / calls, 0)`,
      usingMetrics: { errors: stage.metricServerError({ statistic: 'Sum' }), calls: stage.metricCount() },
      period: MINUTES,
    }),
    threshold: SERVER_ERRORS.percent,
  });
  const slow = (id: string, what: string, calls: IMetric, p99: IMetric, threshold: number): void => {
    alarms.tooMuch(id, {
      means: `The slowest hundredth of ${what} took ${threshold / 1000} s or more for a quarter of an hour.`,
      runbook: 'slow-answers',
      metric: new MathExpression({
        expression: `IF(calls >= ${FEW}, p99, 0)`,
        usingMetrics: { calls, p99 },
        period: MINUTES,
      }),
      threshold,
      periods: 3,
    });
  };
  // What a function streams lasts as long as its reader takes: of documents, only their making is watched.
  for (const service of ['accounts', 'items'] as const) {
    const fn = functions[service];
    const name = service.charAt(0).toUpperCase() + service.slice(1);
    slow(
      `Slow${name}`,
      `calls to ${service}`,
      fn.metricInvocations(),
      fn.metricDuration({ statistic: 'p99' }),
      SLOW[service],
    );
  }
  const making = api.methods.find(
    ({ httpMethod, resource }) => httpMethod === 'POST' && resource.path === '/documents',
  );
  if (making === undefined) throw new Error('the API has no method that makes documents');
  const [count, latency] = [making.metricCount(stage), making.metricLatency(stage, { statistic: 'p99' })];
  slow('SlowDocuments', 'calls that make documents', count, latency, SLOW_MAKING);
}
