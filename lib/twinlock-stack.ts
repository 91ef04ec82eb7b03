import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { Construct } from 'constructs';
import { DocumentBucket } from './constructs/document-bucket.ts';
import { HttpApi } from './constructs/http-api.ts';
import { Keys } from './constructs/keys.ts';
import { Monitoring } from './constructs/monitoring.ts';
import { ServiceFunction } from './constructs/service-function.ts';
import { VaultTable } from './constructs/vault-table.ts';
import { fontAssets, logoAssets, stationeryVariables } from './document-assets.ts';
import type { Settings } from './settings.ts';

// The longest that the gateway streams and that a function runs. An export takes 180 MiB, and Lambda gives 2 MB a second.
const STREAM_TIMEOUT = Duration.minutes(15);
// For the sweep, and with what that leaves for the walk through the bucket, which goes on in the next run.
const MAINTENANCE_TIMEOUT = Duration.minutes(10);

export interface TwinlockStackProps extends StackProps {
  readonly settings: Settings;
}

/** One deployment of Twinlock: wiring only. */
export class TwinlockStack extends Stack {
  constructor(scope: Construct, id: string, { settings, ...props }: TwinlockStackProps) {
    const retain = settings.removalPolicy === 'retain';
    super(scope, id, { description: `Twinlock ${settings.stageName}`, terminationProtection: retain, ...props });
    const { stageName } = settings;
    const removalPolicy = retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;

    const keys = new Keys(this, 'Keys', { stageName, macKeys: settings.macKeys, removalPolicy });
    const vault = new VaultTable(this, 'Vault', { keys, removalPolicy, deletionProtection: retain });
    const documentBucket = new DocumentBucket(this, 'Documents', { keys, removalPolicy });
    const logs = { logKey: keys.data, logRetentionDays: settings.logRetentionDays, removalPolicy };

    const environment = {
      STAGE: stageName,
      TABLE_NAME: vault.table.tableName,
      WRAP_KEY_ARN: keys.wrap.keyArn,
      MAC_KEY_ARNS: keys.macs.map((key) => key.keyArn).join(','),
      BCRYPT_COST: String(settings.bcryptCost),
      CIPHER_SUITE: String(settings.cipherSuite),
      SESSION_HOURS: String(settings.sessionHours),
      IDLE_MINUTES: String(settings.idleMinutes),
      DEFAULT_RETENTION_DAYS: String(settings.defaultRetentionDays),
      ALLOWED_ORIGINS: settings.allowedOrigins.join(','),
    };
    const bucketName = { BUCKET_NAME: documentBucket.bucket.bucketName };
    const common = { ...logs, environment, reservedConcurrency: settings.reservedConcurrency };

    const accounts = new ServiceFunction(this, 'Accounts', {
      ...common,
      service: 'accounts',
      environment: { ...environment, ...bucketName },
      memorySize: 1769,
    });
    vault.grantAccounts(accounts.role);
    // A key rotation writes every document anew; an account's deletion removes them.
    documentBucket.grantDocuments(accounts.role);
    keys.grantWrapping(accounts.role, ['password', 'session', 'recovery']);
    keys.grantMac(accounts.role);

    const items = new ServiceFunction(this, 'Items', { ...common, service: 'items' });
    vault.grantVaults(items.role);
    keys.grantUnwrapping(items.role, ['session']);

    const documents = new ServiceFunction(this, 'DocumentsService', {
      ...common,
      service: 'documents',
      environment: { ...environment, ...bucketName, ...stationeryVariables(settings.pdf) },
      memorySize: 1024,
      timeout: STREAM_TIMEOUT,
      assets: [...fontAssets(), ...logoAssets(settings.pdf)],
    });
    vault.grantVaults(documents.role);
    // An export tells of them too.
    vault.grantFailedTries(documents.role);
    keys.grantUnwrapping(documents.role, ['session']);
    documentBucket.grantDocuments(documents.role);

    const maintenance = new ServiceFunction(this, 'Maintenance', {
      ...logs,
      service: 'maintenance',
      environment: { STAGE: stageName, TABLE_NAME: vault.table.tableName, ...bucketName },
      timeout: MAINTENANCE_TIMEOUT,
    });
    vault.grantSweeping(maintenance.role);
    documentBucket.grantRemoval(maintenance.role);
    // No queue for what failed: the next run finds the same rows again, and a run that fails raises an alarm.
    new Rule(this, 'Hourly', {
      schedule: Schedule.rate(Duration.hours(1)),
      targets: [new LambdaFunction(maintenance.fn, { retryAttempts: 2, maxEventAge: Duration.minutes(30) })],
    });

    const functions = { accounts: accounts.fn, items: items.fn, documents: documents.fn };
    const { api } = new HttpApi(this, 'Http', {
      ...logs,
      name: `twinlock-${stageName}`,
      functions,
      streamTimeout: STREAM_TIMEOUT,
      allowedOrigins: settings.allowedOrigins,
      throttle: { rate: settings.rateLimit, burst: settings.burstLimit },
      passwordThrottle: { rate: settings.passwordRateLimit, burst: settings.passwordBurstLimit },
      logRole: settings.apiLogRole,
    });
    const monitoring = new Monitoring(this, 'Monitoring', {
      stageName,
      api,
      functions: { ...functions, maintenance: maintenance.fn },
      key: keys.data,
    });

    new CfnOutput(this, 'ApiUrl', { value: api.url });
    new CfnOutput(this, 'TableName', { value: vault.table.tableName });
    new CfnOutput(this, 'BucketName', { value: documentBucket.bucket.bucketName });
    new CfnOutput(this, 'AlarmTopicArn', { value: monitoring.topic.topicArn });
  }
}
