import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A fenced block of the guide. */
export interface Block {
  /** Of its first fence in the guide, from 1. */
  readonly line: number;
  /** As the fence names it: `ts`. */
  readonly language: string;
  readonly text: string;
  /** The path of the file that it is, which its first line names; null for what is no file of its own. */
  readonly file: string | null;
  /** What stands below it as what it prints; null where nothing does. */
  readonly printed: string | null;
}

const GUIDE = join(__dirname, '../../docs/guide.md');
/** How a file's first line names it. */
const NAMED = /^(?:\/\/|<!--) ([\w./-]+)(?: -->)?$/m;
/** Ids and moments, which are others each time. */
const VARYING = [/\b[0-9A-HJKMNP-TV-Z]{26}\b/g, /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g];

/** The guide's text. */
export function guide(): string {
  return readFileSync(GUIDE, 'utf8');
}

/**
 * The blocks of a text in their order.
 *
 * @throws Error for a fence that is not closed, one without a language, and an output that follows nothing
 */
export function blocksIn(markdown: string): Block[] {
  const blocks: Block[] = [];
  const lines = markdown.split('\n');
  for (let at = 0; at < lines.length; at++) {
    const [, language] = /^`{3}(.*)$/.exec(lines[at] ?? '') ?? [];
    if (language === undefined) continue;
    const line = at + 1;
    const end = lines.indexOf('```', line);
    if (end < 0 || language === '') throw new Error(`line ${line}: a block without an end or a language`);
    const text = `${lines.slice(line, end).join('\n')}\n`;
    at = end;
    if (language === 'text') {
      const before = blocks.pop();
      if (!before || before.file !== null || before.printed !== null) {
        throw new Error(`line ${line}: an output of nothing that is run`);
      }
      blocks.push({ ...before, printed: text });
      continue;
    }
    const [first = ''] = text.split('\n');
    const file = language === 'sh' ? null : (NAMED.exec(first)?.[1] ?? null);
    blocks.push({ line, language, text, file, printed: null });
  }
  return blocks;
}

/** What is printed, with one name for all ids and one for all moments. */
export function normalise(printed: string): string {
  return VARYING.reduce((text, pattern, place) => text.replace(pattern, `<${place === 0 ? 'id' : 'moment'}>`), printed);
}

/** The blocks that go to the end of one program. */
export function programOf(blocks: readonly Block[]): Block[] {
  return blocks.filter(({ language, file }) => language === 'ts' && file === null);
}

/** The files that the guide has whole, by their paths. */
export function filesOf(blocks: readonly Block[]): Map<string, string> {
  return new Map(blocks.flatMap(({ file, text }) => (file === null ? [] : [[file, text] as const])));
}

/** A line of the shell's blocks, with what it prints as far as the guide says. */
export interface Command {
  readonly line: string;
  readonly printed: string | null;
}

/** What becomes of a line: each kind has its test. */
const COMMANDS = {
  /** Names what package.json has. */
  script: /^npm (?:ci|start|run [\w:]+)(?: && npm (?:start|run [\w:]+))*$/,
  /** Makes the reader's project, without the registry. */
  project: /^(?:npm pack|mkdir|npm init|npm install \.\.\/) ?[^;|]+$/,
  /** Installs packages that this project has too. */
  packages: /^npm install --save-dev [\w@/ -]+$/,
  /** Calls the service. */
  call: /^curl [^;]+$/,
  /** Runs in the reader's project: compiler and builder there, and what is copied. */
  tool: /^npx tsc && npx vite$|^cp [\w@/. -]+$/,
  /** Deploys with a setting. */
  deployment: /^npx cdk deploy -c '[^']+'$/,
} as const;

/** The lines of one kind, in order. */
export function commandsOf(blocks: readonly Block[], kind: keyof typeof COMMANDS): Command[] {
  return blocks.flatMap((block) => linesOf(block).filter(({ line }) => COMMANDS[kind].test(line)));
}

/** What no test tries, as it stands; the tests of the guide hold that there is none. @param files those that they run */
export function untriedIn(blocks: readonly Block[], files: ReadonlySet<string>): string[] {
  return blocks.flatMap((block) => {
    if (block.language === 'sh') {
      const lines = linesOf(block).filter(({ line, printed }) => {
        const kinds = Object.values(COMMANDS).filter((pattern) => pattern.test(line));
        return kinds.length !== 1 || (printed !== null && !COMMANDS.call.test(line));
      });
      return lines.map(({ line }) => line);
    }
    const isTried = block.file === null ? block.language === 'ts' : files.has(block.file);
    return isTried ? [] : [`${block.language} ${block.file ?? block.text}`];
  });
}

function linesOf({ language, text, printed }: Block): Command[] {
  const lines = language === 'sh' ? text.trimEnd().split('\n') : [];
  return lines.map((line, place) => ({ line, printed: place === lines.length - 1 ? printed : null }));
}
