import { collateralVaultAbi, developmentTokenAbi, keccak256 } from '@surety/contracts';
import { type AccountName, type LocalNetwork, devnetAccount, startNetwork } from '@surety/devnet';
import {
  type AccountId,
  type Address,
  type Bytes32,
  type Hex,
  accountId,
  address,
  bytesToHex,
  concatBytes,
  hexToBytes,
  statementDigest,
} from '@surety/domain';
import { CollateralState, type ReplicaFact, VaultState } from '@surety/workflows';
import type { Abi } from 'viem';
import type { Random } from '../simulation/random.js';
import { type ActedBlock, type ActedCall, ActedChain } from './acted-chain.js';
import { type FactDecoders, loadDecoders } from './fact-decoders.js';
import { JournalBook } from './journal-book.js';

/** Who owns lines; each with sub-accounts 0 and 1. */
export const OWNERS: readonly AccountName[] = ['alice', 'bob', 'faucet', 'feeder'];

/** One vault with both journals between it and the ledger, on the chain and in the fold. */
export interface Side {
  readonly source: number;
  readonly vault: Address;
  readonly gateway: Address;
  readonly attesterSet: Address;
  readonly tokens: readonly Address[];
  readonly assetIds: readonly number[];
  readonly chain: ActedChain;
  readonly chainId: number;
  /** Vault → ledger. */
  readonly locks: JournalBook;
  /** Ledger → vault. */
  readonly releases: JournalBook;
  readonly fold: VaultState;
  /** What the fold of the vault's facts has made of each payment so far. */
  readonly payments: Map<bigint, { readonly entryHash: Uint8Array; readonly state: string }>;
  /** Token units that vanished from the vault and may come back, by token. */
  readonly lost: Map<Address, bigint>;
  /** Count of the replica at the ledger, and at the vault, as the harness last read it from logs. */
  applied: bigint;
  replayed: bigint;
  block: ActedBlock | undefined;
}

/** The contracts on local chains, and the fold of what their logs say, side by side. */
export class TwoWorlds {
  readonly network: LocalNetwork;
  readonly settlement: ActedChain;
  readonly ledger: Address;
  readonly sides: readonly Side[];
  readonly fold: CollateralState;
  readonly #decoders: FactDecoders;
  /** Every credit that was ever parked: source and index. */
  readonly everParked = new Set<string>();
  now: bigint;
  settlementBlock: ActedBlock | undefined;

  private constructor(parts: Pick<TwoWorlds, 'network' | 'settlement' | 'sides' | 'now'>, decoders: FactDecoders) {
    this.network = parts.network;
    this.settlement = parts.settlement;
    this.sides = parts.sides;
    this.now = parts.now;
    this.ledger = parts.network.plan.settlement.ledger;
    this.#decoders = decoders;
    this.fold = new CollateralState({ chainId: parts.settlement.node.chainId, keccak256 });
  }

  /** Starts the chains with the protocol on them, hands out tokens, and folds what is on the chains already. */
  static async start(directory: string): Promise<TwoWorlds> {
    const network = await startNetwork({ directory, blockSeconds: 3_600, attesters: 4 });
    const chains = new Map([...network.nodes].map(([id, node]) => [id, new ActedChain(node)]));
    const settlement = chains.get(network.plan.request.settlement.chainId);
    if (settlement === undefined) throw new Error('the settlement chain was not started');
    for (const chain of chains.values()) await chain.takeOver();
    const times = await Promise.all(
      [...network.readers.values()].map(async (reader) => (await reader.getBlock()).timestamp),
    );
    const sides = network.plan.vaults.map((planned): Side => {
      const { chainId, source, assets } = planned.request;
      return {
        source,
        vault: planned.vault,
        gateway: planned.gateway,
        attesterSet: planned.attesterSet,
        tokens: assets.map(({ token }) => token),
        assetIds: planned.assetIds,
        chain: chains.get(chainId) as ActedChain,
        chainId,
        locks: new JournalBook(planned.edgeId),
        releases: new JournalBook(planned.returnEdgeId),
        fold: new VaultState({ replica: replicaOf(planned), sums: [], keccak256 }),
        payments: new Map(),
        lost: new Map(),
        applied: 0n,
        replayed: 0n,
        block: undefined,
      };
    });
    const now = times.reduce((latest, time) => (time > latest ? time : latest), 0n);
    const worlds = new TwoWorlds({ network, settlement, sides, now }, await loadDecoders());
    await worlds.#foldHistory();
    for (const side of sides) await worlds.#handOut(side);
    return worlds;
  }

  stop(): Promise<void> {
    return this.network.stop();
  }

