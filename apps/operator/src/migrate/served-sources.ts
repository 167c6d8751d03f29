import type { Network } from '@surety/config';
import { collateralLedgerAbi, collateralVaultAbi } from '@surety/contracts';
import { type Address, address } from '@surety/domain';
import type { ActTarget } from '../acts/find-target.js';
import { tellFailure } from '../errors.js';

/** A source whose edges a verifier serves. */
export interface ServedSource {
  readonly source: number;
  readonly vault: Address;
  /** The name of its chain, or its chain's id if the configuration has no such chain. */
  readonly chain: string;
}

/** Hears what could not be looked up, in words. */
type TellMissed = (line: string) => void;

/**
 * Lists the sources that a verifier serves, by number: every one at the ledger's; at another one the configured vault and those that
 * name it. A chain has one vault in the configuration. The ledger's assets tell of the others, such as one that has a successor. What
 * cannot be read there is told and left out: a theft of keys waits for no providers of another chain.
 */
export async function findServed(
  network: Network,
  verifier: ActTarget,
  openHome: () => Promise<ActTarget>,
  tell: TellMissed,
): Promise<ServedSource[]> {
  const { chainId: here, name } = verifier.chain;
  const isLedgers = here === network.settlement?.chainId;
  const next = isLedgers
    ? 'a source that the configuration does not name may be missing below: ledger.noteHalt(source) for each'
    : `a former vault of the verifier may be missing below: surety vault note-recovery --chain ${name} --at <vault> for each`;
  const miss = (what: string, failure: unknown): [] => {
    const why = tellFailure(failure).message.replaceAll(/\s+/g, ' ');
    tell(`warning: ${what} could not be read: ${why}; ${next}; run again once it can`);
    return [];
  };
  const named = network.chains.flatMap(({ chainId, vault }) =>
    vault === undefined ? [] : [{ source: vault.source, chainId, vault: address(vault.address.toLowerCase()) }],
  );
  const listed = await openHome()
    .then((home) => readListed(home, miss))
    .catch((failure: unknown) => miss('the ledger’s sources', failure));
  const known = new Map([...listed, ...named].map((one) => [one.source, one] as const));
  // Nobody attests the settlement chain's own vault.
  known.delete(0);
  const served = await Promise.all(
    [...known.values()].map(async (one) => {
      if (isLedgers) return [one];
      if (one.chainId !== here) return [];
      if (named.includes(one)) return [one];
      return isNamed(verifier, one.vault).then(
        (isServed) => (isServed ? [one] : []),
        (failure: unknown) => miss(`the verifier of the vault ${one.vault} (source ${one.source})`, failure),
      );
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
async function readListed(
  { reader, contract }: ActTarget,
  miss: (what: string, failure: unknown) => [],
): Promise<ListedSource[]> {
  const ledger = { address: contract, abi: collateralLedgerAbi } as const;
  const count = await reader.readContract({ ...ledger, functionName: 'assetCount' });
  const numbers = await Promise.all(
    Array.from({ length: count }, (_, at) =>
      reader.readContract({ ...ledger, functionName: 'assetOf', args: [at + 1] }).then(
        ({ terms }) => [terms.source],
        (failure: unknown) => miss(`the ledger’s asset ${at + 1}`, failure),
      ),
    ),
  );
  const sources = await Promise.all(
    [...new Set(numbers.flat())].map((source) =>
      reader.readContract({ ...ledger, functionName: 'sourceOf', args: [source] }).then(
        ([terms]) => [{ source, chainId: Number(terms.originChainId), vault: address(terms.vault.toLowerCase()) }],
        (failure: unknown) => miss(`the ledger’s source ${source}`, failure),
      ),
    ),
  );
  return sources.flat();
}

async function isNamed({ reader, contract }: ActTarget, vault: Address): Promise<boolean> {
  const named = { address: vault, abi: collateralVaultAbi, functionName: 'attesterSet' } as const;
  return (await reader.readContract(named)).toLowerCase() === contract.toLowerCase();
}
