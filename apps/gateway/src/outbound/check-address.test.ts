import { assert, integer, pre, property, tuple } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { objectionTo } from './check-address.ts';

type Range = readonly [cidr: string, what: RegExp];

/** By the registries of special addresses of IANA; the last column is what is said of them. */
const privateRanges: readonly Range[] = [
  ['10.0.0.0/8', /private/],
  ['172.16.0.0/12', /private/],
  ['192.168.0.0/16', /private/],
  ['127.0.0.0/8', /private/],
  ['100.64.0.0/16', /private/],
];
const neverRanges: readonly Range[] = [
  ['0.0.0.0/8', /not a public/],
  ['169.254.0.0/16', /not a public/],
  ['192.0.0.0/24', /not a public/],
  ['192.0.2.0/24', /not a public/],
  ['198.18.0.0/15', /not a public/],
  ['203.0.113.0/24', /not a public/],
  ['224.0.0.0/4', /not a public/],
  ['240.0.0.0/4', /not a public/],
];

function anyOf(cidr: string) {
  const [base = '', bits = '0'] = cidr.split('/');
  const first = base.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  return integer({ min: 0, max: 2 ** (32 - Number(bits)) - 1 }).map((offset) => first + offset);
}

const dotted = (value: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
const mapped = (value: number): string =>
  `::ffff:${Math.floor(value / 65_536).toString(16)}:${(value % 65_536).toString(16)}`;

describe('IPv4', () => {
  test.each(privateRanges)('%s is private, and open only to those who may go there', (cidr, what) => {
    assert(
      property(anyOf(cidr), (value) => {
        expect(objectionTo(dotted(value), false)).toMatch(what);
        expect(objectionTo(dotted(value), true)).toBeUndefined();
      }),
    );
  });

  test.each(neverRanges)('%s is closed to everybody', (cidr, what) => {
    assert(
      property(anyOf(cidr), (value) => {
        expect(objectionTo(dotted(value), false)).toMatch(what);
        expect(objectionTo(dotted(value), true)).toMatch(what);
      }),
    );
  });

  test.each(['8.8.8.8', '1.1.1.1', '93.184.215.14', '172.15.255.255', '172.32.0.0', '223.255.255.255'])(
    '%s is public',
    (address) => {
      expect(objectionTo(address, false)).toBeUndefined();
    },
  );

  test('is what it is in the clothes of IPv6 as well', () => {
    assert(
      property(integer({ min: 0, max: 2 ** 32 - 1 }), (value) => {
        for (const allowsPrivate of [false, true]) {
          const plain = objectionTo(dotted(value), allowsPrivate);
          expect(objectionTo(mapped(value), allowsPrivate)).toBe(plain);
          expect(objectionTo(`::ffff:${dotted(value)}`, allowsPrivate)).toBe(plain);
        }
      }),
    );
  });
});

describe('IPv6', () => {
  const groups = tuple(...Array.from({ length: 7 }, () => integer({ min: 0, max: 0xffff })));

  test('is closed outside of 2000::/3, unless it is private and that is allowed', () => {
    assert(
      property(integer({ min: 0, max: 0xffff }), groups, (first, rest) => {
        const address = [first, ...rest].map((group) => group.toString(16)).join(':');
        const [isGlobal, isPrivate] = [first >> 13 === 1, first >> 9 === 0xfc >> 1];
        // Below 0::/16 lie the loopback address and IPv4 in its clothes.
        pre(!isGlobal && first !== 0);
        expect(objectionTo(address, false)).toBeDefined();
        expect(objectionTo(address, true) === undefined).toBe(isPrivate);
      }),
    );
  });

  test.each(['::1', 'fc00::1', 'fd12:3456::1'])('%s is private', (address) => {
    expect(objectionTo(address, false)).toBe('a private address');
    expect(objectionTo(address, true)).toBeUndefined();
  });

  test.each([
    ['unspecified', '::'],
    ['link-local', 'fe80::1'],
    ['link-local, with a zone', 'fe80::1%eth0'],
    ['site-local, long gone', 'fec0::1'],
    ['multicast', 'ff02::1'],
    ['IPv4 behind a translator', '64:ff9b::7f00:1'],
    ['IPv4 behind a translator of one’s own', '64:ff9b:1::a00:1'],
    ['IPv4 without a mapping', '::8.8.8.8'],
    ['IPv4 without a mapping, in hex', '::808:808'],
    ['IPv4 by the older mapping', '::ffff:0:127.0.0.1'],
    ['6to4', '2002:7f00:1::'],
    ['Teredo', '2001::1'],
    ['for documents', '2001:db8::1'],
  ])('%s is closed to everybody', (_what, address) => {
    expect(objectionTo(address, false)).toBe('not a public address');
    expect(objectionTo(address, true)).toBe('not a public address');
  });

  test.each(['2606:4700:4700::1111', '2a00:1450:4001:80b::200e'])('%s is public', (address) => {
    expect(objectionTo(address, false)).toBeUndefined();
  });
});

test.each([
  '169.254.169.254',
  '100.100.100.200',
  '168.63.129.16',
  'fd00:ec2::254',
  'fd20:ce::254',
  '::ffff:169.254.169.254',
])(
  '%s, where a cloud tells a machine of its keys, is closed even where private addresses are open',
  (address) => {
    expect(objectionTo(address, false)).toBeDefined();
    expect(objectionTo(address, true)).toBeDefined();
  },
);

test.each(['', 'example.org', '127.1', '0x7f.0.0.1', '2130706433', '1.2.3.4.5', '[::1]'])(
  '%j is no address',
  (text) => {
    expect(objectionTo(text, true)).toBeDefined();
  },
);
