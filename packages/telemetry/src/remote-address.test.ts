import { describe, expect, it } from 'vitest';
import { budgetKeyOf, isLoopback } from './remote-address.js';

describe('the budget of a remote address', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['::FFFF:cb00:7107', '203.0.113.7'],
    ['0:0:0:0:0:ffff:203.0.113.7', '203.0.113.7'],
    ['2001:db8:1:2::7', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002:ffff:ffff:ffff:ffff', '2001:db8:1:2::/64'],
    ['2001:db8:1:2:3:4:203.0.113.7', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:db8:1:3::7', '2001:db8:1:3::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['unknown', 'unknown'],
    ['', ''],
  ])('%s spends that of %s', (remote, key) => {
    expect(budgetKeyOf(remote)).toBe(key);
  });
});

describe('an address of this machine', () => {
  it.each(['127.0.0.1', '127.9.8.7', '::1', '0:0:0:0:0:0:0:1', '::ffff:127.0.0.1', '::ffff:7f00:1'])(
    'is %s',
    (remote) => {
      expect(isLoopback(remote)).toBe(true);
    },
  );

  it.each(['::2', '::', '1::1', '203.0.113.7', '::ffff:203.0.113.7', '127.example', 'unknown'])(
    'is not %s',
    (remote) => {
      expect(isLoopback(remote)).toBe(false);
    },
  );
});
