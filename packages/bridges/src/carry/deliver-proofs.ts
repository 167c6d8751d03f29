import { l1StateWitnessAbi } from '@surety/contracts';
import { type Address, type BlockHash, type Hex, type TxHash, blockHash } from '@surety/domain';
import {
  type Clock,
  type HeadConfirmer,
  type LandOutcome,
  type TransactionSender,
  type WaitingAmount,
  type WaitingHints,
  retryDelayMs,
} from '@surety/workflows';
import { encodeFunctionData, toEventSelector } from 'viem';
import { type BridgeReads, readContractView } from '../bridge-reads.js';
import { type WitnessedEdge, endsOf, readRecord } from './witnessed-edge.js';

/** A journal's position at a block of its chain, with its proof. */
export interface ProvenJournal {
  /** 0 if the journal had no entry yet. */
  readonly count: bigint;
  readonly proof: {
    readonly header: Hex;
    readonly account: readonly Hex[];
    readonly head: readonly Hex[];
    readonly count: readonly Hex[];
  };
}

/** One event of a transaction. */
interface EventLog {
  readonly address: Address;
  readonly topics: readonly Hex[];
}

/** Dependencies of proving, from both chains. */
export interface ProofDelivery {
  readonly destination: BridgeReads;
  readonly sender: TransactionSender;
  /** Events of a transaction on the witness's chain. */
  readonly readLogs: (txHash: TxHash, signal?: AbortSignal) => Promise<readonly EventLog[]>;
  /** Proves the journal in a block of its own chain. @throws any error of a node that lacks the block. */
  readonly prove: (block: BlockHash, signal?: AbortSignal) => Promise<ProvenJournal>;
  /** Entries that wait for a confirmation. Without any nothing is proven, since proofs cost gas. */
  readonly waiting: WaitingHints;
  readonly clock: Pick<Clock, 'elapsedMs'>;
}

/**
 * Pause after the first kept block, and the longest one, in milliseconds: it doubles while no kept block leads to a
 * proof.
 */
const KEEP_AGAIN_MS = { firstMs: 30_000, maxMs: 3_600_000 } as const;

const KEPT = toEventSelector('BlockKept(bytes32)');

/**
 * Creates the delivery of a witness by state proof. Once the block of the journal's chain that the witness's chain
 * stores contains a waiting entry, it has the witness keep that block, and then proves the journal in it. A kept block
 * that cannot be proven is dropped, and the next one is kept after a pause, so that a node that withholds kept blocks
 * does not make anyone pay at every poll.
 * @throws WITNESS_UNREADABLE, and whatever its dependencies throw.
 */
export function deliverProofs(at: WitnessedEdge, io: ProofDelivery): HeadConfirmer['deliver'] {
  const { far: to } = endsOf(at);
  const call = { priority: 'upkeep', to, gasCeiling: at.gasCeiling } as const;
  let kept: BlockHash | undefined;
  let rest = { times: 0, untilMs: -Infinity };

  async function keepBlock(untold: readonly WaitingAmount[], signal?: AbortSignal): Promise<LandOutcome | undefined> {
    const held = await readHeld(to, io.destination, signal);
    const { count } = await io.prove(held, signal);
    // Some waiting entries suffice: the newest may be a lie, or new ones may come with every block.
    if (!untold.some((one) => one.count <= count)) return undefined;
    const outcome = await io.sender.land(
      {
        ...call,
        purpose: 'keep-block',
        calldata: encodeFunctionData({ abi: l1StateWitnessAbi, functionName: 'keepBlock' }),
        // Keeping another block beside it costs gas and is harmless.
        readEffect: async () => false,
      },
      signal,
    );
    // Only what was paid makes the pause longer: a sender over its cap or budget has sent nothing.
    if (outcome.kind === 'landed' || outcome.kind === 'reverted')
      rest = { times: rest.times + 1, untilMs: io.clock.elapsedMs() + retryDelayMs(rest.times, KEEP_AGAIN_MS) };
    // The block stored when the transaction was mined, which may differ from the one read before.
    if (outcome.kind === 'landed') kept = keptBy(to, await io.readLogs(outcome.txHash, signal));
    return outcome;
  }

  async function proveKept(
    block: BlockHash,
    untold: readonly WaitingAmount[],
    signal?: AbortSignal,
  ): Promise<LandOutcome | undefined> {
    const { count, proof } = await io.prove(block, signal).catch((error: unknown) => {
      // Its node may never show this block; the next attempt takes a newer one.
      if (signal?.aborted !== true) kept = undefined;
      throw error;
    });
    // Others may have brought what waited, since the block was kept.
    if (!untold.some((one) => one.count <= count)) {
      kept = undefined;
      return undefined;
    }
    // The block was paid for: it stays where the proof cannot be sent for now.
    const outcome = await io.sender.land(
      {
        ...call,
        purpose: 'prove-head',
        calldata: encodeFunctionData({ abi: l1StateWitnessAbi, functionName: 'prove', args: [at.edge, proof] }),
        readEffect: async (inner) => (await readRecord(at, io.destination, inner)).recorded >= count,
      },
      signal,
    );
    kept = undefined;
    if (outcome.kind === 'landed') rest = { ...rest, times: 0 };
    return outcome;
  }

  return async (signal) => {
    const waiting = await io.waiting.readWaiting(signal);
    if (waiting.length === 0) return undefined;
    const { recorded, conflicted } = await readRecord(at, io.destination, signal);
    const untold = waiting.filter(({ count }) => count > recorded);
    if (conflicted || untold.length === 0) return undefined;
    if (kept === undefined) {
      if (io.clock.elapsedMs() < rest.untilMs) return undefined;
      const outcome = await keepBlock(untold, signal);
      if (outcome === undefined || kept === undefined) return outcome;
    }
    return proveKept(kept, untold, signal);
  };
}

/** Returns the block of the journal's chain whose hash the witness's chain stores now. */
async function readHeld(witness: Address, reads: BridgeReads, signal?: AbortSignal): Promise<BlockHash> {
  const abi = l1StateWitnessAbi;
  const to = await readContractView<Address>(reads, { to: witness, abi, functionName: 'l1Block' }, signal);
  return blockHash(await readContractView<Hex>(reads, { to, abi: HASH, functionName: 'hash' }, signal));
}

/** The only view of the L1 block predeploy that is used. @source IL1Block of L1StateWitness.sol */
const HASH = [
  { type: 'function', name: 'hash', stateMutability: 'view', inputs: [], outputs: [{ type: 'bytes32' }] },
] as const;

function keptBy(witness: Address, logs: readonly EventLog[]): BlockHash | undefined {
  const topic = logs.find(({ address, topics }) => address === witness && topics[0] === KEPT)?.topics[1];
  return topic === undefined ? undefined : blockHash(topic);
}
