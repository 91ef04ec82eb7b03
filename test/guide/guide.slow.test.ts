import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readSettings } from '../../lib/settings.ts';
import { type Attacked, startAttacked } from '../attacks/service.ts';
import { blocksIn, commandsOf, filesOf, guide, normalise, programOf, untriedIn } from './blocks.ts';
import { createProject, type Project } from './project.ts';

/** What is compiled here; of the page, test/browser/guide.test.ts tries what it does. */
const FILES = [
  'tsconfig.json',
  'src/explain.ts',
  'src/remember.ts',
  'vite.config.ts',
  'index.html',
  'src/main.ts',
  'app.js',
];
/** Printed between two snippets. */
const END = '--- end of snippet ---\n';

const blocks = blocksIn(guide());
const program = programOf(blocks);

describe('the blocks of docs/guide.md', () => {
  it('are all tried', () => {
    expect([...filesOf(blocks).keys()].sort()).toEqual([...FILES].sort());
    expect(untriedIn(blocks, new Set(FILES))).toEqual([]);
    expect(program.length).toBeGreaterThan(10);
    expect(program.filter(({ printed }) => printed !== null).length).toBeGreaterThan(10);
  });

  it.each([
    ['of another language', '```py\nprint(1)\n```', 'py print(1)\n'],
    ['that are files nobody runs', '```ts\n// src/other.ts\nexport {};\n```', 'ts src/other.ts'],
    ['of the shell, by commands nobody runs', '```sh\nnpm run client\nrm -r dist\n```', 'rm -r dist'],
    ['of the shell, whose output nobody looks at', '```sh\nnpm run client\n```\n```text\nok\n```', 'npm run client'],
  ])('would be missed were they %s', (_, more, missed) => {
    expect(untriedIn(blocksIn(`${guide()}\n${more}\n`), new Set(FILES))).toEqual([missed]);
  });

  it('are whole: none is open, nameless, or an output of nothing', () => {
    expect(() => blocksIn('```ts\nlet a;\n')).toThrow('line 1');
    expect(() => blocksIn('\n```\na\n```\n')).toThrow('line 2');
    expect(() => blocksIn('```ts\n// a.ts\n```\n```text\na\n```\n')).toThrow('line 4');
  });
});

describe('the commands of docs/guide.md', () => {
  const own = JSON.parse(readFileSync('package.json', 'utf8')) as Record<string, Record<string, string>>;

  it('name scripts that there are', () => {
    const lines = commandsOf(blocks, 'script').map(({ line }) => line);
    const names = lines.flatMap((line) => line.split(' && ').map((one) => one.replace(/^npm (?:run )?/, '')));
    expect(names).toContain('client');
    expect(names.filter((name) => name !== 'ci' && own['scripts']?.[name] === undefined)).toEqual([]);
  });

  it('install packages that are tried here', () => {
    const names = commandsOf(blocks, 'packages').flatMap(({ line }) => line.split(' ').slice(3));
    expect(names).toContain('vite');
    expect(names.filter((name) => own['devDependencies']?.[name] === undefined)).toEqual([]);
  });

  it('set what can be set', () => {
    const [[, key = '', value = ''] = []] = commandsOf(blocks, 'deployment').map(
      ({ line }) => /'([\w:]+)=(.*)'$/.exec(line) ?? [],
    );
    const { allowedOrigins } = readSettings((asked) => (asked === key ? value : undefined));
    expect(allowedOrigins).toEqual(['https://app.example.com']);
  });
});

describe('a reader of docs/guide.md', () => {
  let service: Attacked;
  let project: Project;

  beforeAll(async () => {
    service = await startAttacked();
    const lines = commandsOf(blocks, 'project').map(({ line }) => line);
    project = await createProject(service.url, lines);
    for (const [path, text] of filesOf(blocks)) project.write(path, text);
    project.write(
      'try.ts',
      program.map(({ text }) => `${text}console.log(${JSON.stringify(END.trimEnd())});\n`).join(''),
    );
  }, 240_000);
  afterAll(async () => {
    project.remove();
    await service.close();
  });

  it('has the service answer', async () => {
    for (const { line, printed } of commandsOf(blocks, 'call')) {
      expect((await project.run(line)).trimEnd()).toBe(printed?.trimEnd());
    }
  });

  it('has types that hold in every file', async () => {
    expect(await project.run('npx tsc')).toBe('');
    // It is compiled in earnest.
    project.write('src/wrong.ts', "import { remember } from './remember.ts';\nremember.load(1);\n");
    await expect(project.run('npx tsc')).rejects.toThrow('src/wrong.ts(2,15): error TS2345');
  }, 240_000);

  it('sees what the guide says, snippet by snippet', async () => {
    const seen = (await project.run('npx tsx try.ts')).split(END);
    expect(seen.pop()).toBe('');
    const told = (texts: readonly (string | null)[]) =>
      program.map(({ line }, place) => `line ${line}\n${normalise(texts[place] ?? '')}`);
    expect(told(seen)).toEqual(told(program.map(({ printed }) => printed)));
  }, 240_000);
});
