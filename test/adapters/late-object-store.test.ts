import { describe, expect, it } from '@jest/globals';
import { createLateObjectStore } from '../../lambda/adapters/s3/late-object-store.ts';
import { createMemoryObjectStore } from '../fixtures/memory-object-store.ts';

describe('a store that is opened late', () => {
  it('is opened by the first call, and once, also by calls at a time', async () => {
    let opened = 0;
    const store = createLateObjectStore(() => {
      opened++;
      return Promise.resolve(createMemoryObjectStore());
    });
    expect(opened).toBe(0);
    expect(await Promise.all([store.get('a'), store.get('b')])).toEqual([null, null]);
    await store.remove('a');
    expect(opened).toBe(1);
  });

  it('is tried again after it could not be opened', async () => {
    const fault = new Error('no memory');
    const answers = [() => Promise.reject(fault), () => Promise.resolve(createMemoryObjectStore())];
    const store = createLateObjectStore(
      () => answers.shift()?.() ?? Promise.reject(new Error('opened once too often')),
    );
    await expect(store.get('a')).rejects.toBe(fault);
    expect(await store.get('a')).toBeNull();
    expect(await store.get('a')).toBeNull();
  });
});
