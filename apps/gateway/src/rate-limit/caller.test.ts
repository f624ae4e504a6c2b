import { describe, expect, test } from 'vitest';
import { callerOf, networkOf } from './caller.ts';
import { proxiesTrusted } from './trusted-proxy.ts';

const socket = { remoteAddress: '198.51.100.9' };
const anonymous = (ip: string) => callerOf({ apiKey: undefined, ip, socket });

test('a caller with a key is the key’s name, wherever it comes from', () => {
  expect(callerOf({ apiKey: 'vars', ip: '203.0.113.1', socket })).toBe('key:vars');
});

test('a caller without one is its address, and never what somebody wrote into a header', () => {
  expect(anonymous('203.0.113.1')).toBe('address:203.0.113.1');
  // No name of a key looks like an address with a word before it.
  expect(anonymous('key:vars')).toBe('address:198.51.100.9');
  expect(anonymous('')).toBe('address:198.51.100.9');
  expect(anonymous('{shoal}:ledger')).toBe('address:198.51.100.9');
  expect(callerOf({ apiKey: undefined, ip: 'x', socket: {} })).toBe('address:unknown');
});

test.each([
  ['203.0.113.1', '203.0.113.1'],
  ['::ffff:203.0.113.1', '203.0.113.1'],
  ['::FFFF:203.0.113.1', '203.0.113.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::'],
  ['2001:0DB8:0001:0002::9', '2001:db8:1:2::'],
  ['2001:db8::1', '2001:db8:0:0::'],
  ['::1', '0:0:0:0::'],
  ['1::', '1:0:0:0::'],
  ['64:ff9b::203.0.113.1', '64:ff9b:0:0::'],
  ['1:2:3:4:5:6:203.0.113.1', '1:2:3:4::'],
  ['fe80::1%eth0', 'fe80:0:0:0::'],
  ['example.org', undefined],
  ['203.0.113.1, 10.0.0.1', undefined],
  ['', undefined],
])('the network of %s is %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});

describe('who tells where a request comes from', () => {
  const one = proxiesTrusted(1) || undefined;
  const two = proxiesTrusted(2) || undefined;

  test('is nobody by default', () => {
    expect(proxiesTrusted(0)).toBe(false);
  });

  test.each(['10.1.2.3', '172.18.0.4', '192.168.1.1', '127.0.0.1', '::1', 'fd00::7', '::ffff:172.18.0.4'])(
    'is one proxy beside the gateway, %s, and nobody behind it',
    (near) => {
      expect([one?.(near, 0), one?.(near, 1)]).toEqual([true, false]);
    },
  );

  test.each(['203.0.113.1', '172.32.0.1', '2001:db8::1', '::ffff:203.0.113.1'])(
    'is never a caller with a public address, %s',
    (far) => {
      expect([one?.(far, 0), two?.(far, 0)]).toEqual([false, false]);
    },
  );

  test('is a second proxy wherever it stands: the first one has seen its address itself', () => {
    expect([two?.('203.0.113.1', 1), two?.('203.0.113.1', 2)]).toEqual([true, false]);
  });
});
