import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ParseArgsOptionsConfig } from 'node:util';
import { type Given, textOption, UsageError } from './command.ts';
import type { Deployment } from './compose.ts';

/** How a deployment is named, for every command. */
export const DEPLOYMENT_OPTIONS = {
  local: { type: 'boolean' },
  folder: { type: 'string' },
  region: { type: 'string' },
  table: { type: 'string' },
  bucket: { type: 'string' },
  'wrap-keys': { type: 'string' },
  'mac-keys': { type: 'string' },
} as const satisfies ParseArgsOptionsConfig;

export const DEPLOYMENT_HELP = `Which deployment:
  --local            the service that runs on this machine; --folder names its data (DATA_DIR, or .data)
  --region <name>    else one on AWS, with the credentials of the environment (AWS_REGION)
  --table <name>     (TABLE_NAME)
  --bucket <name>    (BUCKET_NAME)
  --wrap-keys <arns> all wrap keys by comma, oldest first, those that are retired too (WRAP_KEY_ARNS)
  --mac-keys <arns>  all MAC keys by comma, number 1 first (MAC_KEY_ARNS)
The stack's outputs name them: TableName, BucketName, WrapKeyArns, MacKeyArns, Region.
  aws cloudformation describe-stacks --stack-name Twinlock-<stage> --query 'Stacks[0].Outputs'`;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The deployment that options and environment name.
 *
 * @throws UsageError for one that is not named whole, or for a local service that was never started
 */
export function readDeployment(given: Given, env: Environment): Deployment {
  const { options } = given;
  if (options['local'] === true) {
    const named = Object.keys(DEPLOYMENT_OPTIONS).find(
      (name) => !['local', 'folder', 'table'].includes(name) && options[name] !== undefined,
    );
    if (named !== undefined) throw new UsageError(`--local and --${named} exclude each other`);
    const local = readEndpoints(textOption(given, 'folder') ?? env['DATA_DIR'] ?? '.data');
    // A restored table lies beside the service's own.
    return { ...local, table: textOption(given, 'table') ?? local.table };
  }
  const text = (option: string, variable: string): string => {
    const value = textOption(given, option) ?? env[variable] ?? '';
    if (value === '')
      throw new UsageError(`--${option} is missing, and ${variable} is not set; --local is for a local service`);
    return value;
  };
  const arns = (option: string, variable: string): string[] => {
    const all = text(option, variable).split(',');
    // KMS answers with ARNs of keys, which are held against these.
    const odd = all.find((arn) => !/^arn:[\w-]+:kms:[\w-]+:\d{12}:key\/[\w-]+$/.test(arn));
    if (odd !== undefined || new Set(all).size !== all.length) {
      throw new UsageError(`--${option} is no list of ARNs of keys, each once, with commas between them`);
    }
    return all;
  };
  return {
    aws: { region: text('region', 'AWS_REGION') },
    table: text('table', 'TABLE_NAME'),
    bucket: text('bucket', 'BUCKET_NAME'),
    wrapKeys: arns('wrap-keys', 'WRAP_KEY_ARNS'),
    macKeys: arns('mac-keys', 'MAC_KEY_ARNS'),
  };
}

/** What `endpoints.json` of a local service says. */
interface Endpoints {
  readonly dynamodb: string;
  readonly s3: string;
  readonly kms: string;
  readonly region: string;
  readonly table: string;
  readonly bucket: string;
  readonly wrapKeyIds: readonly string[];
  readonly macKeyId: string;
}

function readEndpoints(folder: string): Deployment {
  const file = join(folder, 'endpoints.json');
  let endpoints: Endpoints;
  try {
    endpoints = JSON.parse(readFileSync(file, 'utf8')) as Endpoints;
  } catch {
    throw new UsageError(`${file} can't be read: a local service writes it when it starts`);
  }
  const { dynamodb, s3, kms, region, table, bucket, wrapKeyIds, macKeyId } = endpoints;
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  return {
    aws: { region, endpoints: { dynamodb, s3, kms }, credentials },
    table,
    bucket,
    wrapKeys: wrapKeyIds,
    macKeys: [macKeyId],
  };
}
