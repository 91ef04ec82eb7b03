/** A table in Markdown. */
export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** To two digits that count. */
export function rounded(value: number): string {
  return grouped(Number(value.toPrecision(2)));
}

/** With commas; to two digits behind the point where it is small. */
export function grouped(value: number): string {
  if (!Number.isFinite(value)) return '—';
  return value.toLocaleString('en-US', { maximumFractionDigits: value < 100 ? 2 : 0 });
}

/** US dollars, with cents. */
export function dollars(value: number): string {
  return `$${value.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
}

/** A time in seconds, in words. */
export function lasting(seconds: number): string {
  if (seconds < 7_200) return `${rounded(seconds / 60)} minutes`;
  return seconds < 172_800 ? `${rounded(seconds / 3600)} hours` : `${rounded(seconds / 86_400)} days`;
}

/** All its digits, however small. */
export function plain(value: number): string {
  return value.toFixed(10).replace(/\.?0+$/, '');
}
