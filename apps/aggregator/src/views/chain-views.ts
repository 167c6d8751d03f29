import type { OriginChainReader } from '@surety/chain';
import type { ChainView } from '@surety/client';
import type { Network } from '@surety/config';
import type { LedgerFollower } from '@surety/workflows';

/** What the list of chains is made of. */
export interface ChainViewPorts {
  readonly network: Network;
  readonly settlementChainId: number;
  readonly settlement: OriginChainReader | undefined;
  readonly follower: LedgerFollower;
}

/** Gives the chains with vaults and the settlement chain. Collateral chains are heard of from attesters alone. */
export function chainViews({ network, settlementChainId, settlement, follower }: ChainViewPorts): ChainView[] {
  return network.chains
    .filter((chain) => chain.vault !== undefined || chain.chainId === settlementChainId)
    .map(({ chainId, name }): ChainView => {
      if (chainId !== settlementChainId) {
        return {
          chainId,
          name,
          role: 'collateral',
          condition: 'unwatched',
          reason: null,
          heightFinal: null,
          heightLatest: null,
        };
      }
      const condition = settlement?.condition() ?? { kind: 'syncing' as const };
      return {
        chainId,
        name,
        role: 'settlement',
        condition: condition.kind,
        reason: 'reason' in condition ? condition.reason : null,
        heightFinal: follower.cursor?.height ?? null,
        heightLatest: follower.newest?.height ?? null,
      };
    });
}
