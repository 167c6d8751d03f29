import { keccak256 as fastKeccak256 } from '@surety/contracts';
import type { Address, ChainId, Hex, Keccak256 } from '@surety/domain';
import {
  CallBudget,
  type Operation,
  type ProviderConfig,
  ProviderRotation,
  type ProviderStats,
  RpcProvider,
  callAgreed,
  quorumSize,
  requireProviders,
} from '@surety/rpc';
import type { Clock, ContractReader, FinalBlock, Observer, OriginChain } from '@surety/workflows';
import { ConditionTracker, type Subject } from './condition-tracker.js';
import { type ChainErrorCode, chainError } from './errors.js';
import { FinalBlockRecord } from './halt/final-block-record.js';
import type { HaltStore } from './halt/halt-store.js';
import { HeadFollower } from './head-follower.js';
import { FrameReader } from './journal/frame-reader.js';
import { LogReader } from './journal/log-reader.js';
import { readSeenEntries } from './journal/read-seen-entries.js';
import { SlotReader } from './journal/slot-reader.js';
import { type ChainLimits, DEFAULT_LIMITS } from './limits.js';
import { type ProviderCheck, checkProvider } from './finality/check-provider.js';
import { FinalReader } from './finality/final-reader.js';
import { type FinalityRule, requireFinality } from './finality/finality-rule.js';

/** Codes that no other provider can fix: limits of the caller, and facts that are proven or cannot be stored. */
const ENDS_OPERATION: readonly ChainErrorCode[] = ['HALTED', 'LOG_LIMIT', 'HALT_STORE_UNAVAILABLE'];

/** Dependencies and settings of a chain's reader. */
export interface OriginChainOptions {
  readonly chainId: ChainId;
  /** At least 4 of at least 3 operators, unless the chain is marked for development. */
  readonly providers: readonly ProviderConfig[];
  readonly finality: FinalityRule;
  /** True only for chains that hold no value. */
  readonly development?: boolean;
  readonly haltStore: HaltStore;
  readonly clock: Clock;
  readonly observer: Observer;
  /** By default the fast one of `@surety/contracts`. */
  readonly keccak256?: Keccak256;
  readonly limits?: Partial<ChainLimits>;
}

/** Reads contract views. */
export interface CallReader {
  /**
   * Returns the output of a call at a final block on which a quorum of the configured providers agrees. Without a receiver the input is code.
   * @throws NO_QUORUM, HALTED, CALL_LIMIT.
   */
  callAgreed(request: { to?: Address; input: Hex; block: FinalBlock }, signal?: AbortSignal): Promise<Hex>;
}

/** The reader of one chain, with additional methods for operators. */
export interface OriginChainReader extends OriginChain, ContractReader, CallReader {
  /**
   * Has each provider prove its chain id and a final block. A provider that fails is refused, counts against the
   * quorum, and is checked again automatically later. Never rejects because of a provider.
   */
  checkProviders(signal?: AbortSignal): Promise<readonly ProviderCheck[]>;
  /** The reader's providers, for other reads of the same chain: identity, limits and faults are tracked only once. */
  readonly providers: readonly RpcProvider[];
  /** Returns the counters of each provider. */
  providerStats(): readonly ProviderStats[];
  /** Returns the calls per provider of the last finished operation of each name. */
  callCounts(): ReadonlyMap<string, ReadonlyMap<string, number>>;
}

/**
 * Opens the reader of one chain: validates the configuration and loads the halt record; sends nothing yet.
 * @throws BAD_OPTIONS for a configuration that cannot meet the quorum or has no finality rule.
 */
