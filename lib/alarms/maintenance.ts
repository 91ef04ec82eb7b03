import { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { ServiceMetrics } from '../service-metrics.ts';
import type { Alarms } from './alarms.ts';

// A call that stops at the wrong place leaves an orphan, so that a few a week are no news. Many at once are objects whose
// rows are gone: by a restore, or by someone's hand.
const ORPHANS = 50;
const HOUR = Duration.hours(1);

/** Whether what is due goes, and nothing else. */
export function watchMaintenance(
  alarms: Alarms,
  metrics: ServiceMetrics,
  maintenance: IFunction,
  deadLetters: IQueue,
): void {
  alarms.tooLittle('MaintenanceSilent', {
    means: 'Maintenance has not run for three hours: expired documents are not removed.',
    runbook: 'maintenance-silent',
    metric: maintenance.metricInvocations({ period: HOUR }),
    threshold: 1,
    periods: 3,
  });
  alarms.tooMuch('SweepFailures', {
    means: 'Maintenance could not remove something in three runs one after the other.',
    runbook: 'sweep-failures',
    metric: metrics.sum('maintenance', 'SweepFailure', { period: HOUR }),
    threshold: 1,
    periods: 3,
  });
  alarms.tooMuch('Orphans', {
    means: 'Maintenance removed many objects that no row answered for: rows of the table may have been lost.',
    runbook: 'orphans',
    metric: metrics.sum('maintenance', 'OrphanRemoved', { period: HOUR }),
    threshold: ORPHANS,
  });
  alarms.tooMuch('DeadLetters', {
    means: 'A run of maintenance was given up, by its schedule or after its repetitions.',
    runbook: 'dead-letters',
    metric: deadLetters.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum', period: Duration.minutes(5) }),
    threshold: 1,
  });
}
