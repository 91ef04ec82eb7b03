import type { Language } from './languages.tsx';

/** Browsers by what only they write, before those whose marks they bear as well. */
const BROWSERS: readonly (readonly [mark: RegExp, name: string])[] = [
  [/\bEdg(?:e|A|iOS)?\//, 'Edge'],
  [/\b(?:OPR|OPiOS|OPT)\//, 'Opera'],
  [/\bVivaldi\//, 'Vivaldi'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\b(?:Chrome|CriOS|HeadlessChrome|Chromium)\//, 'Chrome'],
  [/\bVersion\/\S+ .*\bSafari\//, 'Safari'],
];

const SYSTEMS: readonly (readonly [mark: RegExp, name: string])[] = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bLinux\b/, 'Linux'],
];

/** The first word of a program that is no browser, as `curl/8.5.0`. */
const PROGRAM = /^([A-Za-z][\w.-]{0,30})(?:\/|$| )/;

export interface Agent {
  /** Null where nothing names it. */
  readonly program: string | null;
  readonly system: string | null;
}

/** What a `user-agent` header says of who sent it. Whoever sends it may write what they like: it is a hint, no proof. */
export function agentOf(userAgent: string): Agent {
  const named = (marks: typeof BROWSERS) => marks.find(([mark]) => mark.test(userAgent))?.[1] ?? null;
  const [, program] = PROGRAM.exec(userAgent) ?? [];
  const other = program === undefined || program === 'Mozilla' ? null : program;
  return { program: named(BROWSERS) ?? other, system: named(SYSTEMS) };
}

/** A `user-agent` header in short words, as "Firefox on Linux"; null where it names nothing. */
export function userAgentText(userAgent: string, language: Language): string | null {
  const { program, system } = agentOf(userAgent);
  if (program === null || system === null) return program ?? system;
  return language === 'de' ? `${program} auf ${system}` : `${program} on ${system}`;
}
