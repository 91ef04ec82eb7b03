import { concat, n8, n32, n64 } from '../crypto/bytes.ts';
import type { VaultKeys } from '../crypto/vault-keys.ts';
import { type ActivityId, idBytes, idFromBytes, type SessionId } from '../domain/ids.ts';
import type { Break, Heads, Link } from './activity-chain.ts';
import { fromJson, toJson } from './json.ts';
import { openCursor, sealCursor } from './pages.ts';
import type { Vault } from './vault.ts';

/** Where a page of an account's activity ended, and what must come behind it. */
export interface Mark {
  readonly after: ActivityId;
  readonly links: readonly (readonly [SessionId, Link])[];
  /** What is wrong with the newer pages; the first of it where that is much. */
  readonly breaks: readonly Break[];
}

/** Links and breaks of one cursor at most, which goes in a URL: 80 sessions lived when the page ended, or live now. */
const MOST_LINKS = 80;
const MOST_BREAKS = 8;

/** Sizes in bytes: an id, the number of links, and a link as {@link sealMark} lays it out. */
const ID_SIZE = 16;
const COUNT_SIZE = 4;
const LINK_SIZE = 41;

/** The links of a page's end that later calls can't tell by the sessions' ends: those met already, and those that may go on. */
export function linksToKeep(links: ReadonlyMap<SessionId, Link>, heads: Heads): Mark['links'] {
  const isMet = ([id, { number }]: readonly [SessionId, Link]) => number !== heads.links.get(id)?.number;
  const all = [...links];
  return [...all.filter(isMet), ...all.filter((link) => !isMet(link) && heads.live.has(link[0]))];
}

/** The cursor of a mark. */
export function sealMark(keys: VaultKeys, { after, links, breaks }: Mark): string {
  const kept = links.slice(0, MOST_LINKS);
  const place = concat(
    idBytes(after),
    n32(kept.length),
    ...kept.flatMap(([id, { number, mac, open }]) => [
      idBytes(id),
      n64(number),
      n8(Number(open === true)),
      Buffer.from(mac, 'base64'),
    ]),
    toJson(breaks.slice(0, MOST_BREAKS)),
  );
  return sealCursor(keys, 'activity', place);
}

/** The mark in a cursor. @throws InvalidRequestError for one that is not of this list and account */
export function openMark(vault: Vault, cursor: string): Mark {
  return openCursor(vault, 'activity', cursor, (bytes) => {
    const place = Buffer.from(bytes);
    const count = place.readUInt32BE(ID_SIZE);
    const begin = ID_SIZE + COUNT_SIZE;
    const end = begin + count * LINK_SIZE;
    const links = Array.from({ length: count }, (_, i) => readLink(place.subarray(begin + i * LINK_SIZE)));
    const breaks = fromJson<Break[]>(place.subarray(end), 'cursor');
    return { after: idFromBytes<ActivityId>(place.subarray(0, ID_SIZE)), links, breaks };
  });
}

function readLink(bytes: Buffer): [SessionId, Link] {
  const number = Number(bytes.readBigUInt64BE(ID_SIZE));
  const mac = bytes.subarray(ID_SIZE + 9, LINK_SIZE).toString('base64');
  const open = bytes[ID_SIZE + 8] === 1 ? ({ open: true } as const) : {};
  return [idFromBytes<SessionId>(bytes.subarray(0, ID_SIZE)), { number, mac, ...open }];
}
