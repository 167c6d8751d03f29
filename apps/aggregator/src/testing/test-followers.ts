import { keccak256 } from '@surety/contracts';
import type { Store } from '@surety/store';
import {
  type Clock,
  type EntriesWanted,
  type Intake,
  type KnownEdge,
  LedgerFollower,
  type LocatedEntries,
  type Observer,
  VaultFollower,
} from '@surety/workflows';
import { FakeSettlementReader } from './fake-settlement-reader.js';
import { FakeVaultReader } from './fake-vault-reader.js';
import { TestJournal, type TestKey, testEdge, testEdgeToVault, testEpoch } from './test-attesters.js';

/** What a test application is started with. */
export interface TestAppOptions {
  readonly edges?: readonly KnownEdge[];
  /** Edges that are known only once the ledger lists them. */
  readonly late?: readonly KnownEdge[];
  /** A database to use instead of an own one; it stays. */
  readonly databaseUrl?: string;
  /** A settlement chain that another application reads too. */
  readonly reader?: FakeSettlementReader;
  /** A vault's chain, with its releases, that another application reads too. */
  readonly vaultReader?: FakeVaultReader;
  readonly releases?: TestJournal;
  /** Measuring goes without the check of every answer. */
  readonly measured?: boolean;
}

/** What a test's followers share. */
export interface TestFoldingParts {
  readonly known: readonly KnownEdge[];
  readonly keys: readonly TestKey[];
  readonly store: Store;
  readonly intake: Intake;
  readonly clock: Clock;
  readonly observer: Observer;
}

/** The followers of a test, with the chains and journals that it writes. */
export interface TestFolding {
  readonly journal: TestJournal;
  /** The ledger's journal toward the vault of source 1. */
  readonly releases: TestJournal;
  readonly reader: FakeSettlementReader;
  readonly vaultReader: FakeVaultReader;
  readonly follower: LedgerFollower;
  /** Follows that vault; nothing opens it before a test does. */
  readonly vault: VaultFollower;
  /** Entries that the origin chain would give. */
  readonly origin: { entries: LocatedEntries | undefined; wanted: EntriesWanted | undefined };
}

/** Opens the ledger's follower, and makes one of the vault of source 1. */
export async function openTestFollowers(options: TestAppOptions, parts: TestFoldingParts): Promise<TestFolding> {
  const { known, keys, store, intake, clock, observer } = parts;
  const toVault = testEdgeToVault();
  await intake.useEpochs((known[0] ?? testEdge()).domain, [testEpoch(keys)]);
  await intake.open(known);
  const reader = options.reader ?? new FakeSettlementReader();
  reader.epochs = [testEpoch(keys)];
  const journal = new TestJournal(known[0] ?? testEdge());
  if (options.reader === undefined) reader.entriesOf = (_, from, to) => journal.packed(Number(from), Number(to));
  const releases = options.releases ?? new TestJournal(toVault);
  const vaultReader =
    options.vaultReader ?? new FakeVaultReader(toVault, ({ from, to }) => releases.packed(Number(from), Number(to)));
  vaultReader.epochs = [testEpoch(keys)];
  const origin: TestFolding['origin'] = { entries: undefined, wanted: undefined };
  const follower = new LedgerFollower({
    reader,
    intake,
    clock,
    observer,
    fromBlock: 1n,
    keccak256,
    edgesOf: ({ edge, outboundEdge }) =>
      [...known, ...(options.late ?? []), toVault].filter((one) => [edge, outboundEdge].includes(one.edgeId)),
    entries: {
      readEntriesAfter: async (wanted) => {
        origin.wanted = wanted;
        return origin.entries;
      },
      release: () => undefined,
    },
    store: store.collateral,
    intakeStore: store.intake,
  });
  await follower.open();
  const vault = new VaultFollower({
    reader: vaultReader,
    intake,
    clock,
    observer,
    keccak256,
    fromBlock: 1n,
    entries: { readEntriesAfter: async () => undefined, release: () => undefined },
    store: store.payments,
    intakeStore: store.intake,
  });
  return { journal, releases, reader, vaultReader, follower, vault, origin };
}
