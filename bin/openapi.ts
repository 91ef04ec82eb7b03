import { readFile, writeFile } from 'node:fs/promises';
import { makeOpenApi } from '../lambda/http/openapi/document.ts';

const file = new URL('../docs/openapi.json', import.meta.url);
const text = `${JSON.stringify(makeOpenApi(), null, 2)}\n`;

if (process.argv.includes('--check')) {
  if ((await readFile(file, 'utf8').catch(() => null)) !== text) {
    console.error(
      'docs/openapi.json is not what the routes and schemas say. Run `npm run openapi` and commit the file.',
    );
    process.exitCode = 1;
  }
} else {
  await writeFile(file, text);
}
