import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { DeadLetters } from './constructs/dead-letters.ts';
import { DocumentBucket } from './constructs/document-bucket.ts';
import { EdgeSecret } from './constructs/edge-secret.ts';
import { Front } from './constructs/front.ts';
import { CALL_TIMEOUT, STREAM_TIMEOUT } from './constructs/gateway-limits.ts';
import { Hourly } from './constructs/hourly.ts';
import { HttpApi } from './constructs/http-api.ts';
import { Keys } from './constructs/keys.ts';
import { Monitoring } from './constructs/monitoring.ts';
import { ServiceFunction } from './constructs/service-function.ts';
import { VaultTable } from './constructs/vault-table.ts';
import { fontAssets, logoAssets, stationeryVariables } from './document-assets.ts';
import { arnsOf, settingsVariables } from './function-variables.ts';
import type { Settings } from './settings.ts';

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

    const { wrapKeys, retiredWrapKeys, macKeys } = settings;
    const keys = new Keys(this, 'Keys', { stageName, wrapKeys, retiredWrapKeys, macKeys, removalPolicy });
    const vault = new VaultTable(this, 'Vault', { keys, removalPolicy, deletionProtection: retain });
    const documentBucket = new DocumentBucket(this, 'Documents', { keys, removalPolicy });
    const logs = { logKey: keys.data, logRetentionDays: settings.logRetentionDays, removalPolicy };

    const edgeSecret = settings.edge ? new EdgeSecret(this, 'EdgeSecret').reference : undefined;
    const environment = {
      ...settingsVariables(settings),
      TABLE_NAME: vault.table.tableName,
      WRAP_KEY_ARNS: arnsOf(keys.liveWraps),
      MAC_KEY_ARNS: arnsOf(keys.macs),
      EDGE_SECRET: edgeSecret ?? '',
    };
    const bucketName = { BUCKET_NAME: documentBucket.bucket.bucketName };
    const common = { ...logs, environment, timeout: CALL_TIMEOUT, reservedConcurrency: settings.reservedConcurrency };

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
    keys.grantConfirming(items.role);

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
    keys.grantConfirming(documents.role);
    documentBucket.grantDocuments(documents.role);

    const deadLetters = new DeadLetters(this, 'DeadLetters', { removalPolicy }).queue;
    const maintenance = new ServiceFunction(this, 'Maintenance', {
      ...logs,
      service: 'maintenance',
      environment: { STAGE: stageName, TABLE_NAME: vault.table.tableName, ...bucketName },
      timeout: MAINTENANCE_TIMEOUT,
      deadLetters,
    });
    vault.grantSweeping(maintenance.role);
    documentBucket.grantRemoval(maintenance.role);
    new Hourly(this, 'Hourly', maintenance.fn, deadLetters);

    const functions = { accounts: accounts.fn, items: items.fn, documents: documents.fn };
    const name = `twinlock-${stageName}`;
    const { api } = new HttpApi(this, 'Http', {
      ...logs,
      name,
      functions,
      allowedOrigins: settings.allowedOrigins,
      hasOwnName: settings.domain !== undefined && !settings.edge,
      throttle: { rate: settings.rateLimit, burst: settings.burstLimit },
      passwordThrottle: { rate: settings.passwordRateLimit, burst: settings.passwordBurstLimit },
      logRole: settings.apiLogRole,
    });
    const monitoring = new Monitoring(this, 'Monitoring', {
      stageName,
      api,
      functions: { ...functions, maintenance: maintenance.fn },
      table: vault.table,
      deadLetters,
      key: keys.data,
      email: settings.alarmEmail,
      topicArn: settings.alarmTopicArn,
    });

    const { waf, domain } = settings;
    const webAppLogs = settings.webApp ? logs : undefined;
    const front = new Front(this, 'Front', { name, api, waf, domain, edgeSecret, webAppLogs });
    const outputs = {
      ApiUrl: front.url,
      TableName: vault.table.tableName,
      BucketName: documentBucket.bucket.bucketName,
      WrapKeyArns: arnsOf(keys.wraps),
      MacKeyArns: arnsOf(keys.macs),
      AlarmTopicArn: monitoring.topic.topicArn,
      Region: this.region,
      SmokeCommand: `npm run smoke -- ${front.url}`,
      ...(front.target === undefined ? {} : { DomainTarget: front.target }),
      ...(front.webAppUrl === undefined ? {} : { WebAppUrl: front.webAppUrl }),
    };
    for (const [output, value] of Object.entries(outputs)) new CfnOutput(this, output, { value });
  }
}
