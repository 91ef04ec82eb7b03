import { describe, expect, it } from '@jest/globals';
import { answer, failureOf, problem, vaultOf } from './scripted.ts';

const page = (ids: string[], nextCursor: string | null) =>
  answer({ items: ids.map((id) => ({ id, type: 'note', masked: true })), nextCursor });

describe('a list', () => {
  it('goes on over short and empty pages to its end', async () => {
    const { vault, script } = await vaultOf({}, page(['a', 'b'], 'c 1'), page([], 'c/2'), page(['c'], null));
    const ids: string[] = [];
    for await (const { id } of vault.items.list({ type: 'note', reveal: false, limit: 2 })) ids.push(id);
    expect(ids).toEqual(['a', 'b', 'c']);
    const first = 'GET /v1/items?type=note&reveal=false&limit=2';
    expect(script.sent.map(({ call }) => call)).toEqual([first, `${first}&cursor=c+1`, `${first}&cursor=c%2F2`]);
  });

  it('asks for a page only when it is wanted', async () => {
    const { vault, script } = await vaultOf({}, page(['a'], 'next'));
    for await (const item of vault.items.list()) {
      expect(item.id).toBe('a');
      break;
    }
    expect(script.sent).toHaveLength(1);
  });

  it('gives its pages, all or one', async () => {
    const { vault, script } = await vaultOf({}, page(['a'], 'next'), page(['b'], null), page(['b'], null));
    const found = vault.items.search({ label: 'secret label', reveal: true });
    const pages: string[][] = [];
    for await (const { items } of found.pages()) pages.push(items.map(({ id }) => id));
    expect(pages).toEqual([['a'], ['b']]);
    expect((await found.page('next')).nextCursor).toBeNull();
    const body = { label: 'secret label', reveal: true };
    expect(script.sent.map(({ call, body: sent }) => [call, sent])).toEqual([
      ['POST /v1/items/search', body],
      ['POST /v1/items/search', { ...body, cursor: 'next' }],
      ['POST /v1/items/search', { ...body, cursor: 'next' }],
    ]);
  });

  it('takes moments as dates and as texts', async () => {
    const { vault, script } = await vaultOf(
      {},
      answer({ documents: [], nextCursor: null }),
      answer({ documents: [], nextCursor: null }),
    );
    const filter = { template: 'letter', from: new Date(0), to: '2026-01-31T12:00:00Z', limit: 3 };
    await vault.documents.list(filter).page();
    await vault.documents.search({ ...filter, title: 'a' }).page();
    const from = '1970-01-01T00:00:00.000Z';
    expect(Object.fromEntries(new URL(`http://x${script.sent[0]?.call.slice(4) ?? ''}`).searchParams)).toEqual({
      ...filter,
      from,
      limit: '3',
    });
    expect(script.sent[1]?.body).toEqual({ ...filter, from, title: 'a' });
  });

  it('breaks off with what one of its pages refused, and with its signal', async () => {
    const { vault } = await vaultOf({}, page(['a'], 'next'), problem(422, 'invalid_request'), page(['a'], 'next'));
    const all = async (signal?: AbortSignal) => {
      for await (const _ of vault.items.list({ signal })) controller.abort(reason);
    };
    const controller = new AbortController();
    const reason = new Error('enough');
    expect(await failureOf(all())).toMatchObject({ code: 'invalid_request' });
    const other = new AbortController();
    const listed = vault.items.list({ signal: other.signal })[Symbol.asyncIterator]();
    await listed.next();
    other.abort(reason);
    expect(await failureOf(listed.next())).toBe(reason);
  });
});
