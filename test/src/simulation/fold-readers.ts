import {
  type BlockHash,
  type Bytes32,
  type JournalPosition,
  type TxHash,
  ZERO_WORD,
  blockHeight,
} from '@surety/domain';
import {
  type AttesterEpoch,
  type BatchInput,
  type FactTransaction,
  type FinalBlock,
  type JournalEntrySource,
  type LedgerFact,
  type LedgerSums,
  type LineFigures,
  type LocatedEntries,
  type MarginSums,
  type NewestReplica,
  type ProvenReplica,
  type SettlementReader,
  type VaultReader,
  sumsOf,
  weighAccount,
} from '@surety/workflows';
import { type QuorumReading, fault, locate } from './chain-reading.js';
import { type DeployedEdge, SETTLEMENT_ID } from './deployment.js';
import { headOf } from './journal-model.js';
import { PAYMENT_STAGES } from './relayer-desks.js';
import { type BatchCall, type ReplicaModel, emptyReplica } from './replica-model.js';
import { listingFacts } from './ledger-model.js';
import { coverageIn, openOf } from './ledger-state.js';
import type { ModelBlock } from './modelled-chain.js';
import type { Random } from './random.js';
import { vaultTransactions } from './vault-facts.js';
import { owedBy } from './vault-model.js';
import type { SettlementChain, World } from './world.js';

/** What the readers of an aggregator stand on. */
export interface FoldReading {
  readonly world: World;
  /** One for each chain, by its id. */
  readonly readings: ReadonlyMap<number, QuorumReading>;
  readonly random: Random;
}

/** Asks one provider after the other for logs; a liar's are altered, and taken unless somebody finds a fault in them. */
async function readByProviders<Transaction extends { readonly facts: readonly unknown[] }>(
  parts: FoldReading,
  chainId: number,
  honest: readonly Transaction[],
  refuse: (transactions: readonly Transaction[]) => string | undefined,
): Promise<readonly Transaction[]> {
  const { readings, random } = parts;
  const reading = readingOf(readings, chainId);
  await reading.spendTime('logs');
  const providers = reading.parts.providers.filter((one) => one.fault !== 'provider-down');
  if (providers.length === 0 || reading.parts.network.drops()) throw fault('NO_QUORUM', 'no provider answers', true);
  for (const provider of random.shuffled(providers)) {
    const lies = provider.fault === 'lie-omitted-logs' || provider.fault === 'lie-forged-log';
    const told = lies && provider.showsContents() === 'lie' ? alter(honest, random) : honest;
    if (refuse(told) === undefined) return told;
  }
  throw fault('INCOMPLETE', 'no provider shows logs that add up', true);
}

/**
 * Facts whose omission no proof shows: which lines count is found by comparing margins, which the model leaves out; that a
 * payment became claimable is a known gap of the aggregator.
 */
const UNNOTICED: ReadonlySet<string> = new Set(['enabled', 'claimable']);

/** Leaves out one transaction or one fact. */
function alter<Transaction extends { readonly facts: readonly unknown[] }>(
  honest: readonly Transaction[],
  random: Random,
): readonly Transaction[] {
  if (honest.length === 0) return honest;
  const at = random.whole(0, honest.length - 1);
  const victim = honest[at] as Transaction;
  const isWhole = victim.facts.every((fact) => !UNNOTICED.has((fact as { kind: string }).kind));
  if (isWhole && random.chance(0.5)) return honest.filter((_, index) => index !== at);
  const gone = random.whole(0, victim.facts.length - 1);
  const facts = victim.facts.filter((fact, index) => index !== gone || UNNOTICED.has((fact as { kind: string }).kind));
  return honest.map((one, index) => (index === at ? { ...one, facts } : one));
}

/** What nobody asks of a model in which nothing is priced, dated or opted in to. */
const UNASKED = {
  readParkedDate: async () => undefined,
  readMembership: async () => ({ enabled: [], protocols: [] }),
  readListed: async () => [],
  readTerms: async () => [],
  tryRelease: async () => ({ kind: 'allowed' as const }),
};

