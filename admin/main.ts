import { parseArgs } from 'node:util';
import { TwinlockError } from '../lambda/errors.ts';
import { accountsErase } from './accounts-erase.ts';
import { accountsShow } from './accounts-show.ts';
import { type Command, type Given, UsageError } from './command.ts';
import { composeWorld } from './compose.ts';
import { DEPLOYMENT_HELP, DEPLOYMENT_OPTIONS, readDeployment } from './deployment.ts';
import { documentsSweep } from './documents-sweep.ts';
import { keysRewrap } from './keys-rewrap.ts';
import { keysStatus } from './keys-status.ts';
import { createReport, type Streams } from './report.ts';
import { restoreCheck } from './restore-check.ts';
import { upgradeReport } from './upgrade-report.ts';
import { verify } from './verify.ts';

const COMMANDS: readonly Command[] = [
  keysStatus,
  keysRewrap,
  accountsShow,
  accountsErase,
  documentsSweep,
  verify,
  upgradeReport,
  restoreCheck,
];

/** What a process gives the tool. */
export interface Process extends Streams {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly ask: Given['ask'];
}

/** What every command takes. */
const COMMON = { ...DEPLOYMENT_OPTIONS, json: { type: 'boolean' }, help: { type: 'boolean' } } as const;

/**
 * Runs one command.
 *
 * @param args as behind the program's name
 * @returns the exit code: 0 when all is well, 1 for findings and for what failed, 2 for a call that makes no sense
 */
export async function runAdmin(args: readonly string[], process: Process): Promise<0 | 1 | 2> {
  const command = COMMANDS.find(({ name }) => name === args.slice(0, name.split(' ').length).join(' '));
  try {
    if (command === undefined) return askedForHelp(args, process);
    return await runCommand(command, args.slice(command.name.split(' ').length), process);
  } catch (error) {
    process.err.write(`${told(error, command)}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}

async function runCommand(command: Command, args: readonly string[], process: Process): Promise<0 | 1> {
  const { values, positionals } = parsed(command, args);
  if (values['help'] === true) {
    process.out.write(`${commandHelp(command)}\n`);
    return 0;
  }
  const given: Given = { options: values, operands: positionals, ask: process.ask };
  const report = createReport(process, values['json'] === true);
  const world = composeWorld(readDeployment(given, process.env));
  try {
    const outcome = await command.run(world, given, report);
    report.outcome(command.name, outcome);
    return outcome.ok ? 0 : 1;
  } finally {
    world.close();
  }
}

/** @throws UsageError for an option that the command does not take */
function parsed(command: Command, args: readonly string[]): { values: Given['options']; positionals: string[] } {
  try {
    const options = { ...COMMON, ...command.options };
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    return { values, positionals };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : 'the options are not understood');
  }
}

/** @throws UsageError for what is neither a command nor --help */
function askedForHelp(args: readonly string[], { out }: Process): 0 {
  if (args.length > 0 && args[0] !== '--help') throw new UsageError('there is no such command');
  const width = Math.max(...COMMANDS.map(({ name }) => name.length));
  const list = COMMANDS.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`).join('\n');
  const exit = 'Exit codes: 0 all is well, 1 findings, or something failed, 2 the call makes no sense.';
  const json = '--json prints one JSON object at the end, and progress as lines of JSON on the standard error.';
  out.write(`twinlock admin <command> [options]\n\n${list}\n\n${DEPLOYMENT_HELP}\n\n${json}\n${exit}\n`);
  return 0;
}

function commandHelp({ name, usage, summary, help }: Command): string {
  const options = help.map((line) => `  ${line}`).join('\n');
  return `${`${name} ${usage}`.trim()}\n  ${summary}\n\n${options}\n\n${DEPLOYMENT_HELP}`;
}

/** What failed, without what it failed on: no value of a row and no answer of a service is told. */
function told(error: unknown, command: Command | undefined): string {
  if (error instanceof UsageError) return `${error.message}. See --help.`;
  if (!(error instanceof Error)) return 'it failed';
  if (error instanceof TwinlockError) {
    const cause = error.cause instanceof Error ? ` (${error.cause.name})` : '';
    const again = error.code === 'temporarily_unavailable' ? ` Run ${command?.name ?? 'it'} again.` : '';
    return `${error.message}${cause}.${again}`;
  }
  // What a service says may repeat what it was sent.
  return '$metadata' in error ? error.name : `${error.name}: ${error.message}`;
}
