import { TwinlockError } from '@twinlock/client';
import { inLanguages, type Texts, useTexts } from '../languages.tsx';
import { Notice } from './notice.tsx';

const texts = inLanguages({
  en: {
    network: 'The service can’t be reached. Check the connection, and try again.',
    unexpected: 'Something unforeseen went wrong.',
    request: (id: string) => `Request ${id}`,
    wait: (seconds: number) =>
      `Too many tries have failed. Try again in ${waitText(seconds, 'second', 'seconds', 'minute', 'minutes')}.`,
    codes: {
      account_exists: 'An account with this e-mail exists.',
      idempotency_key_reused: 'That was sent before with other content. Try again.',
      integrity_failure: 'Stored data failed its check. Nothing of it is shown, and the operator is alarmed.',
      invalid_credentials: 'E-mail and password, or code, do not open an account.',
      invalid_request: 'Something in it is not as it must be.',
      not_a_pdf: 'This file is no PDF.',
      not_found: 'It is not here any more.',
      password_too_weak: 'The new password is too short, too common, or too much like the e-mail.',
      payload_too_large: 'It is too large.',
      precondition_failed: 'It was changed elsewhere in the meantime.',
      reauthentication_required: 'Give the password once more.',
      temporarily_unavailable: 'The service is busy. Try again in a moment.',
      unauthenticated: 'The session has ended.',
      unsupported_script: 'A text holds characters that the document can’t show.',
      upload_incomplete: 'The upload is not whole. Try again.',
      upload_spent: 'The upload was tried too often. Begin anew.',
      vault_full: 'The vault is full: 2,000 items and documents. Remove some first.',
      vault_rolled_back:
        'The stored vault is older than what this page has seen. Change nothing, and tell the operator.',
      version_conflict: 'Another change came first. Look again, and decide anew.',
      wrong_password: 'That is not the password.',
    },
  },
  de: {
    network: 'Der Dienst ist nicht zu erreichen. Bitte die Verbindung prüfen und noch einmal versuchen.',
    unexpected: 'Etwas Unvorhergesehenes ging schief.',
    request: (id: string) => `Anfrage ${id}`,
    wait: (seconds: number) =>
      `Zu viele Versuche schlugen fehl. Der nächste geht in ${waitText(seconds, 'Sekunde', 'Sekunden', 'Minute', 'Minuten')}.`,
    codes: {
      account_exists: 'Mit dieser E-Mail gibt es schon ein Konto.',
      idempotency_key_reused: 'Das wurde schon mit anderem Inhalt geschickt. Bitte noch einmal.',
      integrity_failure:
        'Gespeicherte Daten bestanden ihre Prüfung nicht. Nichts davon wird gezeigt, der Betreiber ist gewarnt.',
      invalid_credentials: 'E-Mail und Passwort oder Code öffnen kein Konto.',
      invalid_request: 'Etwas darin ist nicht, wie es sein muss.',
      not_a_pdf: 'Diese Datei ist kein PDF.',
      not_found: 'Das ist nicht mehr da.',
      password_too_weak: 'Das neue Passwort ist zu kurz, zu verbreitet oder der E-Mail zu ähnlich.',
      payload_too_large: 'Das ist zu groß.',
      precondition_failed: 'Es wurde inzwischen anderswo geändert.',
      reauthentication_required: 'Bitte das Passwort noch einmal eingeben.',
      temporarily_unavailable: 'Der Dienst ist beschäftigt. Bitte gleich noch einmal.',
      unauthenticated: 'Die Sitzung ist zu Ende.',
      unsupported_script: 'Ein Text hat Zeichen, die das Dokument nicht zeigen kann.',
      upload_incomplete: 'Das Hochladen ist nicht vollständig. Bitte noch einmal.',
      upload_spent: 'Das Hochladen wurde zu oft versucht. Bitte neu beginnen.',
      vault_full: 'Der Tresor ist voll: 2.000 Einträge und Dokumente. Bitte erst etwas entfernen.',
      vault_rolled_back:
        'Der gespeicherte Tresor ist älter als das, was diese Seite gesehen hat. Bitte nichts ändern und dem Betreiber Bescheid geben.',
      version_conflict: 'Eine andere Änderung war schneller. Bitte neu ansehen und entscheiden.',
      wrong_password: 'Das ist nicht das Passwort.',
    },
  },
});

type ErrorTexts = typeof texts extends Texts<infer T> ? T : never;

function waitText(seconds: number, second: string, moreSeconds: string, minute: string, moreMinutes: string): string {
  if (seconds < 90) return `${seconds} ${seconds === 1 ? second : moreSeconds}`;
  const minutes = Math.ceil(seconds / 60);
  return `${minutes} ${minutes === 1 ? minute : moreMinutes}`;
}

/** What an error says to a person. */
export function errorText(error: unknown, words: ErrorTexts): string {
  if (!(error instanceof TwinlockError)) return words.unexpected;
  if (error.code === 'network') return words.network;
  if (error.code === 'too_many_attempts') return words.wait(error.retryAfter ?? 1);
  const known: Readonly<Record<string, string>> = words.codes;
  return known[error.code] ?? words.unexpected;
}

export function useErrorTexts(): ErrorTexts {
  return useTexts(texts);
}

/** The faults that the service found at a field; by JSON pointer, as `/data/iban`. */
export function issueAt(error: unknown, path: string): string | null {
  if (!(error instanceof TwinlockError)) return null;
  return error.issues.find((issue) => issue.path === path)?.message ?? null;
}

/** Tells of a failure, aloud too; nothing where there is none. */
export function ErrorNotice({ error }: { error: unknown }) {
  const words = useErrorTexts();
  if (error === null || error === undefined) return null;
  // Whoever asks the operator needs the name that the request has in the log.
  const id = error instanceof TwinlockError && (error.status ?? 0) >= 500 ? error.requestId : null;
  return (
    <Notice kind="bad">
      {errorText(error, words)}
      {id === null ? null : <small> {words.request(id)}</small>}
    </Notice>
  );
}
