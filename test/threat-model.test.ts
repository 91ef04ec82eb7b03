import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

const TEXT = readFileSync('docs/threat-model.md', 'utf8');

/** How many requirements each section of the chapters has (OWASP ASVS 5.0.0). */
const SECTIONS: Readonly<Record<string, number>> = {
  '6.1': 3,
  '6.2': 12,
  '6.3': 8,
  '6.4': 6,
  '6.5': 8,
  '6.6': 4,
  '6.7': 2,
  '6.8': 4,
  '7.1': 3,
  '7.2': 4,
  '7.3': 2,
  '7.4': 5,
  '7.5': 3,
  '7.6': 2,
  '8.1': 4,
  '8.2': 4,
  '8.3': 3,
  '8.4': 2,
  '11.1': 4,
  '11.2': 5,
  '11.3': 5,
  '11.4': 4,
  '11.5': 2,
  '11.6': 2,
  '11.7': 2,
  '14.1': 2,
  '14.2': 8,
  '14.3': 3,
  '16.1': 1,
  '16.2': 5,
  '16.3': 4,
  '16.4': 3,
  '16.5': 4,
};

const all = Object.entries(SECTIONS).flatMap(([section, count]) =>
  Array.from({ length: count }, (_, i) => `${section}.${i + 1}`),
);

function under(heading: string): string {
  return TEXT.split(`\n${heading}\n`)[1]?.split(/\n##/)[0] ?? '';
}

describe('docs/threat-model.md', () => {
  const promises = under('## How it holds')
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .slice(2)
    .map((line) => line.slice(1, -1).split('|'));

  it('names a test for each promise, and each is there', () => {
    expect(promises.length).toBeGreaterThan(30);
    for (const [promise, , tests = ''] of promises) {
      const paths = [...tests.matchAll(/`(test\/[^`]+)`/g)].map(([, path = '']) => path);
      expect([promise, paths.length]).not.toEqual([promise, 0]);
      expect([promise, paths.filter((path) => !existsSync(path))]).toEqual([promise, []]);
    }
  });

  it('has a suite for each of its tables of attacks', () => {
    const tables = [
      ...(TEXT.split('\n## Attacks that are tried\n')[1]?.split(/\n## /)[0] ?? '').matchAll(/^#### (.+)$/gm),
    ];
    const suites = readdirSync('test/attacks')
      .filter((name) => name.endsWith('.test.ts'))
      .map((name) => readFileSync(`test/attacks/${name}`, 'utf8'))
      .join('');
    expect(tables.length).toBeGreaterThan(20);
    expect(
      tables.map(([, heading = '']) => heading).filter((heading) => !suites.includes(`ttacks('${heading}', `)),
    ).toEqual([]);
  });

  it('says of every requirement of its chapters of ASVS 5.0, once, whether it is met', () => {
    const held = promises.flatMap(([, , , ids = '']) => ids.match(/\d+\.\d+\.\d+/g) ?? []);
    const listed = ['### Met by design and by documents', '### Not met', '### Without an object here'].flatMap((list) =>
      [...under(list).matchAll(/^- ([\d., ]+):/gm)].flatMap(([, ids = '']) => ids.split(', ')),
    );
    expect(held.length).toBeGreaterThan(40);
    expect([...held, ...listed].sort()).toEqual([...all].sort());
  });
});
