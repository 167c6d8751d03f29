import type { OriginChainReader } from '@surety/chain';
import {
  assetCountSlot,
  assetSlot,
  collateralLedgerAbi,
  decodeBatchInput,
  journalSlots,
  parseAssetCountWord,
  parseAssetTermsWord,
  parseJournalCountWord,
  riskManagerAbi,
} from '@surety/contracts';
import {
  type Address,
  AppError,
  type BlockHeight,
  type Bytes32,
  type Hex,
  type StatementDomain,
  type TxHash,
  ZERO_WORD,
  address,
  bytes32,
  concatBytes,
  parseAccountId,
} from '@surety/domain';
import type { CachedPrice, WeightRamp } from '@surety/margin';
import {
  type AccountMembership,
  type AssetFact,
  type AssetTerms,
  type AttesterEpoch,
  type BatchInput,
  type ChainLog,
  type CoverageFigures,
  type FactRange,
  type FinalBlock,
  type LineFigures,
  type LocatedEntries,
  type MarginSums,
  type MarginsAt,
  type NewestLedger,
  type NewestReplica,
  type ReleaseVerdict,
  type SettlementReader,
  type SourceListing,
  type WantedRelease,
  packAppended,
} from '@surety/workflows';
import { type ContractFunctionReturnType, encodeFunctionData } from 'viem';
import { type AskView, each, newestViews, readEpochsByCall, viewsAt } from './contract-views.js';
import { APPENDED_TOPICS, LEDGER_FACT_TOPICS, appendedOf, decodeFacts } from './decode-facts.js';
import { decodeAssetWord, decodeSourceWord, isStandingAsset, mayAssetRamp, maySourceRamp } from './decode-words.js';
import type { QuorumCaller } from './quorum-caller.js';
import { readParkedDate } from './read-parked-date.js';
import { releaseRefusalOf } from './release-refusal-of.js';
import { provenReplicaOf, provenReplicaSlots } from './read-replica.js';
import { provenSourceSlots, provenSourcesOf } from './read-sources.js';

/** The contracts of the settlement chain, and how to read them. */
export interface ChainSettlementOptions {
  readonly chain: OriginChainReader;
  readonly caller: QuorumCaller;
  readonly ledger: Address;
  readonly ledgerCodeHash: Bytes32;
  /** The one that weighs until terms are read for the first time; then it is that which the ledger names. */
  readonly riskManager: Address;
  readonly attesterSet: Address;
}

/** Reads the settlement chain through verified blocks, proofs and judged logs; views by a quorum of providers. */
export class ChainSettlementReader implements SettlementReader {
  readonly chainId: number;
  readonly verifier: StatementDomain;
  readonly #options: ChainSettlementOptions;
  /** Whose logs tell that prices moved. */
  #riskManager: Address;

  constructor(options: ChainSettlementOptions) {
    this.#options = options;
    this.#riskManager = options.riskManager;
    const { chain, attesterSet } = options;
    this.chainId = chain.chainId;
    this.verifier = { chainId: chain.chainId, verifyingContract: attesterSet };
  }

  condition(): ReturnType<SettlementReader['condition']> {
    return this.#options.chain.condition();
  }

  readFinalTip(signal?: AbortSignal): Promise<FinalBlock> {
    return this.#options.chain.readFinalTip(signal);
  }

  readFinalBlock(height: bigint, signal?: AbortSignal): Promise<FinalBlock> {
    return this.#options.chain.readFinalBlock(height as BlockHeight, signal);
  }

