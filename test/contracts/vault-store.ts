import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { dueShard } from '../../lambda/adapters/dynamodb/keys.ts';
import type { AccountId, ActivityId, DocumentId, ItemId } from '../../lambda/domain/ids.ts';
import type {
  ActivityRow,
  DocumentRow,
  DueKey,
  ItemRow,
  RemnantKey,
  Row,
  Sealed,
} from '../../lambda/domain/records.ts';
import { type Change, DUE_SHARDS, type DueMark, type VaultStore } from '../../lambda/ports/vault-store.ts';
import { bytes, fresh, NOW, oneOfEach, sample, written } from './vault-store-rows.ts';

/** A store to test, and how to end what it stands on. */
export interface StoreUnderTest {
  readonly store: VaultStore;
  close?(): Promise<void>;
}

/** What tells one that is due from another. */
const nameOf = (key: DueKey): string => (key.kind === 'document' ? key.documentId : key.accountId);

/** So much activity of one account, in order of ids. */
const activityRows = (accountId: AccountId, count: number): ActivityRow[] =>
  Array.from({ length: count }, (_, n) => sample.activity({ accountId, activityId: fresh.activity(NOW + n) }));

const put = (row: Row, replaces: Row | null | 'any' = null): Change => ({ op: 'put', row, replaces });

