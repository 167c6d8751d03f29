import type { OriginChainReader } from '@surety/chain';
import type { AggregatorConfig } from '@surety/config';
import { keccak256 } from '@surety/contracts';
import type { Store } from '@surety/store';
import {
  type Clock,
  type Intake,
  type JournalEntrySource,
  type KnownEdge,
  LedgerFollower,
  type Observer,
  VaultFollower,
} from '@surety/workflows';
import { edgeNamer, journalsOf, settlementReader, vaultReaders } from './compose-chains.js';
import { ChainEntrySource } from './follow/chain-entry-source.js';
import type { ChainSettlementReader } from './follow/chain-settlement-reader.js';

/** What followers are made of. */
export interface FollowerParts {
  readonly store: Store;
  readonly intake: Intake;
  readonly clock: Clock;
  readonly observer: Observer;
  readonly edges: readonly KnownEdge[];
  readonly chains: ReadonlyMap<number, OriginChainReader>;
}

/** The followers of one aggregator, each where its fold stood. */
export interface Followers {
  readonly reader: ChainSettlementReader;
  readonly follower: LedgerFollower;
  readonly vaults: readonly VaultFollower[];
}

/** The ledger's own journals are folded with the ledger: a vault waits for that instead of reading them again. */
const NOWHERE: JournalEntrySource = { readEntriesAfter: () => Promise.resolve(undefined), release: () => undefined };

/** Opens the followers of the ledger and of every vault. */
export async function openFollowers(config: AggregatorConfig, parts: FollowerParts): Promise<Followers> {
  const { store, intake, clock, observer, edges, chains } = parts;
  const reader = settlementReader(config, chains);
  const shared = { intake, clock, observer, keccak256, intakeStore: store.intake };
  const follower = new LedgerFollower({
    ...shared,
    reader,
    entries: new ChainEntrySource(journalsOf(config, edges, chains), observer),
    fromBlock: BigInt(config.settlement.fromBlock),
    edgesOf: edgeNamer(config),
    store: store.collateral,
  });
  await follower.open();
  const vaults = vaultReaders(config, edges, chains).map(
    (vault) => new VaultFollower({ ...shared, ...vault, entries: NOWHERE, store: store.payments }),
  );
  for (const vault of vaults) await vault.open();
  return { reader, follower, vaults };
}
