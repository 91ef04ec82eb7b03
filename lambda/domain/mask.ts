/** How a field is shown where the whole item is not asked for. */
export type Mask =
  /** As it is: a country says little. */
  | 'none'
  /** The first letter. */
  | 'text'
  /** The last 4 characters, of more than 4. */
  | 'number'
  /** The first letter and the domain. */
  | 'email'
  /** The year of `YYYY-MM-DD`. */
  | 'date'
  /** Left out. */
  | 'omit';

const HIDDEN = '•••';

/** Code points that are looked at for the first letter: a longer cluster of marks is shown by its first code point. */
const CLUSTER = 16;

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/**
 * A value as its mask shows it; undefined when it is to be left out.
 *
 * @param value a string, or an array whose elements are masked one by one; anything else is left out unless shown whole
 */
export function maskValue(value: unknown, mask: Mask): unknown {
  if (mask === 'none') return value;
  if (Array.isArray(value)) return value.map((element) => maskValue(element, mask));
  return typeof value === 'string' ? maskText(value, mask) : undefined;
}

function maskText(text: string, mask: Exclude<Mask, 'none'>): string | undefined {
  switch (mask) {
    case 'text':
      return firstLetter(text) + HIDDEN;
    case 'number':
      return HIDDEN + lastFour(text);
    case 'email': {
      const at = text.lastIndexOf('@');
      return at < 0 ? firstLetter(text) + HIDDEN : firstLetter(text.slice(0, at)) + HIDDEN + text.slice(at);
    }
    case 'date':
      return `${text.slice(0, 4)}-••-••`;
    case 'omit':
      return undefined;
  }
}

function firstLetter(text: string): string {
  // Cut by units first, so that 64 KiB are not split whole; half a pair at the cut lies behind CLUSTER code points.
  const head = Array.from(text.trimStart().slice(0, 2 * CLUSTER)).slice(0, CLUSTER);
  const [first] = graphemes.segment(head.join(''));
  const points = Array.from(first?.segment ?? '');
  return points.length < CLUSTER ? points.join('') : (points[0] ?? '');
}

function lastFour(text: string): string {
  const characters = Array.from(graphemes.segment(text.replace(/[\s\p{P}]/gu, '')), ({ segment }) => segment);
  return characters.length > 4 ? characters.slice(-4).join('') : '';
}