/** No credit of a simulated life reaches the season level, so nothing is unseasoned here. */
const figuresOf = (line: { readonly amount: bigint } | undefined): LineFigures => ({
  amount: line?.amount ?? 0n,
  unseasoned: 0n,
  seasonEnd: 0n,
});

/** What proofs show of listings: everything is listed before the first block. */
function listingReads(
  facts: readonly LedgerFact[],
): Pick<SettlementReader, 'readSources' | 'readAssetCount' | 'readAssets'> {
  const sources = facts.filter((fact) => fact.kind === 'source-listed');
  const assets = facts.filter((fact) => fact.kind === 'asset-listed');
  return {
    readSources: async (wanted) => wanted.flatMap((source) => sources.find((one) => one.source === source) ?? []),
    readAssetCount: async () => Math.max(0, ...assets.map(({ assetId }) => assetId)),
    readAssets: async (wanted) => wanted.flatMap((assetId) => assets.find((one) => one.assetId === assetId) ?? []),
  };
}

/** The settlement chain as an aggregator reads it. */
export function settlementReaderModel(parts: FoldReading): SettlementReader {
  const { world, readings } = parts;
  const reading = readingOf(readings, SETTLEMENT_ID);
  const chain = world.settlement;
  const { deployment } = world;
  const stateAt = async (block: FinalBlock) => {
    await reading.requireContents(block);
    return blockAt(chain, block).state;
  };
  return {
    chainId: SETTLEMENT_ID,
    verifier: deployment.domainAt(SETTLEMENT_ID),
    condition: () => reading.condition(),
    readFinalTip: () => reading.readFinalTip(),
    readFinalBlock: (height) => reading.readFinalBlock(blockHeight(height)),
    readFacts: async ({ from, to, refuse }) => {
      const honest = ledgerTransactions(world, Number(from), Number(to));
      const transactions = await readByProviders(parts, SETTLEMENT_ID, honest, refuse);
      return { transactions, termsChanged: false, epochsChanged: false };
    },
    readPositions: async ({ replicas, journals }, block) => {
      const state = await stateAt(block);
      const replica = (edge: Bytes32): ProvenReplica =>
        provenOf(state.replicas.get(world.edgeOf(edge).source) ?? emptyReplica(edge));
      const journal = (edge: Bytes32): JournalPosition => {
        const found = state.outbound.get(world.edgeOf(edge).source) ?? { edge, lines: [] };
        return { count: BigInt(found.lines.length), head: headOf(found) };
      };
      return { replicas: replicas.map(replica), journals: journals.map(journal) };
    },
    ...listingReads(listingFacts(deployment.sources)),
    readSums: async (assetIds, block): Promise<LedgerSums[]> => {
      const state = await stateAt(block);
      return assetIds.map((assetId) => {
        const lines = [...state.lines.values()].filter((one) => one.assetId === assetId);
        const parked = [...state.parked.values()].filter(
          (one) => one.source * 10 + one.vaultAsset === assetId && one.reason !== 'UNLISTED',
        );
        const sum = (rows: readonly { readonly amount: bigint }[]): bigint =>
          rows.reduce((total, { amount }) => total + amount, 0n);
        return { assetId, lines: sum(lines), parked: sum(parked) };
      });
    },
    readCoverages: async (assets, block) => {
      const state = await stateAt(block);
      return assets.map(({ source, vaultAsset }) => {
        const { inForce: inForceWad, reported: reportedWad, since, lostSeq } = coverageIn(state, source, vaultAsset);
        const coverage = { source, vaultAsset, inForceWad, reportedWad, impairedSince: BigInt(since), lostSeq };
        return { ...coverage, ...openOf(state, source, vaultAsset) };
      });
    },
    readLine: async ({ account, assetId }, block) =>
      figuresOf((await stateAt(block)).lines.get(`${account}:${assetId}`)),
    ...UNASKED,
    readEpochs: async (): Promise<readonly AttesterEpoch[]> => deployment.attesterEpochs,
    readBatchInput: async (txHash) => batchInputOf(parts, SETTLEMENT_ID, txHash),
    // Nothing is priced here, so every margin is that of an account without lines.
    readMargins: async ({ accounts, block }) => accounts.map(() => emptyMarginAt(block)),
    readAgreedMargins: async ({ accounts, block }) =>
      new Map(accounts.map((account) => [account, emptyMarginAt(block)])),
    readNewest: (request) => readNewestLedger(parts, request),
  };
}

