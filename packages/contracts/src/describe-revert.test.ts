import { type Abi, encodeErrorResult, parseAbi } from 'viem';
import { describe, expect, it } from 'vitest';
import { describeRevert } from './describe-revert.js';
import { collateralLedgerAbi, collateralVaultAbi, localDeskAbi, lockGatewayAbi } from './generated/index.js';

describe('a revert', () => {
  const errors = parseAbi([
    'error NothingNew(uint64 count, uint64 replicaCount)',
    'error Named(bytes32 edge, string why)',
  ]);

  it('is described by name and arguments, or by its selector if no ABI declares it', () => {
    const nothingNew = encodeErrorResult({ abi: errors, errorName: 'NothingNew', args: [3n, 5n] });
    expect(describeRevert(nothingNew, 'x', errors)).toEqual({
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
    expect(describeRevert(balance, 'x', [])).toEqual({
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
