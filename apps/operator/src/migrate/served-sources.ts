import type { Network } from '@surety/config';
import { collateralLedgerAbi, collateralVaultAbi } from '@surety/contracts';
import { type Address, address } from '@surety/domain';
import { getAbiItem, parseEventLogs } from 'viem';
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

/** Most queries for logs of the ledger, which take half a minute: a theft of keys waits for no longer search. */
const LOG_QUERIES_MAX = 200;
const LISTED = getAbiItem({ abi: collateralLedgerAbi, name: 'SourceListed' });

/**
 * Lists the sources that a verifier serves, by number: every one at the ledger's; at another one the configured vault and those that
 * name it. A chain has one vault in the configuration. The ledger's assets tell of the others, such as one that has a successor, and its
 * newest logs of sources without an asset. What cannot be read there is told and left out: a theft of keys waits for no providers of
 * another chain.
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
  const logs = {
    fromBlock: BigInt(network.settlement?.fromBlock ?? 0),
    tellBounded: (why: string) => tell(`warning: ${why}; ${next}`),
  };
  const listed = await openHome()
    .then((home) => readListed(home, logs, miss))
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

/** Where the logs of a ledger begin. */
interface LedgerLogs {
  readonly fromBlock: bigint;
  /** Hears that too many blocks are left out. */
  readonly tellBounded: TellMissed;
}

/** Reads the sources of the ledger's assets, and of its newest logs. Their numbers are free, so no view lists them. */
async function readListed(
  home: ActTarget,
  logs: LedgerLogs,
  miss: (what: string, failure: unknown) => [],
): Promise<ListedSource[]> {
  const { reader, contract } = home;
  const ledger = { address: contract, abi: collateralLedgerAbi } as const;
  const count = await reader.readContract({ ...ledger, functionName: 'assetCount' });
  const [logged, ...numbers] = await Promise.all([
    readLogged(home, logs, miss),
    ...Array.from({ length: count }, (_, at) =>
      reader.readContract({ ...ledger, functionName: 'assetOf', args: [at + 1] }).then(
        ({ terms }) => [terms.source],
        (failure: unknown) => miss(`the ledger’s asset ${at + 1}`, failure),
      ),
    ),
  ]);
  const sources = await Promise.all(
    [...new Set([...numbers.flat(), ...logged])].map((source) =>
      reader.readContract({ ...ledger, functionName: 'sourceOf', args: [source] }).then(
        ([terms]) => [{ source, chainId: Number(terms.originChainId), vault: address(terms.vault.toLowerCase()) }],
        (failure: unknown) => miss(`the ledger’s source ${source}`, failure),
      ),
    ),
  );
  return sources.flat();
}

/** Reads the sources that the ledger's logs name, from the newest log back. */
async function readLogged(
  { reader, contract, chain }: ActTarget,
  { fromBlock, tellBounded }: LedgerLogs,
  miss: (what: string, failure: unknown) => [],
): Promise<number[]> {
  const range = BigInt(chain.limits.logRangeMax);
  const found: number[] = [];
  try {
    let to = await reader.getBlockNumber();
    for (let left = LOG_QUERIES_MAX; left > 0 && to >= fromBlock; left--) {
      const from = to - range + 1n < fromBlock ? fromBlock : to - range + 1n;
      const raw = await reader.getLogs({ address: contract, event: LISTED, fromBlock: from, toBlock: to });
      found.push(...parseEventLogs({ abi: [LISTED], logs: raw }).map(({ args }) => args.source));
      to = from - 1n;
    }
    if (to >= fromBlock) {
      tellBounded(
        `sources without an asset that the ledger listed before block ${to + 1n} are not looked for: a theft of keys waits for no longer search`,
      );
    }
  } catch (failure) {
    miss('the ledger’s log of sources', failure);
  }
  return found;
}

async function isNamed({ reader, contract }: ActTarget, vault: Address): Promise<boolean> {
  const named = { address: vault, abi: collateralVaultAbi, functionName: 'attesterSet' } as const;
  return (await reader.readContract(named)).toLowerCase() === contract.toLowerCase();
}
