import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Settings } from './settings.ts';

/** What every function of the API is told of the deployment's choices: see lambda/config.ts. */
export function settingsVariables(settings: Settings): Record<string, string> {
  return {
    STAGE: settings.stageName,
    BCRYPT_COST: String(settings.bcryptCost),
    CIPHER_SUITE: String(settings.cipherSuite),
    MIN_PASSWORD_LENGTH: String(settings.minPasswordLength),
    SESSION_HOURS: String(settings.sessionHours),
    IDLE_MINUTES: String(settings.idleMinutes),
    SESSION_CACHE_SECONDS: String(settings.sessionCacheSeconds),
    SESSIONS_SINCE: settings.sessionsSince ?? '',
    DEFAULT_RETENTION_DAYS: String(settings.defaultRetentionDays),
    ALLOWED_ORIGINS: settings.allowedOrigins.join(','),
  };
}

/** Keys as a variable or an output lists them. */
export function arnsOf(keys: readonly IKey[]): string {
  return keys.map((key) => key.keyArn).join(',');
}
