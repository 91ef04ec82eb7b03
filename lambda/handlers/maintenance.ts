import type { Context } from 'aws-lambda';
import { lambdaRuntime, maintenanceEnvironment } from '../compose.ts';
import { text } from '../config.ts';
import { sweep } from '../usecases/sweep.ts';
import { walkBucket } from '../usecases/walk-bucket.ts';

/** What is kept of a run's time to end what was begun, ms. */
const RESERVE_MS = 20_000;

const env = maintenanceEnvironment(
  lambdaRuntime('maintenance'),
  text(process.env, 'TABLE_NAME'),
  text(process.env, 'BUCKET_NAME'),
);

export async function handler(_event: unknown, context: Context): Promise<void> {
  const until = env.clock() + context.getRemainingTimeInMillis() - RESERVE_MS;
  try {
    const swept = await sweep(env, until);
    env.telemetry.info('swept', { removed: swept.removed, failed: swept.failed });
    const walked = await walkBucket(env, until);
    env.telemetry.info('walked', { removed: walked.removed, failed: walked.failed });
  } catch (error) {
    env.telemetry.error('maintenance failed', { error: { name: error instanceof Error ? error.name : 'unknown' } });
    // The runtime logs whole what is thrown, and puts its message beside the dead letter.
    throw new Error('maintenance failed');
  }
}
