import type { DocumentId, ItemId, SessionId } from './ids.ts';

/** What can be done in an account, by its owner or by who has a session of it. */
export const ACTIONS = [
  'account.registered',
  'account.recovered',
  'account.exported',
  'email.changed',
  'password.changed',
  'attempt.failed',
  'recovery-code.created',
  'recovery-code.removed',
  'key-rotation.started',
  'key-rotation.ended',
  'session.started',
  'session.reauthenticated',
  'session.ended',
  'sessions.ended',
  'item.created',
  'item.revealed',
  'items.revealed',
  'item.changed',
  'item.deleted',
  'document.created',
  'document.read',
  'document.deleted',
  'document.shortened',
] as const;
export type Action = (typeof ACTIONS)[number];

/** What was done is kept so many days, and a session and its end for as long. */
export const ACTIVITY_KEPT_DAYS = 365;

/** What an action was done to. */
export type ActivityTarget = ItemId | DocumentId | SessionId;

/** What a sealed entry of an account's activity says. Its time is its id's. */
export interface ActivityEntry {
  readonly session: SessionId;
  /** From 1, one more with each entry of the session. */
  readonly number: number;
  /** The MAC of the session's entry before, in base64. */
  readonly previous: string;
  readonly action: Action;
  readonly target?: ActivityTarget;
  readonly sourceIp: string;
  readonly userAgent: string;
}
