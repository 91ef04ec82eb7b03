import { readFileSync } from 'node:fs';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as z from 'zod';
import { readSettings, type Settings } from '../../lib/settings.ts';
import { TwinlockStack } from '../../lib/twinlock-stack.ts';

const resourceSchema = z.looseObject({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
  Metadata: z.looseObject({ 'aws:cdk:path': z.string().optional() }).default({}),
  DeletionPolicy: z.string().optional(),
});

const outputsSchema = z.record(z.string(), z.looseObject({ Value: z.unknown() }));

export type Resource = z.infer<typeof resourceSchema> & { readonly id: string };

/** The stack as it would be deployed with the settings of cdk.json and these, without bundles; or one that is made. */
export class Synthesized {
  readonly stack: TwinlockStack;
  readonly resources: readonly Resource[];
  /** By name, as they stand in the template. */
  readonly outputs: Readonly<Record<string, unknown>>;

  constructor(settings: Partial<Settings> | TwinlockStack = {}) {
    this.stack = settings instanceof TwinlockStack ? settings : newStack(newApp(), 'Test', settings);
    const { Resources, Outputs } = z
      .object({ Resources: z.record(z.string(), resourceSchema), Outputs: outputsSchema })
      .parse(Template.fromStack(this.stack).toJSON());
    this.outputs = Object.fromEntries(Object.entries(Outputs).map(([name, { Value }]) => [name, Value]));
    this.resources = Object.entries(Resources).map(([id, resource]) => ({ ...resource, id }));
  }

  ofType(type: string): readonly Resource[] {
    return this.resources.filter((resource) => resource.Type === type);
  }

  /** The one resource whose construct path, without the stack and without "/Resource", is this. */
  at(path: string): Resource {
    const found = this.resources.find((resource) => pathOf(resource) === path);
    if (found === undefined) throw new Error(`there is nothing at ${path}`);
    return found;
  }

  /** The place in the construct tree of what a template names by its id. */
  pathOfId(id: string): string {
    const found = this.resources.find((resource) => resource.id === id);
    if (found === undefined) throw new Error(`there is nothing called ${id}`);
    return pathOf(found);
  }

  /** A reference, an ARN made of one, or a fixed text, in short: "Vault/Table", "Vault/Table/index/due". */
  name(value: unknown): string {
    if (typeof value === 'string') return value;
    if (!isRecord(value)) throw new Error('neither a text nor an intrinsic function');
    if (typeof value.Ref === 'string') return value.Ref.startsWith('AWS::') ? value.Ref : this.pathOfId(value.Ref);
    if (Array.isArray(value['Fn::GetAtt'])) return this.pathOfId(String(value['Fn::GetAtt'][0]));
    if (Array.isArray(value['Fn::Join'])) {
      const [separator, parts] = z.tuple([z.string(), z.array(z.unknown())]).parse(value['Fn::Join']);
      return parts.map((part) => this.name(part)).join(separator);
    }
    throw new Error(`an intrinsic function that is not known here: ${Object.keys(value).join()}`);
  }
}

/**
 * The stack with the settings of cdk.json, but as one that lasts; with every switch the other way, under a name of its
 * own; with a distribution in front; and with the web app beside the API.
 */
export interface Stacks {
  readonly standard: Synthesized;
  readonly varied: Synthesized;
  readonly edge: Synthesized;
  readonly web: Synthesized;
}

/** A stack of an app with the settings of its context and these. */
export function newStack(app: App, id: string, settings: Partial<Settings>): TwinlockStack {
  const all = { ...readSettings((key): unknown => app.node.tryGetContext(key)), ...settings };
  return new TwinlockStack(app, id, { settings: all });
}

/** An app with the context of cdk.json that makes no bundles. */
export function newApp(): App {
  const { context } = z
    .object({ context: z.record(z.string(), z.unknown()) })
    .parse(JSON.parse(readFileSync('cdk.json', 'utf8')));
  return new App({ context: { ...context, 'aws:cdk:bundling-stacks': [], 'aws:cdk:enable-path-metadata': true } });
}

const statementSchema = z.strictObject({
  Sid: z.string().optional(),
  Effect: z.enum(['Allow', 'Deny']),
  Principal: z.unknown().optional(),
  Action: z.union([z.string().transform((action) => [action]), z.array(z.string())]),
  Resource: z.unknown().transform((resource) => (Array.isArray(resource) ? resource : [resource]) as unknown[]),
  Condition: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
});

export type Statement = z.infer<typeof statementSchema>;

/** The statements of a policy document. */
export function statements(document: unknown): Statement[] {
  return z.object({ Statement: z.array(statementSchema) }).parse(document).Statement;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function pathOf(resource: Resource): string {
  return (resource.Metadata['aws:cdk:path'] ?? '').replace(/^Test\//, '').replace(/\/Resource$/, '');
}