export async function createOriginChain(options: OriginChainOptions): Promise<OriginChainReader> {
  const { chainId, clock, observer, keccak256 = fastKeccak256 } = options;
  const mark = { chainId, development: options.development ?? false };
  requireProviders(options.providers, mark);
  requireFinality(options.finality, mark);
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  requireLimits(limits, chainId);
  const blockRecord = await FinalBlockRecord.load({
    chainId,
    store: options.haltStore,
    clock,
    observer,
    keptMax: limits.finalsKeptMax,
  });
  const providers = options.providers.map((config) => new RpcProvider(config, { chainId, clock, observer, limits }));
  const quorum = quorumSize(providers.length);
  const rotate = (): ProviderRotation => new ProviderRotation(providers, providers.length - quorum, ENDS_OPERATION);
  const slots = new SlotReader({
    rotation: rotate(),
    keccak256,
    patience: { clock, afterMs: limits.proofPatienceMs },
  });
  const logRotation = rotate();
  const logs = new LogReader({ chainId, limits, observer });
  const finals = new FinalReader({
    chainId,
    providers,
    quorum,
    rule: options.finality,
    blockRecord,
    limits,
    clock,
    keccak256,
  });
  return new ChainReader({
    options,
    limits,
    keccak256,
    blockRecord,
    providers,
    quorum,
    slots,
    seenRotation: rotate(),
    finals,
    logs,
    frames: new FrameReader({ finals, blockRecord, logs, slots, logRotation, limits, observer, keccak256 }),
    heads: new HeadFollower({
      chainId,
      rotation: rotate(),
      limits,
      clock,
      observer,
      keccak256,
      finalHeight: () => blockRecord.tip()?.height ?? -1n,
    }),
  });
}

/** Dependencies of a {@link ChainReader}. */
interface ChainReaderParts {
  readonly options: OriginChainOptions;
  readonly limits: ChainLimits;
  readonly keccak256: Keccak256;
  readonly blockRecord: FinalBlockRecord;
  readonly providers: readonly RpcProvider[];
  readonly quorum: number;
  readonly slots: SlotReader;
  readonly seenRotation: ProviderRotation;
  readonly finals: FinalReader;
  readonly frames: FrameReader;
  readonly logs: LogReader;
  readonly heads: HeadFollower;
}

class ChainReader implements OriginChainReader {
  readonly chainId: ChainId;
  readonly #parts: ChainReaderParts;
  readonly #conditions: ConditionTracker;
  readonly #calls = new Map<string, ReadonlyMap<string, number>>();

  constructor(parts: ChainReaderParts) {
    this.#parts = parts;
    const { chainId, clock, observer } = parts.options;
    this.chainId = chainId;
    this.#conditions = new ConditionTracker({ chainId, clock, observer, halt: () => parts.blockRecord.halt() });
  }

  get providers(): readonly RpcProvider[] {
    return this.#parts.providers;
  }

  condition(): ReturnType<OriginChain['condition']> {
    return this.#conditions.condition();
  }

