import type { Network, ProviderEndpoint } from '@surety/config';
import { type AppError, address } from '@surety/domain';
import { systemClock } from '@surety/process';
import type { Clock } from '@surety/workflows';
import { type Hex, keccak256, numberToHex, parseTransaction } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { afterEach, describe, expect, it } from 'vitest';
import type { Terminal } from '../terminal/terminal.js';
import { serveMethods } from '../testing/serve-landing.js';
import { type ActResult, actByHand } from './act-by-hand.js';

const chain = {
  chainId: 901,
  name: 'alpha',
  blockTimeMs: 1_000,
  providers: [],
} as unknown as Network['chains'][number];
const account = privateKeyToAccount(`0x${'11'.repeat(32)}`);
const vault = address(`0x${'77'.repeat(20)}`);
const GAS_NEEDED = 65_536n;
const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

/** What one provider answers instead of the truth; undefined for the truth. */
type Lie = (method: string, params: readonly unknown[]) => unknown;

interface Landed {
  readonly hash: Hex;
  readonly nonce: number;
  readonly gas: bigint;
}

const receiptOf = (hash: unknown, status: Hex, blockHash: Hex = `0x${'ab'.repeat(32)}`): object => ({
  transactionHash: hash,
  blockHash,
  blockNumber: '0x100',
  gasUsed: '0x1',
  effectiveGasPrice: '0x1',
  status,
  logs: [],
});

/** A chain on which transactions land at once, in the order of their nonces; those with too little gas fail. */
class Chain {
  readonly landed: Landed[] = [];
  readonly #pool = new Map<number, Landed>();
  #next: number;

  constructor(nonce: number) {
    this.#next = nonce;
  }

  readonly answer: Lie = (method, [first]) => {
    switch (method) {
      case 'eth_chainId':
        return '0x385';
      case 'eth_getBlockByNumber':
        return { number: '0x100', timestamp: '0x6b49d200', baseFeePerGas: '0x1' };
      case 'eth_getBalance':
        return '0xde0b6b3a7640000';
      case 'eth_getTransactionCount':
        return numberToHex(this.#next);
      case 'eth_estimateGas':
        return numberToHex(GAS_NEEDED);
      case 'eth_sendRawTransaction':
        return this.#take(first as `0x02${string}`);
      case 'eth_getTransactionByHash':
        return { hash: first };
      case 'eth_getTransactionReceipt': {
        const found = this.landed.find(({ hash }) => hash === first);
        return found === undefined ? null : receiptOf(first, found.gas < GAS_NEEDED ? '0x0' : '0x1');
      }
      default:
        return '0x1';
    }
  };

  #take(raw: `0x02${string}`): Hex {
    const { nonce = 0, gas = 0n } = parseTransaction(raw);
    const hash = keccak256(raw);
    if (nonce >= this.#next) this.#pool.set(nonce, { hash, nonce, gas });
    for (let one = this.#pool.get(this.#next); one !== undefined; one = this.#pool.get(this.#next)) {
      this.landed.push(one);
      this.#next += 1;
    }
    return hash;
  }
}

/** Pauses between two looks end as soon as what is under way had its turn; patience and time limits never end. */
function hurried(paused: () => void = () => undefined): Clock {
  let elapsedMs = 0;
  return {
    nowMs: () => 1_800_000_000_000,
    elapsedMs: () => elapsedMs,
    async sleep(ms, signal) {
      if (ms >= 2_000) return new Promise((resolve) => signal?.addEventListener('abort', () => resolve()));
      await new Promise(setImmediate);
      elapsedMs += ms;
      paused();
    },
  };
}

/** Acts at providers of one chain, of which each tells its own lies. */
async function act(truth: Chain, lies: readonly Lie[], person: Partial<Terminal> = {}, clock = hurried()) {
  const urls = await Promise.all(
    lies.map((lie) =>
      serveMethods((method, params) => {
        const said = lie(method, params);
        return said === undefined ? truth.answer(method, params) : said;
      }, closing),
    ),
  );
  const endpoints = urls.map((url, at) => ({ name: `p${at}`, operator: `p${at}`, url: { reveal: () => url } }));
  const terminal = { environment: {}, clock: systemClock, tell: () => undefined, ...person } as unknown as Terminal;
  const call = { purpose: 'appoint', to: vault, calldata: '0x12345678', gasCeiling: 500_000n } as const;
  return actByHand(
    { terminal, options: { yes: true }, account },
    { chain, endpoints: endpoints as unknown as ProviderEndpoint[], clock },
    { call, question: 'Appoint?', code: 'APPOINT_REFUSED' },
  );
}

const honest: Lie = () => undefined;
const others = [honest, honest, honest];
const nonces = ({ landed }: Chain): number[] => landed.map(({ nonce }) => nonce);

describe('an act by hand at four providers, of which the first one lies', () => {
  it('is not said to be reverted by a made-up receipt: whoever acts again would act twice', async () => {
    const truth = new Chain(0);
    const liar: Lie = (method, [hash]) =>
      method === 'eth_getTransactionReceipt' ? receiptOf(hash, '0x0', `0x${'66'.repeat(32)}`) : undefined;
    const { txHash } = await act(truth, [liar, ...others]);
    expect(truth.landed.map(({ hash }) => hash)).toEqual([txHash]);
  });

  it('is not shown as done where it failed', async () => {
    const truth = new Chain(0);
    const told: string[] = [];
    const liar: Lie = (method, [hash]) => (method === 'eth_getTransactionReceipt' ? receiptOf(hash, '0x1') : undefined);
    const few: Lie = (method) => (method === 'eth_estimateGas' ? numberToHex(24_000) : undefined);
    const acting = act(truth, [liar, few, few, few], { tell: (line) => told.push(line) });
    await expect(acting).rejects.toThrow('the appoint was reverted');
    expect([told.length, truth.landed.length]).toEqual([1, 1]);
  });

  it('has gas enough where one tells too little, and is told its true end', async () => {
    const truth = new Chain(0);
    const liar: Lie = (method, [hash]) => {
      if (method === 'eth_estimateGas') return numberToHex(24_000);
      return method === 'eth_getTransactionReceipt' ? receiptOf(hash, '0x1') : undefined;
    };
    await act(truth, [liar, ...others]);
    expect(truth.landed.map(({ gas }) => gas >= GAS_NEEDED)).toEqual([true]);
  });

  it.each([0, 45, 10 ** 6])('takes the next nonce of the others where one tells %i', async (nonce) => {
    const truth = new Chain(40);
    const liar: Lie = (method) => (method === 'eth_getTransactionCount' ? numberToHex(nonce) : undefined);
    const { txHash } = await act(truth, [liar, ...others]);
    expect([nonces(truth), truth.landed.map(({ hash }) => hash)]).toEqual([[40], [txHash]]);
  });

  const answered = (method: string, answer: unknown, tag?: string): Lie => {
    return (asked, params) => (asked === method && (tag === undefined || params[1] === tag) ? answer : undefined);
  };
  const dearBlock = { number: '0x100', timestamp: '0x6b49d200', baseFeePerGas: numberToHex(300_000_000_000n) };
  it.each([
    ['a revert', answered('eth_estimateGas', { reverted: '0x' })],
    ['far too much gas', answered('eth_estimateGas', numberToHex(9_000_000))],
    ['a pending transaction', answered('eth_getTransactionCount', '0x9', 'pending')],
    ['a base fee of 300 gwei', answered('eth_getBlockByNumber', dearBlock)],
    ['an empty wallet', answered('eth_getBalance', '0x0')],
  ])('lands where that one tells %s', async (_, liar) => {
    const truth = new Chain(0);
    await act(truth, [liar, ...others]);
    expect(nonces(truth)).toEqual([0]);
  });

  it('is refused where three tell the revert', async () => {
    const truth = new Chain(0);
    const refusing = answered('eth_estimateGas', { reverted: '0x' });
    await expect(act(truth, [honest, refusing, refusing, refusing])).rejects.toThrow('the appoint would be refused by');
    expect(truth.landed).toEqual([]);
  });
});

describe('an act by hand on whose end too few providers agree', () => {
  /** Acts until somebody interrupts it after a few looks. */
  async function interrupted(lies: readonly Lie[]): Promise<{ failure: ActResult | AppError; truth: Chain }> {
    const truth = new Chain(0);
    const interruption = new AbortController();
    let looks = 0;
    const clock = hurried(() => {
      if ((looks += 1) === 5) interruption.abort();
    });
    const person: Partial<Terminal> = { untilInterrupted: (one) => one(interruption.signal) };
    return { failure: await act(truth, lies, person, clock).catch((cause: AppError) => cause), truth };
  }

  it('is waited for, and whoever stops waiting is told what may still land', async () => {
    const unseen: Lie = (method) => {
      if (method === 'eth_getTransactionCount') return '0x0';
      return method === 'eth_getTransactionReceipt' ? null : undefined;
    };
    const { failure, truth } = await interrupted([honest, honest, unseen, unseen]);
    expect(failure).toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      message: expect.stringMatching(/^interrupted: .*nonce 0 .*read its effect before sending again$/),
    });
    expect((failure as AppError).message).toContain(truth.landed[0]?.hash);
  });

