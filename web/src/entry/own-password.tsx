import { inLanguages, useTexts } from '../languages.tsx';
import { PasswordField } from '../ui/field.tsx';

const texts = inLanguages({ en: { label: 'Password' }, de: { label: 'Passwort' } });

interface OwnPasswordProps {
  readonly value: string;
  readonly onValue: (value: string) => void;
  readonly error: string | null;
  readonly focused?: boolean;
}

/** The account's password, as it is now: password managers fill it in. */
export function OwnPassword(props: OwnPasswordProps) {
  return <PasswordField {...props} label={useTexts(texts).label} autocomplete="current-password" />;
}
