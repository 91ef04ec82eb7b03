import { answer, type Sent, type Step } from './scripted.ts';

export const MIB = 1024 * 1024;
export const DOCUMENT = { id: 'D', title: 'a', size: 1 };

/** A service that keeps the parts of one upload, and fails as it is told. */
export function store(fail: (sent: Sent, times: number) => Response | null = () => null) {
  const parts = new Map<number, Uint8Array>();
  const times = new Map<string, number>();
  const side = { now: 0, most: 0 };
  const calls: string[] = [];
  const step = async (sent: Sent): Promise<Response> => {
    const { call, body } = sent;
    times.set(call, (times.get(call) ?? 0) + 1);
    calls.push(call);
    side.most = Math.max(side.most, ++side.now);
    await new Promise((resolve) => setTimeout(resolve, 10));
    side.now--;
    const failure = fail(sent, times.get(call) ?? 0);
    if (failure !== null) return failure;
    const part = Number(/^PUT .*\/parts\/(\d+)$/.exec(call)?.[1]);
    if (part > 0) parts.set(part, Uint8Array.from(body as Uint8Array));
    const known = [...parts].map(([number, { length }]) => ({ part: number, size: length, sha256: '' }));
    if (call === 'POST /v1/uploads') return answer({ uploadId: 'U', parts: [] }, {}, 201);
    if (call === 'GET /v1/uploads/U') return answer({ uploadId: 'U', parts: known });
    if (call.startsWith('DELETE')) return answer(null);
    return answer(DOCUMENT, {}, 201);
  };
  const whole = () => Buffer.concat([...parts].sort(([a], [b]) => a - b).map(([, bytes]) => bytes));
  return { steps: Array.from({ length: 200 }, () => step as Step), parts, whole, times, side, calls };
}
