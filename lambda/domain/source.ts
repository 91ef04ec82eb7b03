import { isIPv4, isIPv6 } from 'node:net';

/**
 * The name under which a caller's address is counted: an IPv4 address whole, an IPv6 one by its /64, since a household
 * or a server has at least that many.
 *
 * @param address as the platform gives it; IPv4 mapped into IPv6 counts as IPv4
 */
export function sourceOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '');
  if (isIPv4(plain)) return plain;
  const bare = plain.replace(/%.*$/, '');
  if (!isIPv6(bare)) return 'unknown';
  const [head = '', tail] = bare.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const groups =
    tail === undefined ? left : [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}
