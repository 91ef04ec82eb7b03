import { createInterface } from 'node:readline/promises';
import { runAdmin } from '../admin/main.ts';

/** The first line of the standard input. */
async function ask(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr, terminal: process.stdin.isTTY });
  try {
    if (process.stdin.isTTY) return await lines.question(question);
    for await (const line of lines) return line;
    return '';
  } finally {
    lines.close();
  }
}

process.exitCode = await runAdmin(process.argv.slice(2), {
  out: process.stdout,
  err: process.stderr,
  env: process.env,
  ask,
});
