import type { StatementDomain } from '@surety/domain';
import { hasSuspensionEnded } from '../intake/attester-epochs.js';
import type { Intake } from '../intake/intake.js';
import type { Clock } from '../ports/clock.js';
import type { AttesterEpoch } from '../ports/epochs.js';
import type { FinalBlock } from '../ports/origin-chain.js';
import { EPOCHS_REREAD_MS } from './limits.js';

/** Reads a verifier's attester sets as a quorum of providers gives them. */
export interface EpochReader {
  /**
   * Returns all attester sets at a block. `known` are sets read earlier; of those that have ended nothing is read again.
   * @throws NO_QUORUM (retryable).
   */
  readEpochs(
    at: { readonly block: FinalBlock; readonly known: readonly AttesterEpoch[] },
    signal?: AbortSignal,
  ): Promise<readonly AttesterEpoch[]>;
}

/** Ports of {@link EpochRefresh}. */
export interface EpochRefreshPorts {
  readonly reader: EpochReader;
  readonly verifier: StatementDomain;
  readonly intake: Pick<Intake, 'useEpochs' | 'epochsOf'>;
  readonly clock: Pick<Clock, 'elapsedMs'>;
}

/**
 * Keeps the intake's attester sets of one verifier current. One provider can leave out the log of a rotation, so sets
 * are read again after a while whatever logs show; a log only makes it sooner.
 */
export class EpochRefresh {
  readonly #ports: EpochRefreshPorts;
  #readAtMs: number | undefined;
  #readAtSeconds = 0n;

  constructor(ports: EpochRefreshPorts) {
    this.#ports = ports;
  }

  /** Reads the sets at a final tip if they may have changed. @throws the reader's errors; the next call tries again. */
  async refresh(tip: FinalBlock, signal?: AbortSignal): Promise<void> {
    const { intake, verifier, clock } = this.#ports;
    const isOld = this.#readAtMs === undefined || clock.elapsedMs() - this.#readAtMs >= EPOCHS_REREAD_MS;
    const epochs = intake.epochsOf(verifier);
    const hasEnded = epochs.some(({ expires }) => expires > this.#readAtSeconds && expires <= tip.timestamp);
    if (isOld || hasEnded || hasSuspensionEnded(epochs, tip.timestamp)) await this.read(tip, signal);
  }

  /** Reads the sets at a final tip. @throws the reader's errors; then the next refresh reads. */
  async read(tip: FinalBlock, signal?: AbortSignal): Promise<void> {
    const { reader, intake, verifier, clock } = this.#ports;
    this.#readAtMs = undefined;
    const atMs = clock.elapsedMs();
    const epochs = await reader.readEpochs({ block: tip, known: intake.epochsOf(verifier) }, signal);
    await intake.useEpochs(verifier, epochs, tip.timestamp);
    this.#readAtMs = atMs;
    this.#readAtSeconds = tip.timestamp;
  }
}
