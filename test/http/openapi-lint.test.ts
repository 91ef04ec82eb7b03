import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import * as z from 'zod';

const folder = mkdtempSync(join(tmpdir(), 'openapi-lint-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** A document with one fault that Redocly only warns of by default: a call that can't be refused. */
const FAULTY = {
  openapi: '3.1.1',
  info: { title: 'Faulty', version: '1', license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
  servers: [{ url: '/' }],
  security: [],
  paths: { '/': { get: { operationId: 'get', summary: 'Gets', responses: { 200: { description: 'It is there.' } } } } },
};

const report = z.object({ problems: z.array(z.object({ ruleId: z.string() })) });

/** The rules of Redocly's strict set that each file breaks. Redocly calls nobody meanwhile. */
async function lint(...files: string[]): Promise<string[][]> {
  const cli = join('node_modules', '@redocly', 'cli', 'bin', 'cli.js');
  const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };
  const output = await new Promise<string>((resolve) => {
    const options = ['lint', ...files, '--extends', 'recommended-strict', '--format', 'json', '--max-problems', '1000'];
    // It exits with 1 where it finds anything: what it found is judged by the caller.
    execFile(process.execPath, [cli, ...options], { env, maxBuffer: 2 ** 26 }, (_, stdout) => {
      resolve(stdout);
    });
  });
  // One JSON text after the other, in the order of the files.
  const reports = output.split(/(?<=^\})\s*(?=\{)/m).map((text) => report.parse(JSON.parse(text)));
  return reports.map(({ problems }) => problems.map(({ ruleId }) => ruleId));
}

describe('docs/openapi.json', () => {
  it('passes the strict rules of Redocly, which find a fault where there is one', async () => {
    const faulty = join(folder, 'faulty.json');
    writeFileSync(faulty, JSON.stringify(FAULTY));
    expect(await lint('docs/openapi.json', faulty)).toEqual([[], ['operation-4xx-response']]);
  });
});
