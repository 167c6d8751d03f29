import {
  type Address,
  type Bytes32,
  type EdgeDirection,
  type Keccak256,
  ZERO_WORD,
  address,
  blockHeight,
  bytes32,
  edgeBetween,
  edgeId,
  tokenUnits,
} from '@surety/domain';
import { announceSeen } from '../attest/announce-seen.js';
import { type AttestOutcome, type JournalState, attestJournal } from '../attest/attest-journal.js';
import { Bell } from '../running/bell.js';
import { type DeliveryState, deliverJournal } from '../attest/deliver-journal.js';
import { SigningPermit } from '../attest/signing-permit.js';
import { watchHeads } from '../attest/watch-heads.js';
import type { Epoch, EpochSchedule, RewindableReplica } from '../ports/epochs.js';
import type { JournalSpec } from '../ports/origin-chain.js';
import { FakeAggregator } from './fake-aggregator.js';
import { FakeAttester } from './fake-attester.js';
import { FakeClock, settle } from './fake-clock.js';
import { FakeOriginChain } from './fake-origin-chain.js';
import { MemoryAttestationLog } from './memory-attestation-log.js';
import { MemoryHistory } from './memory-history.js';
import { RecordingObserver } from './recording-observer.js';

/** Midnight of a UTC day in seconds. */
export const MIDNIGHT = 1_700_006_400n;

/** Blocks between two frames. */
export const FRAME_LENGTH = 8n;

/** Settings of a world. */
export interface WatcherWorldOptions {
  readonly keccak256: Keccak256;
  readonly blockTimeS?: number;
  /** Timestamp of block 0 in seconds; noon by default. */
  readonly startS?: bigint;
  /** Signers that the aggregator requires. */
  readonly quorum?: number;
  /** Direction of the journal's edge; to the ledger by default. */
  readonly direction?: EdgeDirection;
}

/** One watcher with fakes for all its ports, following one journal with frames of 8 blocks. */
export class WatcherWorld {
  readonly journal: JournalSpec;
  readonly domain;
  readonly chain: FakeOriginChain;
  readonly clock = new FakeClock();
  readonly history = new MemoryHistory();
  readonly attester: FakeAttester;
  readonly log = new MemoryAttestationLog();
  readonly observer = new RecordingObserver();
  readonly aggregator: FakeAggregator;
  readonly permit = new SigningPermit();
  readonly heads = new Bell();
  readonly committed = new Bell();
  epochs: Epoch[] = [{ epoch: 1, activeFrom: 0n }];
  /** Returns `epochs` unless a test replaces it. */
  schedule: EpochSchedule = { readEpochs: async () => this.epochs };
  /** The replica's position at the destination's newest final block. */
  replica: RewindableReplica;
  /** Names under which the watcher asked for its key's statements. */
  readonly confirmed: Bytes32[] = [];
  state: JournalState | undefined;
  /** Every state, in order. */
  readonly states: JournalState[] = [];
  delivery: DeliveryState | undefined;
  outcome: AttestOutcome | undefined;
  readonly #options: WatcherWorldOptions;
  #stopping: AbortController | undefined;
  #done: Promise<unknown> = Promise.resolve();

  constructor(options: WatcherWorldOptions) {
    const { keccak256, blockTimeS = 2, startS = MIDNIGHT + 43_200n, quorum = 1 } = options;
    const { direction = 'to-ledger' } = options;
    this.#options = options;
    this.journal = journalOf(keccak256, direction);
    this.replica = { name: this.journal.edgeId, count: 0n, generation: 0, isRewinding: false };
    this.domain = { chainId: BigInt(this.journal.edge.destinationChainId), verifyingContract: nth('44') };
    this.chain = new FakeOriginChain({ journal: this.journal, keccak256, blockTimeS, startS });
    this.attester = new FakeAttester({ address: nth('55'), history: this.history, keccak256 });
    this.aggregator = new FakeAggregator(this.journal.edgeId, quorum);
  }

  /** Starts all loops, optionally with another process's log. */
  async start(log: MemoryAttestationLog = this.log): Promise<void> {
    const { chain, journal, domain, attester, observer, heads, clock, aggregator, committed, permit } = this;
    const stopping = new AbortController();
    const { signal } = stopping;
    const base = { chain, journal, domain, attester, log, observer, heads, clock, committed };
    const isCurrent = (): boolean => this.state?.kind === 'attesting' && this.state.current;
    this.#stopping = stopping;
    this.#done = Promise.all([
      attestJournal(
        {
          ...base,
          frameLength: FRAME_LENGTH,
          epochs: this.schedule,
          readReplica: async () => this.replica,
          confirmHistory: async (name) => void this.confirmed.push(name),
          permit,
          keccak256: this.#options.keccak256,
          onState: (state) => this.states.push((this.state = state)),
        },
        signal,
      ).then((outcome) => (this.outcome = outcome)),
      deliverJournal(
        {
          ...base,
          edge: journal.edgeId,
          aggregator,
          aggregatorName: 'a',
          onState: (state) => (this.delivery = state),
        },
        signal,
      ),
      announceSeen({ ...base, isCurrent, aggregators: [aggregator] }, signal),
      watchHeads(chain, heads, signal),
    ]);
    await settle();
  }

  /** Stops all loops and waits for them. */
  async stop(): Promise<void> {
    this.#stopping?.abort();
    await this.#done;
  }

  /** Adds entries of the journal's direction to a block: locks, or releases. */
  append(height: bigint, times = 1): void {
    const isLock = this.journal.direction === 'to-ledger';
    for (let time = 0; time < times; time++) {
      this.chain.append(height, {
        kind: isLock ? 'LOCK' : 'RELEASE',
        asset: 1,
        amount: tokenUnits(1_000n + height),
        account: bytes32(`0x${'66'.repeat(32)}`),
        party: isLock ? ZERO_WORD : bytes32(`0x${'00'.repeat(12)}${'77'.repeat(20)}`),
        fee: tokenUnits(0n),
      });
    }
  }

  /** Moves the chain and lets the loops run until they wait. */
  async move(head: bigint, final = head): Promise<void> {
    this.chain.advanceTo(head, final);
    await settle();
  }

  /** Signed statements in order: count, tip and height. */
  get signed(): [count: bigint, tip: bigint, height: bigint][] {
    return this.attester.signed.map(({ statement }) => [statement.count, statement.tip, statement.blockNumber]);
  }
}

function journalOf(keccak256: Keccak256, direction: EdgeDirection): JournalSpec {
  const edge = edgeBetween(
    { settlementChainId: 31_339n, ledger: nth('22'), vaultChainId: 31_337n, vault: nth('11') },
    direction,
  );
  return {
    edge,
    edgeId: edgeId(edge, keccak256),
    direction,
    contract: edge.journal,
    codeHash: bytes32(`0x${'33'.repeat(32)}`),
    fromBlock: blockHeight(3n),
  };
}

function nth(digits: string): Address {
  return address(`0x${digits.repeat(20)}`);
}
