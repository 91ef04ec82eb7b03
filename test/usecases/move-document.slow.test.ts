import { describe, expect, it } from '@jest/globals';
import type { DocumentRow, Sealed } from '../../lambda/domain/records.ts';
import { IntegrityError, UnavailableError } from '../../lambda/errors.ts';
import { authenticate } from '../../lambda/usecases/authenticate.ts';
import type { RotationEnvironment } from '../../lambda/usecases/environment.ts';
import { clearMoved, moveDocument } from '../../lambda/usecases/move-document.ts';
import { PASSWORD } from '../fixtures/app.ts';
import { rowName } from '../fixtures/memory-vault-store.ts';
import { begun, furnished, type RotationApp, readAll, requireMoved, rotate, step } from './rotation-support.ts';
import { CALLER, hookAll, plant, rowsOf } from './support.ts';
import { partsOf, uploadAll } from './upload-support.ts';

const EVER = Number.POSITIVE_INFINITY;

const vaultOf = async (app: RotationApp) => (await authenticate(app.env, app.token, null, CALLER)).vault();
const documentsOf = (app: RotationApp) =>
  rowsOf(app, 'document').sort((a, b) => (a.documentId < b.documentId ? -1 : 1));
const objectCalls = (app: RotationApp) => app.objects.calls.map(({ op }) => op);

async function move(app: RotationApp, { documentId }: DocumentRow, until = EVER, env: RotationEnvironment = app.env) {
  app.objects.calls.length = 0;
  return moveDocument(env, await vaultOf(app), documentId, until);
}

/** Documents that are moved, whose old objects are still there: whoever moved them was stopped before their removal. */
async function uncleared(documents: number): Promise<RotationApp> {
  const app = await begun(documents);
  hookAll(app, {
    before: (name) => {
      if (name === 'objects.remove') throw new UnavailableError('died');
    },
  });
  for (const row of documentsOf(app)) await expect(move(app, row)).rejects.toThrow(UnavailableError);
  hookAll(app, {});
  for (const { objectKeys, busyUntil } of documentsOf(app)) {
    expect([objectKeys.length, busyUntil > app.time.now]).toEqual([2, true]);
  }
  return app;
}

describe('what a mover left behind when it was stopped', () => {
  it('is removed from each document, page by page, and its names with it', async () => {
    const app = await uncleared(3);
    const asked: unknown[] = [];
    const { store } = app.env;
    const list: typeof store.list = (accountId, kind, options) => {
      asked.push(options.after);
      return store.list(accountId, kind, { ...options, limit: 1 });
    };
    const env = { ...app.env, store: { ...store, list } };
    expect(await clearMoved(env, await vaultOf(app), EVER)).toBe(true);
    expect(asked).toEqual([undefined, ...documentsOf(app).map(({ documentId }) => documentId)].slice(0, asked.length));
    expect(asked.length).toBeGreaterThanOrEqual(3);
    for (const row of documentsOf(app)) expect([row.objectKeys.length, row.busyUntil]).toEqual([1, 0]);
    expect([...app.objects.objects.keys()].sort()).toEqual(
      documentsOf(app)
        .flatMap(({ objectKeys }) => objectKeys)
        .sort(),
    );
    await rotate(app, app.token);
    await requireMoved(app, app.token, app.old);
  });

  it('stays where time has run out, to the millisecond, and is not called done', async () => {
    const app = await uncleared(2);
    const vault = await vaultOf(app);
    app.objects.calls.length = 0;
    expect(await clearMoved(app.env, vault, app.time.now)).toBe(false);
    expect(objectCalls(app)).toEqual([]);
    expect(await clearMoved(app.env, vault, app.time.now + 1)).toBe(true);
    expect(objectCalls(app)).toEqual(['remove', 'remove']);
  });

  it('is left alone where the document is being removed, is whole, or is gone', async () => {
    const app = await uncleared(3);
    const [removed, whole, gone] = documentsOf(app) as [DocumentRow, DocumentRow, DocumentRow];
    plant(app, { ...removed, state: 'PENDING' });
    plant(app, { ...whole, busyUntil: 0 });
    const vault = await vaultOf(app);
    const { store } = app.env;
    const list: typeof store.list = async (accountId, kind, options) => {
      const page = await store.list(accountId, kind, options);
      expect((await app.call(`DELETE /v1/documents/${gone.documentId}`, { token: app.token })).status).toBe(204);
      return page;
    };
    // A document of a manifest that was planted over is no matter of this call.
    app.objects.calls.length = 0;
    expect(await clearMoved({ ...app.env, store: { ...store, list } }, vault, EVER)).toBe(true);
    const old = [removed, whole].flatMap(({ objectKeys }) => objectKeys);
    for (const { op, args } of app.objects.calls) if (op === 'remove') expect(old).not.toContain(args[0]);
  });
});

