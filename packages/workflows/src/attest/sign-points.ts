import {
  AppError,
  type Bytes32,
  type Keccak256,
  type StatementDomain,
  blockHeight,
  edgeName,
  foldHeads,
  frameAtOrBelow,
} from '@surety/domain';
import type { Attester, SignedStatement, SigningHistory, VerifiedStatement } from '../ports/attester.js';
import type { Clock } from '../ports/clock.js';
import type { EpochSchedule, RewindableReplica } from '../ports/epochs.js';
import type { Observer } from '../ports/observer.js';
import type { FinalBlock, JournalSpec, OriginChain, VerifiedFrame } from '../ports/origin-chain.js';
import type { FailingLoops } from '../running/failing-loops.js';
import { failureOf } from '../running/failure-detail.js';
import { type KeepRunningOptions, keepRunning } from '../running/keep-running.js';
import { requirePermission } from './attest-step.js';
import { attestError } from './errors.js';
import { newestHeartbeat } from './find-heartbeats.js';
import { POINTS_KEPT_MAX, POINT_LOOK_MS } from './limits.js';
import { readWholeJournal } from './read-whole-journal.js';
import type { SigningPermit } from './signing-permit.js';
import { statementsOf } from './statements-of.js';

/** A point to which a replica is to be rewound, as the attester's own operator named it. */
export interface NamedPoint {
  /** The edge's name after the rewind. */
  readonly name: Bytes32;
  readonly count: bigint;
  readonly head: Bytes32;
}

/** Ports of {@link signPoints}. */
export interface SignPointsOptions {
  readonly chain: OriginChain;
  readonly journal: JournalSpec;
  readonly frameLength: bigint;
  readonly domain: StatementDomain;
  readonly epochs: EpochSchedule;
  readonly readReplica: (signal: AbortSignal) => Promise<RewindableReplica>;
  /** Resolves once other sources were asked for this key's statements under a name. */
  readonly confirmHistory: (name: Bytes32) => Promise<void>;
  readonly attester: Pick<Attester, 'sign'>;
  readonly history: Pick<SigningHistory, 'readBlock'>;
  readonly permit: SigningPermit;
  /** Reads the named point; undefined if there is none. */
  readonly readPoint: () => Promise<NamedPoint | undefined>;
  /** Receives the signatures to serve, the newest last. */
  readonly onPoints: (points: readonly SignedStatement[]) => void;
  readonly clock: Clock;
  readonly observer: Observer;
  readonly failingLoops?: FailingLoops;
  readonly keccak256: Keccak256;
}

/**
 * Signs the point that an operator named at each heartbeat of the journal's chain, until the signal aborts, so that
 * every attester with the same point signs the same bytes. Reads the whole journal each time, since the log may hold a
 * fork that is gone. It signs only the journal's own head under the edge's next name, and records it in the history as
 * usual, so naming a point does not extend what an attester may sign.
 */
export async function signPoints(options: SignPointsOptions, signal: AbortSignal): Promise<void> {
  const { clock, observer, journal, onPoints } = options;
  let held: readonly SignedStatement[] = [];
  const running: KeepRunningOptions = {
    step: async () => {
      const point = await options.readPoint();
      const next = point === undefined ? [] : await signPointOnce(options, { point, held }, signal);
      if (next !== held) onPoints(next);
      held = next;
    },
    pauseMs: () => POINT_LOOK_MS,
    failure: {
      name: 'point-unsigned',
      fields: { edge: journal.edgeId },
      describe: (error) => failureOf(error, 'UNKNOWN'),
      kindOf: (error) => failureOf(error, 'UNKNOWN').detail,
    },
    clock,
    observer,
    ...(options.failingLoops === undefined ? {} : { failingLoops: options.failingLoops }),
  };
  await keepRunning(running, signal);
}

async function signPointOnce(
  options: SignPointsOptions,
  { point, held }: { readonly point: NamedPoint; readonly held: readonly SignedStatement[] },
  signal: AbortSignal,
): Promise<readonly SignedStatement[]> {
  const { chain, journal, attester, domain, observer } = options;
  const { edgeId } = journal;
  const { name, generation, isRewinding } = await options.readReplica(signal);
  // The rewind is running or over, so the point is no longer needed.
  if (isRewinding || name === point.name) return held;
  const expected = edgeName(journal.edge, { generation: generation + 1, previousHead: point.head }, options.keccak256);
  if (point.name !== expected) {
    throw refused(edgeId, `it is named ${point.name}; the next name of the edge at that head is ${expected}`);
  }
  const kept = held.filter(({ statement }) => statement.edge === point.name);
  const block = await readHeartbeat(options, signal);
  if (kept.some(({ statement }) => statement.blockNumber === block.height)) return held;
  await requireFree(options, block);
  await options.confirmHistory(point.name);
  const frame = await readWholeJournal(chain, { journal, block, stride: options.frameLength }, signal);
  const verified = await stateAt(options, { frame, point }, signal);
  requirePermission(options);
  const signed = await attester.sign([verified], domain);
  const { count } = point;
  const fields = { chain_id: chain.chainId, edge: edgeId, name: point.name, count, height: block.height };
  observer.observe({ name: 'point-signed', level: 'warn', fields });
  return [...kept, ...signed].slice(-POINTS_KEPT_MAX);
}

async function readHeartbeat({ chain, frameLength }: SignPointsOptions, signal: AbortSignal): Promise<FinalBlock> {
  const readBlock = (height: bigint): Promise<FinalBlock> => chain.readFinalBlock(blockHeight(height), signal);
  const tip = await chain.readFinalTip(signal);
  const frame = await readBlock(frameAtOrBelow(tip.height, frameLength));
  const readTimestamp = async (height: bigint): Promise<bigint> => (await readBlock(height)).timestamp;
  return readBlock(await newestHeartbeat({ frame, frameLength, readTimestamp }));
}

/**
 * Refuses a block that contradicts the history before anything is recorded: a recorded contradiction would stop the
 * edge permanently.
 */
async function requireFree({ history, chain, journal }: SignPointsOptions, block: FinalBlock): Promise<void> {
  const stored = await history.readBlock(Number(chain.chainId), block.height);
  if (stored === undefined || stored === (block.hash as string)) return;
  throw refused(
    journal.edgeId,
    `the signing history holds block ${stored} at height ${block.height} of chain ${chain.chainId}, the providers show ${block.hash}; a later heartbeat is signed once the chain has passed the fork that is gone`,
  );
}

async function stateAt(
  { journal, epochs, keccak256 }: SignPointsOptions,
  { frame, point }: { readonly frame: VerifiedFrame; readonly point: NamedPoint },
  signal: AbortSignal,
): Promise<VerifiedStatement> {
  const { count, head, name } = point;
  const own =
    count === 0n ? journal.edgeId : foldHeads(frame.after, frame.entries.packed, keccak256)[Number(count) - 1];
  if (own !== head) {
    throw refused(journal.edgeId, `at ${count} it has ${head}; the journal has ${own ?? 'no such entry'} there`);
  }
  const { statements } = statementsOf({
    frame,
    name,
    previous: frame.position,
    heartbeat: true,
    restated: [{ count, head }],
    epochs: await epochs.readEpochs(frame.block.timestamp, signal),
    keccak256,
  });
  const verified = statements.find(({ statement }) => statement.count === count);
  if (verified === undefined) throw refused(journal.edgeId, 'the heartbeat lies before the first epoch');
  return verified;
}

function refused(edge: Bytes32, why: string): AppError {
  return attestError('POINT_REFUSED', `the point that was named for edge ${edge} is not signed: ${why}`, { edge });
}
