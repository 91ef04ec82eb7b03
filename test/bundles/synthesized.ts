import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import * as z from 'zod';

const ROOT = join(__dirname, '../..');
const run = promisify(execFile);

const resourceSchema = z.looseObject({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
  Metadata: z
    .looseObject({ 'aws:cdk:path': z.string().default(''), 'aws:asset:path': z.string().optional() })
    .prefault({}),
});
const functionSchema = z.looseObject({
  Description: z.string(),
  Handler: z.string(),
  Runtime: z.string(),
  MemorySize: z.number(),
  Environment: z.object({ Variables: z.record(z.string(), z.unknown()) }),
});

export type TemplateResource = z.infer<typeof resourceSchema>;

export interface SynthesizedFunction {
  /** `accounts`, `items`, `documents` or `maintenance`. */
  readonly service: string;
  /** Where its asset lies: what is uploaded. */
  readonly folder: string;
  readonly runtime: string;
  readonly handler: string;
  readonly memorySize: number;
  /** As the template has them, intrinsic functions included. */
  readonly variables: Readonly<Record<string, unknown>>;
}

export interface SynthesizedStack {
  readonly resources: Readonly<Record<string, TemplateResource>>;
  readonly functions: readonly SynthesizedFunction[];
}

/**
 * Runs `cdk synth` as `npm run synth` does, bundles included, and reads what a deployment would take from it.
 *
 * @param folder where the assembly goes
 * @param settings override those of `cdk.json`
 */
export async function synthesize(
  folder: string,
  settings: Readonly<Record<string, unknown>>,
): Promise<SynthesizedStack> {
  const context = Object.entries(settings).flatMap(([key, value]) => [
    '-c',
    `twinlock:${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  ]);
  await run(process.execPath, ['node_modules/aws-cdk/bin/cdk', 'synth', '--quiet', '--output', folder, ...context], {
    cwd: ROOT,
    env: { ...process.env, PATH: `${join(ROOT, 'node_modules/.bin')}:${process.env.PATH ?? ''}` },
  });
  const { artifacts } = z
    .object({
      artifacts: z.record(
        z.string(),
        z.looseObject({
          type: z.string(),
          properties: z.looseObject({ templateFile: z.string().optional() }).optional(),
        }),
      ),
    })
    .parse(JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')));
  const templates = Object.values(artifacts)
    .filter(({ type }) => type === 'aws:cloudformation:stack')
    .map(({ properties }) => properties?.templateFile ?? '');
  const template = templates.length === 1 ? templates[0] : undefined;
  if (template === undefined) throw new Error(`${templates.length} stacks where one is expected`);
  const { Resources: resources } = z
    .object({ Resources: z.record(z.string(), resourceSchema) })
    .parse(JSON.parse(readFileSync(join(folder, template), 'utf8')));
  return { resources, functions: Object.values(resources).flatMap((resource) => functionOf(resource, folder)) };
}

/** A path as settings take it, from the project's root. */
export function fromRoot(file: string): string {
  return relative(ROOT, file);
}

function functionOf({ Type, Properties, Metadata }: TemplateResource, folder: string): SynthesizedFunction[] {
  const asset = Metadata['aws:asset:path'];
  if (Type !== 'AWS::Lambda::Function' || asset === undefined) return [];
  const { Description, Handler, Runtime, MemorySize, Environment } = functionSchema.parse(Properties);
  return [
    {
      service: Description.replace('Twinlock: ', ''),
      folder: join(folder, asset),
      runtime: Runtime,
      handler: Handler,
      memorySize: MemorySize,
      variables: Environment.Variables,
    },
  ];
}
