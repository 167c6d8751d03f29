import type { AssetRequest, ChainRequest, DeploymentRequest, LocalVaultRequest, RoleRequest } from '@surety/contracts';
import { type Address, type Bytes32, address, bytes32, chainId } from '@surety/domain';
import { type DevnetBridges, bridgeIdsOfChain, witnessesOver } from '../bridges/deploy-bridges.js';
import { devnetAccount } from '../chains/accounts.js';
import type { DevelopmentTokens } from '../chains/deploy-development.js';
import {
  COLLATERAL_CHAINS,
  FAST_BP,
  MARKET_TERMS,
  PRICE_MAX_AGE_S,
  SETTLEMENT_CHAIN_ID,
  SETTLEMENT_TOKEN,
  LOCAL_TOKENS,
  UNDERLYINGS,
} from './chain-facts.js';

/** Contracts created on the chains before the protocol itself. */
export interface Groundwork {
  readonly members: readonly Address[];
  /** Time of the newest block, in seconds. */
  readonly now: number;
  readonly feeds: readonly Address[];
  /** Token of the settlement chain's market. */
  readonly settlementToken: Address;
  readonly tokens: ReadonlyMap<number, DevelopmentTokens>;
  /** Left out for sources that attesters alone vouch for. */
  readonly bridges?: DevnetBridges | undefined;
  /** True if the settlement chain has a vault too. */
  readonly localVault?: boolean;
}

const SALT: Bytes32 = bytes32(`0x${'00'.repeat(31)}01`);
const DAY_S = 86_400;
const NO_TOKEN = address(`0x${'00'.repeat(20)}`);

/** Returns the request that deploys the protocol on the local chains: four attesters, three tokens a chain, haircuts of section 9, one market. */
export function deploymentRequestOf(groundwork: Groundwork): DeploymentRequest {
  const { members, now, feeds, settlementToken, tokens, bridges, localVault = false } = groundwork;
  const roles: RoleRequest & { riskAdmin: Address } = {
    governor: devnetAccount('governor').address,
    guardian: devnetAccount('guardian').address,
    pauser: devnetAccount('pauser').address,
    riskAdmin: devnetAccount('riskAdmin').address,
  };
  const { governor, guardian, pauser } = roles;
  return {
    profile: 'development',
    salt: SALT,
    attesters: { members, activeFrom: now - DAY_S },
    settlement: {
      chainId: chainId(SETTLEMENT_CHAIN_ID),
      name: 'settlement',
      ...(bridges === undefined ? {} : bridgeIdsOfChain(SETTLEMENT_CHAIN_ID)),
      roles,
      underlyings: UNDERLYINGS.map(({ id, symbol, answer }, at) => ({
        id,
        symbol,
        aggregator: feeds[at] as Address,
        maxAgeS: PRICE_MAX_AGE_S,
        maxAheadS: 60,
        minPrice1e12: answer * 10n,
        maxPrice1e12: answer * 1_000_000n,
      })),
      markets: [
        {
          name: 'usds',
          symbol: SETTLEMENT_TOKEN.symbol,
          token: settlementToken,
          decimals: SETTLEMENT_TOKEN.decimals,
          listed: true,
          terms: MARKET_TERMS,
        },
      ],
      ...(localVault ? { vault: localVaultOf(settlementToken) } : {}),
    },
    chains: COLLATERAL_CHAINS.map((chain) => {
      const found = tokens.get(chain.chainId) as DevelopmentTokens;
      return {
        chainId: chainId(chain.chainId),
        name: chain.name,
        source: chain.source,
        roles: { governor, guardian, pauser },
        wrappedNative: found.WETH,
        // The second chain carries a haircut of its own, so that the demo shows one.
        initialBp: chain.source === 1 ? 10_000 : 9500,
        maintenanceBp: chain.source === 1 ? 10_000 : 9800,
        staleAfterMin: 90,
        darkAfterMin: 360,
        floorAfterMin: 4320,
        ...(bridges === undefined ? { m: 0 } : witnessTerms(bridges, chain.chainId)),
        assets: LOCAL_TOKENS.map((token) => assetOf(token, found[token.symbol])),
      };
    }),
  };
}

/** The vault of the settlement chain, which holds the token that the market lends. */
function localVaultOf(settlementToken: Address): LocalVaultRequest {
  const { symbol, decimals } = SETTLEMENT_TOKEN;
  return {
    wrappedNative: NO_TOKEN,
    initialBp: 10_000,
    maintenanceBp: 10_000,
    assets: [assetOf({ ...LOCAL_TOKENS[0], symbol, decimals }, settlementToken)],
  };
}

/** One of two witnesses must confirm what passes a fiftieth of an asset's cap. */
function witnessTerms(
  bridges: DevnetBridges,
  id: number,
): Pick<ChainRequest, 'm' | 'fastBp' | 'witnesses' | 'layerZeroEid' | 'wormholeChainId'> {
  return { m: 1, fastBp: FAST_BP, ...bridgeIdsOfChain(id), witnesses: witnessesOver(bridges, id) };
}

function assetOf(
  token: Pick<AssetRequest, 'symbol' | 'decimals' | 'underlying' | 'minMillionths' | 'capThousandths'>,
  at: Address,
): AssetRequest {
  const { symbol, decimals, underlying, minMillionths, capThousandths } = token;
  const weights = UNDERLYINGS.find(({ id }) => id === underlying) ?? UNDERLYINGS[0];
  return {
    symbol,
    token: at,
    decimals,
    underlying,
    minMillionths,
    capThousandths,
    limitThousandths: capThousandths,
    initialBp: weights.initialBp,
    maintenanceBp: weights.maintenanceBp,
  };
}
