import { type Address, address } from '@surety/domain';
import { getContractAddress } from 'viem';
import {
  type collateralLedgerAbi,
  marketAbi,
  marketCode,
  marketTrancheAbi,
  marketTrancheCode,
} from '../generated/index.js';
import type { MarketRequest } from './market-request.js';
import type { RolePlace } from './place-roles.js';
import { type ActedContract, planAct } from './plan-act.js';
import type { PlannedAct } from './plan-deployment.js';

/** A planned market, and the junior tranche that its constructor creates. */
export interface PlacedMarket {
  readonly request: MarketRequest;
  readonly market: Address;
  readonly tranche: Address;
}

/** Virtual shares of market and tranche: six decimals more than what each holds. @source MarketState, MarketTranche */
const SHARE_DECIMALS = 6;

/** Plans the markets of a ledger. */
export function placeMarkets(ledger: Address, markets: readonly MarketRequest[], place: RolePlace): PlacedMarket[] {
  return markets.map((request) => {
    const { name, token, symbol, decimals, terms } = request;
    const part = `market-${name}`;
    const market = place.create(part, marketCode, marketAbi, [ledger, token, terms]);
    // The first contract that a contract creates has nonce 1.
    const tranche = address(getContractAddress({ from: market, nonce: 1n }));
    const args = [market, symbol, decimals + SHARE_DECIMALS];
    place.built(`${part}-tranche`, marketTrancheCode, marketTrancheAbi, args, tranche, part);
    return { request, market, tranche };
  });
}

/** Plans the listing of markets for cross-margin accounts; the ledger takes none that has no code yet. */
export function planMarketActs(
  ledger: ActedContract<typeof collateralLedgerAbi>,
  markets: readonly PlacedMarket[],
): PlannedAct[] {
  return markets
    .filter(({ request }) => request.listed)
    .map(({ request, market }) =>
      planAct(ledger, {
        call: ['listProtocol', [market]],
        purpose: `market ${request.name}`,
        seenBy: ['protocolOf', [market]],
        probeWord: 1,
        afterContracts: true,
      }),
    );
}
