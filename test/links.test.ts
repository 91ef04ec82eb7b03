import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const PAGES = [
  ...readdirSync('.').filter((name) => name.endsWith('.md')),
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];

/** A page's text without what is code. */
function proseOf(page: string): string {
  return readFileSync(page, 'utf8')
    .replaceAll(/^(`{3,})[\s\S]*?^\1/gm, '')
    .replaceAll(/`[^`\n]*`/g, '');
}

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(page: string): string[] {
  const text = readFileSync(page, 'utf8').replaceAll(/^(`{3,})[\s\S]*?^\1/gm, '');
  const seen = new Map<string, number>();
  return [...text.matchAll(/^#{1,6} +(.+?) *#*$/gm)].map(([, heading = '']) => {
    const shown = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll(/[`*]/g, '');
    const slug = shown
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
      .replaceAll(' ', '-');
    const times = seen.get(slug) ?? 0;
    seen.set(slug, times + 1);
    return times === 0 ? slug : `${slug}-${times}`;
  });
}

/** What is wrong with a link; null where it leads somewhere. */
function faultOf(page: string, target: string): string | null {
  if (/^(?:https?|mailto):/.test(target)) return null;
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? page : normalize(join(dirname(page), path));
  if (!existsSync(file)) return `${page}: ${target}: there is no such file`;
  if (anchor === undefined || !file.endsWith('.md')) return null;
  return anchorsOf(file).includes(anchor) ? null : `${page}: ${target}: there is no such heading`;
}

describe('links among the documents', () => {
  const links = PAGES.flatMap((page) =>
    [...proseOf(page).matchAll(/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g)].map(([, to = '']) => [page, to] as const),
  );

  it('lead to files and headings that are there', () => {
    expect(links.length).toBeGreaterThan(30);
    expect(links.flatMap(([page, to]) => faultOf(page, to) ?? [])).toEqual([]);
  });

  it('are told from links that lead nowhere', () => {
    expect(faultOf('README.md', 'docs/no-such-page.md')).toMatch(/no such file/);
    expect(faultOf('README.md', 'docs/capacity.md#no-such-heading')).toMatch(/no such heading/);
    expect(faultOf('docs/operations.md', '#no-such-heading')).toMatch(/no such heading/);
    expect(faultOf('docs/operations.md', 'capacity.md#what-it-costs')).toBeNull();
  });

  it('name no file of the project that is not there', () => {
    // The changes of before name files of before, and what is made by who follows the templates' page is not there yet.
    const named = PAGES.filter((page) => page !== 'CHANGELOG.md' && page !== 'docs/templates.md').flatMap((page) =>
      [
        ...readFileSync(page, 'utf8').matchAll(
          /`((?:admin|bench|bin|docs|lambda|lib|local|test)\/[\w./-]+\.(?:ts|md|json|py|js))`/g,
        ),
      ].map(([, path = '']) => [page, path] as const),
    );
    expect(named.length).toBeGreaterThan(50);
    expect(named.filter(([, path]) => !existsSync(path))).toEqual([]);
  });
});
