import type { OriginChainReader } from '@surety/chain';
import {
  attesterSetAbi,
  collateralLedgerAbi,
  parseJournalCountWord,
  replicaSlots,
  riskManagerAbi,
} from '@surety/contracts';
import { type Address, type BlockHeight, type Bytes32, type Hex, address, blockHash, bytes32 } from '@surety/domain';
import type { CachedPrice } from '@surety/margin';
import type {
  AssetTerms,
  AttesterEpoch,
  ChainLog,
  FactRange,
  FinalBlock,
  KnownEdge,
  MarginSums,
  NewestReplicas,
  SettlementReader,
} from '@surety/workflows';
import { type Abi, decodeFunctionResult, encodeFunctionData } from 'viem';
import { decodeFacts } from './decode-facts.js';
import { decodeAssetWord, decodeSourceWord } from './decode-words.js';
import type { ContractCall, QuorumCaller } from './quorum-caller.js';

/** The contracts of the settlement chain, and how to read them. */
export interface ChainSettlementOptions {
  readonly chain: OriginChainReader;
  readonly caller: QuorumCaller;
  readonly ledger: Address;
  readonly ledgerCodeHash: Bytes32;
  readonly riskManager: Address;
  readonly attesterSet: Address;
}

/** Calls under way at once, so that a burst does not fill a provider's queue. */
const CALLS_AT_ONCE = 8;

/** Reads the settlement chain through verified blocks, proofs and judged logs; views by a quorum of providers. */
export class ChainSettlementReader implements SettlementReader {
  readonly chainId: number;
  readonly #options: ChainSettlementOptions;

  constructor(options: ChainSettlementOptions) {
    this.#options = options;
    this.chainId = options.chain.chainId;
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
    const { chain, ledger, riskManager, attesterSet } = this.#options;
    const blocks = { topics: [], fromBlock: range.from as BlockHeight, toBlock: range.to as BlockHeight };
    const refuse = (logs: readonly ChainLog[]): string | undefined =>
      range.refuse(decodeFacts(logs, this.chainId).transactions);
    const logs = await chain.readLogs({ ...blocks, address: ledger, refuse }, signal);
    const { transactions, termsChanged } = decodeFacts(logs, this.chainId);
    const pokes = range.termsToo ? await chain.readLogs({ ...blocks, address: riskManager }, signal) : [];
    const sets = await chain.readLogs({ ...blocks, address: attesterSet }, signal);
    return { transactions, termsChanged: termsChanged || pokes.length > 0, epochsChanged: sets.length > 0 };
  }

  async readPositions(edges: readonly Bytes32[], block: FinalBlock, signal?: AbortSignal) {
    if (edges.length === 0) return [];
    const { chain, ledger, ledgerCodeHash } = this.#options;
    const slots = edges.flatMap((edge) => [replicaSlots(edge).head, replicaSlots(edge).count]);
    const { values } = await chain.readSlots({ contract: ledger, slots, block, codeHash: ledgerCodeHash }, signal);
    return edges.map((_, at) => ({
      head: bytes32(values[2 * at] ?? '0x'),
      count: parseJournalCountWord(BigInt(values[2 * at + 1] ?? '0x')).count,
    }));
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
    const prices = new Map<number, CachedPrice>();
    await each(slots, async (slot) => prices.set(slot, await this.#readPrice(slot, block, signal)));
    const terms: AssetTerms[] = [];
    await each(assets, async ({ assetId, source, underlying, ownPrice }) => {
      const [assetWord, sourceWord] = (await this.#view(collateralLedgerAbi, 'termWordsOf', [assetId], {
        block,
        signal,
      })) as [bigint, bigint];
      const own = ownPrice === 0 ? [] : [prices.get(ownPrice)];
      terms.push({
        assetId,
        sourceIndex: source,
        asset: decodeAssetWord(assetWord),
        source: decodeSourceWord(sourceWord),
        prices: [prices.get(underlying), ...own].flatMap((price) => price ?? []),
      });
    });
    return terms;
  }

