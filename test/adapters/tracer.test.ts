import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { CloudCall } from '../../lambda/adapters/cloud-calls.ts';
import { createTracer, type TraceVariables } from '../../lambda/adapters/system/tracer.ts';
import { startTraceDaemon, type TraceDaemon } from '../fixtures/trace-daemon.ts';

const ROOT = '1-6748a5f0-0123456789abcdef01234567';
const PARENT = 'fedcba9876543210';
const CALL: CloudCall = {
  service: 'kms',
  operation: 'Decrypt',
  startedAt: 1_800_000_000_250,
  durationMs: 12.5,
  outcome: 'ok',
};

let daemon: TraceDaemon;
beforeEach(async () => {
  daemon = await startTraceDaemon();
});
afterEach(() => daemon.close());

const traced = (header = `Root=${ROOT};Parent=${PARENT};Sampled=1`): TraceVariables => ({
  AWS_XRAY_DAEMON_ADDRESS: daemon.address,
  _X_AMZN_TRACE_ID: header,
});

function documents(): unknown[] {
  return daemon.received.map((text): unknown => {
    const [header, document = ''] = text.split('\n');
    expect(header).toBe('{"format":"json","version":1}');
    return JSON.parse(document);
  });
}

describe('the subsegment of a call', () => {
  it('names service and operation, two times and its place in the trace, and holds nothing else', async () => {
    const more = { ...CALL, input: 'SECRET', message: 'SECRET' };
    createTracer(traced())(more);
    await daemon.arrived(1);
    expect(documents()).toEqual([
      {
        type: 'subsegment',
        id: expect.stringMatching(/^[0-9a-f]{16}$/),
        trace_id: ROOT,
        parent_id: PARENT,
        name: 'KMS',
        namespace: 'aws',
        start_time: 1_800_000_000.25,
        end_time: 1_800_000_000.2625,
        aws: { operation: 'Decrypt' },
      },
    ]);
  });

  it.each<[CloudCall['outcome'], object]>([
    ['ok', {}],
    ['refused', { error: true }],
    ['denied', { error: true }],
    ['throttled', { error: true, throttle: true }],
    ['failed', { fault: true }],
  ])('says of a call that is %s what X-Ray calls it', async (outcome, flags) => {
    createTracer(traced())({ ...CALL, outcome });
    await daemon.arrived(1);
    const [{ error, fault, throttle }] = documents() as [Record<string, unknown>];
    expect(JSON.parse(JSON.stringify({ error, fault, throttle }))).toEqual(flags);
  });

  it('has an id of its own, and belongs to the request that runs', async () => {
    const variables: { -readonly [Name in keyof TraceVariables]: TraceVariables[Name] } = { ...traced() };
    const trace = createTracer(variables);
    trace(CALL);
    variables._X_AMZN_TRACE_ID = `Root=${ROOT.replace('6748', '6749')};Parent=${PARENT};Sampled=1;Lineage=1:a:0`;
    trace({ ...CALL, service: 's3' });
    trace({ ...CALL, service: 'dynamodb' });
    await daemon.arrived(3);
    const sent = documents() as { id: string; trace_id: string; name: string }[];
    expect(new Set(sent.map(({ id }) => id)).size).toBe(3);
    expect(sent.map(({ name }) => name).sort()).toEqual(['DynamoDB', 'KMS', 'S3']);
    expect(sent.filter(({ trace_id }) => trace_id === ROOT).map(({ name }) => name)).toEqual(['KMS']);
  });
});

describe('no subsegment', () => {
  it.each<[string, () => TraceVariables]>([
    ['for a request that is not sampled', () => traced(`Root=${ROOT};Parent=${PARENT};Sampled=0`)],
    ['for one of which nobody says', () => traced(`Root=${ROOT};Parent=${PARENT}`)],
    ['where there is no header', () => ({ AWS_XRAY_DAEMON_ADDRESS: daemon.address })],
    ['under a root that is none', () => traced(`Root=1-SECRET;Parent=${PARENT};Sampled=1`)],
    ['under a parent that is none', () => traced(`Root=${ROOT};Parent=SECRET;Sampled=1`)],
    ['where no daemon is', () => ({ ...traced(), AWS_XRAY_DAEMON_ADDRESS: undefined })],
    ['at an address that is none', () => ({ ...traced(), AWS_XRAY_DAEMON_ADDRESS: '999.0.0.1:2000' })],
    ['at a host that must be looked up', () => ({ ...traced(), AWS_XRAY_DAEMON_ADDRESS: 'localhost:2000' })],
    ['at a port that is none', () => ({ ...traced(), AWS_XRAY_DAEMON_ADDRESS: '127.0.0.1:70000' })],
  ])('is sent %s, and nothing is thrown', async (_why, variables) => {
    createTracer(variables())(CALL);
    // What comes after it shows that it would have come.
    createTracer(traced())({ ...CALL, operation: 'Encrypt' });
    await daemon.arrived(1);
    expect(documents()).toEqual([expect.objectContaining({ aws: { operation: 'Encrypt' } })]);
  });

  it('keeps its caller from going on where nobody listens', async () => {
    const { address } = daemon;
    await daemon.close();
    const trace = createTracer({ ...traced(), AWS_XRAY_DAEMON_ADDRESS: address });
    expect(() => {
      trace(CALL);
      trace(CALL);
    }).not.toThrow();
    await new Promise((resolve) => setTimeout(resolve, 50));
    daemon = await startTraceDaemon();
  });
});
