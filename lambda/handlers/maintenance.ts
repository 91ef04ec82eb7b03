import type { Context } from 'aws-lambda';
import { lambdaRuntime, maintenanceEnvironment } from '../compose.ts';
import { text } from '../config.ts';
import { type SweepReport, sweep } from '../usecases/sweep.ts';

/** What is kept of a run's time to end what was begun, ms. */
const RESERVE_MS = 20_000;

const env = maintenanceEnvironment(
  lambdaRuntime('maintenance'),
  text(process.env, 'TABLE_NAME'),
  text(process.env, 'BUCKET_NAME'),
);

export async function handler(_event: unknown, context: Context): Promise<SweepReport> {
  const report = await sweep(env, env.clock() + context.getRemainingTimeInMillis() - RESERVE_MS);
  env.telemetry.info('swept', { removed: report.removed, failed: report.failed });
  return report;
}
