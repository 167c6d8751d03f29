import { type Bytes32, bytes32 } from '@surety/domain';
import { describe, expect, it } from 'vitest';
import { agreedReleases } from './agreed-releases.js';

const KEPT = bytes32(`0x${'aa'.repeat(32)}`);
const GONE = bytes32(`0x${'00'.repeat(32)}`);
const RELEASE = { source: 1, seq: 4n };

/** Asks providers that answer this; null is one that fails. */
const ask = (...answers: readonly (Bytes32 | null)[]): Promise<Bytes32> =>
  agreedReleases(
    answers.map((answer) => ({
      readReleased: async () => {
        if (answer === null) throw new Error('no answer');
        return answer;
      },
    })),
    900,
  ).readReleased(RELEASE);

describe('the record of a release', () => {
  it('is what a quorum of the configured providers answers', async () => {
    expect(await ask(KEPT)).toBe(KEPT);
    expect(await ask(GONE, KEPT, GONE)).toBe(GONE);
    expect(await ask(KEPT, GONE, KEPT, KEPT)).toBe(KEPT);
    expect(await ask(null, GONE, GONE, GONE)).toBe(GONE);
  });

  it('is unknown without one, and says what was seen', async () => {
    await expect(ask(KEPT, GONE, KEPT, null)).rejects.toMatchObject({
      code: 'NO_QUORUM',
      retryable: true,
      message: `4 providers of chain 900 give ${KEPT} by 2, ${GONE} by 1 as the record of release 4 to source 1; expected one answer of 3`,
    });
    await expect(ask(null)).rejects.toThrow('give nothing');
  });
});
