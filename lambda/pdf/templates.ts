import type { Template } from './template.ts';
import { letter } from './templates/letter.ts';
import { personalDataRecord } from './templates/personal-data-record.ts';

/** Every template. To add one, write its file and name it here. */
export const TEMPLATES: readonly Template[] = [letter, personalDataRecord];
