import { describe, expect, it } from 'vitest';
import { loadFeeCaps } from './load-gas-limits.js';

const GWEI = 1_000_000_000n;

describe('the fee caps of a person', () => {
  it('are refused by name if they are no amounts, all together', () => {
    const environment = { SURETY_FEE_CAP_WEI: '1e9', SURETY_TIP_CAP_WEI_1: '-1' };
    expect(() => loadFeeCaps(environment, 1)).toThrow(
      /SURETY_FEE_CAP_WEI\[_1\]: seen 1e9; expected wei as a whole[^]*SURETY_TIP_CAP_WEI\[_1\]: seen -1; expected wei/,
    );
  });

  it('leave room for the least tip that nodes of a chain take', () => {
    expect(loadFeeCaps({}, 1)).toEqual({ feeCapWei: 200n * GWEI, tipCapWei: 5n * GWEI });
    expect(loadFeeCaps({}, 137)).toEqual({ feeCapWei: 200n * GWEI, tipCapWei: 60n * GWEI });
  });

  it('are what the environment says, for one chain before all', () => {
    const environment = { SURETY_FEE_CAP_WEI: '7', SURETY_TIP_CAP_WEI: '3', SURETY_TIP_CAP_WEI_137: '4' };
    expect(loadFeeCaps(environment, 1)).toEqual({ feeCapWei: 7n, tipCapWei: 3n });
    expect(loadFeeCaps(environment, 137)).toEqual({ feeCapWei: 7n, tipCapWei: 4n });
  });
});
