import { type Address, address } from '@surety/domain';
import type { Clock, TransactionJournal } from '@surety/workflows';
import { type PrivateKeyAccount, numberToHex } from 'viem';
import { describe, expect, it } from 'vitest';
import { createMemoryJournal } from './memory-journal.js';
import type { Rpc } from './rpc.js';
import { ModelChain, encodeModel } from './testing/model-chain.js';
import { type KeptSender, createTransactionSender } from './transaction-sender.js';

/** Seeds of a normal run; a campaign sets more. */
const RUNS = 1_000;
const CALLS = 5;
const FINAL_DEPTH = 6;
/** Steps with faults, and steps without faults in which everything must then land. */
const [FAULTY_STEPS, HEALTHY_STEPS] = [60, 600];
const GWEI = 1_000_000_000n;
/** A second of the model's clock. */
const SECOND_MS = 1_000;
const OWNER: Address = address(`0x${'1a'.repeat(20)}`);
const TARGET: Address = address(`0x${'2b'.repeat(20)}`);

/** Signs in the model's format: the test cares which bytes exist, not about real signatures. */
const account = {
  address: OWNER,
  signTransaction: async (transaction: Record<string, unknown>) => encodeModel(transaction),
} as unknown as PrivateKeyAccount;

/** mulberry32: small, seeded and good enough to choose faults. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d_2b_79_f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const never = <Value>(): Promise<Value> => new Promise(() => undefined);

/** The world of one seed: a chain, a journal that survives, and a process that may die at any moment. */
class World {
  readonly chain = new ModelChain(FINAL_DEPTH);
  readonly durable = createMemoryJournal();
  readonly counts = new Map<string, number>();
  readonly random: () => number;
  nowMs = 1_700_000_000_000;
  isFaulty = true;
  #sleepers: { readonly at: number; readonly wake: () => void }[] = [];
  #life = { isAlive: false };

  constructor(seed: number) {
    this.random = randomOf(seed);
    this.chain.loseAnswer = () => {
      if (!this.chance(0.15)) return 'no';
      this.count('answer lost');
      return this.random() < 0.5 ? 'arrives' : 'vanishes';
    };
  }

  chance(share: number): boolean {
    return this.isFaulty && this.random() < share;
  }

