import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

/** A line of a table of attacks in docs/threat-model.md. */
interface Attack {
  readonly id: string;
  readonly attack: string;
  /** What comes, in the words of {@link outcome}, or what else the case says came. */
  readonly expected: string;
  readonly invariant: string;
}

/** A named attack: makes it, holds the invariant of its line, and gives what was answered. */
export type Case = () => Promise<string>;

/** The lines of a table of docs/threat-model.md, by the heading that it stands under. */
export function attacksOf(heading: string): Attack[] {
  const text = readFileSync('docs/threat-model.md', 'utf8');
  const [, rest = ''] = text.split(new RegExp(`\n#{3,4} ${heading}\n`));
  const [section = ''] = rest.split(/\n#{2,4} /);
  return section
    .split('\n')
    .filter((line) => /^\| `/.test(line))
    .map((line) => {
      const [id = '', attack = '', expected = '', invariant = ''] = line
        .slice(1, -1)
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim().replaceAll('\\|', '|'));
      return { id: id.replaceAll('`', ''), attack, expected: expected.replaceAll('`', ''), invariant };
    });
}

/**
 * Makes each attack of a table, and holds its answer against the table's.
 *
 * @param heading of the table in docs/threat-model.md
 * @param cases by their ids in the table: each of its lines has one, and each of them a line
 */
export function attacks(heading: string, cases: Readonly<Record<string, Case>>): void {
  const lines = attacksOf(heading);
  describe(heading, () => {
    it('has a case for each line of the table, and a line for each case', () => {
      expect(lines.map(({ id }) => id)).toEqual(Object.keys(cases));
    });

    it.each(lines)('$id: $attack', async ({ id, expected }) => {
      expect(await cases[id]?.()).toBe(expected);
    });
  });
}
