import { Duration } from 'aws-cdk-lib';
import { type ServiceMetrics, total } from '../service-metrics.ts';
import type { Alarms } from './alarms.ts';

const QUARTER = Duration.minutes(15);
const HOUR = Duration.hours(1);
const TRIES = ['PasswordCheck', 'Recovery', 'Registration', 'SignIn'];

/**
 * Whether more is tried in vain than people forget. The numbers are those of a service of some thousand users, whose
 * sign-ins fail a few times in an hour: one of another size sets its own. A quota of the gateway's bounds what is tried.
 */
export function watchTries(alarms: Alarms, metrics: ServiceMetrics): void {
  alarms.tooMuch('SignInFailures', {
    means: 'Many sign-ins failed in a quarter of an hour: someone may be trying passwords that leaked elsewhere.',
    runbook: 'failed-sign-ins',
    metric: metrics.sum('accounts', 'SignInFailure', { period: QUARTER }),
    threshold: 50,
  });
  alarms.tooMuch('RecoveryFailures', {
    means: 'Recovery codes were tried in vain many times in an hour: people have theirs at hand, or none.',
    runbook: 'failed-recoveries',
    metric: metrics.sum('accounts', 'RecoveryFailure', { period: HOUR }),
    threshold: 10,
  });
  alarms.tooMuch('PasswordCheckFailures', {
    means: 'Within sessions, passwords were wrong many times in an hour: sessions may be in other hands.',
    runbook: 'failed-password-checks',
    metric: metrics.sum('accounts', 'PasswordCheckFailure', { period: HOUR }),
    threshold: 20,
  });
  const throttled = TRIES.map((tried) => metrics.sum('accounts', `${tried}Throttled`, { period: QUARTER }));
  alarms.tooMuch('ThrottledTries', {
    means: 'Many tries were refused in a quarter of an hour, for too many had failed before them.',
    runbook: 'throttled-tries',
    metric: total(throttled, QUARTER),
    threshold: 50,
  });
}
