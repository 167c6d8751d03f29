import { describe, expect, it } from 'vitest';
import { dayStartMs, isBudgetLow, roomWei, worstCaseWei } from './plan-budget.js';

const day = (spentWei: bigint, pendingWei = 0n) => ({ budgetWei: 1_000n, spentWei, pendingWei });

describe('a day’s budget', () => {
  it('begins at midnight UTC', () => {
    const midnight = Date.UTC(2026, 10, 20);
    expect(dayStartMs(midnight)).toBe(midnight);
    expect(dayStartMs(midnight + 86_399_999)).toBe(midnight);
    expect(dayStartMs(midnight - 1)).toBe(midnight - 86_400_000);
  });

  it('reserves a share for more urgent calls, and is never negative', () => {
    expect(roomWei(day(700n, 50n), 'release')).toBe(250n);
    expect(roomWei(day(700n, 50n), 'credit')).toBe(150n);
    expect(roomWei(day(700n, 50n), 'upkeep')).toBe(50n);
    expect(roomWei(day(700n, 100n), 'upkeep')).toBe(0n);
    expect(roomWei(day(2_000n), 'release')).toBe(0n);
  });

  it('is low with a fifth left, and not earlier', () => {
    expect(isBudgetLow(day(799n))).toBe(false);
    expect(isBudgetLow(day(700n, 100n))).toBe(true);
  });

  it('counts only the dearest attempt of a nonce: only one can land', () => {
    const attempt = (maxFeePerGas: bigint, cancels = false) => ({
      gasLimit: 100_000n,
      maxFeePerGas,
      cancels,
      value: 0n,
    });
    expect(worstCaseWei([])).toBe(0n);
    expect(worstCaseWei([attempt(3n), attempt(4n)])).toBe(400_000n);
    expect(worstCaseWei([attempt(3n), attempt(4n, true)])).toBe(300_000n);
    expect(worstCaseWei([attempt(4n, true)])).toBe(84_000n);
  });

  it('counts the value of a call beside its gas, but not of a cancelled one', () => {
    const attempt = { gasLimit: 100_000n, maxFeePerGas: 3n, value: 1_000_000n, cancels: false };
    expect(worstCaseWei([attempt])).toBe(1_300_000n);
    expect(worstCaseWei([{ ...attempt, cancels: true }])).toBe(63_000n);
    expect(worstCaseWei([attempt, { ...attempt, cancels: true, maxFeePerGas: 4n }])).toBe(1_300_000n);
  });
});
