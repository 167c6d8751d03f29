import { type Address, type AppError, address, txHash } from '@surety/domain';
import { type TransactionAttempt, type TransactionCall, type TransactionJournal, crashPoint } from '@surety/workflows';
import { keccak256 } from 'viem';
import type { ChainReads } from './chain-reads.js';
import { transactionError } from './errors.js';
import { FLIGHTS_MAX, NONCE_JUMP_MAX, TRANSFER_GAS, VIEW_AGE_MAX_MS } from './limits.js';
import { namingRefused } from './naming-refused.js';
import { type DayOfSpending, dayStartMs, isBudgetLow, roomWei, worstCaseWei } from './plan-budget.js';
import { type FeeMarket, type Fees, planFees, planReplacementFees } from './plan-fees.js';
import { PriorityGate } from './priority-gate.js';
import type { BroadcastOutcome } from './rpc.js';
import type { Flight } from './track-flight.js';
import type { SenderOptions } from './transaction-sender.js';

/** The key’s nonces and balance, and the fees, from one look at the chain. */
interface ChainView {
  /** The key's nonces in the newest block and with the pool. */
  readonly latest: bigint;
  readonly pending: bigint;
  readonly market: FeeMarket;
  /** Wei. */
  readonly balance: bigint;
  /** Own calls under way, among them those sent since. */
  readonly underWay: number;
  /** Time on the clock before the first read. */
  readonly atMs: number;
}

/**
 * How pools refuse a tip below what they take at all; a replacement that is too cheap is refused in other words.
 * @source go-ethereum ErrUnderpriced, ErrTxGasPriceTooLow; Nethermind FeeTooLow; Besu GAS_PRICE_TOO_LOW
 */
const TOO_CHEAP = /underpriced|below (configured )?minimum|minimum needed|fee ?too ?low/i;

/**
 * How pools refuse a nonce that they hold a transaction of. A full pool that takes none "to replace pending" holds those of others.
 * @source go-ethereum ErrReplaceUnderpriced, and not ErrFutureReplacePending; Nethermind ReplacementNotAllowed; Erigon NotReplaced
 */
const NOT_REPLACED = /replacement|replace existing/i;

/**
 * Assigns nonces one at a time, the most urgent call first, and signs. Invariants: no nonce is signed for two calls,
 * none is skipped, and every attempt is in the journal before it is sent (see kill.test.ts and sender-states.test.ts).
 */
export class NonceDesk {
  /** Nonces of this key that are pending, or spent but not yet final. */
  readonly open = new Map<bigint, Flight>();
  readonly gate: PriorityGate;
  readonly sender: Address;
  readonly #options: SenderOptions;
  readonly #reads: ChainReads;
  readonly #journal: TransactionJournal;
  /** Lowest nonce that may be free, from the transactions this process saw land, and when it last saw one. */
  #floor = { nonce: 0n, atMs: 0 };
  /** Highest nonce known to be free; a second provider confirmed each jump above {@link NONCE_JUMP_MAX}. */
  #known = 0n;
  /** The chain as the last call saw it, for those that follow at once; undefined unless a node accepted that call. */
  #view: ChainView | undefined;
  #strangerSinceMs: number | null = null;
  #saidAboveCap = false;
  #saidLowOn: number | null = null;

  constructor(options: SenderOptions, reads: ChainReads, journal: TransactionJournal) {
    this.#options = options;
    this.#reads = reads;
    this.#journal = journal;
    this.sender = address(options.account.address);
    this.gate = new PriorityGate((priority) => this.underWay.length >= FLIGHTS_MAX[priority]);
  }

  /** Calls whose nonce is not spent yet. */
  get underWay(): Flight[] {
    return [...this.open.values()].filter(({ spent }) => !spent);
  }