  count(name: string, by = 1): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + by);
  }

  /** Starts a process; the previous one is gone with its memory. */
  start(): void {
    this.#life.isAlive = false;
    const life = { isAlive: true };
    this.#life = life;
    const clock: Clock = {
      nowMs: () => this.nowMs,
      elapsedMs: () => this.nowMs,
      sleep: (durationMs) =>
        life.isAlive
          ? new Promise((wake) => this.#sleepers.push({ at: this.nowMs + durationMs, wake: () => wake() }))
          : never(),
    };
    const journal = this.#mortalJournal(life);
    const sender = createTransactionSender({
      rpc: this.#mortalRpc(life),
      account,
      journal,
      clock,
      observer: { observe: ({ name }) => life.isAlive && this.count(name) },
      errors: [],
      policy: {
        maxFeePerGasCap: 20n * GWEI,
        maxPriorityFeePerGasCap: 20n * GWEI,
        minPriorityFeePerGas: 1n,
        pollIntervalMs: 1_000,
        replaceAfterMs: 5_000,
        confirmations: 1,
        takeoverAfterMs: 30_000,
        finalDepth: FINAL_DEPTH,
      },
    });
    void this.#drive(sender, clock, journal);
  }

  /** Does what every relayer loop does: checks for the effect, and sends if it is missing. */
  async #drive(sender: KeptSender, clock: Clock, journal: TransactionJournal): Promise<void> {
    for (let isRecovered = false; !isRecovered;) {
      try {
        await sender.recover();
        isRecovered = true;
      } catch {
        await clock.sleep(SECOND_MS);
      }
    }
    void sender.keep(new AbortController().signal);
    // Calls of the model, unlike a relayer's, take effect each time they are mined. So an earlier process's
    // transactions must be final before their effect can be judged.
    while ((await journal.loadOpen({ chainId: 1, sender: OWNER })).length > 0) await clock.sleep(SECOND_MS);
    for (let call = 1; call <= CALLS; call++) void this.#landOnce(sender, clock, call);
  }

  async #landOnce(sender: KeptSender, clock: Clock, call: number): Promise<void> {
    while (this.chain.effects(call) === 0) {
      try {
        const calldata = numberToHex(call);
        const outcome = await sender.land({ purpose: `call-${call}`, to: TARGET, calldata, gasCeiling: 100_000n });
        this.count(`outcome ${outcome.kind}`);
        // The sender keeps a landed call on the chain; the loop never sends it again.
        if (outcome.kind === 'landed') return;
      } catch (error) {
        this.count(`error ${(error as { code?: string }).code ?? 'UNEXPECTED'}`);
      }
      await clock.sleep(SECOND_MS);
    }
  }

  #mortal<Arguments extends unknown[], Value>(
    life: { isAlive: boolean },
    name: string,
    act: (...args: Arguments) => Promise<Value>,
  ) {
    return async (...args: Arguments): Promise<Value> => {
      if (!life.isAlive) return never();
      if (this.chance(0.012)) return this.#die(life, `killed before ${name}`);
      const value = await act(...args);
      if (!life.isAlive) return never();
      if (this.chance(0.012)) return this.#die(life, `killed after ${name}`);
      return value;
    };
  }

  #die<Value>(life: { isAlive: boolean }, name: string): Promise<Value> {
    life.isAlive = false;
    this.count(name);
    return never();
  }

  #mortalRpc(life: { isAlive: boolean }): Rpc {
    const rpc = this.chain.rpc();
    const call = async (...args: Parameters<Rpc['call']>): Promise<unknown> =>
      life.isAlive ? rpc.call(...args) : never();
    return { ...rpc, call, broadcast: this.#mortal(life, 'broadcast', (raw, signal) => rpc.broadcast(raw, signal)) };
  }

  #mortalJournal(life: { isAlive: boolean }): TransactionJournal {
    const { durable } = this;
    return {
      record: this.#mortal(life, 'record', (attempt) => durable.record(attempt)),
      withdraw: this.#mortal(life, 'withdraw', (attempt) => durable.withdraw(attempt)),
      spend: this.#mortal(life, 'spend', (spending) => durable.spend(spending)),
      forget: this.#mortal(life, 'forget', (of) => durable.forget(of)),
      loadOpen: this.#mortal(life, 'load', (of) => durable.loadOpen(of)),
      loadSpentWei: (of) => durable.loadSpentWei(of),
    };
  }

  /** Advances one second, lets the chain act, and runs every loop that woke. */
  async step(): Promise<void> {
    this.nowMs += 1_000;
    this.#act();
    if (!this.#life.isAlive && (!this.isFaulty || this.random() < 0.3)) this.start();
    const due = this.#sleepers.filter(({ at }) => at <= this.nowMs);
    this.#sleepers = this.#sleepers.filter(({ at }) => at > this.nowMs);
    for (const { wake } of due) wake();
    for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
  }

  #act(): void {
    const { chain } = this;
    if (this.chance(0.02)) {
      this.count('process killed');
      this.#life.isAlive = false;
    }
    if (this.chance(0.05)) chain.silentFor = 1 + Math.floor(this.random() * 20);
    if (chain.silentFor > 0) this.count('silent step');
    if (this.chance(0.04)) chain.baseFee = chain.baseFee > GWEI ? GWEI : 500n * GWEI;
    if (chain.baseFee > GWEI) this.count('spike step');
    if (!this.isFaulty) [chain.baseFee, chain.silentFor] = [GWEI, 0];
    for (let call = 1; call <= CALLS; call++) {
      if (!this.isFaulty || chain.closed.has(call)) chain.closed.delete(call);
      else if (this.chance(0.03)) chain.closed.add(call);
    }
    for (const hash of chain.pool.keys()) {
      if (!this.chance(0.08)) continue;
      chain.pool.delete(hash);
      this.count('dropped');
    }
    this.#resurface();
    if (this.chance(0.06)) {
      const lost = chain.reorganise(1 + Math.floor(this.random() * FINAL_DEPTH), () => this.random() < 0.5);
      this.count(lost > 0 ? 'reorganised with ours' : 'reorganised empty');
    }
    if (!this.isFaulty || this.random() < 0.5) chain.mine(() => !this.chance(0.2));
  }

  /** Another pool may resubmit a lost transaction unless its nonce was cancelled meanwhile. */
  #resurface(): void {
    const cancelled = new Set(
      [...this.chain.seen.values()].filter(({ call }) => call === null).map(({ nonce }) => nonce),
    );
    for (const [hash, one] of this.chain.seen) {
      const isFree =
        one.nonce >= this.chain.nonce && ![...this.chain.pool.values()].some(({ nonce }) => nonce === one.nonce);
      if (!isFree || cancelled.has(one.nonce) || !this.chance(0.05)) continue;
      this.chain.pool.set(hash, one);
      this.count('resurfaced');
    }
  }

  end(): void {
    this.#life.isAlive = false;
  }
}

