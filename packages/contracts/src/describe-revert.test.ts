import { type Abi, encodeErrorResult, parseAbi } from 'viem';
import { describe, expect, it } from 'vitest';
import { describeRevert, revertIn } from './describe-revert.js';
import {
  collateralLedgerAbi,
  collateralVaultAbi,
  liquidationAuctionAbi,
  localDeskAbi,
  lockGatewayAbi,
} from './generated/index.js';

/** For errors by a name that only a run knows. */
const LEDGER: Abi = collateralLedgerAbi;

describe('a revert', () => {
  const errors = parseAbi([
    'error NothingNew(uint64 count, uint64 replicaCount)',
    'error Named(bytes32 edge, string why)',
  ]);

  it('is described by name and arguments, or by its selector if no ABI declares it', () => {
    const nothingNew = encodeErrorResult({ abi: errors, errorName: 'NothingNew', args: [3n, 5n] });
    expect(describeRevert(nothingNew, 'x', errors)).toMatchObject({
      name: 'NothingNew',
      detail: expect.stringMatching(/^NothingNew\(3, 5\): \w.*[^.]$/) as string,
    });
    const named = encodeErrorResult({ abi: errors, errorName: 'Named', args: [`0x${'11'.repeat(32)}`, 'why'] });
    expect(describeRevert(named, 'x', errors).detail).toBe(`Named(0x${'11'.repeat(32)}, why)`);
    expect(describeRevert('0x', 'execution reverted', errors)).toEqual({
      name: 'REVERTED',
      detail: 'execution reverted',
    });
    expect(describeRevert('0xdeadbeef00', 'x', errors)).toEqual({
      name: 'REVERTED',
      detail: 'the call reverts with unknown error 0xdeadbeef',
    });
  });

  it('of a token is told as a sentence, whatever ABI is at hand, and text is quoted', () => {
    const owner = `0x${'11'.repeat(20)}` as const;
    const tokens = parseAbi([
      'error ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed)',
      'error ERC20InsufficientAllowance(address spender, uint256 allowance, uint256 needed)',
      'error Error(string)',
      'error Panic(uint256)',
    ]);
    const balance = encodeErrorResult({ abi: tokens, errorName: 'ERC20InsufficientBalance', args: [owner, 1n, 2n] });
    expect(describeRevert(balance, 'x', [])).toMatchObject({
      name: 'ERC20InsufficientBalance',
      detail: `ERC20InsufficientBalance(${owner}, 1, 2): ${owner} holds 1 units of the token; the call needs 2`,
    });
    const allowance = encodeErrorResult({
      abi: tokens,
      errorName: 'ERC20InsufficientAllowance',
      args: [owner, 1n, 2n],
    });
    expect(describeRevert(allowance, 'x', []).detail).toContain('the call needs 2: approve them first');
    const text = 'ERC20: transfer amount exceeds balance';
    const old = encodeErrorResult({ abi: tokens, errorName: 'Error', args: [text] });
    expect(describeRevert(old, 'x', []).detail).toBe(`the contract says "${text}"`);
    const panic = encodeErrorResult({ abi: tokens, errorName: 'Panic', args: [17n] });
    expect(describeRevert(panic, 'x', []).detail).toBe('Panic(17): a sum or a difference leaves its range');
  });

  it('keeps whatever a contract or a provider says on its line', () => {
    const strange = 'no"\nok  all checks passed\u001b[2J\u202e\u200b';
    const kept = 'no"\\u000aok  all checks passed\\u001b[2J\\u202e\\u200b';
    const old = encodeErrorResult({ abi: parseAbi(['error Error(string)']), errorName: 'Error', args: [strange] });
    expect(describeRevert(old, 'x', []).detail).toBe(`the contract says "${kept}"`);
    const named = encodeErrorResult({ abi: errors, errorName: 'Named', args: [`0x${'11'.repeat(32)}`, strange] });
    expect(describeRevert(named, 'x', errors).detail).toBe(`Named(0x${'11'.repeat(32)}, ${kept})`);
    expect(describeRevert(null, strange, []).detail).toBe(kept);
    const long = 'x'.repeat(10_000);
    const all = parseAbi(['error Error(string)', 'error Many(string[] all, bytes data)']);
    const told = [
      describeRevert(encodeErrorResult({ abi: all, errorName: 'Error', args: [long] }), 'x', []),
      describeRevert(
        encodeErrorResult({ abi: all, errorName: 'Many', args: [[long, strange], `0x${long.replaceAll('x', 'a')}`] }),
        'x',
        all,
      ),
      describeRevert(null, long, []),
    ];
    expect(told.map(({ detail }) => detail).filter((text) => text.length > 800 || /\n/.test(text))).toEqual([]);
  });

  it('names amounts in the token of the act, and values as money', () => {
    const usdc = { symbol: 'USDC', decimals: 6 };
    const ofLedger = (errorName: string, args: readonly unknown[]): string => {
      const data = encodeErrorResult({ abi: LEDGER, errorName, args });
      return revertIn(describeRevert(data, 'x', collateralLedgerAbi), usdc);
    };
    expect(ofLedger('CapExceeded', [1_234_500_000n, 0n])).toBe(
      'CapExceeded(1234500000, 0): 1,234.5 USDC are above the 0 USDC that a cap allows now',
    );
    expect(ofLedger('AmountUnavailable', [5_000_001n, 2_000_000n])).toContain(
      '5.000001 USDC are wanted, and 2 USDC of',
    );
    const account = `0x${'11'.repeat(32)}`;
    const wad = 10n ** 18n;
    expect(ofLedger('MarginTooLow', [account, 1_234n * wad + wad / 3n, 2_000n * wad])).toContain(
      'the initial margin would be 1,234.33, and 2,000.00 is required: lock more, or do less',
    );
    expect(ofLedger('MarginTooLow', [account, 7n * wad + wad / 10n, 2n ** 256n - 1n])).toMatch(
      /would be 7\.10, and an infinite sum is required/,
    );
    const raw = encodeErrorResult({ abi: collateralLedgerAbi, errorName: 'CapExceeded', args: [7n, 5n] });
    expect(describeRevert(raw, 'x', collateralLedgerAbi).detail).toContain('7 units are above the 5 units that a cap');
    const unknown = describeRevert('0xdeadbeef00', 'x', errors);
    expect(revertIn(unknown, usdc)).toBe(unknown.detail);
    const small = encodeErrorResult({
      abi: liquidationAuctionAbi,
      errorName: 'DiscountTooSmall',
      args: [-10_000n, 25_500n],
    });
    expect(describeRevert(small, 'x', liquidationAuctionAbi).detail).toContain(
      'the discount is -1 % now, and 2.55 % was asked for',
    );
  });

  it('tells a time as a date, and one that no calendar has as its number', () => {
    const errorName = 'ReportTooSoon';
    const told = (earliest: bigint): string => {
      const data = encodeErrorResult({ abi: collateralVaultAbi, errorName, args: [1, 10n ** 18n, earliest] });
      return describeRevert(data, 'x', collateralVaultAbi).detail;
    };
    expect(told(1_800_000_000n)).toMatch(/that is reported again from 2027-01-15T08:00:00Z on$/);
    expect(told(2n ** 64n - 1n)).toMatch(/that is reported again from 18446744073709551615 on$/);
  });

  it('of a vault, a ledger, a gateway or a desk has a sentence', () => {
    const all: Abi = [...collateralVaultAbi, ...collateralLedgerAbi, ...lockGatewayAbi, ...localDeskAbi];
    const samples: Readonly<Record<string, unknown>> = { string: 'x', bytes: '0x', bool: true };
    const sample = (type: string): unknown =>
      samples[type] ?? (type === 'address' ? `0x${'11'.repeat(20)}` : type.startsWith('bytes') ? bytesOf(type) : 1);
    const bytesOf = (type: string): string => `0x${'11'.repeat(Number(type.slice(5)))}`;
    const mute = all.flatMap((item) => {
      if (item.type !== 'error') return [];
      const args = item.inputs.map(({ type }) => sample(type));
      const data = encodeErrorResult({ abi: [item], errorName: item.name, args });
      const { detail } = describeRevert(data, 'x', all);
      return /\): \S/.test(detail) ? [] : [detail];
    });
    expect([...new Set(mute)]).toEqual([]);
  });
});