  /** Takes the next nonce for a call and sends its first attempt; signs it under no other one, since refused bytes may land too. */
  async openNext(call: TransactionCall, gasLimit: bigint, signal?: AbortSignal): Promise<Flight> {
    const kept = this.#takeView();
    let view = kept ?? (await this.#look(signal));
    const { nonce, takesOver } = this.#nextNonce(view.latest, view.pending);
    await this.#requireNear(nonce, signal);
    const fees = await this.#firstFees(call, { gasLimit, ...view });
    crashPoint('relayer.send.nonce-chosen');
    const flight: Flight = { call, nonce, gasLimit, attempts: [], spent: false, landed: null, tracked: true };
    this.open.set(nonce, flight);
    try {
      let sent = await this.#sendFirst(flight, fees, { takesOver, isOnKeptView: kept !== undefined }, signal);
      if (sent === 'refused') {
        view = await this.#look(signal);
        // A nonce that was spent meanwhile may have been spent by what was refused: that is followed.
        const again = view.latest > nonce ? undefined : await this.#firstFees(call, { gasLimit, ...view });
        if (again === undefined) flight.attempts.push(...(flight.refused ?? []));
        else sent = await this.#sendFirst(flight, again, { takesOver }, signal);
      }
      if (sent === 'accepted' && !takesOver) this.#view = { ...view, underWay: view.underWay + 1 };
      return flight;
    } catch (error) {
      this.open.delete(nonce);
      throw namingRefused(error, flight.refused);
    }
  }

  /** Cancels a nonce that nobody holds and that lies below pending ones; returns undefined if there is none. */
  async fillGap(signal?: AbortSignal): Promise<Flight | undefined> {
    const top = [...this.open.keys()].reduce((most, nonce) => (nonce > most ? nonce : most), -1n);
    const [latest, pending, market] = await Promise.all([
      this.#reads.readNonce(this.sender, 'latest', signal),
      this.#reads.readNonce(this.sender, 'pending', signal),
      this.#reads.readMarket(signal),
    ]);
    let nonce = latest;
    while (this.open.has(nonce) && nonce < top) nonce += 1n;
    if (nonce >= top || pending > nonce) return undefined;
    const fees = planFees(market, this.#options.policy);
    if (fees === undefined) return undefined;
    const call = { purpose: 'fill-gap', priority: 'release', to: this.sender, calldata: '0x', gasCeiling: 0n } as const;
    const flight: Flight = { call, nonce, gasLimit: TRANSFER_GAS, attempts: [], spent: false, landed: null };
    if (!(await this.affords(flight, fees, true))) return undefined;
    const attempt = await this.sign(flight, fees, true);
    this.open.set(nonce, flight);
    const outcome = await this.#options.rpc.broadcast(attempt.raw, signal);
    crashPoint('relayer.send.gap-filled');
    if (outcome.kind === 'refused') {
      // Another transaction took it, or the pool is full: the next round tries again.
      this.open.delete(nonce);
      await this.withdraw(flight, attempt);
      return undefined;
    }
    const fields = { chain_id: this.#options.rpc.chainId, nonce, tx_hash: attempt.txHash };
    this.#options.observer.observe({ name: 'nonce-gap-filled', level: 'warn', fields });
    return flight;
  }

  /** Closes a call; its nonce is kept for watching while a reorganisation may free it, if `watched`. */
  async close(flight: Flight, watched: boolean): Promise<void> {
    if (!flight.spent) return;
    flight.told = true;
    crashPoint('relayer.send.spent');
    const { clock, rpc } = this.#options;
    if (flight.nonce >= this.#floor.nonce) this.#floor = { nonce: flight.nonce + 1n, atMs: clock.elapsedMs() };
    const of = { chainId: rpc.chainId, sender: this.sender, nonce: flight.nonce };
    // Without a receipt it may still have been ours. Providers that hide receipts must not make anyone spend more than
    // a day's budget.
    const costWei = flight.landed?.costWei ?? worstCaseWei(flight.attempts);
    await this.#journal.spend({ ...of, costWei, atMs: clock.nowMs() });
    if (!watched || flight.landed === null) await this.forget(flight);
    crashPoint('relayer.send.settled');
    this.gate.wake();
  }

  /** Drops a nonce whose transaction is final. */
  async forget(flight: Flight): Promise<void> {
    this.open.delete(flight.nonce);
    await this.#journal.forget({ chainId: this.#options.rpc.chainId, sender: this.sender, nonce: flight.nonce });
    crashPoint('relayer.send.final');
  }

  /** Signs an attempt and stores it before anything is sent. @throws OUTBOX_UNAVAILABLE: nothing was sent. */
  async sign(flight: Flight, fees: Fees, cancels: boolean): Promise<TransactionAttempt> {
    const { account, rpc, clock } = this.#options;
    const { call, nonce, gasLimit } = flight;
    const value = call.value ?? 0n;
    const target = cancels
      ? { to: this.sender, value: 0n, gas: TRANSFER_GAS }
      : { to: call.to, value, data: call.calldata, gas: gasLimit };
    const envelope = { type: 'eip1559', chainId: rpc.chainId, nonce: Number(nonce), ...target, ...fees } as const;
    const raw = await account.signTransaction(envelope);
    crashPoint('relayer.send.signed');
    const attempt: TransactionAttempt = {
      chainId: rpc.chainId,
      sender: this.sender,
      nonce,
      txHash: txHash(keccak256(raw)),
      raw,
      purpose: call.purpose,
      priority: call.priority ?? 'credit',
      to: call.to,
      calldata: call.calldata,
      value,
      gasLimit,
      ...fees,
      signedAtMs: clock.nowMs(),
      cancels,
    };
    await this.#journal.record(attempt);
    crashPoint('relayer.send.recorded');
    flight.attempts.push(attempt);
    return attempt;
  }

  /** Withdraws an attempt that every provider refused; the flight remembers it, because one of them may have forwarded it. */
  async withdraw(flight: Flight, attempt: TransactionAttempt): Promise<void> {
    await this.#journal.withdraw(attempt);
    flight.attempts.splice(flight.attempts.indexOf(attempt), 1);
    // The same fees give the same bytes: they are looked for once, however often they were refused.
    flight.refused = [...(flight.refused ?? []).filter((one) => one.txHash !== attempt.txHash), attempt];
  }

  /**
   * Returns whether a dearer attempt for a nonce fits in the rest of the day's budget, whatever its priority: a stuck
   * nonce blocks all others.
   */
  async affords(flight: Flight, fees: Fees, cancels: boolean): Promise<boolean> {
    const day = await this.readDay();
    if (day === undefined) return true;
    const before = worstCaseWei(flight.attempts);
    const { call, gasLimit } = flight;
    const after = worstCaseWei([{ cancels, gasLimit, value: call.value ?? 0n, ...fees }]);
    return after <= before || after - before <= roomWei(day, 'release');
  }

  /** Returns today's budget and spending; undefined without a budget. */
  async readDay(): Promise<DayOfSpending | undefined> {
    const { policy, clock, rpc } = this.#options;
    if (policy.budgetWeiPerDay === undefined) return undefined;
    const since = { chainId: rpc.chainId, sender: this.sender, sinceMs: dayStartMs(clock.nowMs()) };
    return {
      budgetWei: policy.budgetWeiPerDay,
      spentWei: await this.#journal.loadSpentWei(since),
      pendingWei: this.underWay.reduce((sum, { attempts }) => sum + worstCaseWei(attempts), 0n),
    };
  }

  /**
   * Requires a second provider to confirm a nonce far above all known ones. A transaction with an invented nonce would
   * wait forever, and filling the gap below it would cost the wallet.
   */
  async #requireNear(nonce: bigint, signal?: AbortSignal): Promise<void> {
    if (nonce <= this.#known + NONCE_JUMP_MAX) {
      if (nonce > this.#known) this.#known = nonce;
      return;
    }
    this.#options.rpc.rotate();
    const other = await this.#reads.readNonce(this.sender, 'latest', signal);
    if (other + NONCE_JUMP_MAX < nonce) {
      throw transactionError(
        'RPC_BAD_ANSWER',
        `providers of chain ${this.#options.rpc.chainId} gave ${nonce} and ${other} as next nonce of ${this.sender}; expected them to differ by at most ${NONCE_JUMP_MAX}; others are asked next`,
        { sender: this.sender, nonce, other },
      );
    }
    this.#known = nonce;
  }

  /**
   * Returns what the call before saw, if that was less than a second ago, it was accepted and no nonce was spent since. Own
   * calls since then are in {@link open}; whatever else has changed shows when a node refuses the transaction.
   */
  #takeView(): ChainView | undefined {
    const view = this.#view;
    this.#view = undefined;
    if (view === undefined || view.underWay !== this.underWay.length) return undefined;
    return this.#options.clock.elapsedMs() - view.atMs < VIEW_AGE_MAX_MS ? view : undefined;
  }

  async #look(signal?: AbortSignal): Promise<ChainView> {
    const [atMs, underWay] = [this.#options.clock.elapsedMs(), this.underWay.length];
    const [latest, pending, market, balance] = await Promise.all([
      this.#reads.readNonce(this.sender, 'latest', signal),
      this.#reads.readNonce(this.sender, 'pending', signal),
      this.#reads.readMarket(signal),
      this.#reads.readBalance(this.sender, signal),
    ]);
    return { latest, pending, market, balance, underWay, atMs };
  }

  #nextNonce(latest: bigint, pending: bigint): { nonce: bigint; takesOver: boolean } {
    const { clock, policy } = this.#options;
    let nonce = latest;
    const floorHolds = clock.elapsedMs() - this.#floor.atMs < policy.takeoverAfterMs;
    if (floorHolds && this.#floor.nonce > nonce) nonce = this.#floor.nonce;
    // The lowest free one: a reorganisation may have left a hole below the pending ones.
    while (this.open.has(nonce)) nonce += 1n;
    if (pending <= nonce) {
      this.#strangerSinceMs = null;
      return { nonce, takesOver: false };
    }
    this.#strangerSinceMs ??= clock.elapsedMs();
    const waitedMs = clock.elapsedMs() - this.#strangerSinceMs;
    if (this.underWay.length === 0 && !this.open.has(latest) && waitedMs >= policy.takeoverAfterMs) {
      return { nonce: latest, takesOver: true };
    }
    throw this.#shared(`${pending - nonce} transactions that this process did not sign are under way`);
  }

  async #firstFees(call: TransactionCall, at: { gasLimit: bigint; market: FeeMarket; balance: bigint }): Promise<Fees> {
    const { policy } = this.#options;
    const { market, balance, gasLimit } = at;
    const fees = planFees(market, policy, call.isPressing);
    if (fees === undefined) throw this.#aboveCap(market);
    this.#saidAboveCap = false;
    const cost = worstCaseWei([{ cancels: false, gasLimit, value: call.value ?? 0n, ...fees }]);
    const day = await this.readDay();
    if (day !== undefined) this.#requireBudget(call, cost, day);
    const reserved = this.underWay.reduce((sum, { attempts }) => sum + worstCaseWei(attempts), 0n);
    const needed = cost + reserved;
    if (balance < needed) throw this.#empty(balance, needed);
    return fees;
  }

  #requireBudget(call: TransactionCall, cost: bigint, day: DayOfSpending): void {
    const { rpc, clock, observer } = this.#options;
    const { budgetWei, spentWei, pendingWei } = day;
    const today = dayStartMs(clock.nowMs());
    if (isBudgetLow(day) && this.#saidLowOn !== today) {
      this.#saidLowOn = today;
      const fields = { chain_id: rpc.chainId, budget_wei: budgetWei, spent_wei: spentWei, pending_wei: pendingWei };
      observer.observe({ name: 'budget-low', level: 'error', fields });
    }
    const room = roomWei(day, call.priority ?? 'credit');
    if (cost <= room) return;
    throw transactionError(
      'BUDGET_SPENT',
      `${call.purpose} may cost ${cost} wei on chain ${rpc.chainId}; expected at most ${room}, what is left today for its priority of a budget of ${budgetWei} (${spentWei} spent, ${pendingWei} under way); wait until midnight UTC, or raise the budget`,
      { chain_id: rpc.chainId, cost, room },
    );
  }

  /** Sends the first attempt; returns `refused` only if what was refused rests on a kept view. */
  async #sendFirst(
    flight: Flight,
    first: Fees,
    { takesOver, isOnKeptView = false }: { readonly takesOver: boolean; readonly isOnKeptView?: boolean },
    signal?: AbortSignal,
  ): Promise<BroadcastOutcome['kind']> {
    const { rpc } = this.#options;
    let fees: Fees | undefined = first;
    while (fees !== undefined) {
      const attempt = await this.sign(flight, fees, false);
      const outcome = await rpc.broadcast(attempt.raw, signal);
      crashPoint('relayer.send.broadcast');
      if (outcome.kind !== 'refused') return outcome.kind;
      await this.withdraw(flight, attempt);
      if (isOnKeptView) return outcome.kind;
      if (/insufficient funds/i.test(outcome.detail))
        throw this.#empty(await this.#reads.readBalance(this.sender, signal), worstCaseWei([attempt]));
      const isReplacement = NOT_REPLACED.test(outcome.detail);
      if (!takesOver && !isReplacement && TOO_CHEAP.test(outcome.detail)) {
        fees = await this.#dearerFees(flight, fees, outcome.detail, signal);
        continue;
      }
      if (!isReplacement && !/underpriced/i.test(outcome.detail)) {
        const told = `every provider of chain ${rpc.chainId} refused ${flight.call.purpose}: ${outcome.detail}`;
        throw transactionError('RPC_REFUSED', told);
      }
      if (!takesOver) throw this.#shared(`nonce ${flight.nonce} holds a transaction that this process did not sign`);
      fees = planReplacementFees(fees, await this.#reads.readMarket(signal), this.#options.policy);
    }
    throw this.#shared(`nonce ${flight.nonce} cannot be taken over within the fee caps`);
  }

  /**
   * Returns fees with the highest tip that the caps allow, for a pool that took none as low as the last one.
   * @throws FEE_ABOVE_CAP naming the cap that holds.
   */
  async #dearerFees(flight: Flight, last: Fees, detail: string, signal?: AbortSignal): Promise<Fees> {
    const { policy, rpc } = this.#options;
    const { market, balance } = await this.#look(signal);
    const dearest = { ...market, tipPerGas: policy.maxPriorityFeePerGasCap };
    const fees = await this.#firstFees(flight.call, { gasLimit: flight.gasLimit, market: dearest, balance });
    if (fees.maxPriorityFeePerGas > last.maxPriorityFeePerGas) return fees;
    const isTip = fees.maxPriorityFeePerGas === policy.maxPriorityFeePerGasCap;
    const cap = isTip ? policy.maxPriorityFeePerGasCap : policy.maxFeePerGasCap;
    throw transactionError(
      'FEE_ABOVE_CAP',
      `every provider of chain ${rpc.chainId} refused a tip of ${last.maxPriorityFeePerGas} wei per gas as too low (${detail}); the cap on ${isTip ? 'tips' : 'base fee and tip'} is ${cap}: raise ${isTip ? 'SURETY_TIP_CAP_WEI' : 'SURETY_FEE_CAP_WEI'}_${rpc.chainId}`,
      { chain_id: rpc.chainId, tip: last.maxPriorityFeePerGas, cap },
    );
  }

