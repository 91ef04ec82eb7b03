import { moveAccountWraps } from '../../lambda/adapters/dynamodb/rewrap.ts';
import { rewrapMessage, wrapHash } from '../../lambda/crypto/rewrap.ts';
import type { AccountId } from '../../lambda/domain/ids.ts';
import { PASSWORD } from '../fixtures/app.ts';
import { EMAIL, MINUTE } from '../usecases/support.ts';
import type { Known } from './observer.ts';
import type { Stage } from './stage.ts';

export const NEW_PASSWORD = 'nine slow barges drift';
export const NEW_EMAIL = 'moved@example.com';
/** What an account's owner and the password open. */
export const OWNER = { email: EMAIL, password: PASSWORD };

/** An account with all that one may hold. */
export interface Member {
  readonly token: string;
  readonly sessionId: string;
  /** Of a second session. */
  readonly elsewhere: string;
  readonly elsewhereId: string;
  readonly note: string;
  readonly person: string;
  readonly document: string;
  readonly known: Known;
}

/** Registers the owner. */
export async function register({ ok, time }: Stage, email = EMAIL) {
  const body = { email, password: PASSWORD, acceptDataLoss: true };
  const answer = await ok('POST /v1/accounts', { body });
  time.now += 1000;
  return { token: answer.text('session.token'), sessionId: answer.text('session.id') };
}

/** Signs the owner in. */
export async function signIn({ ok, time }: Stage) {
  const answer = await ok('POST /v1/sessions', { body: OWNER });
  time.now += 1000;
  return { token: answer.text('session.token'), sessionId: answer.text('session.id') };
}

/** An account with two sessions, two items and a document. */
export async function settle(stage: Stage): Promise<Member> {
  const { token, sessionId } = await register(stage);
  const { token: elsewhere, sessionId: elsewhereId } = await signIn(stage);
  const note = await addNote(stage, token, 'one');
  const person = (
    await stage.ok('POST /v1/items', {
      token,
      body: { type: 'person', label: 'myself', data: { givenName: 'Ada', familyName: 'Example' } },
    })
  ).text('id');
  stage.time.now += 1000;
  const document = (await stage.ok('POST /v1/documents', { token, body: drawing(note) })).text('id');
  stage.time.now += 1000;
  const known = { logins: { owner: OWNER }, tokens: { owner: token, elsewhere } };
  return { token, sessionId, elsewhere, elsewhereId, note, person, document, known };
}

/** The same after two minutes without a call: the next one writes down that the session is in use. */
export async function rested(stage: Stage): Promise<Member> {
  const member = await settle(stage);
  stage.time.now += 2 * MINUTE;
  return member;
}

/** The same after the operator has moved the password's wrap to another KMS key, of which the manifest does not know. */
export async function movedWrap(stage: Stage): Promise<Member> {
  const member = await settle(stage);
  const { store, keys } = stage.env;
  const accountId = member.token.split('.')[1] as AccountId;
  const row = await store.get({ kind: 'account', accountId });
  if (row === null) throw new Error('the account is gone');
  const context = { purpose: 'password', accountId, dekVersion: row.dekVersion } as const;
  const passwordWrap = await keys.wrap(await keys.unwrap(row.passwordWrap, context), context);
  const before = wrapHash(row.passwordWrap);
  const mac = await keys.mac(1, rewrapMessage('password', row, before, wrapHash(passwordWrap)));
  await moveAccountWraps(stage.table, row, { passwordWrap, rewraps: [{ part: 'password', before, mac }] });
  return member;
}

export async function addNote({ ok, time }: Stage, token: string, text: string): Promise<string> {
  const id = (await ok('POST /v1/items', { token, body: { type: 'note', data: { text } } })).text('id');
  time.now += 1000;
  return id;
}

/** The body that makes a document of an item. */
export function drawing(item: string) {
  return { template: 'personal-data-record', inputs: { items: [item] } };
}

/** Gives the account a recovery code. */
export async function makeCode({ ok, time }: Stage, token: string): Promise<string> {
  const answer = await ok('POST /v1/account/recovery-code', { token, body: { password: PASSWORD } });
  time.now += 1000;
  return answer.text('recoveryCode');
}
