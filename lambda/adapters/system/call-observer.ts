import type { Metric, Telemetry } from '../../ports/system.ts';
import type { CallObserver, Outcome } from '../cloud-calls.ts';

/** What is counted of a call of KMS. One that KMS refuses is no fault of KMS: what it means is counted where it is met. */
const KMS_METRICS: Readonly<Partial<Record<Outcome, Metric>>> = {
  denied: 'KmsDenied',
  failed: 'KmsFailure',
  throttled: 'KmsThrottled',
};

/** Tells each call of a cloud service to the trace of its request, and the times and failures of KMS to telemetry. */
export function callObserver(telemetry: Telemetry, trace: CallObserver): CallObserver {
  return (call) => {
    trace(call);
    if (call.service !== 'kms') return;
    telemetry.measure('KmsLatency', call.durationMs, call.operation);
    const metric = KMS_METRICS[call.outcome];
    if (metric !== undefined) telemetry.count(metric);
  };
}