  /** Builds the error for a key that another process also uses. */
  #shared(what: string): AppError {
    return transactionError(
      'KEY_SHARED',
      `${what} from ${this.sender} on chain ${this.#options.rpc.chainId}; expected one writer per key; stop the other process, or wait until its transactions land`,
      { sender: this.sender, chain_id: this.#options.rpc.chainId },
    );
  }

  #aboveCap(market: FeeMarket): AppError {
    const { policy, rpc, observer } = this.#options;
    const fields = { chain_id: rpc.chainId, base_fee: market.baseFeePerGas, cap: policy.maxFeePerGasCap };
    if (!this.#saidAboveCap) observer.observe({ name: 'market-above-cap', level: 'error', fields });
    this.#saidAboveCap = true;
    return transactionError(
      'FEE_ABOVE_CAP',
      `chain ${rpc.chainId} asks a base fee of ${market.baseFeePerGas} wei per gas; expected at most ${policy.maxFeePerGasCap} with the tip; wait, or raise SURETY_FEE_CAP_WEI_${rpc.chainId}`,
      fields,
    );
  }

  #empty(balance: bigint, needed: bigint): AppError {
    return transactionError(
      'EMPTY_WALLET',
      `${this.sender} holds ${balance} wei on chain ${this.#options.rpc.chainId}; expected at least ${needed} for this transaction; send it coin`,
      { sender: this.sender, balance, needed },
    );
  }
}
