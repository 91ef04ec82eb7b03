import { writeFileSync } from 'node:fs';
import { makeVectors } from './make.ts';

// npx tsx test/vectors/generate.ts
for (const [name, vectors] of Object.entries(makeVectors())) {
  writeFileSync(new URL(name, import.meta.url), `${JSON.stringify(vectors, null, 1)}\n`);
}
