import type { ActivityEntry, ActivityPage } from '@twinlock/client';
import type { Texts } from '../languages.tsx';

/** What was done; of an ended session whether it was one's own. */
export type Deed = ActivityEntry['action'] | 'session.left';
export type Break = ActivityPage['breaks'][number];

/** What was done, in plain words. A deed without them does not compile. */
export const DEED_TEXTS: Texts<Readonly<Record<Deed, string>>> = {
  en: {
    'account.registered': 'The account was made',
    'account.recovered': 'The account was opened by the recovery code, and got a new password',
    'account.exported': 'All data was downloaded',
    'email.changed': 'The e-mail was changed',
    'password.changed': 'The password was changed',
    'attempt.failed': 'A wrong password or code was tried',
    'recovery-code.created': 'A recovery code was made',
    'recovery-code.removed': 'The recovery code was removed',
    'key-rotation.started': 'Locking all data anew began',
    'key-rotation.ended': 'All data is locked anew',
    'session.started': 'Signed in',
    'session.reauthenticated': 'The password was confirmed',
    'session.left': 'Signed out',
    'session.ended': 'Another session was ended',
    'sessions.ended': 'All sessions were ended',
    'item.created': 'An entry was stored',
    'item.revealed': 'An entry was shown whole',
    'items.revealed': 'Several entries were shown whole',
    'item.changed': 'An entry was changed',
    'item.deleted': 'An entry was removed',
    'document.created': 'A document was made or added',
    'document.read': 'A document was opened',
    'document.deleted': 'A document was removed',
    'document.shortened': 'A document will be removed sooner',
  },
  de: {
    'account.registered': 'Das Konto wurde angelegt',
    'account.recovered': 'Das Konto wurde mit dem Wiederherstellungscode geöffnet und bekam ein neues Passwort',
    'account.exported': 'Alle Daten wurden heruntergeladen',
    'email.changed': 'Die E-Mail wurde geändert',
    'password.changed': 'Das Passwort wurde geändert',
    'attempt.failed': 'Ein falsches Passwort oder ein falscher Code wurde versucht',
    'recovery-code.created': 'Ein Wiederherstellungscode wurde erstellt',
    'recovery-code.removed': 'Der Wiederherstellungscode wurde entfernt',
    'key-rotation.started': 'Das neue Verschließen aller Daten begann',
    'key-rotation.ended': 'Alle Daten sind neu verschlossen',
    'session.started': 'Angemeldet',
    'session.reauthenticated': 'Das Passwort wurde bestätigt',
    'session.left': 'Abgemeldet',
    'session.ended': 'Eine andere Sitzung wurde beendet',
    'sessions.ended': 'Alle Sitzungen wurden beendet',
    'item.created': 'Ein Eintrag wurde gespeichert',
    'item.revealed': 'Ein Eintrag wurde ganz gezeigt',
    'items.revealed': 'Mehrere Einträge wurden ganz gezeigt',
    'item.changed': 'Ein Eintrag wurde geändert',
    'item.deleted': 'Ein Eintrag wurde entfernt',
    'document.created': 'Ein Dokument wurde erstellt oder hinzugefügt',
    'document.read': 'Ein Dokument wurde geöffnet',
    'document.deleted': 'Ein Dokument wurde entfernt',
    'document.shortened': 'Ein Dokument wird früher entfernt',
  },
};

export function deedOf({ action, target, sessionId }: ActivityEntry): Deed {
  return action === 'session.ended' && target === sessionId ? 'session.left' : action;
}

/** What is wrong with what was written down, and what that means. */
export const BREAK_TEXTS: Texts<Readonly<Record<Break['fault'], (found: Break) => string>>> = {
  en: {
    changed: () => 'An entry was altered after it was written.',
    unexpected: () => 'An entry stands here that does not belong here.',
    missing: (found) => `${countText(found, 'One entry is', 'entries are')} missing from one session.`,
    'session-missing': () => 'A session is missing that nobody ended. What was done in it may be missing too.',
    'session-changed': () => 'A session was put back to an earlier state. Its last entries may be missing.',
  },
  de: {
    changed: () => 'Ein Eintrag wurde nachträglich verändert.',
    unexpected: () => 'Hier steht ein Eintrag, der nicht hierher gehört.',
    missing: (found) => `${countText(found, 'Ein Eintrag fehlt', 'Einträge fehlen')} aus einer Sitzung.`,
    'session-missing': () => 'Eine Sitzung fehlt, die niemand beendet hat. Was in ihr geschah, fehlt vielleicht auch.',
    'session-changed': () =>
      'Eine Sitzung wurde auf einen früheren Stand zurückgesetzt. Ihre letzten Einträge fehlen vielleicht.',
  },
};

function countText({ first = 0, last = first }: Break, one: string, more: string): string {
  const count = last - first + 1;
  return count === 1 ? one : `${count} ${more}`;
}

/** When an id was made, in milliseconds since 1970: a ULID begins with it. */
export function timeOfId(id: string): number {
  const digits = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
  return Array.from(id.slice(0, 10)).reduce((time, digit) => time * 32 + digits.indexOf(digit), 0);
}

/** The view of what an action was done to; null where it has none, or is gone by it. */
export function targetOf({
  action,
  target,
}: ActivityEntry): { readonly area: 'items' | 'documents'; readonly id: string } | null {
  if (target === undefined || action.endsWith('.deleted')) return null;
  if (action.startsWith('item.')) return { area: 'items', id: target };
  return action.startsWith('document.') ? { area: 'documents', id: target } : null;
}
