import type { AccountProtocolsView, AssetsAnswer, HeldPositionView, MarginView, PriceView } from '@surety/client';
import { address, bytes32 } from '@surety/domain';
import { describe, expect, it } from 'vitest';
import { type Holdings, greeksOfHoldings } from './account-greeks.js';

const WAD = 10n ** 18n;
const NOW = 1_800_000_000n;
const perpetual: HeldPositionView = {
  slot: 3,
  symbol: 'ETH',
  kind: 'perpetual',
  expiry: 0n,
  priceWad: 2_900n * WAD,
  sizeWad: -5n * WAD,
};
const call: HeldPositionView = {
  ...perpetual,
  kind: 'call',
  expiry: NOW + 86_400n,
  priceWad: 3_000n * WAD,
  sizeWad: 2n * WAD,
};
const price = (slot: number, symbol: string, whole: bigint) =>
  ({ slot, symbol, price1e12: whole * 10n ** 12n }) as PriceView;

/** Four ether of two chains, and what protocols show. */
function holding(...shown: (readonly HeldPositionView[] | null)[]): Holdings {
  const protocols: AccountProtocolsView = {
    account: bytes32(`0x${'11'.repeat(32)}`),
    block: { height: 7n, timestamp: NOW },
    netWad: 0n,
    linesWad: 0n,
    burdensWad: 0n,
    protocols: shown.map((positions) => ({
      protocol: address(`0x${'b1'.repeat(20)}`),
      market: null,
      answered: true,
      initialWad: 0n,
      maintenanceWad: 0n,
      positionNonce: 1n,
      claims: true,
      burdenWad: 0n,
      cashWad: positions === null ? null : 0n,
      positions,
    })),
  };
  return {
    protocols,
    prices: [price(3, 'ETH', 3_000n), price(1, 'USD', 1n)],
    assets: [
      { assetId: 1, underlying: 3, decimals: 18 },
      { assetId: 2, underlying: 3, decimals: 8 },
    ] as unknown as AssetsAnswer['assets'],
    margin: {
      lines: [
        { assetId: 1, amount: 3n * WAD },
        { assetId: 2, amount: 10n ** 8n },
      ],
    } as Pick<MarginView, 'lines'>,
  };
}

describe('the Greeks of an account', () => {
  it('add up what is locked and what every protocol shows', () => {
    const [ether] = greeksOfHoldings(
      holding([perpetual], [{ ...perpetual, expiry: NOW + 5n, sizeWad: 2n * WAD }], null),
      60,
    );
    expect(ether).toMatchObject({
      underlying: 'ETH',
      deltas: { collateral: 4n * WAD, perp: -3n * WAD, options: 0n },
      delta: WAD,
      deltaValue: 3_000n * WAD,
      vega: 0n,
    });
  });

  it('have a delta of near a half for a call at the money, and the more vega the longer it runs', () => {
    const [short] = greeksOfHoldings(holding([call]), 60);
    const [long] = greeksOfHoldings(holding([{ ...call, expiry: NOW + 864_000n }]), 60);
    const half = short?.deltas.options ?? 0n;
    expect(half > (9n * WAD) / 10n && half < (11n * WAD) / 10n).toBe(true);
    expect((long?.vega ?? 0n) > (short?.vega ?? 0n) && (short?.vega ?? 0n) > 0n).toBe(true);
  });

  it('are kept apart for two price slots of one symbol', () => {
    const other = { slot: 7, expiry: NOW + 172_800n };
    const held = holding([call, perpetual, { ...call, ...other }, { ...perpetual, slot: 7, sizeWad: WAD }]);
    const greeks = greeksOfHoldings({ ...held, prices: [...held.prices, price(7, 'ETH', 2_000n)] }, 60);
    expect(greeks).toMatchObject([
      { underlying: 'ETH (slot 3)', deltas: { collateral: 4n * WAD, perp: -5n * WAD } },
      { underlying: 'ETH (slot 7)', deltas: { collateral: 0n, perp: WAD } },
    ]);
  });

  it('are of nothing where an option has ended and nothing is locked', () => {
    const ended = { ...holding([{ ...call, expiry: NOW }]), margin: { lines: [] } };
    expect(greeksOfHoldings(ended, 60)).toMatchObject([{ delta: 0n, gamma: 0n, vega: 0n }]);
    expect(greeksOfHoldings({ ...holding(), margin: { lines: [] } }, 60)).toEqual([]);
  });
});
