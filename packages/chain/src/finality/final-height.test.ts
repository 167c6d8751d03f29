import type { RpcProvider } from '@surety/rpc';
import { ManualClock } from '@surety/rpc/testing';
import { beforeEach, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../limits.js';
import { readFinalHeight } from './final-height.js';

const NAMES = ['liar', 'a', 'b', 'slow'] as const;

let clock: ManualClock;
let reported: string[];
let answer: (height: bigint) => void;
let fail: (error: Error) => void;

/** Asks four providers, of which the last one answers when the test lets it; resolves to the height or the error's code. */
function read(heights: Readonly<Record<string, bigint>>): Promise<unknown> {
  const late = new Promise<bigint>((resolve, reject) => {
    answer = resolve;
    fail = reject;
  });
  const providers = NAMES.map((name) => ({
    name,
    report: (error: { code: string }) => void reported.push(`${name} ${error.code}`),
  })) as unknown as readonly RpcProvider[];
  const ask = ({ name }: RpcProvider): Promise<bigint> => {
    const height = heights[name];
    return height === undefined ? late : Promise.resolve(height);
  };
  const question = { providers, quorum: 3, ask, stated: new Map<string, bigint>(), limits: DEFAULT_LIMITS, clock };
  return readFinalHeight(question).catch((error: { code: string }) => error.code);
}

/** Lets the pause for stragglers pass, and everything run that waits for other promises only. */
async function passPause(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  clock.advance(DEFAULT_LIMITS.stragglerMs);
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

beforeEach(() => {
  clock = new ManualClock();
  reported = [];
});

it('waits for an honest provider that is slow while a liar keeps the others from a quorum', async () => {
  const reading = read({ liar: 1_000n, a: 5_000n, b: 5_000n });
  await passPause();
  answer(5_000n);
  expect(await reading).toBe(5_000n);
  expect(reported).toEqual(['liar HEAD_ASTRAY']);
});

it('has no quorum once the last one has failed too, or lags as well', async () => {
  for (const end of [() => fail(new Error('no answer')), () => answer(1_000n)]) {
    const reading = read({ liar: 1_000n, a: 5_000n, b: 5_000n });
    await passPause();
    end();
    expect(await reading).toBe('NO_QUORUM');
  }
});

it('waits no longer than the pause where a quorum agrees', async () => {
  const reading = read({ liar: 5_000n, a: 5_000n, b: 4_999n });
  await passPause();
  expect(await reading).toBe(4_999n);
});
