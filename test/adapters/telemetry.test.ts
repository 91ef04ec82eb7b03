import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createTelemetry } from '../../lambda/adapters/system/telemetry.ts';
import type { LogFields, Measure, Metric } from '../../lambda/ports/system.ts';

let lines: string[] = [];
const collect = (chunk: string | Uint8Array) => {
  lines.push(String(chunk));
  return true;
};

beforeEach(() => {
  lines = [];
  jest.spyOn(process.stdout, 'write').mockImplementation(collect);
  jest.spyOn(process.stderr, 'write').mockImplementation(collect);
});
afterEach(() => {
  jest.restoreAllMocks();
});

const telemetry = () => createTelemetry({ service: 'items', namespace: 'Twinlock/test' });
const parsed = (): unknown[] => lines.map((line): unknown => JSON.parse(line));

const FIELDS: Required<LogFields> = {
  requestId: 'r-1',
  method: 'PUT',
  route: '/v1/items/{itemId}',
  status: 500,
  code: 'integrity_failure',
  durationMs: 12,
  error: { name: 'IntegrityError', message: 'integrity failure: item row', stack: 'at a' },
  removed: 1,
  failed: 2,
};

describe('a log line', () => {
  it.each(['info', 'error'] as const)('holds every field on the list, at level %s', (level) => {
    telemetry()[level]('request', FIELDS);
    expect(parsed()).toEqual([
      expect.objectContaining({ ...FIELDS, level: level.toUpperCase(), message: 'request', service: 'items' }),
    ]);
  });

  it('is one line, even around line breaks', () => {
    telemetry().error('failed', { error: { name: 'E', stack: 'a\nb' } });
    expect(lines).toHaveLength(1);
    expect(lines[0]?.indexOf('\n')).toBe((lines[0]?.length ?? 0) - 1);
  });

  it.each<[string, object]>([
    ['a field that is not on the list', { email: 'SECRET' }],
    ['a field of another type', { requestId: { password: 'SECRET' }, status: 'SECRET', route: ['SECRET'] }],
    ['a field of an error that is not on the list', { error: { name: 'E', cause: 'SECRET', input: { a: 'SECRET' } } }],
    ['an error as it was thrown', { error: Object.assign(new Error('m'), { name: ['SECRET'], data: 'SECRET' }) }],
    ['a text in the place of an error', { error: 'SECRET' }],
    ['what only the prototype has', Object.create({ route: 'SECRET', secret: 'SECRET' })],
    ['a key of its own', { level: 'SECRET', message: 'SECRET', service: 'SECRET', timestamp: 'SECRET' }],
  ])('does not hold %s, whatever was passed', (_what, fields) => {
    telemetry().info('request', fields);
    expect(lines).toHaveLength(1);
    expect(lines.join('')).not.toContain('SECRET');
  });

  it('does without fields', () => {
    telemetry().info('started');
    expect(parsed()).toMatchObject([{ message: 'started' }]);
  });

  it('never throws', () => {
    const bad = {
      get route(): string {
        throw new Error('no');
      },
    };
    expect(() => {
      telemetry().info('request', bad);
    }).not.toThrow();
    jest.spyOn(process.stdout, 'write').mockImplementation(() => {
      throw new Error('the pipe is broken');
    });
    expect(() => {
      telemetry().info('request');
      telemetry().count('SignInFailure');
    }).not.toThrow();
  });
});

describe('a metric', () => {
  it('is written at once, in the embedded metric format', () => {
    const operator = telemetry();
    operator.count('DocumentSwept', 3);
    expect(parsed()).toEqual([
      {
        _aws: {
          Timestamp: expect.any(Number),
          CloudWatchMetrics: [
            {
              Namespace: 'Twinlock/test',
              Dimensions: [['service']],
              Metrics: [{ Name: 'DocumentSwept', Unit: 'Count' }],
            },
          ],
        },
        service: 'items',
        DocumentSwept: 3,
      },
    ]);
  });

  it('counts one when it is not told how many, each time anew', () => {
    const operator = telemetry();
    operator.count('IntegrityFailure');
    operator.count('IntegrityFailure');
    expect(parsed()).toMatchObject([{ IntegrityFailure: 1 }, { IntegrityFailure: 1 }]);
  });

  it.each([
    ['bytes of a document', 'DocumentBytes', 'Bytes', undefined, ['service']],
    ['milliseconds of a call of KMS, by operation', 'KmsLatency', 'Milliseconds', 'Decrypt', ['service', 'operation']],
  ] as const)('measures %s', (_what, measure, Unit, operation, dimensions) => {
    telemetry().measure(measure, 12.5, operation);
    expect(parsed()).toEqual([
      {
        _aws: {
          Timestamp: expect.any(Number),
          CloudWatchMetrics: [
            {
              Namespace: 'Twinlock/test',
              Dimensions: [expect.arrayContaining([...dimensions])],
              Metrics: [{ Name: measure, Unit }],
            },
          ],
        },
        service: 'items',
        ...(operation === undefined ? {} : { operation }),
        [measure]: 12.5,
      },
    ]);
  });

  it('leaves its operation to itself', () => {
    const operator = telemetry();
    operator.measure('KmsLatency', 3, 'Decrypt');
    operator.measure('KmsLatency', Number.NaN, 'Encrypt');
    operator.measure('KmsLatency', 4);
    operator.count('KmsThrottled');
    const later = parsed().slice(-2);
    expect(later).toMatchObject([{ KmsLatency: 4 }, { KmsThrottled: 1 }]);
    expect(JSON.stringify(later)).not.toContain('operation');
  });

  it('never throws', () => {
    expect(() => {
      telemetry().count('' as Metric, Number.NaN);
      telemetry().measure('' as Measure, Number.NaN, '');
    }).not.toThrow();
  });
});
