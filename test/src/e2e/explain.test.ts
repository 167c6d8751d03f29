import type { ExplanationView } from '@surety/client';
import { devnetAccount } from '@surety/devnet';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { noteProblem, stopwatch } from './note-problem.js';
import { type Answer, runSurety } from './run-surety.js';
import { type Line, startLine } from './start-line.js';

let line: Line;
beforeAll(async () => {
  line = await startLine();
});
afterAll(() => line?.stop());

const environment = (): Record<string, string> => ({
  ...line.devnet.environmentOf('operator'),
  SURETY_KEY: devnetAccount('alice').key,
});
const lock = (...more: string[]): Promise<Answer> => {
  const args = ['lock', '--chain', 'alpha', '--asset', 'WETH', '--amount', '0.5', '--native', '--yes', ...more];
  return runSurety(args, environment());
};

/** Asks again until an explanation has a code. */
async function explained(id: string, code: string): Promise<ExplanationView> {
  const seconds = stopwatch();
  for (;;) {
    const { output } = await runSurety(['explain', id], environment());
    const [first] = (output['explanations'] ?? []) as ExplanationView[];
    if (first?.cause?.code !== code) continue;
    noteProblem({ problem: `an entry: ${code}`, tool: 'explain', seconds: seconds() });
    return first;
  }
}

it('waits until a lock counts, then names a relayer that is gone and attesters that are missing', async () => {
  const counted = await lock('--wait');
  expect([counted.code, counted.output['stage']]).toEqual([0, 'applied']);
  expect(counted.told).toMatch(/counted: \+[\d,.]+ initial margin for 0\.5 WETH, at block \d+/);
  // What the command called counted is there for whoever asks next.
  const { account, margin } = (await runSurety(['account', devnetAccount('alice').address], environment())).output as {
    account: { lines: readonly { symbol: string; amount: string }[] };
    margin: { block: { height: string } };
  };
  expect(account.lines).toEqual([expect.objectContaining({ symbol: 'WETH', amount: '500000000000000000' })]);
  expect(BigInt(margin.block.height)).toBeGreaterThanOrEqual(BigInt(/at block (\d+)/.exec(counted.told)?.[1] ?? ''));
  const asked = ['release', '--chain', 'alpha', '--asset', 'WETH', '--amount', '0.1', '--yes', '--wait'];
  const paid = await runSurety(asked, environment());
  expect([paid.code, paid.output['stage'], paid.refusal]).toEqual([0, 'paid', undefined]);
  await line.devnet.running('relayer')?.stop();
  const unposted = await lock();
  const late = await explained(String(unposted.output['id']), 'NOT_POSTED');
  expect(late.next?.run).toBe('surety relay --chain alpha');
  for (const number of [3, 4]) await line.devnet.running('watcher', number)?.stop();
  const unsigned = await lock();
  const silent = await explained(String(unsigned.output['id']), 'SIGNATURES_MISSING');
  expect(silent.summary).toMatch(
    /^waiting: 2 of the 3 signatures .* missing: 0x\w{40}, silent for .*; 0x\w{40}, silent/,
  );
});
