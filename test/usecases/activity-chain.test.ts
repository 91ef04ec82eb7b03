import { describe, expect, it } from '@jest/globals';
import { randomBytes } from '../../lambda/adapters/system/system.ts';
import { SecretBytes } from '../../lambda/crypto/bytes.ts';
import { MAX_ENDED_SESSIONS, type Manifest, type SessionAnchor } from '../../lambda/crypto/manifest.ts';
import { VaultKeys } from '../../lambda/crypto/vault-keys.ts';
import { type AccountId, type ActivityId, newId, type SessionId } from '../../lambda/domain/ids.ts';
import type { SessionRow } from '../../lambda/domain/records.ts';
import {
  type Break,
  ChainWalk,
  type Heads,
  headsOf,
  type Link,
  linkMac,
  type OpenEntry,
} from '../../lambda/usecases/activity-chain.ts';
import { linksToKeep, openMark, sealMark } from '../../lambda/usecases/activity-mark.ts';
import type { Vault } from '../../lambda/usecases/vault.ts';
import { dice } from '../fixtures/dice.ts';

const DAY = 86_400_000;
const NOW = 1_800_000_000_000;
const NOTHING = new Uint8Array(32);

function session(begun: number, name = 0): SessionId {
  return newId<SessionId>(begun, Uint8Array.of(name, 0, 0, 0, 0, 0, 0, 0, 0, 0));
}

/** The MAC that an entry has in these tests. */
function macOf(place: number, number: number): Uint8Array {
  return number === 0 ? NOTHING : new Uint8Array(32).fill(place * 16 + number);
}

/** A session's entries, oldest first, a second apart. */
function entriesOf(sessionId: SessionId, place: number, begun: number, count: number, every = 1000): OpenEntry[] {
  return Array.from({ length: count }, (_, i) => ({
    id: newId<ActivityId>(begun + i * every, Uint8Array.of(place, 0, 0, 0, 0, 0, 0, 0, 0, 0)),
    mac: macOf(place, i + 1),
    entry: {
      session: sessionId,
      number: i + 1,
      previous: Buffer.from(macOf(place, i)).toString('base64'),
      action: 'items.revealed',
      sourceIp: '192.0.2.1',
      userAgent: '',
    },
  }));
}

/** Sessions that took turns: their entries, newest first, and where they end. */
function turns(sessions: number, count: number) {
  const ids = Array.from({ length: sessions }, (_, place) => session(NOW + place, place));
  const entries = ids.flatMap((id, place) => entriesOf(id, place, NOW + 1000 + place, count));
  entries.sort((a, b) => (a.id < b.id ? 1 : -1));
  const links = new Map(ids.map((id, place) => [id, { number: count, mac: linkMac(macOf(place, count)) }]));
  return { ids, entries, links };
}

function walkOver(links: ReadonlyMap<SessionId, Link>, entries: readonly OpenEntry[], since = 0): readonly Break[] {
  const walk = new ChainWalk(links, 0);
  for (const entry of entries) walk.visit(entry);
  walk.endAt(since);
  return walk.breaks;
}

