import { expect } from '@jest/globals';
import type { AccountId } from '../../lambda/domain/ids.ts';
import { accountView, sessionViews } from './account-deeds.ts';
import { documentView } from './document-deeds.ts';
import { enter, In } from './in.ts';
import { allPages, itemView } from './item-deeds.ts';
import { DAY, HOUR, type Model, type Session } from './model.ts';
import type { Real } from './real.ts';
import { checkActivity, itemsOf } from './vault-deeds.ts';

/** Holds the whole of every account to the model's at the end of a run, and what is left of those that are deleted. */
export async function audit(m: Model, real: Real): Promise<void> {
  // Whatever ended a session, it stays over.
  for (const session of m.sessions.filter((one) => !m.isLive(one))) {
    expect(await new In(m, real, session).ask('GET /v1/account')).toBeNull();
  }
  for (const account of m.accounts.filter(({ deleted }) => !deleted)) {
    let session: Session | null = m.liveOf(account)[0] ?? null;
    if (session === null) {
      // By then the last delay is over.
      m.clock.now += HOUR;
      session = await enter(m, real, { email: account.email, password: account.password });
    }
    if (session === null) throw new Error('an account can not be entered');
    await auditAccount(new In(m, real, session));
  }
  expect(real.telemetry.counts.get('IntegrityFailure')).toBeUndefined();
  expect(real.telemetry.counts.get('CloudFailure')).toBeUndefined();
  expect(real.telemetry.counts.get('SweepFailure')).toBeUndefined();

  // What was being sent to an account when it was deleted is due by then.
  m.clock.now += 2 * DAY;
  expect(await real.maintain()).toMatchObject({ failed: 0, complete: true });
  for (const { id } of m.accounts.filter(({ deleted }) => deleted)) {
    expect((await real.env.store.remains(id as AccountId, null, 100)).keys).toEqual([]);
    expect((await real.env.objects.names(`documents/${id}/`, null, 100)).objects).toEqual([]);
  }
}

async function auditAccount(at: In): Promise<void> {
  const { m, account, session } = at;
  const read = async (call: string, body: unknown) => {
    const answer = await at.ask(call);
    if (answer === null) throw new Error(`the session is over at ${call}`);
    at.says(answer, '200', body);
  };
  await read('GET /v1/account', accountView(account));
  await read('GET /v1/sessions', { sessions: sessionViews(m, session) });
  await checkActivity(at, 100);
  const items = await allPages(at, 'items', 100, async (cursor) => {
    const answer = await at.ask(`GET /v1/items?reveal=true&limit=100${cursor === null ? '' : `&cursor=${cursor}`}`);
    if (account.items.size > 0) m.record(session, 'items.revealed');
    return answer;
  });
  expect(items).toEqual(itemsOf(account).map(itemView));
  const documents = m.documentsOf(account);
  const listed = await allPages(at, 'documents', 100, (cursor) =>
    at.ask(`GET /v1/documents?limit=100${cursor === null ? '' : `&cursor=${cursor}`}`),
  );
  expect(listed).toEqual(documents.map(documentView));
  for (const { id, bytes } of documents) {
    const answer = await at.ask(`GET /v1/documents/${id}/content`);
    m.record(session, 'document.read', id);
    expect(answer?.bytes.equals(bytes)).toBe(true);
  }
}
