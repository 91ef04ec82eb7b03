import { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression, Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';

/** What the functions of a stage count and measure of themselves, as `lambdaRuntime` in lambda/compose.ts names it. */
export class ServiceMetrics {
  readonly #namespace: string;

  constructor(stageName: string) {
    this.#namespace = `Twinlock/${stageName}`;
  }

  /** How often it was counted, or what the measures come to, in five minutes unless told otherwise. */
  sum(service: string, metricName: string, options: MetricOptions = {}): Metric {
    return this.#metric(metricName, { service }, { statistic: 'Sum', ...options });
  }

  /** The time that one operation of KMS takes, ms. */
  kmsLatency(service: string, operation: string, options: MetricOptions): Metric {
    return this.#metric('KmsLatency', { service, operation }, options);
  }

  #metric(metricName: string, dimensionsMap: Record<string, string>, options: MetricOptions): Metric {
    return new Metric({
      namespace: this.#namespace,
      metricName,
      dimensionsMap,
      period: Duration.minutes(5),
      ...options,
    });
  }
}

/** The sum of metrics of which some may have no data: with `+`, one that is missing would leave nothing. */
export function total(metrics: readonly IMetric[], period: Duration): IMetric {
  const [first] = metrics;
  if (metrics.length === 1 && first !== undefined) return first;
  return new MathExpression({
    expression: 'SUM(FILL(METRICS(), 0))',
    usingMetrics: Object.fromEntries(metrics.map((metric, place) => [`m${place}`, metric])),
    period,
  });
}
