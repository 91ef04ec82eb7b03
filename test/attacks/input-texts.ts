/** What text can hold that is lost, joined, turned or cut where it is handled carelessly. */
export const TEXTS = [
  'a lone surrogate \ud83d and its other half \ude00 apart',
  '\udc00\ud800',
  'line\u2028and paragraph\u2029separators',
  '\ufeffa mark at both ends\ufeff',
  'right \u202eto left\u202c \u2066isolated\u2069 \u200f',
  '\u{1f469}\u200d\u{1f469}\u200d\u{1f467}\u200d\u{1f466} \u{1f3f4}\u{e0067}\u{e0062}\u{e007f} \u2764\ufe0f',
  'e\u0301 is not \u00e9, \u212b is not \u00c5, \ufdfa',
  'non-characters \uffff \ufffe \u{10ffff} \ufdd0',
  `zalgo a${'\u0300'.repeat(150)}`,
  '\u00a0\u3000no break \u00ad soft',
  '\\u0000 \\" \\\\ / \\ud83d %00 &#0; \\x00',
];

/** Texts that mean something where they are put into another language. */
export const SYNTAX = [
  "' OR '1'='1'; DROP TABLE items;--",
  '{"$ne":null}',
  '${7*7}${process.env.PATH}',
  '{{7*7}}{{constructor.constructor("return 1")()}}',
  '#{7*7}<%= 7*7 %>',
  '$(id)`id`|id;id',
  '<script>alert(1)</script><img src=x onerror=alert(1)>',
  '=cmd|"/c calc"!A1',
  '@SUM(1+1)*cmd',
  '-2+3+cmd',
  '*)(uid=*))(|(uid=*',
  '../../etc/passwd',
  'C:\\Windows\\win.ini',
  '%s%n%x{0}',
  '__proto__',
  ':pk = :pk',
  '#pk',
];