  async readFacts(range: Parameters<SettlementReader['readFacts']>[0], signal?: AbortSignal): Promise<FactRange> {
    const { chain, ledger, attesterSet } = this.#options;
    const blocks = { topics: [], fromBlock: range.from as BlockHeight, toBlock: range.to as BlockHeight };
    const refuse = (logs: readonly ChainLog[]): string | undefined =>
      range.refuse(decodeFacts(logs, this.chainId).transactions);
    const own = { ...blocks, address: ledger, topics: [LEDGER_FACT_TOPICS] };
    const logs = await chain.readLogs({ ...own, refuse }, signal);
    const { transactions, termsChanged } = decodeFacts(logs, this.chainId);
    const pokes = range.termsToo ? await chain.readLogs({ ...blocks, address: this.#riskManager }, signal) : [];
    const sets = await chain.readLogs({ ...blocks, address: attesterSet }, signal);
    return { transactions, termsChanged: termsChanged || pokes.length > 0, epochsChanged: sets.length > 0 };
  }

  async readPositions(
    edges: Parameters<SettlementReader['readPositions']>[0],
    block: FinalBlock,
    signal?: AbortSignal,
  ): ReturnType<SettlementReader['readPositions']> {
    const replicas = edges.replicas.flatMap(provenReplicaSlots);
    const journals = edges.journals.map(journalSlots).flatMap(({ head, count }) => [head, count]);
    if (replicas.length + journals.length === 0) return { replicas: [], journals: [] };
    const values = await this.#readSlots([...replicas, ...journals], block, signal);
    const perReplica = replicas.length / Math.max(1, edges.replicas.length);
    return {
      replicas: edges.replicas.map((_, at) => provenReplicaOf(values.slice(at * perReplica, (at + 1) * perReplica))),
      journals: edges.journals.map((_, at) => {
        const [head = '0x', count = '0x'] = values.slice(replicas.length + 2 * at);
        return { head: bytes32(head), count: parseJournalCountWord(BigInt(count)).count };
      }),
    };
  }

  async readBatchInput(txHash: TxHash, signal?: AbortSignal): Promise<BatchInput | undefined> {
    return decodeBatchInput(await this.#options.caller.readInput(txHash, signal));
  }

  async readSources(sources: readonly number[], block: FinalBlock, signal?: AbortSignal): Promise<SourceListing[]> {
    return provenSourcesOf(sources, await this.#readSlots(sources.flatMap(provenSourceSlots), block, signal));
  }

  async readAssetCount(block: FinalBlock, signal?: AbortSignal): Promise<number> {
    const [count] = await this.#readSlots([assetCountSlot()], block, signal);
    return parseAssetCountWord(BigInt(count ?? 0));
  }

  async readAssets(assetIds: readonly number[], block: FinalBlock, signal?: AbortSignal): Promise<AssetFact[]> {
    const values = await this.#readSlots(assetIds.map(assetSlot), block, signal);
    return assetIds.map((assetId, at) => ({ assetId, ...parseAssetTermsWord(BigInt(values[at] ?? 0)) }));
  }

  async readSums(
    assetIds: readonly number[],
    block: FinalBlock,
    signal?: AbortSignal,
  ): ReturnType<SettlementReader['readSums']> {
    const sums: { assetId: number; lines: bigint; parked: bigint }[] = [];
    const view = this.#viewsAt(block, signal);
    await each(assetIds, async (assetId) => {
      const { credited: lines, parked } = await view('assetOf', assetId);
      sums.push({ assetId, lines, parked });
    });
    return sums;
  }

  async readCoverages(
    assets: Parameters<SettlementReader['readCoverages']>[0],
    block: FinalBlock,
    signal?: AbortSignal,
  ): Promise<readonly CoverageFigures[]> {
    const view = this.#viewsAt(block, signal);
    return Promise.all(
      assets.map(async ({ source, vaultAsset }) => {
        const [[inForceWad, reportedWad, since, , lostSeq], [orphaned, missing, found]] = await Promise.all([
          view('coverageOf', source, vaultAsset),
          view('unsettledOf', source, vaultAsset),
        ]);
        const coverage = { source, vaultAsset, inForceWad, reportedWad, impairedSince: BigInt(since), lostSeq };
        return { ...coverage, orphaned, missing, found };
      }),
    );
  }

  async readMembership(account: Bytes32, block: FinalBlock, signal?: AbortSignal): Promise<AccountMembership> {
    const view = this.#viewsAt(block, signal);
    const enabled = await view('linesOf', account);
    return { enabled, protocols: (await view('protocolsOf', account)).map(address) };
  }

  async readLine(
    { account, assetId }: { readonly account: Bytes32; readonly assetId: number },
    block: FinalBlock,
    signal?: AbortSignal,
  ): Promise<LineFigures> {
    const { amount, unseasoned, seasonEnd } = await this.#viewsAt(block, signal)('lineOf', account, assetId);
    return { amount, unseasoned, seasonEnd: BigInt(seasonEnd) };
  }

  async readParkedDate(
    credit: { readonly source: number; readonly index: bigint },
    block: FinalBlock,
    signal?: AbortSignal,
  ): Promise<bigint | undefined> {
    return readParkedDate(credit, this.#viewsAt(block, signal));
  }

  async readListed(protocols: readonly Address[], block: FinalBlock, signal?: AbortSignal): Promise<boolean[]> {
    const listed = new Map<Address, boolean>();
    const view = this.#viewsAt(block, signal);
    await each(protocols, async (protocol) => {
      const [, isListed] = await view('protocolOf', protocol);
      listed.set(protocol, isListed);
    });
    return protocols.map((protocol) => listed.get(protocol) ?? false);
  }

  async tryRelease(release: WantedRelease, block: FinalBlock, signal?: AbortSignal): Promise<ReleaseVerdict> {
    const { account, assetId, amount, recipient, fee } = release;
    const input = encodeFunctionData({
      abi: collateralLedgerAbi,
      functionName: 'requestRelease',
      args: [account, assetId, amount, recipient, fee],
    });
    const { caller, ledger } = this.#options;
    const from = parseAccountId(account).owner;
    const answer = await caller.tryAgreed({ to: ledger, input, blockHash: block.hash, from }, signal);
    return answer.kind === 'returned' ? { kind: 'allowed' } : releaseRefusalOf(answer.reason);
  }

  async readTerms(
    assets: Parameters<SettlementReader['readTerms']>[0],
    block: FinalBlock,
    signal?: AbortSignal,
  ): Promise<readonly AssetTerms[]> {
    const slots = [
      ...new Set(
        assets.flatMap(({ underlying, ownPrice }) => (ownPrice === 0 ? [underlying] : [underlying, ownPrice])),
      ),
    ];
    const terms: AssetTerms[] = [];
    const view = this.#viewsAt(block, signal);
    const to = address(await view('riskManager'));
    this.#riskManager = to;
    const risk = viewsAt(this.#options.caller, { to, abi: riskManagerAbi, block }, signal);
    const prices = new Map<number, CachedPrice>();
    await each(slots, async (slot) => prices.set(slot, cachedPriceOf(await risk('priceOf', slot))));
    await each(assets, async ({ assetId, source, underlying, ownPrice }) => {
      const [assetWord, sourceWord] = await view('termWordsOf', assetId);
      const own = ownPrice === 0 ? [] : [prices.get(ownPrice)];
      // A word holds the weight of its block: while that falls, later blocks weigh by the line it falls along.
      const ramps = {
        asset: mayAssetRamp(assetWord) ? await this.#readRamp('rampOf', assetId, block, signal) : {},
        source: maySourceRamp(sourceWord) ? await this.#readRamp('sourceRampOf', source, block, signal) : {},
      };
      terms.push({
        assetId,
        sourceIndex: source,
        asset: { ...decodeAssetWord(assetWord), ...ramps.asset },
        source: { ...decodeSourceWord(sourceWord), ...ramps.source },
        isStanding: isStandingAsset(assetWord),
        prices: [prices.get(underlying), ...own].flatMap((price) => price ?? []),
      });
    });
    return terms;
  }

  readEpochs(
    at: Parameters<SettlementReader['readEpochs']>[0],
    signal?: AbortSignal,
  ): Promise<readonly AttesterEpoch[]> {
    const { caller, attesterSet } = this.#options;
    return readEpochsByCall(caller, { attesterSet, ...at }, signal);
  }

  async readMargins({ accounts, block }: MarginsAt, signal?: AbortSignal): Promise<readonly MarginSums[]> {
    const sums = new Map<Bytes32, MarginSums>();
    const view = this.#viewsAt(block, signal, { agreed: false });
    await each(accounts, async (account) => sums.set(account, marginSumsOf(await view('marginOf', account))));
    return accounts.flatMap((account) => sums.get(account) ?? []);
  }

  async readAgreedMargins(
    { accounts, block }: MarginsAt,
    signal?: AbortSignal,
  ): Promise<ReadonlyMap<Bytes32, MarginSums>> {
    const sums = new Map<Bytes32, MarginSums>();
    const view = this.#viewsAt(block, signal, { mayDiffer: true });
    const neutral = this.#viewsAt(block, signal);
    // No protocol has a say in the margin of an account that nobody owns: if that has no quorum either, the providers fail. They may
    // also begin to fail later: only what fails at the same time shares one such question.
    let control: Promise<unknown> | undefined;
    await each(accounts, async (account) => {
      try {
        sums.set(account, marginSumsOf(await view('marginOf', account)));
      } catch (cause) {
        if (!(cause instanceof AppError && cause.code === 'NO_QUORUM')) throw cause;
        control ??= neutral('marginOf', ZERO_WORD).finally(() => (control = undefined));
        await control;
      }
    });
    return sums;
  }

  async readNewest(
    { edges, after }: Parameters<SettlementReader['readNewest']>[0],
    signal?: AbortSignal,
  ): Promise<NewestLedger> {
    const { caller, ledger } = this.#options;
    return caller.lookAtNewest({ calls: edges.length, signal }, async (newest) => {
      const replicas = new Map<Bytes32, NewestReplica>();
      const view = newestViews(newest, { to: ledger, abi: collateralLedgerAbi });
      for (const { edgeId, source } of edges) {
        const [name, count] = await view('replicaOf', source);
        replicas.set(edgeId, { name: bytes32(name), count });
      }
      const logs = await newest.logs({ contract: ledger, topics: APPENDED_TOPICS, after });
      const released = seenEntries(logs.flatMap((log) => appendedOf(log) ?? []));
      const { height, hash } = newest.block;
      return { block: { chainId: this.chainId, height, hash }, replicas, released };
    });
  }

  /** Reads slots of the ledger by storage proof, in the given order. */
  async #readSlots(slots: readonly Bytes32[], block: FinalBlock, signal?: AbortSignal): Promise<readonly Hex[]> {
    const { chain, ledger: contract, ledgerCodeHash: codeHash } = this.#options;
    const { values } = await chain.readSlots({ contract, slots, block, codeHash }, signal);
    return values;
  }

  async #readRamp(
    name: 'rampOf' | 'sourceRampOf',
    index: number,
    block: FinalBlock,
    signal: AbortSignal | undefined,
  ): Promise<{ readonly maintenanceRamp?: WeightRamp }> {
    const ramp = await this.#viewsAt(block, signal)(name, index);
    const end = BigInt(ramp.end);
    if (end <= block.timestamp) return {};
    return { maintenanceRamp: { fromBps: ramp.fromBp, toBps: ramp.toBp, start: BigInt(ramp.start), end } };
  }

  #viewsAt(
    block: FinalBlock,
    signal: AbortSignal | undefined,
    asked: { readonly agreed?: boolean; readonly mayDiffer?: boolean } = {},
  ): AskView<typeof collateralLedgerAbi> {
    const { caller, ledger } = this.#options;
    return viewsAt(caller, { ...asked, to: ledger, abi: collateralLedgerAbi, block }, signal);
  }
}

/** Names the figures of `priceOf`. */
function cachedPriceOf(figures: ContractFunctionReturnType<typeof riskManagerAbi, 'view', 'priceOf'>): CachedPrice {
  const { price, ema, confPpm, observedAt, maxAgeS, failing } = figures;
  return { price1e12: price, slow1e12: ema, confPpm, observedAt: BigInt(observedAt), maxAgeS, failing };
}

/** Names the eight figures of `marginOf`. */
function marginSumsOf(figures: ContractFunctionReturnType<typeof collateralLedgerAbi, 'view', 'marginOf'>): MarginSums {
  const [initial, initialRequirement, exit, exitRequirement, maintenance, maintenanceRequirement] = figures;
  const [, , , , , , status, oldestAsOf] = figures;
  return {
    initial,
    initialRequirement,
    exit,
    exitRequirement,
    maintenance,
    maintenanceRequirement,
    status,
    oldestAsOf,
  };
}

function seenEntries(facts: readonly NonNullable<ReturnType<typeof appendedOf>>[]): Map<Bytes32, LocatedEntries> {
  const released = new Map<Bytes32, LocatedEntries>();
  for (const fact of facts) {
    const held = released.get(fact.edge) ?? { packed: new Uint8Array(), locations: [] };
    released.set(fact.edge, {
      packed: concatBytes(held.packed, packAppended(fact)),
      locations: [...held.locations, fact.location],
    });
  }
  return released;
}
