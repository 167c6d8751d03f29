import { type Address, AppError } from '@surety/domain';
import type { AttesterEpoch, DestinationReader, EpochSchedule } from '../ports/epochs.js';
import type { Observer } from '../ports/observer.js';
import type { FinalBlock } from '../ports/origin-chain.js';
import type { Bell } from '../running/bell.js';
import { attestError } from './errors.js';
import { EPOCHS_REREAD_SECONDS, ROTATION_NOTICE_SECONDS } from './limits.js';

/** An attester set as the deployment recorded it. */
export interface NamedAttesters {
  readonly epoch: number;
  readonly members: readonly Address[];
}

/** Ports of {@link DestinationEpochs}. */
export interface DestinationEpochsOptions {
  readonly chainId: number;
  readonly reader: DestinationReader;
  readonly attesterSet: Address;
  /** Compared with the chain, which takes precedence. */
  readonly expected: NamedAttesters;
  readonly observer: Observer;
}

/** The known part of a destination's epochs. */
export interface EpochView {
  readonly chainId: number;
  /** Block time up to which, exclusively, statements can be made; undefined before the first read. */
  readonly knownBefore: bigint | undefined;
  /** Error of the last read; undefined if it succeeded. */
  readonly trouble: { readonly code: string; readonly detail: string } | undefined;
  /** Difference between the chain's set and the deployment's; undefined if there is none. */
  readonly mismatch: string | undefined;
}

/**
 * The attester sets of one destination, read at its final tips. A rotation is final at least 24 hours before its epoch
 * begins, so a final block determines the epochs of the following 24 hours. Therefore a temporarily unreadable
 * destination stops no other chain's journals, and no watcher signs under an epoch that others know to be over.
 * @source PROTOCOL section 5
 */
export class DestinationEpochs implements EpochSchedule {
  readonly #options: DestinationEpochsOptions;
  #known: { readonly block: FinalBlock; readonly epochs: readonly AttesterEpoch[] } | undefined;
  #trouble: EpochView['trouble'];
  #mismatch: string | undefined;
  #looked: () => void = () => undefined;
  readonly #firstLook: Promise<void>;

  constructor(options: DestinationEpochsOptions) {
    this.#options = options;
    this.#firstLook = new Promise((resolve) => {
      this.#looked = resolve;
    });
  }

  /** Reads at each new head of the destination until the signal aborts. */
  async follow(heads: Bell, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const { rings } = heads;
      await this.refresh(signal);
      await heads.waitPast(rings, signal);
    }
    this.#looked();
  }

  /**
   * Reads the sets at the final tip unless they were read shortly before it. Never rejects: a failure is available as
   * the trouble.
   */
  async refresh(signal?: AbortSignal): Promise<void> {
    const { reader, attesterSet } = this.#options;
    try {
      const block = await reader.readFinalTip(signal);
      if (this.#isDue(block)) {
        const epochs = await reader.readEpochs({ attesterSet, block, known: this.#known?.epochs ?? [] }, signal);
        this.#known = { block, epochs };
        this.#compare(epochs);
      }
      this.#trouble = undefined;
    } catch (error) {
      if (signal?.aborted !== true) this.#noteTrouble(error);
    }
    this.#looked();
  }

  async readEpochs(asOf: bigint): Promise<readonly AttesterEpoch[]> {
    await this.#firstLook;
    const { chainId, attesterSet } = this.#options;
    const { knownBefore, trouble } = this.view();
    if (this.#known !== undefined && knownBefore !== undefined && asOf < knownBefore) return this.#known.epochs;
    const known =
      knownBefore === undefined ? 'none was read yet' : `they are known for block times before ${knownBefore}`;
    throw attestError(
      'EPOCHS_UNREAD',
      `the attester sets of ${attesterSet} on chain ${chainId} are not known for block time ${asOf}: ${known}` +
        `${trouble === undefined ? '' : `; ${trouble.code}: ${trouble.detail}`}; nothing is signed for that chain`,
      { chain_id: chainId, as_of: asOf },
    );
  }

  /** Returns how far the sets are known. */
  view(): EpochView {
    const read = this.#known?.block.timestamp;
    return {
      chainId: this.#options.chainId,
      knownBefore: read === undefined ? undefined : read + ROTATION_NOTICE_SECONDS,
      trouble: this.#trouble,
      mismatch: this.#mismatch,
    };
  }

  #isDue({ timestamp }: FinalBlock): boolean {
    return this.#known === undefined || timestamp >= this.#known.block.timestamp + EPOCHS_REREAD_SECONDS;
  }

  #compare(epochs: readonly AttesterEpoch[]): void {
    const { expected, attesterSet, chainId, observer } = this.#options;
    const found = epochs.find(({ epoch }) => epoch === expected.epoch);
    const listed = (members: readonly Address[]): string => [...members].sort().join(', ');
    const seen = found === undefined ? 'no such epoch' : listed(found.members);
    const before = this.#mismatch;
    this.#mismatch =
      seen === listed(expected.members)
        ? undefined
        : `epoch ${expected.epoch} of ${attesterSet} has ${seen}; the configuration names ${listed(expected.members)}`;
    if (this.#mismatch === undefined || this.#mismatch === before) return;
    observer.observe({
      name: 'attesters-differ',
      level: 'error',
      fields: { chain_id: chainId, epoch: expected.epoch, detail: this.#mismatch },
    });
  }

  #noteTrouble(error: unknown): void {
    const known = error instanceof AppError;
    const trouble = {
      code: known ? error.code : 'UNKNOWN',
      detail: known ? error.message : 'the attester sets could not be read',
    };
    if (this.#trouble?.code !== trouble.code) {
      this.#options.observer.observe({
        name: 'epochs-unread',
        level: 'warn',
        fields: { chain_id: this.#options.chainId, code: trouble.code, detail: trouble.detail },
      });
    }
    this.#trouble = trouble;
  }
}