  /** Mines a side's block and folds it. Gives which of its transactions took effect. */
  async mineSide(side: Side): Promise<readonly boolean[]> {
    const block = await side.chain.mine(this.now);
    side.block = block;
    const logs = block.logs.filter((log) => log.address === side.vault);
    side.locks.take(logs);
    for (const transaction of this.#decoders.decodeVaultFacts(logs, side.chainId)) {
      for (const fact of transaction.facts) if (fact.kind === 'applied') side.replayed = fact.to;
      side.fold.apply(transaction, ({ from, to }) => side.releases.entries(from, to));
    }
    for (const { seq, entryHash, state } of side.fold.takeChanges().payments)
      side.payments.set(seq, { entryHash, state });
    return block.outcomes;
  }

  /** Mines the settlement chain's block and folds it. */
  async mineSettlement(): Promise<readonly boolean[]> {
    const block = await this.settlement.mine(this.now);
    this.settlementBlock = block;
    this.#foldSettlement(block.logs);
    return block.outcomes;
  }

  /** Signs a journal's head at a count for the verifier that reads it. */
  async sign(
    side: Side,
    book: JournalBook,
    count: bigint,
  ): Promise<{ readonly statement: Record<string, unknown>; readonly signatures: Hex }> {
    const toLedger = book === side.locks;
    const origin = toLedger ? side.block : this.settlementBlock;
    if (origin === undefined) throw new Error('nothing was mined yet');
    const statement = {
      edge: book.edge,
      count,
      tip: count,
      head: book.heads[Number(count)] as Bytes32,
      blockNumber: origin.height,
      blockHash: origin.hash,
      asOf: this.now,
      epoch: 1,
    };
    const { plan } = this.network;
    const domain = toLedger
      ? { chainId: BigInt(this.settlement.node.chainId), verifyingContract: plan.settlement.attesterSet }
      : { chainId: BigInt(side.chainId), verifyingContract: side.attesterSet };
    const hash = statementDigest(statement, domain, keccak256);
    const signed = await Promise.all(this.network.attesters.slice(0, 3).map(({ account }) => account.sign({ hash })));
    const signatures = bytesToHex(concatBytes(...signed.map((one) => hexToBytes(one, 65))));
    return { statement, signatures };
  }

  /** Any account of the walk. */
  anyAccount(random: Random): AccountId {
    return accountId({ owner: devnetAccount(random.pick(OWNERS)).address, home: 0, sub: BigInt(random.whole(0, 1)) });
  }

  #foldSettlement(logs: ActedBlock['logs']): void {
    const own = logs.filter((log) => log.address === this.ledger);
    for (const side of this.sides) side.releases.take(own);
    const lookup = (edge: Bytes32, from: bigint, to: bigint): Uint8Array =>
      this.sides.find(({ locks }) => locks.edge === edge)?.locks.entries(from, to) ?? new Uint8Array();
    for (const { facts } of this.#decoders.decodeFacts(own, this.settlement.node.chainId).transactions) {
      for (const fact of facts) {
        if (fact.kind === 'parked') this.everParked.add(`${fact.source}:${fact.index}`);
        const side = fact.kind === 'applied' ? this.sides.find(({ locks }) => locks.edge === fact.edge) : undefined;
        if (side !== undefined && fact.kind === 'applied') side.applied = fact.to;
      }
      this.fold.apply(facts, lookup);
    }
    this.fold.takeChanges();
  }

  async #foldHistory(): Promise<void> {
    this.#foldSettlement(await this.settlement.history(this.ledger));
  }

  async #handOut(side: Side): Promise<void> {
    const calls = OWNERS.flatMap((by) =>
      side.tokens.slice(0, 2).flatMap((to): ActedCall[] => [
        {
          by,
          to,
          abi: developmentTokenAbi,
          functionName: 'mint',
          args: [devnetAccount(by).address, 10n ** 30n],
        },
        { by, to, abi: developmentTokenAbi, functionName: 'approve', args: [side.vault, 2n ** 255n] },
      ]),
    );
    await side.chain.send(calls);
    this.now += 10n;
    await this.mineSide(side);
  }
}

function replicaOf(planned: LocalNetwork['plan']['vaults'][number]): ReplicaFact {
  const { chainId, source } = planned.request;
  return {
    chainId,
    edge: planned.returnEdgeId,
    source,
    originChainId: Number(planned.edge.destinationChainId),
    vault: address(planned.vault),
    count: 0n,
    head: planned.returnEdgeId,
  };
}

/** What every act names of a vault. */
export const vaultAbi = collateralVaultAbi as Abi;