async function run(seed: number, totals: Map<string, number>): Promise<void> {
  const world = new World(seed);
  world.start();
  const calls = Array.from({ length: CALLS }, (_, at) => at + 1);
  const check = (): void => {
    for (const call of calls) {
      const effects = world.chain.effects(call);
      if (effects > 1) throw new Error(`seed ${seed}: call ${call} took effect ${effects} times`);
    }
  };
  for (let step = 0; step < FAULTY_STEPS; step++) {
    await world.step();
    check();
  }
  world.isFaulty = false;
  const isDone = async (): Promise<boolean> =>
    calls.every((call) => world.chain.effects(call) === 1) &&
    (await world.durable.loadOpen({ chainId: 1, sender: OWNER })).length === 0;
  let steps = 0;
  for (; steps < HEALTHY_STEPS && !(await isDone()); steps++) {
    await world.step();
    check();
  }
  world.end();
  expect({ seed, done: await isDone(), effects: calls.map((call) => world.chain.effects(call)) }).toEqual({
    seed,
    done: true,
    effects: calls.map(() => 1),
  });
  for (const [name, count] of world.counts) totals.set(name, (totals.get(name) ?? 0) + count);
}

describe('a sender in a hostile world', () => {
  it(`lands every call exactly once, whatever dies, drops, reorganises and rises, over ${RUNS} seeds`, async () => {
    const totals = new Map<string, number>();
    for (let seed = 1; seed <= RUNS; seed++) await run(seed, totals);
    const lines = [...totals].toSorted(([left], [right]) => (left < right ? -1 : 1));
    process.stdout.write(`${RUNS} runs, ${RUNS * CALLS} calls, 0 doubled, 0 lost\n`);
    for (const [name, count] of lines) process.stdout.write(`  ${name}: ${count}\n`);
    const mattering = [
      'killed before record',
      'killed after record',
      'killed before broadcast',
      'killed after broadcast',
      'killed after spend',
      'killed before forget',
      'process killed',
      'answer lost',
      'dropped',
      'resurfaced',
      'reorganised with ours',
      'spike step',
      'silent step',
      'transactions-recovered',
      'transaction-resent',
      'transaction-replaced',
      'transaction-cancelled',
      'transaction-reorganised',
      'transaction-at-fee-cap',
      'market-above-cap',
    ];
    expect(mattering.filter((name) => (totals.get(name) ?? 0) < RUNS / 50)).toEqual([]);
  }, 600_000);
});
