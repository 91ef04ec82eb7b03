import { readFileSync } from 'node:fs';
import { expect } from '@jest/globals';

const TEXT = readFileSync('docs/threat-model.md', 'utf8');

/** Where docs/threat-model.md says how a change of the store is met. */
export const NOTICED_BY_REVISION = 'Noticed only by a client that sends `x-vault-revision-seen`:';
export const WITHOUT_EFFECT = 'Without effect:';
export const NOT_NOTICED = 'Not noticed:';

/** Holds that a line of a list of docs/threat-model.md says this: what no call notices must be said there. */
export function requireTold(list: string, line: string): void {
  const [, rest = ''] = TEXT.split(`\n${list}\n`);
  const lines = (/^\n((?:- .*\n(?: {2}.*\n)*)+)/.exec(rest)?.[1] ?? '').split(/^- /m);
  expect(lines.map((told) => told.replace(/\s+/g, ' ')).filter((told) => told.includes(line))).toHaveLength(1);
}
