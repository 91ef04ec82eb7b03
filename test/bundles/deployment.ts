import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import * as z from 'zod';
import { type LocalCloud, startCloud } from '../../local/cloud.ts';
import { LambdaFunction } from './lambda.ts';
import { type SynthesizedStack, synthesize, type TemplateResource } from './synthesized.ts';

/** The stack's functions, run from their bundles against emulators. */
export interface Deployment {
  readonly stack: SynthesizedStack;
  readonly cloud: LocalCloud;
  readonly functions: ReadonlyMap<string, LambdaFunction>;
  close(): Promise<void>;
}

/** @param settings override those of `cdk.json` */
export async function deploy(settings: Readonly<Record<string, unknown>>): Promise<Deployment> {
  const work = mkdtempSync(join(tmpdir(), 'twinlock-bundles-'));
  const functions = new Map<string, LambdaFunction>();
  const cloud = await startCloud(null);
  const close = async () => {
    await Promise.all([...functions.values()].map((fn) => fn.stop()));
    await cloud.close();
    rmSync(work, { recursive: true, force: true });
  };
  try {
    const stack = await synthesize(join(work, 'assembly'), settings);
    const names = await furnish(stack, cloud);
    for (const fn of stack.functions) {
      const folder = join(work, fn.service);
      mkdirSync(folder);
      const told = Object.entries(fn.variables).map(([name, value]) => [name, resolved(value, names)] as const);
      const started = await LambdaFunction.start(fn, folder, { ...addressesOf(cloud), ...Object.fromEntries(told) });
      functions.set(fn.service, started);
    }
    return { stack, cloud, functions, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What a template's names stand for, by logical id: `Ref` and the attribute `Arn`. */
type Names = ReadonlyMap<string, { readonly ref: string; readonly arn: string }>;

/** Takes the local table and bucket for the stack's, and makes every KMS key that the stack has. */
async function furnish({ resources }: SynthesizedStack, cloud: LocalCloud): Promise<Names> {
  const kms = new KMSClient({ region: cloud.region, credentials: cloud.credentials, endpoint: cloud.endpoints.kms });
  const names = new Map<string, { ref: string; arn: string }>();
  for (const [id, resource] of Object.entries(resources)) {
    if (resource.Type === 'AWS::DynamoDB::Table') names.set(id, { ref: cloud.table, arn: '' });
    if (resource.Type === 'AWS::S3::Bucket' && isDocuments(resource)) names.set(id, { ref: cloud.bucket, arn: '' });
    if (resource.Type === 'AWS::KMS::Key') {
      const { KeySpec, KeyUsage } = keySchema.parse(resource.Properties);
      const { KeyMetadata } = await kms.send(new CreateKeyCommand({ KeySpec, KeyUsage }));
      names.set(id, { ref: KeyMetadata?.KeyId ?? '', arn: KeyMetadata?.Arn ?? '' });
    }
  }
  kms.destroy();
  return names;
}

const keySchema = z.looseObject({
  KeySpec: z.enum(['SYMMETRIC_DEFAULT', 'HMAC_256']).default('SYMMETRIC_DEFAULT'),
  KeyUsage: z.enum(['ENCRYPT_DECRYPT', 'GENERATE_VERIFY_MAC']).default('ENCRYPT_DECRYPT'),
});

function isDocuments({ Metadata }: TemplateResource): boolean {
  return Metadata['aws:cdk:path'].includes('/Documents/');
}

const intrinsicSchema = z.union([
  z.strictObject({ Ref: z.string() }).transform(({ Ref }) => ({ id: Ref, attribute: 'ref' as const })),
  z
    .strictObject({ 'Fn::GetAtt': z.tuple([z.string(), z.literal('Arn')]) })
    .transform(({ 'Fn::GetAtt': [id] }) => ({ id, attribute: 'arn' as const })),
]);
const joinSchema = z.strictObject({ 'Fn::Join': z.tuple([z.string(), z.array(z.unknown())]) });

/** A variable as CloudFormation would set it. @throws Error for what nothing here stands for */
function resolved(value: unknown, names: Names): string {
  if (typeof value === 'string') return value;
  const join = joinSchema.safeParse(value);
  if (join.success) {
    const [separator, parts] = join.data['Fn::Join'];
    return parts.map((part) => resolved(part, names)).join(separator);
  }
  const { id, attribute } = intrinsicSchema.parse(value);
  const name = names.get(id)?.[attribute] ?? '';
  if (name === '') throw new Error(`nothing stands for ${attribute} of ${id}`);
  return name;
}

/** Where an SDK finds the emulators, by the variables that it heeds itself. */
function addressesOf({ region, credentials, endpoints }: LocalCloud): Record<string, string> {
  return {
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb,
    AWS_ENDPOINT_URL_KMS: endpoints.kms,
    AWS_ENDPOINT_URL_S3: endpoints.s3,
  };
}
