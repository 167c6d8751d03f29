import { AppError, type Bytes32, wad } from '@surety/domain';
import type { AccountMargin } from '@surety/margin';
import type { Store } from '@surety/store';
import {
  LedgerFollower,
  type LineFact,
  type MarginSnapshot,
  type MarginSums,
  type SettlementReader,
  type WeighedAccount,
  sumsOf,
  weighAccount,
  withRequirements,
} from '@surety/workflows';
import { Inject, Injectable } from '@nestjs/common';
import { TOKENS } from '../tokens.js';
import { Problem } from '../problem.js';

/** An account's holdings at the snapshot's block. */
interface Holding {
  readonly lines: readonly LineFact[];
  /** True if protocols may require margin of it. */
  readonly isRequired: boolean;
}

/** An account's lines at one block, the weights and prices there, and what the ledger says that protocols require of it. */
export interface AccountAtBlock {
  readonly lines: readonly LineFact[];
  readonly snapshot: MarginSnapshot;
  /** Undefined if no protocol may require anything. */
  readonly required: MarginSums | undefined;
}

/** Reads of lines that a fold may overtake before the answer is given up. */
const TRIES_MAX = 5;
/** Accounts whose lines are kept for the next read; one of 16 lines takes about 4 kB. */
const HOLDINGS_KEPT = 4_096;

/**
 * Weighs accounts at the last folded block: the same integers as `marginOf` gives there. Lines are kept until the fold changes any
 * of them; what protocols require is the ledger's own word at that block, by a quorum of providers, and never guessed.
 */
@Injectable()
export class AccountMargins {
  #holdings = new Map<Bytes32, Holding>();
  #state: unknown;
  #required: { snapshot: MarginSnapshot; sums: Map<Bytes32, Promise<MarginSums>> } | undefined;

  constructor(
    @Inject(LedgerFollower) private readonly follower: LedgerFollower,
    @Inject(TOKENS.settlementReader) private readonly reader: SettlementReader,
    @Inject(TOKENS.store) private readonly store: Store,
  ) {}

  /** Returns what an account's margin follows from. @throws Problem 503. */
  async load(account: Bytes32, signal?: AbortSignal): Promise<AccountAtBlock> {
    const { holding, snapshot } = await this.#loadAtOneBlock(account);
    const { lines, isRequired } = holding;
    const required = isRequired ? await this.#readRequired(account, snapshot, signal) : undefined;
    return { lines, snapshot, required };
  }

  /** Reads lines and their block together: if a fold came between, it reads again. */
  async #loadAtOneBlock(account: Bytes32): Promise<{ holding: Holding; snapshot: MarginSnapshot }> {
    const { follower, store } = this;
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const { snapshot, cursor } = follower;
      if (snapshot === undefined || cursor?.height !== snapshot.block.height) {
        if (tries === 0) continue;
        break;
      }
      this.#forgetIfChanged();
      const version = this.#state;
      const kept = this.#holdings.get(account);
      if (kept !== undefined) return { holding: kept, snapshot };
      const lines = await store.collateral.loadLinesOf(account);
      const isRequired = (await store.collateral.loadProtocolsOf(account)).length > 0;
      if (follower.cursor !== cursor || follower.snapshot !== snapshot || follower.version !== version) continue;
      const holding = { lines, isRequired };
      if (this.#holdings.size >= HOLDINGS_KEPT) this.#holdings.delete(this.#holdings.keys().next().value ?? account);
      this.#holdings.set(account, holding);
      return { holding, snapshot };
    }
    throw new Problem({
      status: 503,
      code: 'NOT_FOLDED',
      detail: 'the ledger is not folded up to one block yet; try again, see /health/ready',
    });
  }

  #forgetIfChanged(): void {
    const { version } = this.follower;
    if (this.#state === version) return;
    this.#state = version;
    this.#holdings = new Map();
  }

  async #readRequired(
    account: Bytes32,
    snapshot: MarginSnapshot,
    signal: AbortSignal | undefined,
  ): Promise<MarginSums> {
    if (this.#required?.snapshot !== snapshot) this.#required = { snapshot, sums: new Map() };
    const { sums } = this.#required;
    const read = sums.get(account) ?? this.#readSums(account, snapshot, signal);
    sums.set(account, read);
    try {
      return await read;
    } catch (cause) {
      sums.delete(account);
      const detail = 'what protocols require of the account could not be read by a quorum of providers; try again';
      throw new Problem({ status: 503, code: 'REQUIREMENT_UNREAD', detail, cause });
    }
  }

  async #readSums(account: Bytes32, snapshot: MarginSnapshot, signal: AbortSignal | undefined): Promise<MarginSums> {
    const read = await this.reader.readAgreedMargins({ accounts: [account], block: snapshot.block }, signal);
    const sums = read.get(account);
    if (sums !== undefined) return sums;
    const message = `no quorum of providers agrees on the margin of ${account}`;
    throw new AppError({ code: 'NO_QUORUM', message, retryable: true });
  }
}

/** Weighs lines with what protocols require: the same integers as `marginOf` gives for them. */
export function weighAtBlock({ lines, snapshot, required }: AccountAtBlock): WeighedAccount {
  const weighed = weighAccount(lines, snapshot);
  if (required === undefined) return weighed;
  return { ...weighed, margin: requiredOf(weighed.margin, required) };
}

function requiredOf(margin: AccountMargin, ledgers: MarginSums): AccountMargin {
  const { initialRequirement, exitRequirement, maintenanceRequirement, status } = withRequirements(
    sumsOf(margin),
    ledgers,
  );
  const { initial, exit, maintenance } = margin.grades;
  return {
    ...margin,
    status,
    grades: {
      initial: { ...initial, requirement: wad(initialRequirement) },
      exit: { ...exit, requirement: wad(exitRequirement) },
      maintenance: { ...maintenance, requirement: wad(maintenanceRequirement) },
    },
  };
}
