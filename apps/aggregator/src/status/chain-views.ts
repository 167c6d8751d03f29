import type { OriginChainReader } from '@surety/chain';
import type { ChainView, DeployedContract } from '@surety/api';
import { type Network, listContracts } from '@surety/config';
import { type Address, address } from '@surety/domain';
import type { LedgerFollower, VaultFollower } from '@surety/workflows';

/** The configured chains, with the reader of the settlement chain. */
export interface ListedChains {
  readonly network: Pick<Network, 'chains' | 'settlement' | 'attesters'>;
  readonly settlementChainId: number;
  readonly settlement: OriginChainReader | undefined;
}

/** Parts of the list of chains. */
export interface ChainViewPorts extends ListedChains {
  readonly follower: LedgerFollower;
  /** The followers of vaults, by the chain that each is on. */
  readonly vaults: ReadonlyMap<number, VaultFollower>;
}

/**
 * Returns the chains with vaults and the settlement chain. A chain that is not followed is known only from attesters.
 */
export function chainViews(ports: ChainViewPorts): ChainView[] {
  const { network, settlementChainId, settlement, follower, vaults } = ports;
  return network.chains
    .filter((chain) => chain.vault !== undefined || chain.chainId === settlementChainId)
    .map(({ chainId, name }): ChainView => {
      if (chainId !== settlementChainId) {
        const vault = vaults.get(chainId);
        const state = vault?.reader.condition();
        return {
          chainId,
          name,
          role: 'collateral',
          condition: state?.kind ?? 'unwatched',
          reason: state !== undefined && 'reason' in state ? state.reason : null,
          heightFinal: vault?.cursor?.height ?? null,
          heightLatest: vault?.glance.newest?.height ?? null,
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
        heightLatest: follower.glance.newest?.height ?? null,
      };
    });
}

/** Returns the protocols that the configuration names: its markets. */
export function knownProtocolsOf({ network }: Pick<ListedChains, 'network'>): ReadonlySet<Address> {
  return new Set((network.settlement?.markets ?? []).map((market) => address(market.address)));
}

/** Returns every contract that the configuration names; what it leaves out, a reader of the interface can do nothing with. */
export function contractViews({ network }: Pick<ListedChains, 'network'>): DeployedContract[] {
  return listContracts(network).flatMap((one) =>
    one.address === null ? [] : [{ ...one, address: address(one.address) }],
  );
}