describe('moving a document', () => {
  it('is done where there is none, or it was moved, and touches no object then', async () => {
    const app = await begun();
    const [row] = documentsOf(app) as [DocumentRow];
    expect(await move(app, row)).toBe(true);
    expect(objectCalls(app)).toContain('put');
    expect([await move(app, row), objectCalls(app)]).toEqual([true, []]);
    expect((await app.call(`DELETE /v1/documents/${row.documentId}`, { token: app.token })).status).toBe(204);
    expect([await move(app, row), objectCalls(app)]).toEqual([true, []]);
  });

  it('puts one object even where time has run out', async () => {
    const app = await begun();
    const [row] = documentsOf(app) as [DocumentRow];
    expect(await move(app, row, 0)).toBe(true);
    await rotate(app, app.token);
    await requireMoved(app, app.token, app.old);
  });

  it('begins anew where its row was written between naming and reading', async () => {
    const app = await begun();
    const [row] = documentsOf(app) as [DocumentRow];
    let lost = false;
    hookAll(app, {
      before: (name) => {
        if (lost || name !== 'store.commit put document') return;
        lost = true;
        plant(app, { ...row, objectKeys: [...row.objectKeys, `documents/${row.accountId}/${row.documentId}/another`] });
      },
    });
    expect(await move(app, row)).toBe(true);
    hookAll(app, {});
    expect(documentsOf(app).map(({ objectKeys }) => objectKeys.length)).toEqual([1]);
  });

  it.each<[string, (bytes: Uint8Array) => Uint8Array]>([
    ['longer', (bytes) => Buffer.concat([bytes, Buffer.alloc(1)])],
    ['of other bytes', (bytes) => Buffer.from(bytes).fill(7, 60, 61)],
  ])('refuses an object in the new one’s place that is %s, before it is put and after', async (_what, change) => {
    const app = await begun();
    const before = await readAll(app, app.token);
    const [row] = documentsOf(app) as [DocumentRow];
    hookAll(app, {
      before: (name) => {
        if (name.startsWith('store.commit') && app.objects.objects.size > 1) throw new UnavailableError('died');
      },
    });
    await expect(move(app, row)).rejects.toThrow(UnavailableError);
    hookAll(app, {});
    const fresh = [...app.objects.objects.keys()].filter((key) => !row.objectKeys.includes(key));
    const [name = ''] = fresh;
    const bytes = app.objects.objects.get(name) ?? new Uint8Array(0);
    app.objects.objects.set(name, Uint8Array.from(change(bytes)));
    await expect(move(app, row)).rejects.toThrow(IntegrityError);
    // Or it comes between the look and the put.
    app.objects.objects.delete(name);
    hookAll(app, {
      before: (call) => {
        if (call === 'objects.put') app.objects.objects.set(name, Uint8Array.from(change(bytes)));
      },
    });
    await expect(move(app, row)).rejects.toThrow(IntegrityError);
    hookAll(app, {});
    expect(await readAll(app, app.token)).toEqual(before);
  });

  it('takes the same object for its own where another mover was first', async () => {
    const app = await begun();
    const [row] = documentsOf(app) as [DocumentRow];
    let others = 0;
    hookAll(app, {
      before: async (name) => {
        if (name !== 'objects.put' || others++ > 0) return;
        expect(await moveDocument(app.env, await vaultOf(app), row.documentId, EVER)).toBe(true);
      },
    });
    expect(await move(app, row)).toBe(true);
    hookAll(app, {});
    await rotate(app, app.token);
    await requireMoved(app, app.token, app.old);
  });

  it.each(['being removed', 'gone'])(
    'takes its objects back where the document is %s by the time they lie there',
    async (what) => {
      const app = await begun();
      const [row] = documentsOf(app) as [DocumentRow];
      hookAll(app, {
        before: async (name) => {
          if (name !== 'objects.put') return;
          hookAll(app, {});
          expect((await app.call(`DELETE /v1/documents/${row.documentId}`, { token: app.token })).status).toBe(204);
          // The old object is read as it goes.
          app.objects.objects.set(row.objectKeys[0] ?? '', content);
          if (what === 'gone') app.store.rows.delete(rowName(row));
        },
      });
      const content = app.objects.objects.get(row.objectKeys[0] ?? '') ?? new Uint8Array(0);
      expect(await move(app, row)).toBe(true);
      expect([...app.objects.objects.keys()]).toEqual(row.objectKeys);
      expect(documentsOf(app).map(({ state }) => state)).toEqual(what === 'gone' ? [] : ['PENDING']);
    },
  );

  it('goes on after another mover that finished while the old object was read', async () => {
    const app = await begun();
    const [row] = documentsOf(app) as [DocumentRow];
    let gets = 0;
    hookAll(app, {
      before: async (name) => {
        if (name !== 'objects.get' || ++gets !== 2) return;
        expect(await moveDocument(app.env, await vaultOf(app), row.documentId, EVER)).toBe(true);
      },
    });
    expect(await move(app, row)).toBe(true);
    hookAll(app, {});
    await rotate(app, app.token);
    await requireMoved(app, app.token, app.old);
  });

  it('puts one part where time has run out, to the millisecond, and says that more is left', async () => {
    const app = await furnished();
    const documentId = await uploadAll(app, app.token, partsOf([20_000, 9000, 300]));
    await step(app, app.token, 1, PASSWORD);
    const row = documentsOf(app).find((one) => one.documentId === documentId) as DocumentRow;
    const puts: boolean[] = [];
    for (let calls = 0; calls < 2; calls++) {
      expect(await move(app, row, app.time.now)).toBe(false);
      puts.push(objectCalls(app).filter((op) => op === 'put').length === 1);
    }
    expect(puts).toEqual([true, true]);
    expect(await move(app, row, app.time.now)).toBe(true);
    await rotate(app, app.token);
    await requireMoved(app, app.token, app.old);
  });

  it('leaves its objects where they are when it is the write that fails', async () => {
    const app = await begun();
    const [row] = documentsOf(app) as [DocumentRow];
    hookAll(app, {
      before: (name) => {
        if (name.startsWith('store.commit') && app.objects.objects.size > 1) throw new UnavailableError('died');
      },
    });
    await expect(move(app, row)).rejects.toThrow(UnavailableError);
    hookAll(app, {});
    expect(app.objects.objects.size).toBe(2);
    expect(objectCalls(app)).not.toContain('remove');
  });

  it('gives up at a bucket that fails: only what is damaged or gone may be another mover’s doing', async () => {
    const app = await begun();
    const [row] = documentsOf(app) as [DocumentRow];
    let reads = 0;
    hookAll(app, {
      before: (name) => {
        if (name === 'objects.get' && ++reads > 1) throw new UnavailableError('s3:GetObject');
      },
    });
    await expect(move(app, row)).rejects.toThrow(UnavailableError);
    hookAll(app, {});
    expect(reads).toBe(2);
  });

  it('is told of a document whose metadata do not open', async () => {
    const app = await begun();
    const [row] = documentsOf(app) as [DocumentRow];
    const sealed = Uint8Array.from(row.sealed ?? []);
    sealed[sealed.length - 1] = (sealed.at(-1) ?? 0) ^ 1;
    plant(app, { ...row, sealed: sealed as Sealed });
    await expect(move(app, row)).rejects.toThrow(IntegrityError);
  });
});
