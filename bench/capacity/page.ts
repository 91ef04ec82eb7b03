/** What stands between a table's markers, which stay. */
const MARKED = /(<!-- table: ([\w-]+) -->\n)[\s\S]*?(<!-- end -->)/g;

/**
 * Puts tables into a page, each between its markers.
 *
 * @param tables in Markdown, by the names of their markers
 * @throws Error for a marker of no table, and for a table without its marker
 */
export function fill(page: string, tables: Readonly<Record<string, string>>): string {
  const left = new Set(Object.keys(tables));
  const filled = page.replaceAll(MARKED, (_, begin: string, name: string, end: string) => {
    const table = tables[name];
    if (table === undefined) throw new Error(`there is no table "${name}"`);
    left.delete(name);
    return `${begin}\n${table}\n\n${end}`;
  });
  if (left.size > 0) throw new Error(`the page has no place for ${[...left].join(', ')}`);
  return filled;
}