describe('a walk back through the chains', () => {
  it('finds whole chains whole', () => {
    const { entries, links } = turns(5, 4);
    expect(walkOver(links, entries)).toEqual([]);
  });

  it('names each entry that is gone, whichever they are', () => {
    const { ids, entries, links } = turns(3, 6);
    const roll = dice(7);
    for (let round = 0; round < 200; round++) {
      const left = entries.filter(() => roll() < 0.6);
      const gone = entries.filter((entry) => !left.includes(entry));
      const told = walkOver(links, left).flatMap((found) => {
        if (found.fault !== 'missing') throw new Error(found.fault);
        return Array.from({ length: found.last - found.first + 1 }, (_, i) => `${found.sessionId} ${found.first + i}`);
      });
      expect(told.sort()).toEqual(gone.map(({ entry }) => `${entry.session} ${entry.number}`).sort());
    }
    expect(walkOver(links, [])).toEqual(ids.map((sessionId) => ({ fault: 'missing', sessionId, first: 1, last: 6 })));
  });

  it('names an entry that is not the one that the next one follows', () => {
    const { entries, links } = turns(2, 3);
    const other = entries.map((one, i) => (i === 2 ? { ...one, mac: macOf(9, 9) } : one));
    expect(walkOver(links, other)).toEqual([{ fault: 'changed', id: entries[2]?.id }]);
  });

  it('names an entry beyond the end, once, and one of a session that is not known', () => {
    const { ids, entries, links } = turns(2, 3);
    const [first = session(0)] = ids;
    const shorter = new Map<SessionId, Link>([...links, [first, { number: 2, mac: linkMac(macOf(0, 2)) }]]);
    const beyond = entries.find(({ entry }) => entry.session === first && entry.number === 3);
    expect(walkOver(shorter, entries)).toEqual([{ fault: 'unexpected', id: beyond?.id }]);
    const without = new Map([...links].filter(([id]) => id !== first));
    expect(walkOver(without, entries)).toEqual(
      entries.filter(({ entry }) => entry.session === first).map(({ id }) => ({ fault: 'unexpected', id })),
    );
  });

  it('takes what comes behind an open end, but nothing that is missing before it', () => {
    const { entries } = turns(1, 5);
    const [newest] = entries;
    const sessionId = newest?.entry.session ?? session(0);
    const open = new Map([[sessionId, { number: 3, mac: linkMac(macOf(0, 3)), open: true as const }]]);
    expect(walkOver(open, entries)).toEqual([]);
    expect(walkOver(open, entries.slice(2))).toEqual([]);
    expect(walkOver(open, entries.slice(3))).toEqual([{ fault: 'missing', sessionId, first: 3, last: 3 }]);
    const [, second, ...rest] = entries;
    expect(walkOver(open, [...entries.slice(0, 1), ...rest])).toEqual([
      { fault: 'missing', sessionId, first: second?.entry.number, last: second?.entry.number },
    ]);
  });

  it('takes up a session that is forgotten where it meets it', () => {
    const { entries, links } = turns(2, 4);
    const [forgotten] = links.keys();
    const walk = new ChainWalk(new Map([...links].slice(1)), NOW);
    for (const one of entries) if (one.entry.session !== forgotten || one.entry.number !== 2) walk.visit(one);
    expect(walk.breaks).toEqual([{ fault: 'missing', sessionId: forgotten, first: 2, last: 2 }]);
  });

  it('goes on apart, without what it found before', () => {
    const { entries, links } = turns(2, 4);
    const walk = new ChainWalk(links, 0);
    walk.damaged(entries[0]?.id ?? ('' as ActivityId));
    const fork = walk.fork();
    for (const entry of entries) fork.visit(entry);
    expect([walk.breaks.length, fork.breaks]).toEqual([1, []]);
    for (const entry of entries) walk.visit(entry);
    expect(walk.breaks).toHaveLength(1);
  });

  it('misses nothing of sessions that began before what it saw', () => {
    const { ids, entries, links } = turns(3, 4);
    const [first, second, third] = ids;
    const walk = new ChainWalk(links, 0);
    const seen = entries.slice(0, 6);
    for (const entry of seen) walk.visit(entry);
    // All but the last began at this time or before.
    const left = walk.endAt(NOW + 1);
    expect(walk.breaks).toEqual([{ fault: 'missing', sessionId: third, first: 1, last: 2 }]);
    expect([...left.entries()].map(([id, { number }]) => [id, number])).toEqual([
      [first, 2],
      [second, 2],
    ]);
  });
});

describe('the mark of a page’s end', () => {
  const link = (number: number): Link => ({ number, mac: linkMac(macOf(1, number)) });
  const ids = (count: number) => Array.from({ length: count }, (_, i) => session(NOW + i));

  it('keeps the links that were met, before those of sessions that may go on, and no others', () => {
    const [met = session(0), live = session(0), ended = session(0), unknown = session(0)] = ids(4);
    const links = new Map([ended, live, unknown, met].map((id) => [id, link(2)]));
    const heads: Heads = {
      links: new Map([
        [met, link(3)],
        [live, link(2)],
        [ended, link(2)],
      ]),
      live: new Set([met, live]),
      breaks: [],
      forgotten: 0,
    };
    expect(linksToKeep(links, heads).map(([id]) => id)).toEqual([unknown, met, live]);
  });

  it('comes back as it was, but for what is too much for a URL', () => {
    const keys = new VaultKeys(
      new SecretBytes(new Uint8Array(32)),
      newId<AccountId>(NOW, new Uint8Array(10)),
      1,
      randomBytes,
    );
    const after = newId<ActivityId>(NOW, new Uint8Array(10));
    const links = ids(81).map(
      (id, i) => [id, { ...link(i), ...(i % 2 === 0 ? { open: true as const } : {}) }] as const,
    );
    const breaks = links.slice(0, 9).map(([sessionId]): Break => ({ fault: 'session-missing', sessionId }));
    const cursor = sealMark(keys, { after, links, breaks });
    const vault = { keys, allKeys: [keys] } as unknown as Vault;
    expect(openMark(vault, cursor)).toEqual({ after, links: links.slice(0, 80), breaks: breaks.slice(0, 8) });
    expect(openMark(vault, sealMark(keys, { after, links: [], breaks: [] }))).toEqual({ after, links: [], breaks: [] });
  });
});

