/** Scripts whose characters stand one after another from left to right, with no shaping that pdfkit lacks. */
const PLAIN =
  /^[\p{scx=Zyyy}\p{scx=Zinh}\p{scx=Latn}\p{scx=Grek}\p{scx=Cyrl}\p{scx=Armn}\p{scx=Geor}\p{scx=Copt}\p{scx=Hani}\p{scx=Hira}\p{scx=Kana}\p{scx=Bopo}\p{scx=Brai}\p{scx=Cans}\p{scx=Cher}\p{scx=Lisu}\p{scx=Ogam}\p{scx=Runr}\p{scx=Tfng}]+$/u;

/** Signs that Latin text has too, the middle dot for one, are none of these. */
const EAST_ASIAN =
  /^(?!\p{scx=Latn})[\p{scx=Hani}\p{scx=Hira}\p{scx=Kana}\p{scx=Bopo}\u{3000}-\u{33ff}\u{fe30}-\u{fe4f}\u{ff00}-\u{ffef}]/u;

const SHARED = /^\u00b7/;

/** UTF-16 units of a character with its marks; stream-safe text has at most 30 marks (UAX #15 §13). */
const MAX_CLUSTER = 32;

/** UTF-16 units from which on a word is broken without being measured whole, which takes fontkit more than linear time. */
const LONG_WORD = 300;

/** Spaces at which a line may end; U+00A0, U+2007 and U+202F are not among them. */
const SPACE = /^[ \u2000-\u2006\u2008-\u200a\u205f\u3000]/;
const HYPHEN = /^[-\u2010\u2012-\u2014/]/;
const NOT_FIRST = /^[\p{Pe}\p{Pf}、。，．・：；？！ー々〻ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ%‰,.:;!?]/u;
const NOT_LAST = /^[\p{Ps}\p{Pi}]/u;

/**
 * Text as it is shown: Unicode NFC, every line break a line feed, tabs as spaces, without what has no shape of its own
 * (control characters, zero-width characters, variation selectors, direction overrides).
 */
export function visible(text: string): string {
  return text
    .normalize('NFC')
    .replace(/\r\n?|[\v\f\u0085\u2028\u2029]/g, '\n')
    .replace(/\t/g, '    ')
    .replace(/(?!\n)\p{Cc}|\p{Default_Ignorable_Code_Point}/gu, '');
}

/** The characters of a text, each with the marks that stand on it. */
export function clusters(text: string): string[] {
  return text.match(/\P{M}\p{M}*|\p{M}+/gsu) ?? [];
}

/** Whether pdfkit sets a cluster as it should look, given a font that has it. */
export function isLaidOutPlainly(cluster: string): boolean {
  return cluster.length <= MAX_CLUSTER && PLAIN.test(cluster);
}

/** Whether a cluster is set in the east Asian face, as its punctuation and full-width forms are too. */
export function isEastAsian(cluster: string): boolean {
  return EAST_ASIAN.test(cluster);
}

/** Whether a cluster is east Asian among east Asian letters and Latin among Latin ones, as the middle dot is. */
export function isShared(cluster: string): boolean {
  return SHARED.test(cluster);
}

/** A text without line feeds in the pieces between which a line may end. Spaces end the piece before them. */
export function pieces(line: string): string[] {
  const found: string[] = [];
  let piece = '';
  let before = '';
  for (const cluster of clusters(line)) {
    if (piece !== '' && mayBreak(before, cluster)) {
      found.push(piece);
      piece = '';
    }
    piece += cluster;
    before = cluster;
  }
  if (piece !== '') found.push(piece);
  return found;
}

function mayBreak(before: string, after: string): boolean {
  if (SPACE.test(after)) return false;
  if (SPACE.test(before)) return true;
  if (HYPHEN.test(before)) return /^\p{L}/u.test(after);
  return (isEastAsian(before) || isEastAsian(after)) && !NOT_FIRST.test(after) && !NOT_LAST.test(before);
}

/**
 * A text in lines that fit. Where the text has a space or a line feed, a line ends in a space, so that whoever takes
 * the text out of the PDF does not join the words.
 *
 * @param text as {@link visible} leaves it
 * @param width points
 * @param measure the width of a piece, in points
 */
export function wrap(text: string, width: number, measure: (piece: string) => number): string[] {
  const paragraphs = text.split('\n');
  return paragraphs.flatMap((paragraph, index) =>
    wrapLine(index < paragraphs.length - 1 ? `${paragraph} ` : paragraph, width, measure),
  );
}

function wrapLine(text: string, width: number, measure: (piece: string) => number): string[] {
  const lines: string[] = [];
  let line = '';
  let used = 0;
  function place(piece: string, advance: number): void {
    line += piece;
    used += advance;
  }
  function end(): void {
    // A thousand spaces would be slow to set.
    const text = line.trimEnd();
    lines.push(text !== '' && text !== line ? `${text} ` : text);
    line = '';
    used = 0;
  }
  for (const piece of pieces(text)) {
    const word = piece.trimEnd();
    const advance = word.length > LONG_WORD ? Number.POSITIVE_INFINITY : measure(piece);
    const needed = advance - measure(piece.slice(word.length));
    if (line !== '' && used + needed > width) end();
    if (needed <= width) {
      place(piece, advance);
      continue;
    }
    for (const cluster of clusters(piece)) {
      const step = measure(cluster);
      if (line !== '' && used + step > width && cluster.trim() !== '') end();
      place(cluster, step);
    }
  }
  end();
  return lines;
}
