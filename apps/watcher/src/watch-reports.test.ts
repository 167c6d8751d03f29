import { describe, expect, it } from 'vitest';
import type { ConfiguredChain } from './origin-chain-of.js';
import { everyBlocksOf, finalitySOf } from './watch-reports.js';

const chain = (change: object): ConfiguredChain =>
  ({
    blockTimeMs: 12_000,
    frameLength: 8,
    finality: { rule: 'finalized', stepBlocks: 32 },
    ...change,
  }) as ConfiguredChain;

describe('the grid of blocks that are reported', () => {
  it('is whole frames, not shorter than the interval', () => {
    expect(everyBlocksOf(chain({}), 300)).toBe(32n);
    expect(everyBlocksOf(chain({}), 288)).toBe(24n);
    expect(everyBlocksOf(chain({ blockTimeMs: 250, frameLength: 1 }), 1)).toBe(4n);
    expect(everyBlocksOf(chain({ blockTimeMs: 12_000, frameLength: 1 }), 1)).toBe(1n);
  });

  it('is final after two steps of a finalized tag, or the depth, and never later than a report may count', () => {
    expect(finalitySOf(chain({}))).toBe(768n);
    expect(finalitySOf(chain({ blockTimeMs: 2_000, finality: { rule: 'finalized', stepBlocks: 192 } }))).toBe(768n);
    expect(finalitySOf(chain({ blockTimeMs: 250, finality: { rule: 'depth', depth: 3 } }))).toBe(1n);
    expect(finalitySOf(chain({ finality: { rule: 'depth', depth: 600 } }))).toBe(1_800n);
  });
});