function emptyMarginAt(block: FinalBlock): MarginSums {
  return sumsOf(weighAccount([], { block, terms: new Map(), coverages: new Map() }).margin);
}

/** Looks at the settlement chain's newest block, by one provider's word. */
async function readNewestLedger(
  { world, readings }: FoldReading,
  { edges, after }: Parameters<SettlementReader['readNewest']>[0],
): ReturnType<SettlementReader['readNewest']> {
  const reading = readingOf(readings, SETTLEMENT_ID);
  const chain = world.settlement;
  await reading.spendTime('newest');
  const provider = reading.parts.providers.find((one) => one.fault !== 'provider-down');
  if (provider === undefined) throw fault('UNREACHABLE', 'no provider shows its head', true);
  const head = provider.head as SettlementChain['head'];
  const replicas = new Map<Bytes32, NewestReplica>();
  const released = new Map<Bytes32, LocatedEntries>();
  for (const { edgeId, source, direction } of edges) {
    const replica = direction === 'to-ledger' ? head.state.replicas.get(source) : undefined;
    if (replica !== undefined) replicas.set(edgeId, { name: replica.name, count: BigInt(replica.count) });
  }
  for (const [, journal] of head.state.outbound) {
    const from = journal.lines.findIndex(({ height }) => height > Number(after));
    if (from !== -1)
      released.set(journal.edge, locate(journal, { after: from, upTo: journal.lines.length }, hashIn(chain)));
  }
  return { block: { chainId: SETTLEMENT_ID, height: BigInt(head.height), hash: head.hash }, replicas, released };
}

/** One vault as an aggregator reads it. */
export function vaultReaderModel(parts: FoldReading, edge: DeployedEdge): VaultReader {
  const { world, readings } = parts;
  const chain = world.vaultOf(edge.source);
  const reading = readingOf(readings, chain.id);
  const stateAt = async (block: FinalBlock) => {
    await reading.requireContents(block);
    return blockAt(chain, block).state;
  };
  return {
    chainId: chain.id,
    known: edge.known,
    condition: () => reading.condition(),
    readFinalTip: () => reading.readFinalTip(),
    readFinalBlock: (height) => reading.readFinalBlock(blockHeight(height)),
    readFacts: async ({ from, to, refuse }) => {
      const honest = vaultTransactions(chain, Number(from), Number(to));
      return { transactions: await readByProviders(parts, chain.id, honest, refuse), epochsChanged: false };
    },
    readReplica: async (block) => provenOf((await stateAt(block)).replica),
    readBatchInput: async (txHash) => batchInputOf(parts, chain.id, txHash),
    readSums: async (vaultAssets, block) => {
      const state = await stateAt(block);
      return vaultAssets.map((vaultAsset) => {
        const shortage = state.shortages.get(vaultAsset);
        return {
          vaultAsset,
          owed: owedBy(state, vaultAsset),
          paid: state.paid.get(vaultAsset) ?? 0n,
          coverageWad: shortage?.coverageWad ?? 0n,
          shortSince: BigInt(shortage?.shortSinceS ?? 0),
          reportedAt: BigInt(shortage?.reportedAtS ?? 0),
          limitUnits: 0n,
        };
      });
    },
    readPaymentStates: async (seqs, block) => {
      const { payments } = await stateAt(block);
      return seqs.map((seq) => PAYMENT_STAGES[payments.get(seq)?.state ?? 'none']);
    },
    readQuote: async () => {
      throw new TypeError('nobody asks a modelled vault for a quote');
    },
    readLockQuote: async () => {
      throw new TypeError('nobody asks a modelled vault for a lock');
    },
    readEpochs: async () => world.deployment.attesterEpochs,
    readNewest: async (after) => {
      await reading.spendTime('newest');
      const { head } = chain;
      const facts = vaultTransactions(chain, Number(after) + 1, head.height).flatMap((one) => one.facts);
      const block = { chainId: chain.id, height: BigInt(head.height), hash: head.hash };
      const { name, count } = head.state.replica;
      return { block, name, count: BigInt(count), facts };
    },
  };
}

