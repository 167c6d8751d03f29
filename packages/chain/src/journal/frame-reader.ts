import type { BlockHeight, Bytes32, JournalPosition, Keccak256 } from '@surety/domain';
import type {
  ChainLog,
  FinalBlock,
  FrameRequest,
  JournalSpec,
  LocatedEntries,
  LogRequest,
  Observer,
  OriginChain,
  VerifiedFrame,
  Waypoint,
} from '@surety/workflows';
import { journalSlots, parseJournalCountWord } from '@surety/contracts';
import type { CallBudget, Operation, ProviderRotation, RpcProvider } from '@surety/rpc';
import { chainError } from '../errors.js';
import type { FinalBlockRecord } from '../halt/final-block-record.js';
import type { ChainLimits } from '../limits.js';
import type { FinalReader } from '../finality/final-reader.js';
import { findFalsePlace, heightsOf } from './check-places.js';
import { EntryDecoder, entryFilter } from './entry-decoder.js';
import { findWaypoints } from './find-waypoints.js';
import type { LogReader } from './log-reader.js';
import { foldEntries } from './fold-entries.js';
import type { SlotReader } from './slot-reader.js';

/** A portion of a long range: from a verified position to a waypoint. */
export type PortionRequest = Parameters<OriginChain['readPortion']>[0];

/** Entries between two positions known to belong to the journal. */
interface EntrySpan {
  readonly journal: JournalSpec;
  readonly after: JournalPosition;
  readonly afterBlock: BlockHeight;
  readonly position: JournalPosition;
  /** All entries up to the position are at or below this height. */
  readonly height: BlockHeight;
}

export interface FrameReaderOptions {
  readonly finals: FinalReader;
  readonly blockRecord: FinalBlockRecord;
  readonly logs: LogReader;
  readonly slots: SlotReader;
  readonly logRotation: ProviderRotation;
  readonly limits: ChainLimits;
  readonly observer: Observer;
  readonly keccak256: Keccak256;
}

/** Verifies journals at final blocks: position by proof, entries by fold, their blocks by quorum. */
export class FrameReader {
  readonly #options: FrameReaderOptions;

  constructor(options: FrameReaderOptions) {
    this.#options = options;
  }

  /** Verifies one journal at one final block; codes as {@link OriginChain.readFrame}. */
  async readFrame(request: FrameRequest, operation: Operation): Promise<VerifiedFrame> {
    const { blockRecord } = this.#options;
    const { journal, block, after, afterBlock } = request;
    const position = await this.#provePosition(request, operation);
    const entries = await this.#readEntries({ journal, after, afterBlock, position, height: block.height }, operation);
    blockRecord.requireOpen();
    return { journal, block, position, after, entries };
  }

