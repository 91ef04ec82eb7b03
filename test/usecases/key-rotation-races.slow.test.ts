import { afterEach, describe, expect, it } from '@jest/globals';
import { UnavailableError } from '../../lambda/errors.ts';
import { type Answer, PASSWORD, verdict } from '../fixtures/app.ts';
import { seedItems } from '../fixtures/seed.ts';
import {
  begun,
  draw,
  furnished,
  maintain,
  NOTE,
  type RotationApp,
  readAll,
  remaining,
  requireMoved,
  requireNoOrphans,
  rotate,
  step,
} from './rotation-support.ts';
import { type AccountsApp, accountRow, atOnce, HOUR, hookAll, rowsOf, signIn } from './support.ts';

/** The call that something waits for. */
let awaited: string | null = null;

/** Does something at the first call of that name, before it has an effect or after it. The call must come. */
function meanwhile(app: AccountsApp, when: 'before' | 'after', name: string, act: () => unknown): void {
  awaited = name;
  hookAll(app, {
    [when]: async (called: string) => {
      if (called !== name) return;
      awaited = null;
      hookAll(app, {});
      await act();
    },
  });
}

afterEach(() => {
  expect(awaited).toBeNull();
});

describe('two calls at once', () => {
  it('start it once', async () => {
    const app = await furnished();
    const before = await readAll(app, app.token);
    const answers = await atOnce(
      app,
      [1, 2].map(() => () => step(app, app.token, 1000, PASSWORD)),
    );
    const verdicts = answers.map(verdict);
    expect(verdicts).toContain('200');
    expect(verdicts.filter((one) => one !== '200' && one !== '409 version_conflict')).toEqual([]);
    await rotate(app, app.token);
    await requireMoved(app, app.token, app.old);
    expect(await readAll(app, app.token)).toEqual(before);
  });

  it('a sign-in beside the start is ended by it, or comes after it', async () => {
    const app = await furnished();
    const acts = [() => step(app, app.token, 1, PASSWORD), () => signIn(app)];
    const [start, signedIn] = (await atOnce<Answer>(app, acts)) as [Answer, Answer];
    expect([verdict(start), verdict(signedIn)]).toEqual(['200', '201']);
    const token = signedIn.text('session.token');
    const lives = verdict(await app.call('GET /v1/items', { token }));
    expect(['200', '401 unauthenticated']).toContain(lives);
    await rotate(app, lives === '200' ? token : app.token);
    await requireMoved(app, app.token, app.old);
  });

  it('a change of the password beside the start: both are done, or one is told of the other', async () => {
    const app = await furnished();
    const body = { currentPassword: PASSWORD, newPassword: 'nine blue kettles drift' };
    const [start, change] = (await atOnce<Answer>(app, [
      () => step(app, app.token, 1, PASSWORD),
      () => app.call('PUT /v1/account/password', { token: app.token, body }),
    ])) as [Answer, Answer];
    expect([verdict(start), verdict(change)]).toContain('409 version_conflict');
    const password = change.status === 204 ? body.newPassword : PASSWORD;
    await rotate(app, app.token, 1000, password);
    await requireMoved(app, app.token, app.old);
    expect((await signIn(app, password)).status).toBe(201);
  });

  it.each([2, 3])('move everything, %d of them', async (count) => {
    const app = await begun(3);
    const before = await readAll(app, app.token);
    const answers = await atOnce(
      app,
      Array.from({ length: count }, () => () => step(app, app.token, 1000)),
    );
    expect(answers.map(verdict)).toEqual(answers.map(() => '200'));
    await rotate(app, app.token);
    await requireMoved(app, app.token, app.old);
    expect(await readAll(app, app.token)).toEqual(before);
    expect(app.telemetry.counts.get('IntegrityFailure')).toBeUndefined();
  });

  it('one that is overtaken by the end of the other is at its end too', async () => {
    const app = await furnished();
    // Rows of one snapshot, for two transactions.
    const note = { type: 'note', label: 'long', data: { text: '\n'.repeat(60_000) } } as const;
    await seedItems(
      app,
      app.token,
      Array.from({ length: 26 }, () => note),
    );
    await step(app, app.token, 1, PASSWORD);
    const before = await readAll(app, app.token);
    meanwhile(app, 'after', `store.snapshot${' item'.repeat(28)}`, () => rotate(app, app.token));
    expect(remaining(await step(app, app.token, 1000))).toBe(0);
    expect(await readAll(app, app.token)).toEqual(before);
    await requireMoved(app, app.token, app.old);
    expect(rowsOf(app, 'account').map(({ version }) => version)).toEqual([3]);
  });

  it('one that is overtaken by the next rotation moves on to that', async () => {
    const app = await begun();
    const before = await readAll(app, app.token);
    meanwhile(app, 'after', 'store.snapshot item item', async () => {
      await rotate(app, app.token);
      await step(app, app.token, 1, PASSWORD);
    });
    await step(app, app.token, 1000);
    expect((await rotate(app, app.token)).at(-1)).toBe(0);
    expect(accountRow(app, app.accountId).dekVersion).toBe(3);
    expect(await readAll(app, app.token)).toEqual(before);
  });
});

