import type { Network, ProviderEndpoint } from '@surety/config';
import { systemClock } from '@surety/process';
import { type ServedAnswer, type ServedProvider, serveJsonRpc } from '@surety/rpc/testing';
import type { Clock } from '@surety/workflows';
import { type PublicClient, numberToHex } from 'viem';
import { afterEach, describe, expect, it } from 'vitest';
import { openAgreed, openAgreedReader } from './open-agreed.js';
import type { SpendingChain } from './open-sender.js';

const closing: (() => Promise<void>)[] = [];
afterEach(() => Promise.all(closing.splice(0).map((close) => close())));
const providers = [{ name: 'p1', urlEnv: 'RPC_URL_ALPHA_2' }];
const chain = { chainId: 900, name: 'alpha', blockTimeMs: 1_000, providers } as unknown as Network['chains'][number];

/** One provider: the height that it has reached, the time of its blocks, and a field that other nodes write differently. */
interface Node {
  readonly height: number;
  readonly timeS: number;
  readonly size: string;
  /** The height of the node that answers anything but the height; the same if left out. */
  readonly has?: number;
}

function answerOf(
  { height, timeS, size, has = height }: Node,
  method: string,
  params: readonly unknown[],
): ServedAnswer {
  if (method === 'eth_chainId') return { result: '0x384' };
  if (method === 'eth_blockNumber') return { result: numberToHex(height) };
  if (method === 'eth_getLogs') return { result: [] };
  const isBlock = method === 'eth_getBlockByNumber';
  const at = params.at(isBlock ? 0 : -1);
  const number = at === 'latest' ? numberToHex(has) : at;
  if (Number(number) > has)
    return isBlock ? { result: null } : { error: { code: -32_000, message: 'header not found' } };
  const result = { number, hash: `0x${'b1'.repeat(32)}`, timestamp: numberToHex(timeS), size };
  return { result: isBlock ? result : numberToHex(timeS) };
}

/** Starts such providers, of which `undefined` is one that never answers; `asked` gets the block of each value that is read. */
function serve(nodes: readonly (Node | undefined)[], asked: unknown[] = []): Promise<ServedProvider[]> {
  return Promise.all(
    nodes.map(async (node) => {
      const served = await serveJsonRpc((method, params) => {
        if (node === undefined) return undefined;
        if (method === 'eth_getBalance') asked.push(params.at(-1));
        return answerOf(node, method, params);
      });
      closing.push(() => served.close());
      return served;
    }),
  );
}

/** Opens the chain at providers. */
function openAt(served: readonly ServedProvider[], clock: Clock = systemClock): PublicClient {
  return openAgreedReader(placeOf(served, clock));
}

function placeOf(served: readonly ServedProvider[], clock: Clock = systemClock): SpendingChain {
  const endpoints = served.map(({ url }, at) => ({ name: `p${at}`, operator: `p${at}`, url }));
  return { chain, endpoints: endpoints as unknown as ProviderEndpoint[], clock };
}

async function open(nodes: readonly Node[], asked: unknown[] = []): Promise<PublicClient> {
  return openAt(await serve(nodes, asked));
}

/** A clock of which only the pauses between two questions end. */
function pausing(paused: () => void = () => undefined): Clock {
  const sleep: Clock['sleep'] = async (ms, signal) => {
    if (ms === 1_000) return paused();
    return new Promise((resolve) => signal?.addEventListener('abort', () => resolve()));
  };
  return { ...systemClock, sleep };
}

const somebody = { address: `0x${'11'.repeat(20)}` } as const;
const honest = (height: number, size = '0x1'): Node => ({ height, timeS: 1_800_000_000, size });