describe('the ends of the chains', () => {
  const anchor = (count: number, ended: boolean): SessionAnchor => ({
    count,
    head: macOf(0, count).slice(0, 16),
    ended,
  });
  const manifest = (sessions: Iterable<readonly [SessionId, SessionAnchor]>) =>
    ({ sessions: new Map(sessions) }) as unknown as Manifest;
  const row = (sessionId: SessionId, activityCount: number, activityHead = macOf(0, activityCount)) =>
    ({ sessionId, activityCount, activityHead }) as SessionRow;
  const one = session(NOW);
  const end = (number: number) => ({ number, mac: linkMac(macOf(0, number)) });

  it.each<[string, SessionRow[], SessionAnchor, Link, Break[]]>([
    ['the row, where it is further', [row(one, 5)], anchor(3, false), end(5), []],
    ['the row, where it is as far', [row(one, 3)], anchor(3, false), end(3), []],
    ['the manifest, once it ended', [], anchor(3, true), end(3), []],
    ['the manifest, whatever row comes back', [row(one, 5)], anchor(3, true), end(3), []],
    [
      'open without a row',
      [],
      anchor(3, false),
      { ...end(3), open: true },
      [{ fault: 'session-missing', sessionId: one }],
    ],
    [
      'open where the row is behind',
      [row(one, 2)],
      anchor(3, false),
      { ...end(3), open: true },
      [{ fault: 'session-changed', sessionId: one }],
    ],
    [
      'open where the row has another head',
      [row(one, 3, macOf(0, 2))],
      anchor(3, false),
      { ...end(3), open: true },
      [{ fault: 'session-changed', sessionId: one }],
    ],
    [
      'open where the row is behind with the head that is known',
      [row(one, 2, macOf(0, 3))],
      anchor(3, false),
      { ...end(3), open: true },
      [{ fault: 'session-changed', sessionId: one }],
    ],
  ])('are told by %s', (_, rows, known, link, breaks) => {
    const heads = headsOf(rows, manifest([[one, known]]), NOW);
    expect([...heads.links]).toEqual([[one, link]]);
    expect(heads.breaks).toEqual(breaks);
    expect([...heads.live]).toEqual(known.ended ? [] : [one]);
    expect(heads.forgotten).toBe(0);
  });

  it('miss no row of a session from before the year', () => {
    const known = manifest([[one, anchor(3, false)]]);
    expect(headsOf([], known, NOW + 365 * DAY).breaks).toHaveLength(1);
    expect(headsOf([], known, NOW + 365 * DAY + 1).breaks).toEqual([]);
  });

  it('tell of nothing that the manifest does not know', () => {
    expect(headsOf([row(one, 3)], manifest([]), NOW)).toMatchObject({ links: new Map(), breaks: [] });
  });

  it('are forgotten of the oldest, where the manifest is full of sessions that ended', () => {
    const ended = Array.from(
      { length: MAX_ENDED_SESSIONS },
      (_, i) => [session(NOW + 1000 + i), anchor(1, true)] as const,
    );
    const live = [session(NOW), anchor(1, false)] as const;
    expect(headsOf([], manifest(ended.slice(1)), NOW).forgotten).toBe(0);
    expect(headsOf([], manifest([...ended.slice(1), live]), NOW).forgotten).toBe(0);
    expect(headsOf([], manifest([...ended, live]), NOW).forgotten).toBe(NOW + 1001);
    expect(headsOf([], manifest([...ended].reverse()), NOW).forgotten).toBe(NOW + 1001);
    // One that began long before the others and ended last is kept in the place of the next oldest.
    const late = [session(NOW + 1), anchor(1, true)] as const;
    expect(headsOf([], manifest([late, ...ended.slice(1)]), NOW).forgotten).toBe(NOW + 1001);
  });
});
