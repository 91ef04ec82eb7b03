import type { Template } from './template.ts';
import { addressConfirmation } from './templates/address-confirmation.ts';
import { applicationForm } from './templates/application-form.ts';
import { consentForm } from './templates/consent-form.ts';
import { dataSubjectAccessReport } from './templates/data-subject-access-report.ts';
import { directDebitMandate } from './templates/direct-debit-mandate.ts';
import { letter } from './templates/letter.ts';
import { personalDataRecord } from './templates/personal-data-record.ts';

/** Every template. To add one, write its file and name it here. */
export const TEMPLATES: readonly Template[] = [
  letter,
  personalDataRecord,
  dataSubjectAccessReport,
  addressConfirmation,
  consentForm,
  directDebitMandate,
  applicationForm,
];
