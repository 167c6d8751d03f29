import { bytes32, address } from '@surety/domain';
import { describe, expect, it } from 'vitest';
import { OptedInAccounts } from './opted-in-accounts.js';
import type { ReportChain } from './report-chain.js';

const protocol = address(`0x${'bb'.repeat(20)}`);
const accountAt = (block: bigint) => bytes32(`0x${block.toString(16).padStart(64, '0')}`);
interface Asked {
  readonly fromBlock: bigint;
  readonly toBlock: bigint;
  readonly args: object;
}

/** A provider with one opt-in in each of some blocks. */
const place = (blocks: readonly bigint[], asked: Asked[], away = false, newest = 100n): ReportChain =>
  ({
    settlement: { ledger: `0x${'1e'.repeat(20)}` },
    chain: { chainId: 900, finality: { rule: 'depth', depth: 2 } },
    reader: {
      getBlockNumber: async () => newest,
      getLogs: async (question: Asked) => {
        asked.push(question);
        if (away) throw new Error('away');
        const found = blocks.filter((block) => block >= question.fromBlock && block <= question.toBlock);
        return found.map((block) => ({ args: { account: accountAt(block) } }));
      },
    },
  }) as unknown as ReportChain;
/** Three honest providers. */
const three = (blocks: readonly bigint[]): ReportChain[] => Array.from({ length: 3 }, () => place(blocks, []));
/** Time passes once nobody has anything to say. */
class IdleClock {
  #nowMs = 0;
  elapsedMs = (): number => this.#nowMs;
  sleep = (durationMs: number, signal?: AbortSignal): Promise<void> => this.pass(durationMs, signal);
  async pass(durationMs: number, signal?: AbortSignal): Promise<void> {
    const dueMs = this.#nowMs + durationMs;
    while (this.#nowMs < dueMs && signal?.aborted !== true) {
      await new Promise((wake) => setImmediate(wake));
      this.#nowMs += 1;
    }
  }
}
const clock = new IdleClock();
const options = (...places: readonly ReportChain[]) => ({ places, fromBlock: 10n, logSpanMax: 4n, clock });

describe('accounts that opted in to a protocol', () => {
  it('are read from the ledger’s first block in ranges, each block once', async () => {
    const asked: Asked[] = [];
    const known = new OptedInAccounts(options(place([11n, 15n, 20n], asked)));
    expect(await known.upTo(protocol, 16n)).toEqual([11n, 15n].map(accountAt));
    expect(await known.upTo(protocol, 16n)).toHaveLength(2);
    expect(await known.upTo(protocol, 20n)).toHaveLength(3);
    expect(asked.map(({ fromBlock, toBlock }) => [fromBlock, toBlock])).toEqual([
      [10n, 13n],
      [14n, 16n],
      [17n, 20n],
    ]);
    expect(asked[0]?.args).toEqual({ protocol });
  });

  it('are read no further once the signal aborts, and from there on later', async () => {
    const asked: Asked[] = [];
    const stop = new AbortController();
    const stopping = changed(place([11n, 20n], asked), async (_, answer) => {
      stop.abort(new Error('asked to stop'));
      return answer;
    });
    const known = new OptedInAccounts(options(stopping));
    await expect(known.upTo(protocol, 20n, stop.signal)).rejects.toThrow('asked to stop');
    expect(asked.map(({ fromBlock }) => fromBlock)).toEqual([10n]);
    expect(await known.upTo(protocol, 20n)).toEqual([11n, 20n].map(accountAt));
    expect(asked.map(({ fromBlock }) => fromBlock)).toEqual([10n, 14n, 18n]);
  });

  it('are not read from a lagging provider, whose missing logs would count as none', async () => {
    const lagging: Asked[] = [];
    const known = new OptedInAccounts(options(place([], lagging, false, 13n), ...three([12n])));
    expect(await known.upTo(protocol, 12n)).toEqual([accountAt(12n)]);
    expect(lagging).toEqual([]);
    const alone = new OptedInAccounts(options(place([], lagging, false, 13n)));
    await expect(alone.upTo(protocol, 12n)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('are read from a quorum while one is unavailable, and from all again later', async () => {
    const known = new OptedInAccounts(options(place([], [], true), ...three([12n])));
    expect(await known.upTo(protocol, 12n)).toEqual([accountAt(12n)]);
    const few = new OptedInAccounts(options(place([], [], true), place([], [], true), ...three([12n]).slice(1)));
    await expect(few.upTo(protocol, 12n)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      retryable: true,
      message: expect.stringContaining('2 of 4 providers gave the opt-ins'),
    });
  });

  it('are neither hidden nor invented by one provider of four', async () => {
    const hidden = new OptedInAccounts(options(place([], []), ...three([12n])));
    expect(await hidden.upTo(protocol, 12n)).toEqual([accountAt(12n)]);
    const invented = new OptedInAccounts(options(place([11n, 12n], []), ...three([12n])));
    expect(await invented.upTo(protocol, 12n)).toEqual([accountAt(12n)]);
  });

  it('are not hidden by one of three while another is away', async () => {
    const known = new OptedInAccounts(options(place([], []), place([12n], []), place([], [], true)));
    expect(await known.upTo(protocol, 12n)).toEqual([accountAt(12n)]);
  });

  it('do not wait for a provider that is slower than a quorum, which is left out for the rest of that read', async () => {
    const asked: Asked[] = [];
    const slow = silent(place([12n, 20n], asked));
    const known = new OptedInAccounts(options(slow, ...three([12n, 20n])));
    expect(await known.upTo(protocol, 20n)).toEqual([12n, 20n].map(accountAt));
    expect(asked).toHaveLength(1);
    await known.upTo(protocol, 24n);
    expect(asked.map(({ fromBlock }) => fromBlock)).toEqual([10n, 21n]);
  });

  it('wait no longer over all ranges than they would in one', async () => {
    const asked: Asked[] = [];
    const late = changed(place([11n], asked), (_, answer) => clock.pass(100).then(() => answer));
    const known = new OptedInAccounts(options(late, ...three([11n])));
    expect(await known.upTo(protocol, 89n)).toEqual([accountAt(11n)]);
    expect(asked.length).toBeGreaterThan(3);
    expect(asked.length).toBeLessThan(8);
  });

  it('wait for a slow provider again where a quorum needs it', async () => {
    const asked: Asked[] = [];
    const late = silent(place([12n, 20n], asked), 1);
    const failing = breaking(place([12n, 20n], []), 1);
    const known = new OptedInAccounts(options(late, failing, ...three([12n, 20n]).slice(1)));
    expect(await known.upTo(protocol, 20n)).toEqual([12n, 20n].map(accountAt));
    expect(asked.map(({ fromBlock }) => fromBlock)).toEqual([10n, 14n, 18n]);
  });
});

/** A provider that never answers, or not these first questions for logs. */
function silent(one: ReportChain, questions = Number.POSITIVE_INFINITY): ReportChain {
  return changed(one, (count, answer) => (count < questions ? new Promise(() => undefined) : answer));
}

/** A provider that answers so many questions for logs, and no more. */
function breaking(one: ReportChain, questions: number): ReportChain {
  return changed(one, (count, answer) => (count < questions ? answer : Promise.reject(new Error('away'))));
}

function changed(one: ReportChain, change: (count: number, answer: Promise<never[]>) => Promise<never[]>): ReportChain {
  const { getLogs } = one.reader as unknown as { getLogs: (question: Asked) => Promise<never[]> };
  let count = 0;
  const reader = { ...one.reader, getLogs: (question: Asked) => change(count++, getLogs(question)) };
  return { ...one, reader } as unknown as ReportChain;
}
