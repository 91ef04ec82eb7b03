import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { TwinlockClient } from '../../client/src/main.ts';
import { failureOf, LOST, problem, type Step, stopTime, vaultOf } from './scripted.ts';

const REASON = new Error('the user left');
const hanging: Step = (_, { signal }) =>
  new Promise((_resolve, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason as Error));
  });

type Call = (vault: TwinlockClient, signal: AbortSignal) => Promise<unknown>;

const CALLS: Readonly<Record<string, Call>> = {
  get: (vault, signal) => vault.items.get('A', { signal }),
  create: (vault, signal) => vault.items.create({ type: 'note', data: { text: 'a' } }, { signal }),
  'sign in': (vault, signal) => vault.signIn({ email: 'a@example.com', password: 'b' }, { signal }),
  list: (vault, signal) => vault.items.list({ signal }).page(),
  content: (vault, signal) => vault.documents.content('A', { signal }),
  upload: (vault, signal) => vault.documents.upload(new Blob(['a']), { title: 'a', signal }),
  rotation: (vault, signal) => vault.account.rotateKeys(null, { signal }),
};

describe.each(Object.entries(CALLS))('an aborted call: %s', (_, call) => {
  beforeEach(stopTime);
  afterEach(() => {
    jest.useRealTimers();
  });

  it('is not sent where the signal came first', async () => {
    const { vault, script } = await vaultOf();
    expect(await failureOf(call(vault, AbortSignal.abort(REASON)))).toBe(REASON);
    expect(script.sent).toEqual([]);
  });

  it('rejects with the signal’s reason on its way', async () => {
    const { vault, script } = await vaultOf({}, hanging);
    const controller = new AbortController();
    const failure = failureOf(call(vault, controller.signal));
    while (script.sent.length === 0) await new Promise(setImmediate);
    controller.abort(REASON);
    expect(await failure).toBe(REASON);
  });

  it('rejects while it waits to be sent again, and leaves no timer', async () => {
    const busy = problem(503, 'temporarily_unavailable', { 'retry-after': '9' });
    const { vault, script } = await vaultOf({}, busy);
    const controller = new AbortController();
    const failure = failureOf(call(vault, controller.signal));
    while (script.sent.length === 0 || jest.getTimerCount() === 0) await new Promise(setImmediate);
    controller.abort(REASON);
    expect(await failure).toBe(REASON);
    expect(jest.getTimerCount()).toBe(0);
  });
});

it('a failure that comes with the abort is the abort', async () => {
  const controller = new AbortController();
  const { vault } = await vaultOf({}, () => {
    controller.abort(REASON);
    throw LOST;
  });
  expect(await failureOf(vault.account.get({ signal: controller.signal }))).toBe(REASON);
});
