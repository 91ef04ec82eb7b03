import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { failureOf, passing, stopTime, vaultOf } from './scripted.ts';
import { MIB, store } from './store.ts';

beforeEach(stopTime);
afterEach(() => {
  jest.useRealTimers();
});

describe('a PDF', () => {
  it('has at most 180 MiB', async () => {
    const { steps, calls } = store();
    const { vault } = await vaultOf({}, ...steps);
    const piece = new Uint8Array(2 * MIB);
    const blob = new Blob([...Array.from({ length: 90 }, () => piece), Uint8Array.of(1)]);
    expect(await failureOf(vault.documents.upload(blob, { title: 'a' }))).toMatchObject({ code: 'payload_too_large' });
    expect(calls).toEqual([]);
    expect(await failureOf(passing(vault.documents.upload(blob.stream(), { title: 'a' })))).toMatchObject({
      code: 'payload_too_large',
    });
    await jest.advanceTimersByTimeAsync(20);
    expect(calls.at(-1)).toBe('DELETE /v1/uploads/U');
    expect(calls).not.toContain('POST /v1/uploads/U/complete');
    const { steps: others, parts } = store();
    const { vault: other } = await vaultOf({}, ...others);
    await passing(other.documents.upload(blob.slice(0, 180 * MIB), { title: 'a' }));
    expect(parts.size).toBe(90);
  });
});
