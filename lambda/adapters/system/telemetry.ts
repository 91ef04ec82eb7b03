import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { LogFields, Measure, Telemetry } from '../../ports/system.ts';

/** What may stand in a log line, whatever was passed, and as what. */
const FIELDS = {
  requestId: 'string',
  method: 'string',
  route: 'string',
  status: 'number',
  code: 'string',
  durationMs: 'number',
  removed: 'number',
  failed: 'number',
} as const satisfies Record<Exclude<keyof LogFields, 'error'>, 'string' | 'number'>;

const ERROR_FIELDS = { name: 'string', message: 'string', stack: 'string' } as const satisfies Record<
  keyof NonNullable<LogFields['error']>,
  'string'
>;

const UNITS = {
  DocumentBytes: MetricUnit.Bytes,
  KmsLatency: MetricUnit.Milliseconds,
} as const satisfies Record<Measure, string>;

export interface TelemetryOptions {
  /** Names the function in every line and every metric. */
  readonly service: string;
  /** The namespace of the metrics in CloudWatch. */
  readonly namespace: string;
}

/** Lines and metrics (EMF) to standard output as JSON, each written at once: a function may be frozen after its answer. */
export function createTelemetry({ service, namespace }: TelemetryOptions): Telemetry {
  const logger = new Logger({ serviceName: service });
  const metrics = new Metrics({ serviceName: service, namespace });
  return {
    info: (message, fields) => {
      quietly(() => {
        logger.info(message, allowed(fields));
      });
    },
    error: (message, fields) => {
      quietly(() => {
        logger.error(message, allowed(fields));
      });
    },
    count: (metric, by = 1) => {
      quietly(() => {
        metrics.addMetric(metric, MetricUnit.Count, by).publishStoredMetrics();
      });
    },
    measure: (measure, value, operation) => {
      quietly(() => {
        metrics.addMetric(measure, UNITS[measure], value);
        if (operation !== undefined) metrics.addDimension('operation', operation);
        metrics.publishStoredMetrics();
      });
    },
  };
}

/** Only the fields on the list, each of its type: more may be passed at run time than the type allows. */
function allowed(fields: LogFields = {}): Record<string, string | number | Record<string, string | number>> {
  const error = fields.error === undefined ? {} : pick(fields.error, ERROR_FIELDS);
  return { ...pick(fields, FIELDS), ...(Object.keys(error).length === 0 ? {} : { error }) };
}

function pick(from: object, list: Readonly<Record<string, string>>): Record<string, string | number> {
  const kept = Object.entries(from).filter(
    (entry): entry is [string, string | number] => typeof entry[1] === list[entry[0]],
  );
  return Object.fromEntries(kept);
}

/** What the operator sees must never change what the user gets. */
function quietly(write: () => void): void {
  try {
    write();
  } catch {
    // There is nowhere left to tell it.
  }
}