/** Holds a vault store to what its port promises. Every test uses names of its own: the table need not be empty. */
export function describeVaultStore(name: string, start: () => Promise<StoreUnderTest>): void {
  describe(`vault store: ${name}`, () => {
    let store: VaultStore;
    let close: StoreUnderTest['close'];

    beforeAll(async () => {
      const started = await start();
      store = started.store;
      close = started.close?.bind(started);
    }, 60_000);
    // The one kind of which there is but one row.
    afterEach(() => store.commit([{ op: 'discard', key: { kind: 'walk', name: 'bucket' } }]));
    afterAll(() => close?.());

    const given = async (...rows: Row[]): Promise<void> => {
      for (let at = 0; at < rows.length; at += 50) {
        expect(await store.commit(rows.slice(at, at + 50).map((row) => put(row)))).toEqual({ ok: true });
      }
    };

    describe('reading', () => {
      it.each(oneOfEach().map((row) => [row.kind, row] as const))(
        'gives a row of kind %s back equal to what was written',
        async (_kind, row) => {
          expect(await store.get(row)).toBeNull();
          await given(row);
          expect(await store.get(row)).toEqual(row);
        },
      );

      it('gives a PENDING document back without metadata, and with no objects', async () => {
        const row = sample.document({ state: 'PENDING', sealed: null, objectKeys: [] });
        await given(row);
        expect(await store.get(row)).toEqual(row);
      });

      it.each([null, '', 'documents/a b', 'x'.repeat(1024)])('gives a walk back that came to %j', async (after) => {
        const row = sample.walk({ after });
        expect(await store.commit([put(row, 'any')])).toEqual({ ok: true });
        expect(await store.get(row)).toEqual(row);
        const other = { ...row, after: after === null ? '' : null };
        expect(await store.commit([put(other, other)])).toEqual({ ok: false, failed: [0] });
        expect(await store.commit([put(other, row)])).toEqual({ ok: true });
        expect(await store.get(row)).toEqual(other);
      });

      it('gives an account without a recovery code back without one, also where it had one', async () => {
        const { recovery: _removed, ...row } = sample.account();
        await given(row);
        expect(await store.get(row)).toEqual(row);
        expect(await store.get(row)).not.toHaveProperty('recovery');
        const before = sample.account();
        const { recovery: _spent, ...after } = { ...before, version: before.version + 1 };
        await given(before);
        expect(await store.commit([put(after, before)])).toEqual({ ok: true });
        expect(await store.get(before)).toEqual(after);
        expect(await store.get(before)).not.toHaveProperty('recovery');
      });

      it('gives an account back with a previous DEK only while it has one', async () => {
        const before = sample.account();
        const { previousDek: _gone, ...after } = { ...before, version: before.version + 1 };
        await given(before);
        expect(await store.get(before)).toHaveProperty('previousDek', before.previousDek);
        expect(await store.commit([put(after, before)])).toEqual({ ok: true });
        expect(await store.get(before)).toEqual(after);
        expect(await store.get(before)).not.toHaveProperty('previousDek');
      });

      it('keeps numbers whole up to the largest safe one', async () => {
        const row = sample.manifest({ revision: Number.MAX_SAFE_INTEGER, dekVersion: 0 });
        await given(row);
        expect(await store.get(row)).toEqual(row);
      });

      it('does not find an item under another account', async () => {
        const row = sample.item();
        await given(row);
        expect(await store.get({ ...row, accountId: fresh.account() })).toBeNull();
      });

      it('shares no memory with its callers', async () => {
        const row = sample.item();
        const asWritten = { ...row, sealed: row.sealed.slice() };
        await given(row);
        row.sealed.fill(0);
        const read = await store.get(row);
        expect(read).toEqual(asWritten);
        read?.sealed.fill(0);
        expect(await store.get(row)).toEqual(asWritten);
      });

      it('gives a snapshot in the order asked for, with null for what is not there', async () => {
        const [item, manifest] = [sample.item(), sample.manifest()];
        await given(item, manifest);
        expect(await store.snapshot([manifest, sample.account(), item])).toEqual([manifest, null, item]);
        expect(await store.snapshot([item])).toEqual([item]);
      });

      it('gives a snapshot of 100 rows', async () => {
        const accountId = fresh.account();
        const rows = Array.from({ length: 100 }, () => sample.item({ accountId }));
        await given(...rows);
        expect(await store.snapshot(rows)).toEqual(rows);
      });

      it.each([0, 101])('refuses a snapshot of %i rows', async (count) => {
        await expect(store.snapshot(Array.from({ length: count }, () => sample.item()))).rejects.toThrow(RangeError);
      });

      it('refuses a snapshot that names a row twice', async () => {
        const row = sample.item();
        await expect(store.snapshot([row, row])).rejects.toThrow(RangeError);
      });

      it('never shows one half of a commit', async () => {
        const accountId = fresh.account();
        const names = [sample.manifest({ accountId, revision: 0 }), sample.account({ accountId, version: 0 })] as const;
        await given(...names);
        let writing = true;
        const writer = async () => {
          for (let n = 1; n <= 20; n++) {
            const changes = [put({ ...names[0], revision: n }, 'any'), put({ ...names[1], version: n }, 'any')];
            while (!(await store.commit(changes)).ok);
          }
          writing = false;
        };
        const reader = async () => {
          let reads = 0;
          while (writing) {
            const [manifest, account] = await store.snapshot(names);
            expect(manifest?.revision).toBe(account?.version);
            reads++;
          }
          return reads;
        };
        const [, reads] = await Promise.all([writer(), reader()]);
        expect(reads).toBeGreaterThan(0);
      }, 20_000);
    });

    describe('committing', () => {
      it('writes a row only where none is', async () => {
        const row = sample.item();
        await given(row);
        expect(await store.commit([put({ ...row, version: 9 })])).toEqual({ ok: false, failed: [0] });
        expect(await store.get(row)).toEqual(row);
      });

      it('writes over whatever is there, or nothing', async () => {
        const row = sample.throttle();
        expect(await store.commit([put(row, 'any')])).toEqual({ ok: true });
        expect(await store.commit([put({ ...row, failures: 9 }, 'any')])).toEqual({ ok: true });
        expect(await store.get(row)).toEqual({ ...row, failures: 9 });
      });

      it.each(oneOfEach().map((row) => [row.kind, row] as const))(
        'replaces and removes a row of kind %s that still is as it was read',
        async (_kind, row) => {
          await given(row);
          const other = sample.manifest();
          expect(await store.commit([put(row, row)])).toEqual({ ok: true });
          expect(await store.commit([{ op: 'check', row }, put(other)])).toEqual({ ok: true });
          expect(await store.commit([put(row, row), put({ ...other, revision: 8 }, other)])).toEqual({ ok: true });
          expect(await store.commit([{ op: 'remove', row }])).toEqual({ ok: true });
          expect(await store.get(row)).toBeNull();
        },
      );

      it('holds a document to its objects in their order, each of them, and none', async () => {
        const rows = [[], ['documents/a'], ['documents/b', 'documents/a'], ['documents/a', 'documents/b']].map(
          (objectKeys) => sample.document({ objectKeys }),
        );
        await given(...rows);
        for (const row of rows) {
          expect(await store.commit([{ op: 'check', row }, put(sample.item())])).toEqual({ ok: true });
          for (const { objectKeys } of rows.filter((other) => other !== row)) {
            const refused = await store.commit([put({ ...row, objectKeys }, { ...row, objectKeys })]);
            expect(refused).toEqual({ ok: false, failed: [0] });
          }
        }
      });

      it.each(written)('notices a row of kind %s', async (_what, asRead, asItIs) => {
        await given(asItIs);
        const bystander = sample.item();
        const refused = { ok: false, failed: [0] };
        expect(await store.commit([put(asRead, asRead)])).toEqual(refused);
        expect(await store.commit([{ op: 'remove', row: asRead }])).toEqual(refused);
        expect(await store.commit([{ op: 'check', row: asRead }, put(bystander)])).toEqual(refused);
        expect(await store.commit([put(asRead, asRead), put(bystander)])).toEqual(refused);
        expect(await store.get(asRead)).toEqual(asItIs);
        expect(await store.get(bystander)).toBeNull();
      });

      it('notices a row that is gone', async () => {
        const row = sample.item();
        const refused = { ok: false, failed: [0] };
        expect(await store.commit([put(row, row)])).toEqual(refused);
        expect(await store.commit([{ op: 'remove', row }])).toEqual(refused);
        expect(await store.commit([{ op: 'check', row }])).toEqual(refused);
        expect(await store.get(row)).toBeNull();
      });

      it('discards a row whatever it holds, and one that is gone', async () => {
        const [row, other] = [sample.session(), sample.item()];
        await given(row, other);
        expect(await store.commit([{ op: 'discard', key: row }])).toEqual({ ok: true });
        expect(await store.get(row)).toBeNull();
        expect(await store.commit([{ op: 'discard', key: row }])).toEqual({ ok: true });
        const both: Change[] = [
          { op: 'discard', key: row },
          { op: 'discard', key: other },
        ];
        expect(await store.commit(both)).toEqual({ ok: true });
        expect(await store.get(other)).toBeNull();
      });

      it('names every change whose condition did not hold, and does none of the others', async () => {
        const [there, kept, unwritten] = [sample.item(), sample.session(), sample.item()];
        await given(there, kept);
        const changes: Change[] = [
          put(there),
          put(unwritten),
          { op: 'remove', row: { ...kept, epoch: 5 } },
          { op: 'discard', key: sample.item() },
        ];
        expect(await store.commit(changes)).toEqual({ ok: false, failed: [0, 2] });
        expect(await store.snapshot([there, kept, unwritten])).toEqual([there, kept, null]);
      });

      it('takes 100 changes', async () => {
        const rows = Array.from({ length: 100 }, () => sample.item());
        expect(await store.commit(rows.map((row) => put(row)))).toEqual({ ok: true });
        expect(await store.snapshot(rows)).toEqual(rows);
      });

      it.each([0, 101])('refuses %i changes', async (count) => {
        const changes = Array.from({ length: count }, () => put(sample.item()));
        await expect(store.commit(changes)).rejects.toThrow(RangeError);
      });

      it('refuses to name a row twice', async () => {
        const row = sample.item();
        await expect(store.commit([put(row), { op: 'check', row }])).rejects.toThrow(RangeError);
        expect(await store.get(row)).toBeNull();
      });

      it('refuses a row that replaces one of another name', async () => {
        const row = sample.item();
        await given(row);
        const stranger = { ...row, itemId: fresh.item() };
        await expect(store.commit([put(stranger, row)])).rejects.toThrow(RangeError);
      });

      it.each([
        ['a fraction', sample.item({ version: 1.5 })],
        ['a negative number', sample.item({ version: -1 })],
        ['a number too large to be exact', sample.item({ version: 2 ** 53 })],
        ['a READY document without metadata', sample.document({ sealed: null })],
      ])('refuses to write %s, which could not be read again', async (_what, row) => {
        await expect(store.commit([put(row)])).rejects.toThrow(RangeError);
        expect(await store.get(row)).toBeNull();
      });

      it('lets exactly one of many writers win', async () => {
        const [before, other] = [sample.manifest(), sample.account()];
        await given(before, other);
        const tries = Array.from({ length: 8 }, (_, n) => {
          const row = { ...before, revision: before.revision + 1, sealed: sample.manifest().sealed };
          return { row, changes: n % 2 === 0 ? [put(row, before)] : [put(row, before), put(sample.item())] };
        });
        const results = await Promise.all(tries.map(({ changes }) => store.commit(changes)));
        const winners = tries.filter((_, n) => results[n]?.ok);
        expect(winners).toHaveLength(1);
        expect(await store.get(before)).toEqual(winners[0]?.row);
      });
    });

    describe('listing', () => {
      const threeItems = async (accountId = fresh.account()) => {
        const rows = [1, 2, 3].map((n) => sample.item({ accountId, itemId: fresh.item(NOW + n) }));
        await given(...rows.toReversed());
        return { accountId, rows };
      };

      it('lists nothing where nothing is', async () => {
        expect(await store.list(fresh.account(), 'item', { limit: 5 })).toEqual({ rows: [], more: false });
      });

      it('lists in order of ids, oldest or newest first', async () => {
        const { accountId, rows } = await threeItems();
        expect(await store.list(accountId, 'item', { limit: 100 })).toEqual({ rows, more: false });
        const descending = await store.list(accountId, 'item', { limit: 100, descending: true });
        expect(descending).toEqual({ rows: rows.toReversed(), more: false });
      });

      it.each([
        { limit: 1, descending: false, places: [0], more: true },
        { limit: 2, descending: false, places: [0, 1], more: true },
        { limit: 3, descending: false, places: [0, 1, 2], more: false },
        { limit: 2, descending: true, places: [2, 1], more: true },
        { limit: 2, after: 0, descending: false, places: [1, 2], more: false },
        { limit: 1, after: 0, descending: false, places: [1], more: true },
        { limit: 2, after: 2, descending: true, places: [1, 0], more: false },
        { limit: 2, after: 2, descending: false, places: [], more: false },
      ])('lists a page: %j', async ({ limit, after, descending, places, more }) => {
        const { accountId, rows } = await threeItems();
        const start = after === undefined ? {} : { after: rows[after]?.itemId ?? '' };
        const page = await store.list(accountId, 'item', { limit, descending, ...start });
        expect(page).toEqual({ rows: places.map((place) => rows[place]), more });
      });

      it('goes on behind an id that is gone', async () => {
        const { accountId, rows } = await threeItems();
        const [first, second, third] = rows;
        if (first === undefined || second === undefined) throw new Error('three rows were written');
        await store.commit([{ op: 'discard', key: second }]);
        const page = await store.list(accountId, 'item', { limit: 5, after: second.itemId });
        expect(page).toEqual({ rows: [third], more: false });
      });

      it('keeps kinds and accounts apart', async () => {
        const { accountId, rows } = await threeItems();
        const [session, document] = [sample.session({ accountId }), sample.document({ accountId })];
        const activity = sample.activity({ accountId });
        await threeItems();
        await given(session, document, activity, sample.account({ accountId }), sample.manifest({ accountId }));
        expect((await store.list(accountId, 'item', { limit: 100 })).rows).toEqual(rows);
        expect((await store.list(accountId, 'session', { limit: 100 })).rows).toEqual([session]);
        expect((await store.list(accountId, 'document', { limit: 100 })).rows).toEqual([document]);
        expect((await store.list(accountId, 'activity', { limit: 100 })).rows).toEqual([activity]);
      });

      it('loses nothing when rows are large, and gives no empty page before the end', async () => {
        const accountId = fresh.account();
        const large = () => bytes(300_000) as ItemRow['sealed'];
        const rows = [1, 2, 3, 4, 5, 6].map((n) =>
          sample.item({ accountId, itemId: fresh.item(NOW + n), sealed: large() }),
        );
        for (const row of rows) await given(row);
        const listed: ItemRow[] = [];
        for (let more = true; more; ) {
          const after = listed.at(-1)?.itemId;
          const page = await store.list(accountId, 'item', { limit: 100, ...(after === undefined ? {} : { after }) });
          expect(page.rows.length > 0 || !page.more).toBe(true);
          listed.push(...page.rows);
          more = page.more;
        }
        expect(listed.map(({ itemId }) => itemId)).toEqual(rows.map(({ itemId }) => itemId));
      });

      it('lists activity, newest first, in pages of up to 1,000', async () => {
        const accountId = fresh.account();
        const rows = activityRows(accountId, 1_001);
        await given(...rows);
        const newest = rows.toReversed();
        const first = await store.list(accountId, 'activity', { limit: 1_000, descending: true });
        expect(first).toEqual({ rows: newest.slice(0, 1_000), more: true });
        const after = first.rows.at(-1)?.activityId ?? '';
        const rest = await store.list(accountId, 'activity', { limit: 1_000, descending: true, after });
        expect(rest).toEqual({ rows: newest.slice(1_000), more: false });
      });

      it.each([0, 1_001, 1.5])('refuses a limit of %d', async (limit) => {
        await expect(store.list(fresh.account(), 'item', { limit })).rejects.toThrow(RangeError);
      });
    });

    describe('activity under one DEK version', () => {
      it('is nothing where nothing is', async () => {
        expect(await store.activityUnder(fresh.account(), 1, 10)).toEqual({ rows: [], total: 0 });
      });

      it.each([1, 4, 5, 1_000])('is its oldest %i rows, and how many there are', async (limit) => {
        const accountId = fresh.account();
        const rows = activityRows(accountId, 5);
        await given(...rows.toReversed());
        expect(await store.activityUnder(accountId, 2, limit)).toEqual({ rows: rows.slice(0, limit), total: 5 });
      });

      it('leaves out other versions, other kinds and other accounts', async () => {
        const accountId = fresh.account();
        const rows = activityRows(accountId, 6).map((row, n) => ({ ...row, dekVersion: 1 + (n % 2) }));
        const strangers = [sample.activity(), sample.item({ accountId }), sample.session({ accountId })];
        await given(...rows, ...strangers, sample.manifest({ accountId }));
        const of = (version: number) => rows.filter(({ dekVersion }) => dekVersion === version);
        expect(await store.activityUnder(accountId, 1, 100)).toEqual({ rows: of(1), total: 3 });
        expect(await store.activityUnder(accountId, 2, 2)).toEqual({ rows: of(2).slice(0, 2), total: 3 });
        expect(await store.activityUnder(accountId, 12, 100)).toEqual({ rows: [], total: 0 });
      });

      it('follows a row that is moved to the next version', async () => {
        const accountId = fresh.account();
        const [first, second] = activityRows(accountId, 2);
        if (first === undefined || second === undefined) throw new Error('two rows were made');
        const moved = { ...first, dekVersion: 3 };
        await given(first, second);
        expect(await store.commit([put(moved, first)])).toEqual({ ok: true });
        expect(await store.activityUnder(accountId, 2, 10)).toEqual({ rows: [second], total: 1 });
        expect(await store.activityUnder(accountId, 3, 10)).toEqual({ rows: [moved], total: 1 });
      });

      it('is counted to its end, beyond what one page of the table holds', async () => {
        const accountId = fresh.account();
        const rows = activityRows(accountId, 12).map(
          (row, n): ActivityRow => ({ ...row, dekVersion: n < 5 ? 1 : 2, sealed: bytes(300_000) as Sealed }),
        );
        for (const row of rows) await given(row);
        for (const limit of [1_000, 6]) {
          const found = await store.activityUnder(accountId, 2, limit);
          const names = rows.slice(5, 5 + limit).map(({ activityId }) => activityId);
          expect([found.rows.map(({ activityId }) => activityId), found.total]).toEqual([names, 7]);
        }
      });

      it.each([0, 1_001, 1.5])('refuses a limit of %d', async (limit) => {
        await expect(store.activityUnder(fresh.account(), 1, limit)).rejects.toThrow(RangeError);
      });
    });

    describe('what is due', () => {
      /** All that is due for one account, whatever the shard. */
      const dueOf = async (accountId: AccountId, day: string, until: number, limit = 100) => {
        const shards = Array.from({ length: DUE_SHARDS }, (_, shard) => walk(shard, day, until, limit));
        return (await Promise.all(shards)).flat().filter((key) => key.accountId === accountId);
      };
      /** A shard's day to its end, page by page, from where a page ended. */
      const walk = async (shard: number, day: string, until: number, limit: number, from: DueMark | null = null) => {
        const keys: DueKey[] = [];
        let after = from;
        do {
          const page = await store.due(shard, day, until, after, limit);
          expect(page.keys.length).toBeLessThanOrEqual(limit);
          expect(page.keys.length > 0 || page.next === null).toBe(true);
          keys.push(...page.keys);
          after = page.next;
        } while (after !== null);
        return keys;
      };
      /** So many documents of one account that are due in one shard, three at each moment. */
      const dueTogether = (count: number, day: string): DocumentRow[] => {
        const accountId = fresh.account();
        const at = Date.parse(day) + Math.floor(Math.random() * 80_000_000);
        const rows: DocumentRow[] = [];
        while (rows.length < count) {
          const row = sample.document({ accountId, dueAt: at + Math.floor(rows.length / 3) });
          if (dueShard(row.documentId) === 3) rows.push(row);
        }
        return rows;
      };

      it('finds each document once, on the day that it is due, not before', async () => {
        const accountId = fresh.account();
        const rows = Array.from({ length: 40 }, (_, n) =>
          sample.document({ accountId, dueAt: NOW + n, ...(n % 2 === 0 ? { state: 'PENDING', sealed: null } : {}) }),
        );
        const [tomorrow, session] = [
          sample.document({ accountId, dueAt: NOW + 86_400_000 }),
          sample.session({ accountId }),
        ];
        await given(...rows, tomorrow, session);
        const ids = (keys: readonly DueKey[]) => keys.map(nameOf).sort();
        expect(ids(await dueOf(accountId, '2026-11-24', NOW + 100))).toEqual(ids(rows));
        expect(ids(await dueOf(accountId, '2026-11-24', NOW + 9))).toEqual(ids(rows.slice(0, 10)));
        expect(await dueOf(accountId, '2026-11-24', NOW - 1)).toEqual([]);
        expect(ids(await dueOf(accountId, '2026-11-25', NOW + 90_000_000))).toEqual([tomorrow.documentId]);
      });

      it('finds a deletion once, until it is gone', async () => {
        const row = sample.deletion({ dueAt: NOW + 5 });
        const { accountId } = row;
        await given(row);
        expect(await dueOf(accountId, '2026-11-24', NOW + 4)).toEqual([]);
        expect(await dueOf(accountId, '2026-11-24', NOW + 5)).toEqual([{ kind: 'deletion', accountId }]);
        await store.commit([{ op: 'discard', key: { kind: 'deletion', accountId } }]);
        expect(await dueOf(accountId, '2026-11-24', NOW + 5)).toEqual([]);
      });

      it('gives the oldest first, at most the limit, as keys alone', async () => {
        const day = '2031-03-01';
        const at = Date.parse(day) + Math.floor(Math.random() * 80_000_000);
        const rows = Array.from({ length: 48 }, (_, n) => sample.document({ dueAt: at + n }));
        await given(...rows.toReversed());
        const wanted = new Map<string, number>(rows.map((row, n) => [row.documentId, n]));
        for (let shard = 0; shard < DUE_SHARDS; shard++) {
          const { keys } = await store.due(shard, day, at + 100, null, 100);
          const places = keys.flatMap((key) => wanted.get(nameOf(key)) ?? []);
          expect(places).toEqual(places.toSorted((a, b) => a - b));
          expect((await store.due(shard, day, at + 100, null, 1)).keys).toEqual(keys.slice(0, 1));
          for (const key of keys) {
            const names = key.kind === 'document' ? ['accountId', 'documentId', 'kind'] : ['accountId', 'kind'];
            expect(Object.keys(key).sort()).toEqual(names);
          }
        }
      });

      it.each([1, 2, 7, 100])('is walked to its end, each found once, in pages of %i', async (limit) => {
        const day = '2031-04-01';
        const rows = dueTogether(120, day);
        await given(...rows.toReversed());
        const { accountId } = rows[0] ?? sample.document();
        const until = (rows.at(-1)?.dueAt ?? 0) - 1;
        const found = (await walk(3, day, until, limit)).filter((key) => key.accountId === accountId);
        expect(found.map(nameOf).sort()).toEqual(rows.slice(0, 117).map(nameOf).sort());
      });

      it('goes on behind a row that is gone', async () => {
        const day = '2031-05-01';
        const rows = dueTogether(9, day);
        await given(...rows);
        const until = rows.at(-1)?.dueAt ?? 0;
        const mine = (keys: readonly DueKey[]) => keys.filter((key) => key.accountId === rows[0]?.accountId);
        let page = await store.due(3, day, until, null, 1);
        while (mine(page.keys).length === 0 && page.next !== null) {
          page = await store.due(3, day, until, page.next, 1);
        }
        await store.commit(page.keys.map((key) => ({ op: 'discard', key })));
        const rest = mine(await walk(3, day, until, 2, page.next));
        expect(rest).toHaveLength(8);
        expect([...page.keys, ...rest].map(nameOf).sort()).toEqual(rows.map(nameOf).sort());
      });

      it.each([0, 101, 1.5])('refuses a limit of %d', async (limit) => {
        await expect(store.due(0, '2026-11-24', NOW, null, limit)).rejects.toThrow(RangeError);
      });

      it('follows a document whose time changes, and forgets one that is gone', async () => {
        const before = sample.document({ dueAt: NOW });
        const after = { ...before, version: 2, dueAt: NOW + 86_400_000 };
        await given(before);
        await store.commit([put(after, before)]);
        expect(await dueOf(before.accountId, '2026-11-24', NOW + 1)).toEqual([]);
        expect(await dueOf(before.accountId, '2026-11-25', after.dueAt)).toHaveLength(1);
        await store.commit([{ op: 'remove', row: after }]);
        expect(await dueOf(before.accountId, '2026-11-25', after.dueAt)).toEqual([]);
      });
    });

    describe('what remains of an account', () => {
      /** All of it, and how many pages that took. */
      const remainsOf = async (accountId: AccountId, limit: number) => {
        const keys: (DueKey | RemnantKey)[] = [];
        let pages = 0;
        for (let after: string | null = null; pages === 0 || after !== null; pages++) {
          const page: Awaited<ReturnType<VaultStore['remains']>> = await store.remains(accountId, after, limit);
          expect(page.keys.length).toBeLessThanOrEqual(limit);
          keys.push(...page.keys);
          after = page.next;
        }
        return { keys, pages };
      };
      /** A row of each kind that lies under the account's own id. */
      const rowsOf = (accountId: AccountId): Row[] => [
        sample.account({ accountId }),
        sample.document({ accountId }),
        sample.item({ accountId }),
        sample.item({ accountId }),
        sample.manifest({ accountId }),
        sample.session({ accountId }),
        sample.activity({ accountId }),
        sample.deletion({ accountId }),
      ];

      it('is nothing where nothing is', async () => {
        expect(await remainsOf(fresh.account(), 10)).toEqual({ keys: [], pages: 1 });
      });

      it.each([1, 2, 3, 7, 100])('is found whole, whatever its kind, in pages of %i', async (limit) => {
        const accountId = fresh.account();
        const rows = rowsOf(accountId);
        await given(...rows, ...rowsOf(fresh.account()), sample.email({ accountId }), sample.throttle());
        const { keys } = await remainsOf(accountId, limit);
        expect(keys).toHaveLength(rows.length);
        expect(keys.filter(({ kind }) => kind !== 'remnant')).toEqual([
          { kind: 'document', accountId, documentId: rows[1]?.kind === 'document' ? rows[1].documentId : '' },
          { kind: 'deletion', accountId },
        ]);
        expect(keys.every((key) => key.accountId === accountId)).toBe(true);
      });

      it('goes by the keys that name it, and nothing else does', async () => {
        const [accountId, bystander] = [fresh.account(), fresh.account()];
        const [rows, others] = [rowsOf(accountId), rowsOf(bystander)];
        await given(...rows, ...others);
        for (const key of (await remainsOf(accountId, 100)).keys) {
          expect(await store.commit([{ op: 'discard', key }])).toEqual({ ok: true });
          expect(await store.commit([{ op: 'discard', key }])).toEqual({ ok: true });
        }
        expect(await remainsOf(accountId, 100)).toEqual({ keys: [], pages: 1 });
        for (const row of rows) expect(await store.get(row)).toBeNull();
        for (const row of others) expect(await store.get(row)).toEqual(row);
      });

      it('goes on behind a name that is gone', async () => {
        const accountId = fresh.account();
        await given(...rowsOf(accountId));
        const first = await store.remains(accountId, null, 3);
        for (const key of first.keys) await store.commit([{ op: 'discard', key }]);
        const { keys } = await store.remains(accountId, first.next, 100);
        expect(keys).toHaveLength(5);
        expect(keys).toEqual((await remainsOf(accountId, 100)).keys);
      });

      it.each([0, 101, 1.5])('refuses a limit of %d', async (limit) => {
        await expect(store.remains(fresh.account(), null, limit)).rejects.toThrow(RangeError);
      });
    });

    it('tells apart rows whose names begin alike', async () => {
      const accountId = fresh.account();
      const session = sample.session({ accountId });
      const id: string = session.sessionId;
      const item = sample.item({ accountId, itemId: id as ItemId });
      const document = sample.document({ accountId, documentId: id as DocumentId });
      const activity = sample.activity({ accountId, activityId: id as ActivityId });
      await given(session, item, document, activity);
      expect(await store.snapshot([activity, document, item, session])).toEqual([activity, document, item, session]);
    });
  });
}
