import { describe, expect, it } from '@jest/globals';
import { Stack } from 'aws-cdk-lib';
import { InlineCode, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { AwsSolutionsChecks, type NagPack, ServerlessChecks } from 'cdk-nag';
import type { Settings } from '../../lib/settings.ts';
import { isRecord, newApp, newStack, Synthesized } from './synth.ts';

/** A domain for each stage, with a certificate of a region. */
const domainOf = (stageName: string, region: string): Settings['domain'] => ({
  name: `${stageName}.example.com`,
  certificateArn: `arn:aws:acm:${region}:111122223333:certificate/0a1b2c3d`,
});

const FRONT = { waf: true, edge: true, removalPolicy: 'retain' } as const;

describe('stages side by side', () => {
  const app = newApp();
  const settings: Partial<Settings>[] = [
    { stageName: 'dev', waf: false },
    { stageName: 'test', waf: false, domain: domainOf('test', 'eu-central-1'), macKeys: 2, wrapKeys: 2 },
    { ...FRONT, stageName: 'prod', domain: domainOf('prod', 'us-east-1') },
    { ...FRONT, stageName: 'prod-2', domain: domainOf('prod-2', 'us-east-1') },
    { ...FRONT, stageName: 'prod-3', domain: domainOf('prod-3', 'us-east-1'), webApp: true },
    { ...FRONT, stageName: 'prod-4', domain: domainOf('prod-4', 'us-east-1'), webApp: true },
  ];
  const stacks = settings.map((own) => newStack(app, `Twinlock-${own.stageName ?? ''}`, own));

  it('have no physical name in common', () => {
    const names = stacks.map((stack) => namesIn(new Synthesized(stack)));
    expect(names[0]).toContain('AWS::KMS::Alias AliasName "alias/twinlock/dev/wrap"');
    expect(names[0]).toContain('AWS::ApiGateway::RestApi Name "twinlock-dev"');
    expect(names[2]?.filter((name) => name.includes('CloudFront'))).toHaveLength(4);
    expect(names[4]?.filter((name) => name.includes('CloudFront'))).toHaveLength(5);
    const all = names.flat();
    expect(all.filter((name, i) => all.indexOf(name) !== i)).toEqual([]);
  });

  it.each<[string, () => NagPack]>([
    ['AwsSolutions', () => new AwsSolutionsChecks()],
    ['Serverless', () => new ServerlessChecks()],
  ])('have nothing that %s of cdk-nag finds and nobody has acknowledged with a reason', (_, pack) => {
    expect(stacks.flatMap((stack) => findingsOf(pack(), stack))).toEqual([]);
  });

  it('would be found out by both were they careless', () => {
    const careless = new Stack(newApp(), 'Careless');
    const code = new InlineCode('exports.handler = () => undefined');
    new LambdaFunction(careless, 'Function', { code, handler: 'index.handler', runtime: Runtime.NODEJS_20_X });
    const found = [new AwsSolutionsChecks(), new ServerlessChecks()].flatMap((pack) => findingsOf(pack, careless));
    expect(found.join()).toMatch(/AwsSolutions-L1.*Serverless-LambdaTracing/);
  });
});

/** Rules that something breaks, each with what breaks it. */
function findingsOf(pack: NagPack, stack: Stack): string[] {
  return pack
    .validateScope(stack)
    .violations.flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map(({ constructPath }) => `${ruleName} ${constructPath ?? ''}`),
    );
}

/**
 * Names that the template fixes, each with the type of what bears it. CloudFormation makes up all others, and one that
 * is made of what the stack has is the stack's own.
 */
function namesIn({ resources }: Synthesized): string[] {
  return resources.flatMap(({ Type, Properties }) => {
    // CloudFront has the names of its policies one level down.
    const nested = Type.startsWith('AWS::CloudFront::') ? Object.values(Properties).filter(isRecord) : [];
    // Policies within a role are not known outside it.
    if (Type === 'AWS::IAM::Policy') return [];
    return [Properties, ...nested]
      .flatMap((properties) => Object.entries(properties))
      .filter(([key]) => /Name$/.test(key) && !['StageName', 'MetricName'].includes(key))
      .map(([key, value]) => `${Type} ${key} ${JSON.stringify(value)}`)
      .filter((name) => !/"Ref":"(?!AWS::)|"Fn::GetAtt"/.test(name));
  });
}
