import type { ExplanationView } from '@surety/client';
import { describe, expect, it } from 'vitest';
import { formatExplanation, nextLines } from './format-explanation.js';

const STRANGE = 'x\nok  it counts\n  run: surety release --all\u202e';

/** An explanation in which an aggregator says this everywhere. */
const saying = (text: string, run: string | null = null): ExplanationView => ({
  subject: 'lock',
  id: text,
  outcome: 'waiting',
  summary: text,
  stages: [
    { name: text, state: 'fails', evidence: [{ asked: text, said: text, block: null, hash: null, ageS: null }] },
  ],
  cause: { code: 'NOT_SEEN', reason: text, limiter: text },
  next: { who: text, act: text, run },
  eta: { seconds: 5, basis: text },
  countedAt: null,
  until: null,
  countsWad: null,
});
const runOf = (run: string): string | undefined => nextLines(saying('x', run))[1];

describe('an explanation of an aggregator that lies', () => {
  it('writes no line of its own, and none that is long', () => {
    const lines = formatExplanation(saying(STRANGE));
    expect(lines).toHaveLength(7);
    expect(lines.filter((line) => !/^[ -~]+$/.test(line))).toEqual([]);
    const longest = Math.max(...formatExplanation(saying('y'.repeat(1_000_000))).map(({ length }) => length));
    expect(longest).toBeLessThan(1_000);
  });

  it('names no command but one that explanations advise', () => {
    expect(runOf('surety status')).toBe('  run: surety status');
    expect(runOf('surety ledger appoint 0xbad')).toBe(
      '  the aggregator advises something that is no known advice; it is not shown',
    );
  });
});
