import { isIPv4, isIPv6 } from 'node:net';

/** The name of all sources that have no address. */
export const NO_ADDRESS = 'unknown';

/**
 * The name under which a caller's address is counted: an IPv4 address whole, an IPv6 one by its /64, since a household
 * or a server has at least that many.
 *
 * @param address as the platform gives it; IPv4 mapped into IPv6 counts as IPv4
 */
export function sourceOf(address: string): string {
  if (isIPv4(address)) return address;
  const bare = address.replace(/%.*$/, '');
  if (!isIPv6(bare)) return NO_ADDRESS;
  const groups = groupsOf(bare);
  const [high = 0, low = 0] = groups.slice(6);
  const isMapped = groups.slice(0, 6).join() === '0,0,0,0,0,65535';
  if (isMapped) return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.');
  const network = groups.slice(0, 4).map((group) => group.toString(16));
  return `${network.join(':')}::/64`;
}

/** The eight groups of a valid IPv6 address. */
function groupsOf(address: string): number[] {
  // The URL parser gives every spelling of an address the shortest one, all in hexadecimal.
  const [head = '', tail = ''] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === '' ? [] : tail.split(':');
  const zeros = Array<string>(8 - left.length - right.length).fill('0');
  return [...left, ...zeros, ...right].map((group) => Number.parseInt(group, 16));
}