  it.each([
    [2, 'two of four lag'],
    [1, 'two of three lag'],
  ])("is not taken for a stranger's while %i show it and %s", async (showing) => {
    const truth = new Chain(0);
    const lagging = (): Lie => {
      let looks = 0;
      return (method) => (method === 'eth_getTransactionReceipt' && (looks += 1) <= 20 ? null : undefined);
    };
    const { txHash } = await act(truth, [lagging(), ...Array<Lie>(showing).fill(honest), lagging()]);
    expect(truth.landed.map(({ hash }) => hash)).toEqual([txHash]);
  });

  it("is told as another's where a stranger took the nonce and nobody shows a receipt", async () => {
    const truth = new Chain(0);
    const taken: Lie = (method) => (method === 'eth_getTransactionReceipt' ? null : undefined);
    await expect(act(truth, [taken, taken, taken])).rejects.toThrow('no provider shows a receipt of 0x');
    expect(nonces(truth)).toEqual([0]);
  });

  it('is not waited for longer than a minute where too few answer', async () => {
    const truth = new Chain(0);
    const away: Lie = (method) => (method === 'eth_getTransactionReceipt' ? { reverted: '0x' } : undefined);
    const failure = await act(truth, [honest, away, honest, away]).catch((cause: AppError) => cause);
    expect(failure).toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      message: expect.stringMatching(
        /^too few providers of chain 901 \(silent: p1, p3\) have answered for 60 s: .* may still land as 0x/,
      ),
    });
    expect(nonces(truth)).toEqual([0]);
  });

  it('is not sent where too few tell its nonce', async () => {
    const truth = new Chain(0);
    const away: Lie = (method) => (method === 'eth_getTransactionCount' ? null : undefined);
    await expect(act(truth, [honest, away, honest, away])).rejects.toThrow(
      '2 of 4 providers of chain 901 gave no answer to eth_getTransactionCount within 20000 ms: p1 (RPC_BAD_ANSWER), p3 (RPC_BAD_ANSWER); expected answers of 3',
    );
    expect(truth.landed).toEqual([]);
  });
});
