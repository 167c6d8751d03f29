import type { CorsOrigins } from '@surety/config';
import type { EntriesWanted, KnownEdge, LocatedEntries } from '@surety/workflows';
import type { LedgerSource, VaultSource } from '../projections/projections-module.js';
import type { ListedChains } from '../status/chain-views.js';
import { FakeLedgerAsker } from './fake-ledger-asker.js';
import { FakeSettlementReader } from './fake-settlement-reader.js';
import { FakeVaultReader } from './fake-vault-reader.js';
import { TestJournal, type TestKey, testEdge, testEdgeToVault, testEpoch } from './test-attesters.js';

/** Options of a test application. */
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
  /** The vault of source 1 is not configured: nothing opens the edge to it, and nothing follows it. */
  readonly vaultLeftOut?: boolean;
  /** Chains that are configured; none unless a test says so. */
  readonly network?: ListedChains['network'];
  /** Measuring goes without the check of every answer. */
  readonly measured?: boolean;
  /** Whose pages may read it; any unless a test says otherwise. */
  readonly corsOrigins?: CorsOrigins;
  readonly trustedProxies?: readonly string[];
}

/** The chains and journals that a test writes, and the facts that followers read of them. */
export interface TestChains {
  readonly journal: TestJournal;
  /** The ledger's journal toward the vault of source 1. */
  readonly releases: TestJournal;
  readonly reader: FakeSettlementReader;
  readonly vaultReader: FakeVaultReader;
  readonly listed: ListedChains;
  readonly asker: FakeLedgerAsker;
  /** Entries that the origin chain would give. */
  readonly origin: { entries: LocatedEntries | undefined; wanted: EntriesWanted | undefined };
  /** What the ledger's own chain gives of its journal toward the vault, read again: honest unless a test says otherwise. */
  readonly ledgerJournal: { read: (wanted: EntriesWanted) => LocatedEntries | undefined };
  readonly ledgerSource: LedgerSource;
  readonly vaultSources: readonly VaultSource[];
}

/** Makes the settlement chain, and the chain of the vault of source 1. */
export function testChains(
  options: TestAppOptions,
  { known, keys }: { readonly known: readonly KnownEdge[]; readonly keys: readonly TestKey[] },
): TestChains {
  const toVault = testEdgeToVault();
  const reader = options.reader ?? new FakeSettlementReader();
  reader.epochs = [testEpoch(keys)];
  const journal = new TestJournal(known[0] ?? testEdge());
  if (options.reader === undefined) reader.entriesOf = (_, from, to) => journal.packed(Number(from), Number(to));
  const releases = options.releases ?? new TestJournal(toVault);
  const vaultReader =
    options.vaultReader ?? new FakeVaultReader(toVault, ({ from, to }) => releases.packed(Number(from), Number(to)));
  vaultReader.epochs = [testEpoch(keys)];
  const origin: TestChains['origin'] = { entries: undefined, wanted: undefined };
  const ledgerJournal: TestChains['ledgerJournal'] = {
    read: ({ position }) => releases.located(Number(position.count)),
  };
  const opened = options.vaultLeftOut === true ? [] : [toVault];
  const ledgerSource: LedgerSource = {
    reader,
    fromBlock: 1n,
    edgesOf: ({ source, edge, outboundEdge }) =>
      [...known, ...(options.late ?? []), ...opened]
        .filter((one) => [edge, outboundEdge].includes(one.edgeId))
        .map((one) => ({ ...one, source })),
    entries: {
      readEntriesAfter: async (wanted) => {
        origin.wanted = wanted;
        return origin.entries;
      },
      release: () => undefined,
    },
    released: { readEntriesAfter: async (wanted) => ledgerJournal.read(wanted), release: () => undefined },
  };
  const noEntries: VaultSource['entries'] = { readEntriesAfter: async () => undefined, release: () => undefined };
  const vaultSources = opened.map(() => ({ reader: vaultReader, fromBlock: 1n, entries: noEntries }));
  const asker = new FakeLedgerAsker();
  const { network = { chains: [] } } = options;
  const listed = { network, settlementChainId: 900, settlement: undefined };
  const sources = { ledgerJournal, ledgerSource, vaultSources };
  return { listed, asker, journal, releases, reader, vaultReader, origin, ...sources };
}
