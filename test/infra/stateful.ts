import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Template } from 'aws-cdk-lib/assertions';
import type { Settings } from '../../lib/settings.ts';
import { isRecord, Synthesized } from './synth.ts';

/** Settings by name, whose stacks are held to what was reviewed. */
const SETTINGS: Readonly<Record<string, Partial<Settings>>> = {
  standard: { stageName: 'dev', removalPolicy: 'retain' },
  moreKeys: { stageName: 'prod', removalPolicy: 'destroy', wrapKeys: 3, retiredWrapKeys: 1, macKeys: 2 },
};

/**
 * What keeps data or opens it, by type, with the properties whose change makes CloudFormation put an empty one in its
 * place, is refused by AWS, or makes a secret anew (CloudFormation Template Reference, "Update requires").
 */
const FIXED: Readonly<Record<string, readonly string[]>> = {
  'AWS::DynamoDB::Table': [
    'TableName',
    'KeySchema',
    'AttributeDefinitions',
    'LocalSecondaryIndexes',
    'GlobalSecondaryIndexes',
    'ImportSourceSpecification',
  ],
  'AWS::KMS::Alias': ['AliasName', 'TargetKeyId'],
  'AWS::KMS::Key': ['KeySpec', 'KeyUsage', 'MultiRegion', 'Origin'],
  'AWS::Logs::LogGroup': ['LogGroupName', 'LogGroupClass'],
  'AWS::S3::Bucket': ['BucketName', 'ObjectLockEnabled'],
  'AWS::SecretsManager::Secret': ['Name', 'GenerateSecretString', 'SecretString'],
  'AWS::SQS::Queue': ['QueueName', 'FifoQueue'],
};

/** A resource as it was reviewed. */
export interface Stateful {
  readonly type: string;
  readonly deletionPolicy: string;
  readonly updateReplacePolicy: string;
  readonly fixed: Readonly<Record<string, unknown>>;
}

/** By logical id. */
export type StatefulResources = Readonly<Record<string, Stateful>>;

export interface Reviewed {
  /** By the names of settings. */
  readonly stateful: Readonly<Record<string, StatefulResources>>;
  /** The whole template with the standard settings, as text. */
  readonly template: string;
}

// From the project's root, as cdk.json is read.
const FOLDER = join('test', 'infra', '__snapshots__');
export const FILES = { stateful: join(FOLDER, 'stateful.json'), template: join(FOLDER, 'template.json') };

/** What stands in the files. @throws Error where one is missing */
export function readReviewed(): Reviewed {
  const stateful = JSON.parse(readFileSync(FILES.stateful, 'utf8')) as Reviewed['stateful'];
  return { stateful, template: readFileSync(FILES.template, 'utf8') };
}

/** What the constructs of today make. */
export function synthesizeReviewed(): Reviewed {
  const stacks = Object.entries(SETTINGS).map(([name, settings]) => [name, new Synthesized(settings)] as const);
  const stateful = Object.fromEntries(stacks.map(([name, stack]) => [name, statefulOf(stack)]));
  const standard = stacks[0]?.[1];
  if (standard === undefined) throw new Error('there are no settings to synthesize with');
  return { stateful, template: textOf(normalised(Template.fromStack(standard.stack).toJSON())) };
}

/** JSON as the files have it: sorted, so that an order that changes is no change. */
export function textOf(value: unknown): string {
  return `${JSON.stringify(sorted(value), null, 1)}\n`;
}

/** What differs between two lists, a line each, as a reviewer needs it. */
export function differences(reviewed: StatefulResources, now: StatefulResources): string[] {
  const ids = [...new Set([...Object.keys(reviewed), ...Object.keys(now)])].sort();
  return ids.flatMap((id) => {
    const [before, after] = [reviewed[id], now[id]];
    if (before === undefined) return [`${id} (${after?.type ?? ''}) is new`];
    if (after === undefined)
      return [`${id} (${before.type}) is gone: the one that holds data is deleted or left behind`];
    return parts(before)
      .filter(([name, value]) => textOf(value) !== textOf(Object.fromEntries(parts(after))[name]))
      .map(([name]) => `${id} (${before.type}): ${name} changed`);
  });
}

function parts({ fixed, ...others }: Stateful): [string, unknown][] {
  return [...Object.entries(others), ...Object.entries(fixed)];
}

function statefulOf({ resources }: Synthesized): StatefulResources {
  return Object.fromEntries(
    resources.flatMap((resource) => {
      const names = FIXED[resource.Type];
      if (names === undefined) return [];
      // What is not set now may be set later, which is a change too.
      const fixed = Object.fromEntries(names.map((name) => [name, resource.Properties[name] ?? null]));
      const policy = (name: string) => {
        const value: unknown = resource[name];
        return typeof value === 'string' ? value : 'none';
      };
      const entry: Stateful = {
        type: resource.Type,
        deletionPolicy: policy('DeletionPolicy'),
        updateReplacePolicy: policy('UpdateReplacePolicy'),
        fixed,
      };
      return [[resource.id, entry]];
    }),
  );
}

/** A template without what differs by itself: hashes of assets and of deployments, and where constructs stood. */
function normalised(template: Record<string, unknown>): unknown {
  const { Resources, Outputs } = template;
  const without = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(without);
    if (!isRecord(value)) return value;
    return Object.fromEntries(
      Object.entries(value)
        .filter(([name]) => name !== 'Metadata')
        .map(([name, held]) => [name, without(held)]),
    );
  };
  const text = JSON.stringify(without({ Resources, Outputs }));
  return JSON.parse(
    text.replaceAll(/\b[0-9a-f]{64}\b/g, '<asset>').replaceAll(/(Deployment[0-9A-F]{8})[0-9a-f]{32}/g, '$1'),
  );
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isRecord(value)) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, held]) => [name, sorted(held)]));
}
