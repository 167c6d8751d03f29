import { describe, expect, it } from 'vitest';
import { printableText, safeFields, safeText } from './safe-fields.js';

describe('safeFields', () => {
  it('withholds values whose names tell of a secret', () => {
    const names = ['password', 'private_key', 'key', 'secret', 'api_key', 'mnemonic', 'authorization', 'passphrase'];
    const safe = safeFields(Object.fromEntries(names.map((name) => [name, 'canary'])));
    expect(JSON.stringify(safe)).not.toContain('canary');
  });

  it('keeps what merely resembles one', () => {
    expect(safeFields({ edge: '0x01', chain_id: 1, keys_total: 2 })).toEqual({
      edge: '0x01',
      chain_id: 1,
      keys_total: 2,
    });
  });

  it('cuts web addresses to their host, with their users, paths and queries gone', () => {
    expect(safeText('fetch https://user:canary@rpc.example:8545/v2/canary?key=canary failed')).toBe(
      'fetch https://rpc.example:8545 failed',
    );
    expect(safeText('postgres://me:canary@db/ledger')).toBe('postgres://db');
  });

  it('writes a bigint as decimal text and cuts long texts', () => {
    expect(safeFields({ count: 2n ** 64n })).toEqual({ count: '18446744073709551616' });
    expect(safeText('x'.repeat(10_000))).toHaveLength(500);
  });

  it('leaves no character that a terminal would obey', () => {
    const line = JSON.stringify(safeFields({ detail: '\r\n\u001b[31m\u009b31m\u202eevil\u2028' }));
    expect(line).toMatch(/^[ -~]*$/);
  });
});

describe('printableText', () => {
  it('shows what a terminal would obey, and keeps lines, tabs and letters of any script', () => {
    expect(printableText('a\u001b[2J\rb\u009bc\u202ed\u0000')).toBe('a\\u001b[2J\\u000db\\u009bc\\u202ed\\u0000');
    expect(printableText('a\u200b\u00ad\u2060\u180e\u{e0041}')).toBe('a\\u200b\\u00ad\\u2060\\u180e\\udb40\\udc41');
    expect(printableText('Zürich 東京\tέ\n✓ 🙂')).toBe('Zürich 東京\tέ\n✓ 🙂');
  });
});
