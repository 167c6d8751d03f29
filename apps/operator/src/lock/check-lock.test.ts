import type { Network } from '@surety/config';
import { address, tokenUnits } from '@surety/domain';
import { describe, expect, it } from 'vitest';
import { type WalletFacts, requireFunds, requireGas, requireVault } from './check-lock.js';
import type { LockPlan } from './plan-lock.js';

const WETH = address(`0x${'aa'.repeat(20)}`);
const USDC = address(`0x${'bb'.repeat(20)}`);
const CODE = `0x${'cc'.repeat(32)}` as const;
const ETHER = 10n ** 18n;
const assets = [
  { symbol: 'WETH', token: WETH, decimals: 18, index: 1 },
  { symbol: 'USDC', token: USDC, decimals: 6, index: 2 },
];
const chain = { chainId: 901, name: 'alpha' } as unknown as Network['chains'][number];
const gateway = address(`0x${'dd'.repeat(20)}`);

function plan(symbol: 'WETH' | 'USDC', amount: bigint, native = false): LockPlan {
  const vault = { address: `0x${'ee'.repeat(20)}`, codeHash: CODE, assets, gateway };
  const asset = assets.find((one) => one.symbol === symbol);
  const given = { chain, vault, asset, amount: tokenUnits(amount), fee: undefined, account: undefined };
  return { ...given, gateway: native ? gateway : undefined } as unknown as LockPlan;
}

const facts = (change: Partial<WalletFacts> = {}): WalletFacts => ({
  codeHash: CODE,
  listed: { token: WETH, decimals: 18 },
  wrapped: WETH,
  held: 0n,
  coin: 9_998n * ETHER + (7n * ETHER) / 10n,
  ...change,
});

describe('a lock is refused before anything is sent', () => {
  it('at an address without code, with other code, or where another token is listed', () => {
    const none = '0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470';
    const refusals = [
      facts({ codeHash: none }),
      facts({ codeHash: `0x${'11'.repeat(32)}` }),
      facts({ listed: { token: USDC, decimals: 18 } }),
      facts({ listed: { token: WETH, decimals: 8 } }),
    ].map((seen) => {
      try {
        return requireVault(plan('WETH', ETHER), seen);
      } catch (error) {
        return `${(error as { code: string }).code} ${(error as Error).message}`;
      }
    });
    expect(refusals).toEqual([
      expect.stringMatching(/^VAULT_UNKNOWN 0xee.* on alpha holds no code; expected the vault of chain 901/),
      expect.stringMatching(/^VAULT_UNKNOWN .* holds code of hash 0x11.*; expected 0xcc/),
      expect.stringMatching(/^VAULT_UNKNOWN .* lists 0xbb.* as asset 1; expected WETH 0xaa/),
      expect.stringMatching(/^VAULT_UNKNOWN .* counts WETH with 8 decimals; expected 18/),
    ]);
    expect(requireVault(plan('WETH', ETHER), facts())).toBeUndefined();
  });

  it('where the chain’s coin is offered for a token that does not wrap it', () => {
    const listed = { token: USDC, decimals: 6 };
    expect(() => requireVault(plan('USDC', 1n, true), facts({ listed }))).toThrowError(
      expect.objectContaining({
        code: 'BAD_USE',
        message: '--native: USDC is no wrapped coin on alpha; --native goes with WETH, or leave it out',
      }),
    );
    expect(requireVault(plan('USDC', 1n), facts({ listed }))).toBeUndefined();
    expect(requireVault(plan('WETH', 1n, true), facts())).toBeUndefined();
  });

  it('where the wallet holds too little, naming --native where the coin would do', () => {
    expect(() => requireFunds(plan('WETH', ETHER), facts())).toThrowError(
      expect.objectContaining({
        code: 'WALLET_SHORT',
        message:
          'the wallet holds 0 WETH on alpha; expected at least 1; add --native to lock the coin itself (you have 9,998.7); nothing was sent',
      }),
    );
    expect(() => requireFunds(plan('USDC', 2_500_000n), facts({ held: 1n }))).toThrowError(
      'the wallet holds 0.000001 USDC on alpha; expected at least 2.5; lock less, or get USDC on alpha first',
    );
    expect(() => requireFunds(plan('WETH', 10_000n * ETHER, true), facts())).toThrowError(
      'the wallet holds 9,998.7 of the coin of alpha; expected at least 10,000 and what gas costs',
    );
    expect(requireFunds(plan('WETH', ETHER), facts({ held: ETHER }))).toBeUndefined();
    expect(requireFunds(plan('WETH', ETHER, true), facts())).toBeUndefined();
  });

  it('where the coin that is left cannot pay the gas', () => {
    const cost = { gas: 62_000n, feeWei: 1_000n, approval: false };
    expect(() => requireGas(plan('WETH', ETHER), facts({ coin: 999n }), cost)).toThrowError(
      expect.objectContaining({ code: 'GAS_SHORT' }),
    );
    expect(() => requireGas(plan('WETH', ETHER, true), facts({ coin: ETHER + 999n }), cost)).toThrowError(
      'or lock less of it',
    );
    expect(requireGas(plan('WETH', ETHER, true), facts({ coin: ETHER + 1_000n }), cost)).toBeUndefined();
  });
});