describe('a chain by two thirds of its providers', () => {
  it('has the time of theirs, however each writes its blocks, and not that of one that lies', async () => {
    const reader = await open([{ ...honest(9), timeS: 1_700_000_000 }, honest(9, '0x2'), honest(9, '0x3'), honest(9)]);
    expect((await reader.getBlock()).timestamp).toBe(1_800_000_000n);
    expect(await reader.getLogs()).toEqual([]);
  });

  it('is read at the newest block that they have reached', async () => {
    const asked: unknown[] = [];
    const reader = await open([honest(12), honest(9), honest(11), honest(10)], asked);
    expect(await reader.getBlockNumber()).toBe(10n);
    expect(await reader.getBalance(somebody)).toBe(1_800_000_000n);
    expect(new Set(asked)).toEqual(new Set(['0xa']));
    expect((await reader.getBlock()).number).toBe(10n);
  });

  it('is not read where too few agree on a time', async () => {
    const early = { ...honest(9), timeS: 1_700_000_000 };
    const reader = await open([early, early, honest(9), honest(9)]);
    await expect(reader.getBlock()).rejects.toThrow('providers of alpha disagree: at most 2 of 4');
  });

  it('is read without waiting again for a provider that was silent about its height', async () => {
    let patience = 1;
    // Patience is over at once, and the second time never; nor does any time limit come.
    const sleep: Clock['sleep'] = (ms, signal) => {
      if (ms < 20_000 && patience-- > 0) return Promise.resolve();
      return new Promise((resolve) => signal?.addEventListener('abort', () => resolve()));
    };
    const served = await serve([honest(9), honest(9), honest(9), undefined]);
    const reader = openAt(served, { ...systemClock, sleep });
    const balances = [reader.getBalance(somebody), reader.getBalance(somebody)];
    expect(await Promise.all(balances)).toEqual([1_800_000_000n, 1_800_000_000n]);
    expect((await reader.getBlock()).number).toBe(9n);
    const heightsAsked = served.map(({ asked }) => asked.filter((method) => method === 'eth_blockNumber').length);
    expect(heightsAsked).toEqual([2, 2, 2, 0]);
    expect(served[3]?.asked).toEqual(['eth_chainId']);
  });

  describe('where one provider answers once after patience has ended', () => {
    /** Heights that each provider tells one time after another, the last one for good; that of the last provider comes late once. */
    async function serveLate(
      ...told: (number | 'busy')[][]
    ): Promise<{ reader: PublicClient; served: ServedProvider[] }> {
      let beLate = (): void => undefined;
      const late = new Promise<void>((resolve) => (beLate = resolve));
      const served = await Promise.all(
        told.map((heights, at) =>
          serveJsonRpc(async (method, params) => {
            if (method !== 'eth_blockNumber') return answerOf(honest(9_000_000), method, params);
            if (at === told.length - 1) await late;
            const height = (heights.length > 1 ? heights.shift() : heights[0]) as number | 'busy';
            if (height === 'busy') return { error: { code: -32_005, message: 'rate limit' } };
            return answerOf({ ...honest(9_000_000), height }, method, params);
          }),
        ),
      );
      closing.push(...served.map((one) => () => one.close()));
      let isOver = false;
      const sleep: Clock['sleep'] = async (ms, signal) => {
        if (ms < 20_000 && !isOver) {
          isOver = true;
          return void setImmediate(beLate);
        }
        return new Promise((resolve) => signal?.addEventListener('abort', () => resolve()));
      };
      return { reader: openAt(served, { ...systemClock, sleep }), served };
    }

    it('is not read as of an old height that another one tells', async () => {
      const { reader } = await serveLate([9_000_000], [9_000_000], [5], [9_000_000]);
      expect((await reader.getBlock()).number).toBe(9_000_000n);
      expect((await reader.getBlock()).number).toBe(9_000_000n);
    });

    it('is read again by that one where another one fails later', async () => {
      const { reader, served } = await serveLate([7], [7], [7, 'busy', 7], [9]);
      expect((await reader.getBlock()).number).toBe(7n);
      expect((await reader.getBlock()).number).toBe(7n);
      expect(served[3]?.asked.filter((method) => method === 'eth_blockNumber')).toHaveLength(2);
    });

    it('is read without it where one tells a height that nobody has reached', async () => {
      const { reader, served } = await serveLate([10 ** 12], [9], [8], [9]);
      expect((await reader.getBlock()).number).toBe(8n);
      expect(served[3]?.asked.filter((method) => method === 'eth_blockNumber').length).toBeLessThan(2);
    });
  });

  it.each([
    ['of two', [9_000_000, 5], '9000000 (p0), 5 (p1); expected 2 of 2 within 60 blocks; try again'],
    ['of four', [9_000_000, 9_000_000, 5, 5], '9000000 (p0), 9000000 (p1), 5 (p2), 5 (p3); expected 3 of 4 within'],
    ['of four and a dead one', [9_000_000, 9_000_000, 5, -1], '5 (p2); expected 3 of 4 within 60 blocks; silent: p3'],
  ])('is not read where the heights %s leave open which is the newest', async (_, heights, words) => {
    const served = await serve(heights.map((height) => ({ ...honest(9_000_000), height, has: 9_000_000 })));
    await Promise.all(served.filter((_one, at) => heights[at] === -1).map((one) => one.close()));
    await expect(openAt(served).getBlock()).rejects.toThrow(words);
  });

  it.each<[name: string, nodes: Node[], height: bigint]>([
    ['the only provider', [{ ...honest(10), has: 9 }], 9n],
    ['two of four', [honest(10), { ...honest(10), has: 7 }, { ...honest(10), has: 8 }, honest(10)], 8n],
  ])('is read some blocks lower where %s lags behind the height that it told', async (_, nodes, height) => {
    const told: string[] = [];
    const served = await serve(nodes);
    expect((await openAt(served).getBlock()).number).toBe(height);
    expect(await openAt(served).getBalance(somebody)).toBe(1_800_000_000n);
    const { reader, block: blockNumber } = await openAgreed(placeOf(served), (line) => told.push(line));
    expect(await reader.getBalance({ ...somebody, blockNumber })).toBe(1_800_000_000n);
    expect([blockNumber, told]).toEqual([height, []]);
  });

  it('is read seconds lower, not blocks, where blocks are fast and all providers lag', async () => {
    const fast = { ...chain, blockTimeMs: 250 };
    const lagging = { ...honest(100), has: 95 };
    const place = { ...placeOf(await serve([lagging, lagging, lagging, lagging])), chain: fast };
    expect((await openAgreedReader(place).getBlock()).number).toBe(92n);
    expect(await openAgreedReader(place).getBalance(somebody)).toBe(1_800_000_000n);
  });

  it('is asked again for a given block once its providers had time to catch up', async () => {
    let has = 7;
    const lagging: Node = {
      ...honest(10),
      get has() {
        return has;
      },
    };
    const reader = openAt(
      await serve([lagging]),
      pausing(() => (has += 1)),
    );
    expect(await reader.getBalance({ ...somebody, blockNumber: 10n })).toBe(1_800_000_000n);
    expect(has).toBe(10);
    await expect(reader.getBalance({ ...somebody, blockNumber: 14n })).rejects.toThrow('too few providers');
    expect(has).toBe(13);
  });

  it('is not said to be told in different ways where providers lack the block', async () => {
    const nodes = [{ ...honest(10), has: 2 }, { ...honest(10), has: 2 }, honest(10), honest(10)];
    const reader = openAt(await serve(nodes), pausing());
    const words = 'too few providers of alpha answer: at most 2 of 4';
    await expect(reader.getBlock()).rejects.toThrow(words);
    await expect(reader.getBalance(somebody)).rejects.toThrow(words);
    await expect(reader.getBlock({ blockNumber: 11n })).rejects.toThrow(words);
  });

  it('tells of a view that is out of gas at its providers, and blames none of them', async () => {
    const served = await Promise.all(
      [1, 2, 3, 4].map(() =>
        serveJsonRpc((method, params) =>
          method === 'eth_call'
            ? { error: { code: -32_000, message: 'out of gas' } }
            : answerOf(honest(9), method, params),
        ),
      ),
    );
    closing.push(...served.map((one) => () => one.close()));
    await expect(openAt(served).call({ to: somebody.address, data: '0x' })).rejects.toThrow(
      'eth_call at alpha takes more gas than its providers allow (out of gas)',
    );
  });

  it('names the dead one of two, its variable, and the way to go on without it', async () => {
    const served = await serve([honest(9), honest(9)]);
    await served[1]?.close();
    await expect(openAt(served).getBlock()).rejects.toThrow(
      '1 of 2 providers of alpha answer; expected 2; silent: p1 (RPC_URL_ALPHA_2); try again, or unset the variable of a dead one',
    );
    expect((await openAt(served.slice(0, 1)).getBlock()).number).toBe(9n);
  });
});
