import { describe, expect, it } from '@jest/globals';
import { type Answer, verdict } from '../fixtures/app.ts';
import { type AccountsApp, createAccountsApp, hookAll } from './support.ts';

interface Prepared extends AccountsApp {
  readonly token: string;
  readonly item: string;
}

async function prepared(): Promise<Prepared> {
  const app = createAccountsApp();
  const { token } = await app.register();
  return { ...app, token, item: await app.addItem(token, 'note', { text: 'one' }) };
}

/** Sends a call, and another one at the moment when the first is about to write an item. */
async function crossed(app: AccountsApp, call: () => Promise<Answer>, other: () => Promise<Answer>): Promise<string[]> {
  const between: Promise<Answer>[] = [];
  hookAll(app, {
    before: async (name) => {
      if (between.length > 0 || !/^store\.commit (put|remove) item/.test(name)) return;
      between.push(other());
      await Promise.all(between);
    },
  });
  const answer = await call();
  hookAll(app, {});
  return [...(await Promise.all(between)), answer].map(verdict);
}

const removal = ({ call, token, item }: Prepared) => call(`DELETE /v1/items/${item}`, { token });

const replacement = ({ call, token, item }: Prepared, text: string) =>
  call(`PUT /v1/items/${item}`, { token, body: { data: { text } }, headers: { 'if-match': '"1"' } });

describe('an item that two requests write at once', () => {
  it.each([
    ['removed', removal],
    ['replaced', (app: Prepared) => replacement(app, 'two')],
  ])('is not there any more to be %s when the other has removed it', async (_what, act) => {
    const app = await prepared();
    expect(
      await crossed(
        app,
        () => act(app),
        () => removal(app),
      ),
    ).toEqual(['204', '404 not_found']);
  });

  it('is replaced by one of them alone', async () => {
    const app = await prepared();
    expect(
      await crossed(
        app,
        () => replacement(app, 'two'),
        () => replacement(app, 'three'),
      ),
    ).toEqual(['200', '412 precondition_failed']);
    const { body } = await app.call(`GET /v1/items/${app.item}`, { token: app.token });
    expect(body).toMatchObject({ version: 2, data: { text: 'three' } });
  });

  it('is given up when 30 others come first, after pauses that double up to 0.4 s', async () => {
    const app = await prepared();
    const { random } = app.env;
    const pauses: number[] = [];
    Object.assign(app.env, {
      random: (length: number) => (length === 1 ? Uint8Array.of(255) : random(length)),
      sleep: (ms: number) => Promise.resolve(void pauses.push(ms)),
    });
    const commit = app.store.commit.bind(app.store);
    Object.assign(app.store, { commit: () => Promise.resolve({ ok: false, failed: [0] }) });
    expect(verdict(await replacement(app, 'two'))).toBe('503 temporarily_unavailable');
    expect(pauses).toEqual([10, 20, 40, 80, 160, 320, ...Array<number>(24).fill(400)]);
    Object.assign(app.store, { commit });
    expect(verdict(await replacement(app, 'two'))).toBe('200');
  });

  it('is written all the same when the other has written something else', async () => {
    const app = await prepared();
    const another = () =>
      app.call('POST /v1/items', { token: app.token, body: { type: 'note', data: { text: 'new' } } });
    expect(await crossed(app, () => replacement(app, 'two'), another)).toEqual(['201', '200']);
    expect(await crossed(app, () => removal(app), another)).toEqual(['201', '204']);
    const { body } = await app.call('GET /v1/items', { token: app.token });
    expect((body as { items: unknown[] }).items).toHaveLength(2);
  });
});