describe('calls beside a rotation', () => {
  it('change, make and remove items and documents', async () => {
    const app = await furnished(3);
    const { token, call } = app;
    const [first, second] = rowsOf(app, 'item').map(({ itemId }) => itemId);
    const gone = rowsOf(app, 'document').at(-1)?.documentId;
    const change = { token, headers: { 'if-match': '"1"' }, body: { data: { text: 'changed beside' } } };
    await step(app, token, 1, PASSWORD);
    const answers: Answer[] = await atOnce(app, [
      () => step(app, token, 1000),
      () => call(`PUT /v1/items/${first}`, change),
      () => call(`DELETE /v1/items/${second}`, { token }),
      () => call('POST /v1/items', { token, body: NOTE }),
      () => draw(app, token, app.itemId),
      () => call(`DELETE /v1/documents/${gone}`, { token }),
      () => call('GET /v1/items?reveal=true', { token }),
      () => call(`GET /v1/documents/${app.documentId}/content`, { token }),
    ]);
    expect(answers.map(verdict).filter((one) => !['200', '201', '204'].includes(one))).toEqual([]);
    await rotate(app, token);
    await maintain(app, 2 * HOUR);
    const again = (await signIn(app)).text('session.token');
    const { items, documents } = await readAll(app, again);
    expect([items.length, documents.length]).toEqual([3, 3]);
    expect(items).toContainEqual(expect.objectContaining({ id: first, version: 2, data: { text: 'changed beside' } }));
    await requireMoved(app, again, app.old);
    expect(app.telemetry.counts.get('IntegrityFailure')).toBeUndefined();
  });

  it('a list whose rows were read before the end, and judged after it', async () => {
    const app = await begun();
    const last = rowsOf(app, 'item').at(-1)?.itemId ?? '';
    const change = { token: app.token, headers: { 'if-match': '"1"' }, body: { data: { number: '+442079460001' } } };
    meanwhile(app, 'before', 'store.list item', async () => {
      await app.call(`PUT /v1/items/${last}`, change);
      meanwhile(app, 'after', 'store.list item', () => rotate(app, app.token));
    });
    const answer = await app.call('GET /v1/items?reveal=true', { token: app.token });
    expect(verdict(answer)).toBe('200');
    expect((answer.body as { items: unknown[] }).items).toContainEqual(
      expect.objectContaining({ id: last, version: 2 }),
    );
    expect(app.telemetry.counts.get('IntegrityFailure')).toBeUndefined();
  });

  it.each([
    ['starts', (app: RotationApp) => step(app, app.token, 1, PASSWORD)],
    ['starts and ends', (app: RotationApp) => rotate(app, app.token, 1000, PASSWORD)],
  ] as const)('a document that is being made while it %s is made, or not there at all', async (_, act) => {
    const app = await furnished();
    meanwhile(app, 'after', 'objects.put', () => act(app));
    const sent = () => draw(app, app.token, app.itemId, { 'idempotency-key': 'sent-twice' });
    const answer = await sent();
    expect(['201', '503 temporarily_unavailable']).toContain(verdict(answer));
    await rotate(app, app.token);
    expect((await readAll(app, app.token)).documents).toHaveLength(answer.status === 201 ? 2 : 1);
    expect((await sent()).status).toBe(201);
    expect((await readAll(app, app.token)).documents).toHaveLength(2);
    await maintain(app, 2 * HOUR);
    await requireMoved(app, (await signIn(app)).text('session.token'), app.old);
  });

  it('a document that was begun before a rotation, and is ready when that is about to end, is moved first', async () => {
    const app = await furnished();
    let goOn: () => void = () => undefined;
    const held = new Promise<void>((release) => {
      goOn = release;
    });
    const drawing = new Promise<Answer>((done) => {
      meanwhile(app, 'after', 'objects.put', () => held);
      void draw(app, app.token, app.itemId).then(done);
    });
    while (awaited !== null) await new Promise(setImmediate);
    meanwhile(app, 'before', 'store.list document', async () => {
      goOn();
      expect((await drawing).status).toBe(201);
    });
    expect(remaining(await step(app, app.token, 1000, PASSWORD))).toBe(1);
    await rotate(app, app.token);
    expect((await readAll(app, app.token)).documents).toHaveLength(2);
    await requireMoved(app, app.token, app.old);
  });

  it.each([
    [4, '200', []],
    [5, '503 temporarily_unavailable', ['vault:rotation is unavailable']],
  ])('a document that changes %i times while it is moved answers %s', async (changes, due, told) => {
    const app = await begun();
    let changed = 0;
    const before = async (name: string) => {
      if (name !== 'store.commit put document' || changed === changes) return;
      hookAll(app, {});
      const body = { expiresAt: new Date(app.time.now + HOUR - ++changed).toISOString() };
      expect((await app.call(`PATCH /v1/documents/${app.documentId}`, { token: app.token, body })).status).toBe(200);
      hookAll(app, { before });
    };
    hookAll(app, { before });
    expect(verdict(await step(app, app.token, 1000))).toBe(due);
    hookAll(app, {});
    const failed = app.telemetry.lines.filter(({ level }) => level === 'error');
    expect(failed.map(({ fields }) => fields.error?.message)).toEqual(told);
    await rotate(app, app.token);
    await requireMoved(app, app.token, app.old);
  });

  it('a mover that comes again names its objects anew once half of their hour is over', async () => {
    const app = await begun();
    const names: string[] = [];
    const die = async (token: string) => {
      names.length = 0;
      hookAll(app, {
        before: (name) => {
          if (name === 'objects.put') throw new UnavailableError('died');
          if (name === 'store.commit put document') names.push(name);
        },
      });
      expect(verdict(await step(app, token, 1000))).toBe('503 temporarily_unavailable');
      hookAll(app, {});
      return names.length;
    };
    expect(await die(app.token)).toBe(1);
    app.pass(HOUR / 2 - 1);
    expect(await die(app.token)).toBe(0);
    app.pass(1);
    const token = (await signIn(app)).text('session.token');
    expect(await die(token)).toBe(1);
    expect(rowsOf(app, 'document').map(({ busyUntil }) => busyUntil)).toEqual([app.time.now + HOUR]);
    await rotate(app, token);
    await requireMoved(app, token, app.old);
  });

  it('a document that is deleted while its mover dies leaves nothing behind', async () => {
    const app = await begun();
    const die = () => {
      throw new UnavailableError('died');
    };
    // The first read looks whether the new object is there; the second is of the old one.
    meanwhile(app, 'after', 'objects.get', () => {
      meanwhile(app, 'after', 'objects.get', async () => {
        await app.call(`DELETE /v1/documents/${app.documentId}`, { token: app.token });
        hookAll(app, { after: (name) => (name === 'objects.put' ? hookAll(app, { before: die }) : undefined) });
      });
    });
    expect(verdict(await step(app, app.token, 1000))).toBe('503 temporarily_unavailable');
    hookAll(app, {});
    expect(app.objects.objects.size).toBe(1);
    await maintain(app, 2 * HOUR);
    expect([rowsOf(app, 'document'), app.objects.objects.size]).toEqual([[], 0]);
  });

  it.each([
    ['named', 'after', 'store.commit put document'],
    ['about to be put', 'before', 'objects.put'],
    ['put', 'after', 'objects.put'],
    ['about to be entered', 'before', 'store.commit put document, put manifest'],
    ['entered', 'after', 'store.commit put document, put manifest'],
    ['freed of its old object', 'before', 'objects.remove'],
  ] as const)('a document that is deleted when it is %s leaves nothing behind', async (_, when, name) => {
    const app = await begun();
    meanwhile(app, when, name, async () => {
      const { status } = await app.call(`DELETE /v1/documents/${app.documentId}`, { token: app.token });
      expect(status).toBe(204);
    });
    expect((await step(app, app.token, 1000)).status).toBe(200);
    await rotate(app, app.token);
    await maintain(app, 2 * HOUR);
    expect([rowsOf(app, 'document'), app.objects.objects.size]).toEqual([[], 0]);
    expect(app.telemetry.counts.get('IntegrityFailure')).toBeUndefined();
  });

  it.each(['rotation', 'document', 'account'] as const)(
    'a late move leaves nothing behind after the end of the %s',
    async (end) => {
      const app = await begun();
      const { token } = app;
      // The old object is open by then, so that the new one comes whole, however late.
      meanwhile(app, 'after', 'objects.get', async () => {
        await rotate(app, token);
        if (end === 'document') await app.call(`DELETE /v1/documents/${app.documentId}`, { token });
        if (end === 'account') await app.call('POST /v1/account/deletion', { token, body: { password: PASSWORD } });
      });
      const answer = await step(app, token, 1000);
      expect(verdict(answer)).toBe(end === 'account' ? '401 unauthenticated' : '200');
      await maintain(app, 2 * HOUR);
      requireNoOrphans(app);
      expect(app.objects.objects.size).toBe(end === 'rotation' ? 1 : 0);
    },
  );
});

describe('an account that is deleted while a rotation stands', () => {
  it.each([
    ['between two steps', null],
    ['while a document is being moved', 'store.commit put document'],
    ['while an object is being put', 'objects.put'],
    ['while an item is being moved', 'store.snapshot item item'],
  ])('is gone, %s', async (_, name) => {
    const app = await begun(2);
    const deletion = () => app.call('POST /v1/account/deletion', { token: app.token, body: { password: PASSWORD } });
    if (name === null) expect((await deletion()).status).toBe(200);
    else meanwhile(app, 'after', name, deletion);
    expect(verdict(await step(app, app.token, 1000))).toBe('401 unauthenticated');
    await maintain(app, 2 * HOUR);
    await maintain(app, 2 * HOUR);
    expect([...app.store.rows.values()].filter((row) => 'accountId' in row && row.accountId === app.accountId)).toEqual(
      [],
    );
    expect(app.objects.objects.size).toBe(0);
  });
});
