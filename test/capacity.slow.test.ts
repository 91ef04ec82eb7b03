import { expect, it } from '@jest/globals';
import { FIXED } from '../bench/capacity/assumed.ts';
import { countCalls } from '../bench/capacity/measure.ts';
import { type Measured, OPERATIONS, readMeasured } from '../bench/capacity/measured.ts';
import { Synthesized } from './infra/synth.ts';

/** Some hundred calls and three runs of maintenance, on a machine that is busy with other suites. */
const BUSY_MS = 300_000;

/** What is counted of an operation: calls that begin side by side may come in any order. */
function counted({ operations }: Pick<Measured, 'operations'>): unknown {
  return OPERATIONS.map((name) => {
    const { calls, hashes } = operations[name];
    const told = calls.map(({ call, wave, reads, writes, index }) => `${wave} ${call} ${reads} ${writes} ${index}`);
    return [name, hashes, told.sort()];
  });
}

it(
  'each operation asks of the cloud what bench/capacity/measured.json says',
  async () => {
    const known = readMeasured();
    const now = await countCalls();
    expect(counted(now)).toEqual(counted(known));
    expect(now.idleRun).toEqual(known.idleRun);
    for (const what of ['account', 'entry', 'object'] as const) {
      expect([what, Math.abs(now.stored[what] / known.stored[what] - 1) < 0.1]).toEqual([what, true]);
    }
  },
  BUSY_MS,
);

it('a stage that lasts has what is paid for by the month', () => {
  const stack = new Synthesized({ stageName: 'prod', waf: true });
  const count = (type: string) => stack.ofType(type).length;
  const rules = stack.ofType('AWS::WAFv2::WebACL').map(({ Properties }) => Properties['Rules'] as unknown[]);
  expect({
    keys: count('AWS::KMS::Key'),
    alarms: count('AWS::CloudWatch::Alarm'),
    dashboards: count('AWS::CloudWatch::Dashboard'),
    webAcls: count('AWS::WAFv2::WebACL'),
    webAclRules: rules.flat().length,
  }).toEqual(FIXED);
});
