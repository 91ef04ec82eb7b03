import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { sourceOf } from '../../lambda/domain/source.ts';

describe('sourceOf', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['255.255.255.255', '255.255.255.255'],
    ['0.0.0.0', '0.0.0.0'],
  ])('counts the IPv4 address %s whole', (address, source) => {
    expect(sourceOf(address)).toBe(source);
  });

  it.each([
    ['::ffff:192.0.2.1'],
    ['::FFFF:192.0.2.1'],
    ['::ffff:c000:201'],
    ['::ffff:C000:0201'],
    ['0:0:0:0:0:ffff:192.0.2.1'],
    ['0000:0000:0000:0000:0000:ffff:c000:0201'],
  ])('counts %s, mapped into IPv6, as the IPv4 address that it is', (address) => {
    expect(sourceOf(address)).toBe('192.0.2.1');
  });

  it.each([
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::', '2001:db8:1:2::/64'],
    ['2001:DB8:0001:0002::FFFF', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:db8:0:0:1::', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['1::', '1:0:0:0::/64'],
    ['1::8', '1:0:0:0::/64'],
    ['::2:3:4:5:6:7:8', '0:2:3:4::/64'],
    ['1:2:3:4:5:6:7::', '1:2:3:4::/64'],
    ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
    ['1:2::5:6:7:192.0.2.1', '1:2:0:5::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['fe80::1%25', 'fe80:0:0:0::/64'],
  ])('counts the IPv6 address %s by its /64, %s', (address, source) => {
    expect(sourceOf(address)).toBe(source);
  });

  it.each([
    [''],
    ['unknown'],
    ['localhost'],
    ['192.0.2'],
    ['192.0.2.256'],
    ['192.0.2.01'],
    ['192.0.2.1:443'],
    ['192.0.2.1, 198.51.100.1'],
    ['192.0.2.1%eth0'],
    ['::ffff:192.0.2.256'],
    ['2001:db8::1::2'],
    ['2001:db8:1:2:3:4:5:6:7'],
    ['[2001:db8::1]'],
    ['2001:db8::/32'],
    ['2001:db8::1]@[2001:db8::2'],
    ['g::1'],
    ['%eth0'],
    ['2001:db8::1\n'],
  ])('counts %j, which is no address, with all that are none', (address) => {
    expect(sourceOf(address)).toBe('unknown');
  });

  it('gives every address of a /64 one name, and those of another /64 another', () => {
    const groups = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 4, maxLength: 4 });
    const text = (parts: readonly number[]) => parts.map((part) => part.toString(16)).join(':');
    fc.assert(
      fc.property(groups, groups, groups, groups, (network, host, otherHost, otherNetwork) => {
        // Whatever is not mapped IPv4.
        fc.pre(network.some((part) => part !== 0) && otherNetwork.some((part) => part !== 0));
        const source = sourceOf(`${text(network)}:${text(host)}`);
        expect(source).toBe(`${text(network)}::/64`);
        expect(sourceOf(`${text(network)}:${text(otherHost)}`)).toBe(source);
        expect(sourceOf(`${text(otherNetwork)}:${text(host)}`) === source).toBe(text(network) === text(otherNetwork));
      }),
    );
  });
});
