import { AppError } from '@surety/domain';
import { describe, expect, it } from 'vitest';
import { BLOCKS_PER_STEP } from './limits.js';
import { StepSpan } from './step-span.js';

/** Folds blocks 1 to a tip of which a read takes some at most, and lists the lengths that were asked for. */
async function lengthsOf(tip: bigint, most: bigint, code = 'LOG_LIMIT'): Promise<bigint[]> {
  const span = new StepSpan();
  const asked: bigint[] = [];
  for (let from = 1n; from <= tip;) {
    const to = span.endOf(from, tip);
    const length = to - from + 1n;
    asked.push(length);
    const read = await span.fit({ from, to }, async () => {
      if (length > most) throw new AppError({ code, message: 'too many' });
      return true;
    });
    if (read !== undefined) from = to + 1n;
  }
  return asked;
}

describe('the span of a step', () => {
  it('is the usual one where every step fits, and never passes the tip', async () => {
    expect(await lengthsOf(2n * BLOCKS_PER_STEP + 7n, BLOCKS_PER_STEP)).toEqual([BLOCKS_PER_STEP, BLOCKS_PER_STEP, 7n]);
  });

  it.each(['LOG_LIMIT', 'CALL_LIMIT'])('is halved until a step fits, and grows again, after %s', async (code) => {
    expect(await lengthsOf(20n, 4n, code)).toEqual([20n, 10n, 5n, 2n, 3n, 4n, 5n, 2n, 3n, 4n, 2n]);
  });

  it('gives up at one block, and at any other error at once', async () => {
    await expect(lengthsOf(9n, 0n)).rejects.toMatchObject({ code: 'LOG_LIMIT' });
    await expect(lengthsOf(9n, 3n, 'NO_QUORUM')).rejects.toMatchObject({ code: 'NO_QUORUM' });
  });
});