  /** Splits a long way; codes as {@link OriginChain.readWaypoints}. */
  async readWaypoints(
    request: FrameRequest & { stride: bigint },
    operation: Pick<Operation, 'signal'> & { openBudget: () => CallBudget },
  ): Promise<readonly Waypoint[]> {
    const { blockRecord, logs, logRotation, keccak256 } = this.#options;
    const position = await this.#provePosition(request, {
      budget: operation.openBudget(),
      signal: operation.signal,
    });
    const waypoints = await findWaypoints({ ...request, position }, { ...operation, logs, logRotation, keccak256 });
    blockRecord.requireOpen();
    return waypoints;
  }

  /** Rebuilds the entries up to a waypoint; codes as {@link OriginChain.readPortion}. */
  async readPortion(request: PortionRequest, operation: Operation): Promise<LocatedEntries> {
    const { blockRecord } = this.#options;
    blockRecord.requireOpen();
    const { journal, after, afterBlock, to } = request;
    const entries = await this.#readEntries({ journal, after, afterBlock, ...to }, operation);
    blockRecord.requireOpen();
    return entries;
  }

  async #provePosition({ journal, block, after }: FrameRequest, operation: Operation): Promise<JournalPosition> {
    const { blockRecord, slots } = this.#options;
    blockRecord.requireOpen();
    const { head, count } = journalSlots(journal.edgeId);
    const proven = await slots.read(
      { contract: journal.contract, slots: [head, count], block, codeHash: journal.codeHash },
      operation,
    );
    const position = readJournal(journal, block, proven.values);
    requireGrowth(journal, block, { after, position });
    return position;
  }

  /** Reads logs as {@link ContractReader.readLogs} says. */
  async readLogs(request: LogRequest, operation: Operation): Promise<ChainLog[]> {
    this.#options.blockRecord.requireOpen();
    const { address, topics, fromBlock, toBlock } = request;
    return this.#options.logRotation.ask({
      subject: `the logs of ${address} in blocks ${fromBlock} to ${toBlock}`,
      exhausted: 'INCOMPLETE',
      ask: async (provider) => {
        const logs = await this.#options.logs.read(provider, { address, topics, fromBlock, toBlock }, operation);
        const refused = request.refuse?.(logs);
        if (refused !== undefined) throw provider.report(chainError('BAD_LOGS', refused));
        if (request.checkBlocks === true) await this.#requirePlaces(provider, logs, operation, 'refuse');
        return logs;
      },
    });
  }

  async #readEntries(span: EntrySpan, operation: Operation): Promise<LocatedEntries> {
    const { logs, logRotation, limits, keccak256 } = this.#options;
    const { journal, after, afterBlock, position, height } = span;
    const provenCount = position.count - after.count;
    if (provenCount === 0n) return { packed: new Uint8Array(), locations: [] };
    if (provenCount > BigInt(limits.logsMax)) {
      throw chainError(
        'LOG_LIMIT',
        `${provenCount} entries lie between blocks ${afterBlock} and ${height}; expected at most ${limits.logsMax}, ask for an earlier block`,
      );
    }
    const decoder = new EntryDecoder(journal.direction, keccak256);
    const filter = entryFilter(journal, decoder, { afterBlock, toBlock: height });
    return logRotation.ask({
      subject: `the entries of ${journal.edgeId} up to block ${height}`,
      exhausted: 'INCOMPLETE',
      ask: async (provider) => {
        const found = await logs.read(provider, filter, { ...operation, provenCount });
        const entries = foldOrReport(provider, () => foldEntries(found, { after, position }, { decoder, keccak256 }));
        await this.#requirePlaces(provider, found, operation, 'skip');
        return entries;
      },
    });
  }

  /**
   * Checks the blocks that logs name, up to the limit on block reads. Above it, refuses, or leaves the later locations
   * of a frame unchecked and reports that.
   */
  async #requirePlaces(
    provider: RpcProvider,
    logs: readonly ChainLog[],
    operation: Operation,
    pastBound: 'refuse' | 'skip',
  ): Promise<void> {
    const { finals, blockRecord, limits, observer, keccak256 } = this.#options;
    const heights = heightsOf(logs);
    const { budget } = operation;
    // A provider that spent its calls before this one was asked is not needed for a quorum.
    const left = Math.min(budget.left(provider.name), finals.callsLeft(budget));
    const bound = Math.max(0, Math.min(limits.blockChecksMax, left));
    const beyond = heights[bound];
    if (beyond !== undefined) {
      if (pastBound === 'refuse') {
        throw chainError(
          'LOG_LIMIT',
          `the logs lie in ${heights.length} blocks to check; expected at most ${bound}, ask for fewer blocks`,
        );
      }
      observer.observe({
        name: 'places-unchecked',
        level: 'debug',
        fields: { provider: provider.name, blocks: heights.length - bound },
      });
    }
    const checked = beyond === undefined ? logs : logs.filter(({ blockHeight }) => blockHeight < beyond);
    const refused = await findFalsePlace(checked, { finals, blockRecord, operation, keccak256 });
    if (refused !== undefined) throw provider.report(chainError('BAD_LOGS', refused));
  }
}

function foldOrReport(provider: RpcProvider, fold: () => LocatedEntries): LocatedEntries {
  try {
    return fold();
  } catch (error) {
    throw provider.report(error);
  }
}

function readJournal(journal: JournalSpec, block: FinalBlock, values: readonly Bytes32[]): JournalPosition {
  const [head, word] = values;
  if (head === undefined || BigInt(head) === 0n) {
    throw chainError(
      'JOURNAL_UNKNOWN',
      `${journal.contract} holds no journal ${journal.edgeId} at block ${block.height}; check the edge in the configuration`,
    );
  }
  return { count: parseJournalCountWord(BigInt(word ?? 0n)).count, head };
}

function requireGrowth(
  journal: JournalSpec,
  block: FinalBlock,
  span: { after: JournalPosition; position: JournalPosition },
): void {
  const { after, position } = span;
  const same = position.count === after.count && position.head === after.head;
  if (same || position.count > after.count) return;
  throw chainError(
    'POSITION_REGRESSED',
    `journal ${journal.edgeId} stands at ${position.count} (${position.head}) at block ${block.height}; expected it past ${after.count} (${after.head}), which was verified before`,
    { context: { count: position.count, after: after.count } },
  );
}
