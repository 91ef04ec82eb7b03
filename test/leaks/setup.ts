import { afterAll } from '@jest/globals';
import { suiteWatch } from './watch.ts';

/** After every suite: nothing that it sent as private lies in clear in what it stored and printed, nor in any refusal. */
afterAll(() => {
  suiteWatch.requireNone();
});
