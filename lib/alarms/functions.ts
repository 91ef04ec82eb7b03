import { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ServiceMetrics } from '../service-metrics.ts';
import type { Alarms } from './alarms.ts';

/** Attempts in five minutes that KMS throttled: the SDK repeats them, so that fewer are met by nobody. */
const THROTTLED = 5;
const MINUTE = Duration.minutes(1);

/** Whether a function works, and what it finds, alike for each. @param functions by service */
export function watchFunctions(
  alarms: Alarms,
  metrics: ServiceMetrics,
  functions: Readonly<Record<string, IFunction>>,
): void {
  for (const [service, fn] of Object.entries(functions)) {
    const name = service.charAt(0).toUpperCase() + service.slice(1);
    alarms.tooMuch(`${name}Integrity`, {
      means: `Stored bytes failed authentication in ${service}: someone may have changed the table or the bucket.`,
      runbook: 'integrity-failure',
      metric: metrics.sum(service, 'IntegrityFailure', { period: MINUTE }),
      threshold: 1,
    });
    alarms.tooMuch(`${name}Errors`, {
      means: `The function of ${service} broke off: a crash, a timeout, or out of memory.`,
      runbook: 'function-broke-off',
      metric: fn.metricErrors({ period: Duration.minutes(5) }),
      threshold: 1,
    });
    alarms.tooMuch(`${name}Throttles`, {
      means: `The function of ${service} was called more often at once than it may run.`,
      runbook: 'function-throttled',
      metric: fn.metricThrottles({ period: Duration.minutes(5) }),
      threshold: 1,
    });
    // It calls no key.
    if (service === 'maintenance') continue;
    alarms.tooMuch(`${name}KmsDenied`, {
      means: `KMS denied ${service} a key: a policy was changed, or the key was disabled or is to be deleted.`,
      runbook: 'kms-denied',
      metric: metrics.sum(service, 'KmsDenied', { period: MINUTE }),
      threshold: 1,
    });
    alarms.tooMuch(`${name}KmsThrottled`, {
      means: `KMS throttles ${service}: the requests of the AWS account go beyond its quota.`,
      runbook: 'kms-throttled',
      metric: metrics.sum(service, 'KmsThrottled'),
      threshold: THROTTLED,
    });
  }
}
