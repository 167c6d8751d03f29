import { type OriginChainReader, type ProofPlace, openProofPlace, proveSolvency } from '@surety/chain';
import { type AggregatorConfig, listVaults } from '@surety/config';
import type { SolvencyProof } from '@surety/contracts';
import { address } from '@surety/domain';

/** Proves by storage what is owed of each asset and what the vaults hold. @throws the errors of `proveSolvency`. */
export type ProveSolvency = () => Promise<SolvencyProof>;

/**
 * Creates the prover of the configured ledger and vaults. A vault whose chain nobody can read, or stands still, is left out, and
 * whoever verifies the proof sees which assets are missing: one dead chain does not take the proof of the others.
 */
export function solvencyProver(
  { network, settlement }: AggregatorConfig,
  chains: ReadonlyMap<number, OriginChainReader>,
): ProveSolvency {
  const openPlace = async (chainId: number): Promise<ProofPlace> => {
    const chain = chains.get(chainId);
    if (chain === undefined) throw new TypeError(`chain ${chainId} has no reader`);
    return openProofPlace(chain.providers, { chain: `chain ${chainId}`, block: await chain.readFinalTip() });
  };
  const isRead = (chainId: number): boolean => {
    const kind = chains.get(chainId)?.condition().kind;
    return kind === 'live' || kind === 'syncing';
  };
  return () =>
    proveSolvency({
      chainId: settlement.chainId,
      ledger: address(settlement.ledger),
      vaults: listVaults(network).filter(({ chainId }) => isRead(chainId)),
      openPlace,
    });
}