/** Entries read from their origin chain, for a fold that nobody handed them. */
export function entrySourceModel({ world, readings }: FoldReading): JournalEntrySource {
  return {
    async readEntriesAfter({ known, position, to }) {
      const edge = world.edgeOf(known.edgeId);
      const reading = readingOf(readings, edge.originId);
      try {
        const tip = await reading.readFinalTip();
        await reading.requireContents(tip);
        const chain = world.chainOf(edge.originId);
        const held = chain.at(Number(tip.height));
        if (held === undefined) return undefined;
        const journal = world.journalIn(held, edge.edgeId);
        if (journal.lines.length < Number(to) || headOf(journal, Number(position.count)) !== position.head)
          return undefined;
        world.tally.reach('fold rebuilt from the chain alone');
        return locate(
          journal,
          { after: Number(position.count), upTo: journal.lines.length },
          (height) => (chain.at(height) ?? chain.head).hash,
        );
      } catch {
        return undefined;
      }
    },
    release: () => undefined,
  };
}

function ledgerTransactions(world: World, from: number, to: number): FactTransaction[] {
  const { settlement, deployment } = world;
  const transactions: FactTransaction[] = [];
  for (let height = from; height <= to; height++) {
    const block = settlement.at(height);
    if (block === undefined) continue;
    const name = { chainId: SETTLEMENT_ID, height: BigInt(height), hash: block.hash };
    if (height === 0) transactions.push({ block: name, facts: listingFacts(deployment.sources) });
    for (const { facts } of block.txs) {
      const told = facts.map((fact): LedgerFact =>
        fact.kind === 'released' || fact.kind === 'journaled'
          ? { ...fact, location: { ...fact.location, blockHash: block.hash } }
          : fact,
      );
      if (told.length > 0) transactions.push({ block: name, facts: told });
    }
  }
  return transactions;
}

/** Where a replica stands, as storage proofs show it. */
function provenOf({ count, head, generation, name, way, rewoundTo }: ReplicaModel): ProvenReplica {
  const rewind = { point: BigInt(way?.point ?? rewoundTo), count: BigInt(way?.count ?? rewoundTo) };
  const named = { name: generation === 0 ? ZERO_WORD : name, next: way?.next ?? ZERO_WORD };
  return { count: BigInt(count), head, ...named, rewind };
}

/** The entries that a transaction handed in, by one provider's word. */
async function batchInputOf(
  { world, readings }: FoldReading,
  chainId: number,
  txHash: TxHash,
): Promise<BatchInput | undefined> {
  await readingOf(readings, chainId).spendTime('input');
  const found = world.chainOf(chainId).minedIn(txHash);
  const call = found?.block.txs.find(({ tx }) => tx.hash === txHash)?.tx.call as Partial<BatchCall> | undefined;
  if (call?.from === undefined || call.packed === undefined) return undefined;
  return { from: call.from, packed: call.packed };
}

function readingOf(readings: ReadonlyMap<number, QuorumReading>, chainId: number): QuorumReading {
  const reading = readings.get(chainId);
  if (reading === undefined) throw new RangeError(`no reading of chain ${chainId}`);
  return reading;
}

function blockAt<State, Call, Fact>(
  chain: { at(height: number): ModelBlock<State, Call, Fact> | undefined },
  block: FinalBlock,
): ModelBlock<State, Call, Fact> {
  const held = chain.at(Number(block.height));
  if (held === undefined || held.hash !== block.hash)
    throw fault('UNPROVEN', `no provider proves block ${block.height}`, true);
  return held;
}

function hashIn(chain: SettlementChain): (height: number) => BlockHash {
  return (height) => (chain.at(height) ?? chain.head).hash;
}
