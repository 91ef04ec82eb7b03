import { vaultEnvironment } from '../../lambda/compose.ts';
import { authenticate } from '../../lambda/usecases/authenticate.ts';
import type { Attacked } from './service.ts';

const SETTINGS = {
  bcryptCost: 10,
  suite: 2,
  pepper: 1,
  minPasswordLength: 15,
  sessionCacheMs: 0,
  sessionsSince: 0,
  sessionMs: 28_800_000,
  idleMs: 1_800_000,
  retentionDays: 90,
} as const;

/** A session's vault on the service's own table, opened beside it. To be closed. */
export async function openVault({ cloud, telemetry }: Attacked, token: string) {
  const { table, wrapKeyArns, macKeyArn, region, endpoints, credentials } = cloud;
  const config = { table, wrapKeyArns, macKeyArns: [macKeyArn], allowedOrigins: [], stage: 'test', settings: SETTINGS };
  const env = vaultEnvironment({ config, telemetry, aws: { region, endpoints, credentials } });
  return { env, signedIn: await authenticate(env, token, null, { sourceIp: '127.0.0.1', userAgent: 'test' }) };
}