  readFinalTip(signal?: AbortSignal): ReturnType<OriginChain['readFinalTip']> {
    return this.#run({ name: 'final-tip', subject: 'blocks', signal }, (operation) =>
      this.#parts.finals.readTip(operation),
    );
  }

  readFinalBlock(
    ...[height, signal]: Parameters<OriginChain['readFinalBlock']>
  ): ReturnType<OriginChain['readFinalBlock']> {
    return this.#run({ name: 'final-block', subject: 'blocks', signal }, (operation) =>
      this.#parts.finals.readBlock(height, operation),
    );
  }

  readFrame(...[request, signal]: Parameters<OriginChain['readFrame']>): ReturnType<OriginChain['readFrame']> {
    return this.#run({ name: 'frame', subject: 'contents', signal }, (operation) =>
      this.#parts.frames.readFrame(request, operation),
    );
  }

  readWaypoints(
    ...[request, signal]: Parameters<OriginChain['readWaypoints']>
  ): ReturnType<OriginChain['readWaypoints']> {
    return this.#conditions.track('contents', () =>
      this.#parts.frames.readWaypoints(request, { openBudget: () => this.#openBudget('waypoints'), signal }),
    );
  }

  readPortion(...[request, signal]: Parameters<OriginChain['readPortion']>): ReturnType<OriginChain['readPortion']> {
    return this.#run({ name: 'portion', subject: 'contents', signal }, (operation) =>
      this.#parts.frames.readPortion(request, operation),
    );
  }

  readSlots(...[request, signal]: Parameters<ContractReader['readSlots']>): ReturnType<ContractReader['readSlots']> {
    return this.#run({ name: 'slots', subject: 'contents', signal }, async (operation) => {
      const { blockRecord, slots } = this.#parts;
      blockRecord.requireOpen();
      return slots.read(request, operation);
    });
  }

  readCode(...[request, signal]: Parameters<ContractReader['readCode']>): ReturnType<ContractReader['readCode']> {
    return this.#run({ name: 'code', subject: 'contents', signal }, async (operation) => {
      const { blockRecord, slots } = this.#parts;
      blockRecord.requireOpen();
      return slots.readCode(request, operation);
    });
  }

  readLogs(...[request, signal]: Parameters<ContractReader['readLogs']>): ReturnType<ContractReader['readLogs']> {
    return this.#run({ name: 'logs', subject: 'contents', signal }, (operation) =>
      this.#parts.frames.readLogs(request, operation),
    );
  }

  /** Does not affect the chain's condition: an unreadable view must not stop statements from being signed. */
  callAgreed(
    ...[{ block, ...call }, signal]: Parameters<CallReader['callAgreed']>
  ): ReturnType<CallReader['callAgreed']> {
    const { blockRecord, providers, quorum } = this.#parts;
    blockRecord.requireOpen();
    return this.#spend({ name: 'call', signal }, (operation) =>
      callAgreed({ ...call, blockHash: block.hash }, { ...operation, providers, quorum }),
    );
  }

  readSeen(...[request, signal]: Parameters<OriginChain['readSeen']>): ReturnType<OriginChain['readSeen']> {
    const { logs, seenRotation, keccak256, heads } = this.#parts;
    // When idle, the headers that woke the caller show that there is nothing to read.
    if (!heads.mayHoldLog(request.journal.contract, request.afterBlock)) {
      return Promise.resolve({ packed: new Uint8Array(), locations: [] });
    }
    return this.#spend({ name: 'seen', signal }, (operation) =>
      readSeenEntries(request, { ...operation, logs, rotation: seenRotation, keccak256 }),
    );
  }

  waitForHead(signal?: AbortSignal): Promise<void> {
    return this.#parts.heads.waitForHead(signal);
  }

  checkProviders(signal?: AbortSignal): Promise<readonly ProviderCheck[]> {
    const { providers, options, keccak256 } = this.#parts;
    return this.#spend({ name: 'provider-check', signal }, (operation) =>
      Promise.all(
        providers.map((provider) => checkProvider(provider, { ...operation, rule: options.finality, keccak256 })),
      ),
    );
  }

  providerStats(): readonly ProviderStats[] {
    return this.#parts.providers.map((provider) => provider.stats());
  }

  callCounts(): ReadonlyMap<string, ReadonlyMap<string, number>> {
    return this.#calls;
  }

  #run<Result>(
    call: { name: string; subject: Subject; signal: AbortSignal | undefined },
    read: (operation: Operation) => Promise<Result>,
  ): Promise<Result> {
    return this.#conditions.track(call.subject, () => this.#spend(call, read));
  }

  async #spend<Result>(
    call: { name: string; signal: AbortSignal | undefined },
    read: (operation: Operation) => Promise<Result>,
  ): Promise<Result> {
    const budget = this.#openBudget(call.name);
    try {
      return await read({ budget, signal: call.signal });
    } finally {
      this.#calls.set(call.name, budget.counts());
    }
  }

  #openBudget(name: string): CallBudget {
    return new CallBudget(`a ${name} of chain ${this.chainId}`, this.#parts.limits.callsPerFrameMax);
  }
}

function requireLimits(limits: ChainLimits, chainId: ChainId): void {
  for (const [name, value] of Object.entries(limits)) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw chainError('BAD_OPTIONS', `${name} of chain ${chainId} is ${value}; expected an integer of at least 1`);
    }
  }
}