  async readEpochs(block: FinalBlock, signal?: AbortSignal): Promise<readonly AttesterEpoch[]> {
    const view = (name: string, ...args: unknown[]): Promise<unknown> =>
      this.#view(attesterSetAbi, name, args, { block, signal });
    const newest = (await view('newestEpoch')) as number;
    const epochs: AttesterEpoch[] = [];
    for (let epoch = 1; epoch <= newest; epoch++) {
      const members = (await view('members', epoch)) as readonly Hex[];
      epochs.push({
        epoch,
        members: members.map(address),
        quorum: (await view('k', epoch)) as number,
        activeFrom: BigInt((await view('activeFrom', epoch)) as number | bigint),
        expires: BigInt((await view('expires', epoch)) as number | bigint),
      });
    }
    return epochs;
  }

  async readMargins(
    request: { accounts: readonly Bytes32[]; block: FinalBlock; agreed: boolean },
    signal?: AbortSignal,
  ): Promise<readonly MarginSums[]> {
    const sums = new Map<Bytes32, MarginSums>();
    const { block, agreed } = request;
    await each(request.accounts, async (account) => {
      const figures = (await this.#view(collateralLedgerAbi, 'marginOf', [account], {
        block,
        signal,
        agreed,
      })) as readonly bigint[];
      const [
        initial = 0n,
        initialRequirement = 0n,
        exit = 0n,
        exitRequirement = 0n,
        maintenance = 0n,
        maintenanceRequirement = 0n,
      ] = figures;
      const [status = 0n, oldestAsOf = 0n] = figures.slice(6);
      sums.set(account, {
        initial,
        initialRequirement,
        exit,
        exitRequirement,
        maintenance,
        maintenanceRequirement,
        status,
        oldestAsOf,
      });
    });
    return request.accounts.flatMap((account) => sums.get(account) ?? []);
  }

  async readNewest(edges: readonly KnownEdge[], signal?: AbortSignal): Promise<NewestReplicas> {
    const { height, hash } = await this.#options.caller.readNewestBlock(signal);
    const counts = new Map<Bytes32, bigint>();
    for (const { edgeId, source } of edges) {
      const replica = (await this.#view(collateralLedgerAbi, 'replicaOf', [source], {
        block: { hash },
        signal,
        agreed: false,
      })) as readonly unknown[];
      if (replica[0] === edgeId) counts.set(edgeId, replica[1] as bigint);
    }
    return { block: { chainId: this.chainId, height, hash: blockHash(hash) }, counts };
  }

  async #readPrice(slot: number, block: FinalBlock, signal: AbortSignal | undefined): Promise<CachedPrice> {
    const cached = (await this.#view(riskManagerAbi, 'priceOf', [slot], { block, signal })) as {
      price: bigint;
      observedAt: number | bigint;
      maxAgeS: number;
    };
    return { price1e12: cached.price, observedAt: BigInt(cached.observedAt), maxAgeS: cached.maxAgeS };
  }

  async #view(
    abi: Abi,
    name: string,
    args: readonly unknown[],
    at: { block: { readonly hash: string }; signal: AbortSignal | undefined; agreed?: boolean },
  ): Promise<unknown> {
    const { ledger, riskManager, attesterSet, caller } = this.#options;
    const to = abi === (riskManagerAbi as Abi) ? riskManager : abi === (attesterSetAbi as Abi) ? attesterSet : ledger;
    const input = encodeFunctionData({ abi, functionName: name, args });
    const call: ContractCall = { to, input, blockHash: at.block.hash as Hex };
    const output =
      at.agreed === false ? await caller.callOne(call, at.signal) : await caller.callAgreed(call, at.signal);
    return decodeFunctionResult({ abi, functionName: name, args, data: output });
  }
}

async function each<Item>(items: readonly Item[], work: (item: Item) => Promise<unknown>): Promise<void> {
  for (let at = 0; at < items.length; at += CALLS_AT_ONCE)
    await Promise.all(items.slice(at, at + CALLS_AT_ONCE).map(work));
}
