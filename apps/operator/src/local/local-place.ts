import { type Network, type VaultEdges, vaultEdges } from '@surety/config';
import { type Address, type EdgeDirection, address } from '@surety/domain';
import type { PublicClient } from 'viem';
import { operatorError } from '../errors.js';
import { type Reach, placeOf, findSettlement } from '../chains/open-config.js';
import { type SpendingChain, openReader } from '../chains/open-sender.js';

/** The ledger and the vault beside it, with a reader of their chain. */
export interface LocalPlace extends SpendingChain {
  readonly vault: NonNullable<Network['chains'][number]['vault']>;
  readonly settlement: NonNullable<Network['settlement']>;
  readonly desk: Address;
  readonly edges: VaultEdges;
  readonly client: PublicClient;
}

/** Opens the vault of the settlement chain. @throws BAD_USE if the configuration names none, NO_PROVIDER. */
export function openLocalPlace(reach: Reach): LocalPlace {
  const { settlement, chain } = findSettlement(reach.network) ?? {};
  const vault = chain?.vault;
  if (settlement === undefined || chain === undefined || vault?.desk === undefined) {
    throw operatorError(
      'BAD_USE',
      'chains.config.json names no vault on the settlement chain; expected source 0 with its desk: other vaults are served by surety relay',
    );
  }
  const place = placeOf(reach, chain);
  const edges = vaultEdges(settlement, { chainId: chain.chainId, vault });
  const client = openReader(place);
  return { ...place, vault, settlement, desk: address(vault.desk), edges, client };
}

/** The verifier that a direction's replica asks: the ledger's attester set, or the vault's local verifier. */
export function localVerifierAt({ settlement, vault }: LocalPlace, direction: EdgeDirection): Address {
  return address(direction === 'to-ledger' ? settlement.attesterSet : vault.attesterSet);
}
