import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { isJob, type Shape } from '../faults/shape.ts';
import { clear } from '../faults/stage.ts';
import { type Deployed, startDeployed } from './privileges/deployed.ts';
import type { Need } from './privileges/needs.ts';
import { describeGrain, fits, grainsOf, isAllowed, type Rule, rulesOfKey, rulesOfRole } from './privileges/rules.ts';
import { SCENES } from './privileges/scenes.ts';
import { Synthesized } from './synth.ts';

jest.setTimeout(600_000);

const ROLES = { accounts: 'Accounts', items: 'Items', documents: 'DocumentsService', maintenance: 'Maintenance' };
const FUNCTIONS = Object.entries(ROLES);

/** What Lambda itself does by a role, which no emulator sees: the log, traces, and events that were given up. */
const OF_LAMBDA = (role: string) => [
  `logs:CreateLogStream on ${role}/Logs`,
  `logs:PutLogEvents on ${role}/Logs`,
  ...(role === 'Maintenance' ? ['sqs:SendMessage on DeadLetters/Queue'] : []),
  'xray:PutTelemetryRecords on *',
  'xray:PutTraceSegments on *',
];

describe('what the functions ask for, of what they may', () => {
  // As the emulated cloud has them: of three wrap keys the first is retired.
  const stack = new Synthesized({ wrapKeys: 3, retiredWrapKeys: 1, macKeys: 2 });
  let deployed: Deployed;

  beforeAll(async () => {
    deployed = await startDeployed();
    for (const scene of SCENES) await play(deployed, scene);
  });
  afterAll(() => deployed.stage.close());

  it.each(FUNCTIONS)('%s may do all that it does', (name, role) => {
    const needs = deployed.recorder.of(name);
    expect(needs.length).toBeGreaterThan(20);
    const rules = rulesOfRole(stack, `${role}/Role`);
    const refused = needs.filter((need) => !isAllowed(rules, need) || !isAllowed(rulesOfResource(stack, need), need));
    expect([...new Set(refused.map(inShort))]).toEqual([]);
  });

  it.each(FUNCTIONS)('%s does all that it may', (name, role) => {
    const needs = deployed.recorder.of(name);
    const spare = rulesOfRole(stack, `${role}/Role`)
      .flatMap(grainsOf)
      .filter((grain) => !needs.some((need) => fits(grain, need)));
    expect([...new Set(spare.map(describeGrain))].sort()).toEqual(OF_LAMBDA(role));
  });
});

/** Lets the older deployment prepare a scene, and the newest one act, whose calls are written down. */
async function play({ stage, recorder, before, renew }: Deployed, scene: Shape) {
  await clear(stage);
  stage.gate.begin(null);
  before();
  const { act, finish } = await scene.prepare(stage);
  renew();
  stage.gate.begin(null);
  recorder.recording = true;
  expect([scene.of, scene.when, await act()]).toEqual([scene.of, scene.when, scene.well]);
  await stage.gate.idle();
  if (!isJob(scene.of)) await finish?.();
  recorder.recording = false;
}

/** What the resource itself says: of all that the functions use, keys alone have policies that allow. */
function rulesOfResource(stack: Synthesized, { resource }: Need): Rule[] {
  if (resource.startsWith('Keys/')) return rulesOfKey(stack, resource);
  return [{ effect: 'Allow', actions: ['*'], resources: ['*'], conditions: [] }];
}

/** Without the ids, so that a failure is short. */
function inShort({ action, resource, context }: Need): string {
  return `${action} on ${resource} with ${JSON.stringify(context)}`.replaceAll(/[0-9A-HJKMNP-TV-Z]{26}/g, '…');
}
