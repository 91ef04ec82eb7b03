import { TextField } from '../ui/field.tsx';

interface EmailFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onValue: (value: string) => void;
  readonly error?: string | null;
  readonly hint?: string;
  /** @default "username": password managers keep the password by it */
  readonly autocomplete?: string;
  readonly focused?: boolean;
}

/** The account's e-mail. As text: browsers' own check of an e-mail refuses addresses in other letters, which the service takes. */
export function EmailField({ autocomplete = 'username', ...rest }: EmailFieldProps) {
  return (
    <TextField
      {...rest}
      type="text"
      inputMode="email"
      name="email"
      autocomplete={autocomplete}
      autocapitalize="off"
      spellcheck={false}
      required
    />
  );
}
