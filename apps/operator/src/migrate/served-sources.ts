import type { Network } from '@surety/config';
import { collateralLedgerAbi, collateralVaultAbi } from '@surety/contracts';
import { type Address, address } from '@surety/domain';
import type { ActTarget } from '../acts/find-target.js';

/** A source whose edges a verifier serves. */
export interface ServedSource {
  readonly source: number;
  readonly vault: Address;
  /** The name of its chain, or its chain's id if the configuration has no such chain. */
  readonly chain: string;
}

/**
 * Lists the sources that a verifier serves, by number: every one at the ledger's, the vaults that name it at another one. A chain has
 * one vault in the configuration. The ledger's assets tell of the others, such as one that has a successor.
 */
export async function findServed(network: Network, verifier: ActTarget, home: ActTarget): Promise<ServedSource[]> {
  const named = network.chains.flatMap(({ chainId, vault }) =>
    vault === undefined ? [] : [{ source: vault.source, chainId, vault: address(vault.address.toLowerCase()) }],
  );
  const known = new Map([...(await readListed(home)), ...named].map((one) => [one.source, one] as const));
  // Nobody attests the settlement chain's own vault.
  known.delete(0);
  const isLedgers = verifier.chain.chainId === home.chain.chainId;
  const served = await Promise.all(
    [...known.values()].map(async (one) => {
      const isServed = isLedgers || (one.chainId === verifier.chain.chainId && (await isNamed(verifier, one.vault)));
      return isServed ? [one] : [];
    }),
  );
  return served
    .flat()
    .toSorted((left, right) => left.source - right.source)
    .map(({ source, vault, chainId }) => {
      const chain = network.chains.find((one) => one.chainId === chainId);
      return { source, vault, chain: chain?.name ?? `chain ${chainId}` };
    });
}

interface ListedSource {
  readonly source: number;
  readonly chainId: number;
  readonly vault: Address;
}

/** Reads the sources of the ledger's assets. Their numbers are free, so nothing else lists them. */
async function readListed({ reader, contract }: ActTarget): Promise<ListedSource[]> {
  const ledger = { address: contract, abi: collateralLedgerAbi } as const;
  const count = await reader.readContract({ ...ledger, functionName: 'assetCount' });
  const assets = await Promise.all(
    Array.from({ length: count }, (_, at) =>
      reader.readContract({ ...ledger, functionName: 'assetOf', args: [at + 1] }),
    ),
  );
  const numbers = new Set(assets.map(({ terms }) => terms.source));
  return Promise.all(
    [...numbers].map(async (source) => {
      const [terms] = await reader.readContract({ ...ledger, functionName: 'sourceOf', args: [source] });
      return { source, chainId: Number(terms.originChainId), vault: address(terms.vault.toLowerCase()) };
    }),
  );
}

async function isNamed({ reader, contract }: ActTarget, vault: Address): Promise<boolean> {
  const named = { address: vault, abi: collateralVaultAbi, functionName: 'attesterSet' } as const;
  return (await reader.readContract(named)).toLowerCase() === contract.toLowerCase();
}
