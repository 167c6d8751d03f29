import { AppError, type Bytes32, type StatementDomain } from '@surety/domain';
import type { Attester } from '../ports/attester.js';
import type { Clock } from '../ports/clock.js';
import type { EpochSchedule } from '../ports/epochs.js';
import type { SignedHalt } from '../ports/halts.js';
import type { Observer } from '../ports/observer.js';
import type { OriginChain } from '../ports/origin-chain.js';
import type { FailingLoops } from '../running/failing-loops.js';
import { type KeepRunningOptions, keepRunning } from '../running/keep-running.js';
import { epochAt } from './epoch-at.js';
import { HALT_LOOK_MS } from './limits.js';

/** An edge's state at its verifier, at a final block of the destination. */
export interface HaltView {
  /** Present name of the edge. */
  readonly name: Bytes32;
  /** True during a rewind of its replica: no statement is accepted, so there is nothing to halt. */
  readonly isRewinding: boolean;
  /** Number of cleared halts under that name. */
  readonly nonce: bigint;
  readonly isHalted: boolean;
  /** Time of the block in seconds. */
  readonly timestamp: bigint;
}

/** Ports of {@link signHalts}. */
export interface SignHaltsOptions {
  /** First name of the edge. */
  readonly edge: Bytes32;
  readonly domain: StatementDomain;
  /** The chain of the edge's journal. */
  readonly chain: Pick<OriginChain, 'condition'>;
  /** Attester sets of the destination. */
  readonly epochs: EpochSchedule;
  /** Reads the halt state of the edge's present name at the verifier, at a final block of the destination. */
  readonly readHalt: (signal: AbortSignal) => Promise<HaltView>;
  readonly attester: Pick<Attester, 'address' | 'signHalt'>;
  readonly clock: Clock;
  readonly observer: Observer;
  readonly failingLoops?: FailingLoops;
  /** Receives the halt to serve; undefined for none. */
  readonly onHalt: (halt: SignedHalt | undefined) => void;
}

/**
 * Signs a halt while the edge's origin is halted for a broken finality, until the signal aborts. Nonce and epoch are those of
 * the destination's final block, so that honest members sign equal bytes. A halt record that cannot be read is a local problem
 * and stops nobody else.
 */
export async function signHalts(options: SignHaltsOptions, signal: AbortSignal): Promise<void> {
  const { clock, observer, edge, onHalt } = options;
  let held: SignedHalt | undefined;
  const running: KeepRunningOptions = {
    step: async () => {
      held = await signHaltOnce(options, held, signal);
      onHalt(held);
    },
    pauseMs: () => HALT_LOOK_MS,
    failure: {
      name: 'halt-unsigned',
      fields: { edge },
      describe: (error) => ({ code: error instanceof AppError ? error.code : 'UNKNOWN' }),
    },
    clock,
    observer,
    ...(options.failingLoops === undefined ? {} : { failingLoops: options.failingLoops }),
  };
  await keepRunning(running, signal);
}

async function signHaltOnce(
  { chain, readHalt, epochs, domain, attester, observer }: SignHaltsOptions,
  held: SignedHalt | undefined,
  signal: AbortSignal,
): Promise<SignedHalt | undefined> {
  const condition = chain.condition();
  if (condition.kind !== 'halted' || condition.height === undefined) return undefined;
  const { name: edge, isRewinding, nonce, isHalted, timestamp } = await readHalt(signal);
  if (isHalted || isRewinding) return undefined;
  const epoch = epochAt(await epochs.readEpochs(timestamp, signal), timestamp);
  if (held?.halt.edge === edge && held.halt.nonce === nonce && held.halt.epoch === epoch) return held;
  const halt = { edge, nonce, epoch };
  const signature = await attester.signHalt(halt, domain);
  observer.observe({ name: 'halt-signed', level: 'error', fields: { edge, nonce, epoch, height: condition.height } });
  return { halt, domain, signer: attester.address, signature, reason: condition.reason };
}
