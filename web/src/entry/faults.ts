import { TwinlockError } from '@twinlock/client';
import { inLanguages, useTexts } from '../languages.tsx';
import { errorText, useErrorTexts } from '../ui/errors.tsx';

const texts = inLanguages({
  en: {
    email: 'This is not an e-mail address.',
    password: 'It is empty, too long, or has signs that nobody can type.',
    recoveryCode: 'This is not a recovery code.',
  },
  de: {
    email: 'Das ist keine E-Mail-Adresse.',
    password: 'Es ist leer, zu lang oder hat Zeichen, die niemand tippen kann.',
    recoveryCode: 'Das ist kein Wiederherstellungscode.',
  },
});

/** The fields of the forms here, as the service calls them. */
export type FieldName = 'email' | 'password' | 'currentPassword' | 'newPassword' | 'recoveryCode';

/** The codes that speak of one field. */
export type FieldCodes = Partial<Record<FieldName, readonly TwinlockError['code'][]>>;

/** The field that an error speaks of; null for one that speaks of none. */
export function fieldOf(error: unknown, fields: FieldCodes): FieldName | null {
  if (!(error instanceof TwinlockError)) return null;
  const names = Object.keys(fields) as FieldName[];
  const isAt = (name: FieldName) => error.issues.some(({ path }) => path === `/${name}`);
  return names.find((name) => fields[name]?.includes(error.code) === true) ?? names.find(isAt) ?? null;
}

/** What each field of a form tells of what the last try failed with. */
export function useFaults(error: unknown, fields: FieldCodes) {
  const words = useTexts(texts);
  const codes = useErrorTexts();
  const at = fieldOf(error, fields);
  const byCode = at !== null && error instanceof TwinlockError && fields[at]?.includes(error.code) === true;
  const text = (name: FieldName): string | null => {
    if (name !== at) return null;
    if (byCode) return errorText(error, codes);
    return words[name === 'email' || name === 'recoveryCode' ? name : 'password'];
  };
  return { text, told: at !== null };
}
