import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { FILES, synthesizeReviewed, textOf } from './stateful.ts';

// Renews what stateful.slow.test.ts holds the stack to: `npm run snapshot`. What git shows then is what a
// reviewer has to understand before it is deployed.
const { stateful, template } = synthesizeReviewed();
mkdirSync(dirname(FILES.stateful), { recursive: true });
writeFileSync(FILES.stateful, textOf(stateful));
writeFileSync(FILES.template, template);
