import 'reflect-metadata';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { boundHeap } from '../bound-heap.js';
import { FakeSettlementReader } from './fake-settlement-reader.js';
import { startTestApp } from './start-test-app.js';
import { testAccount, testLock } from './test-attesters.js';
import { FEE_TO, TestLedger } from './test-ledger.js';

/** Entries of one batch, as a relayer applies them. */
const BATCH = 64;
/** Entries of one post. */
const POST = 512;

/**
 * Takes in, attests and folds many entries of as many accounts, each phase in a process of its own, and prints what it took:
 * `npm run bench -w apps/aggregator [-- <entries>]` after a build. The settlement chain is a fake, so chains
 * cost nothing; the memory of the first phase holds the test's own journal too.
 */
async function main(phase: string | undefined, count: number, databaseUrl: string): Promise<void> {
  boundHeap();
  if (phase === 'fill') return fill(count, databaseUrl);
  if (phase === 'open') return open(count, databaseUrl);
  const folder = mkdtempSync(join(tmpdir(), 'surety-load-'));
  try {
    for (const next of ['fill', 'open']) {
      const args = [fileURLToPath(import.meta.url), next, String(count), `sqlite:${join(folder, 'load.sqlite')}`];
      const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
      if (status !== 0) throw new Error(`phase ${next} ended with ${status}`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function fill(count: number, databaseUrl: string): Promise<void> {
  const test = await startTestApp({ databaseUrl, measured: true });
  const ledger = new TestLedger(test);
  ledger.list();
  for (let n = 1; n <= count; n++) test.journal.append(testLock(testAccount(n), 1_000n));
  const started = performance.now();
  for (let from = 0; from < count; from += POST) {
    const to = Math.min(count, from + POST);
    for (const key of test.keys) await test.intake.postEntries(test.journal.posted(key, { from, to }));
    const statement = test.journal.statement(to);
    await test.intake.postStatements(test.keys.map((key) => test.journal.signed(key, statement)));
  }
  const posted = performance.now();
  for (let from = 0; from < count; from += BATCH) test.reader.add(ledger.applied(from, Math.min(count, from + BATCH)));
  const prepared = performance.now();
  await test.follower.advance();
  tell('fill', { count, postedMs: posted - started, foldedMs: performance.now() - prepared });
  await test.close();
}

async function open(count: number, databaseUrl: string): Promise<void> {
  const started = performance.now();
  const reader = new FakeSettlementReader();
  const test = await startTestApp({ databaseUrl, reader, measured: true });
  const { cursor } = test.follower;
  reader.tip = cursor?.height ?? 0n;
  await test.follower.advance();
  const opened = performance.now();
  const status = await test.app.inject({ method: 'GET', url: '/v1/status' });
  const { counts } = status.json<{ counts: Record<string, number> }>();
  if (counts['lines'] !== count)
    throw new Error(`${counts['lines']} lines are stored; expected ${count}, ${FEE_TO} earned none`);
  tell('open', { openedMs: opened - started, statusMs: performance.now() - opened });
  await test.close();
}

function tell(phase: string, figures: Record<string, number>): void {
  const status = readFileSync('/proc/self/status', 'utf8');
  const mebibytes = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1_024;
  const memory = { residentMiB: mebibytes('VmRSS'), peakMiB: mebibytes('VmHWM') };
  const rounded = Object.entries({ ...figures, ...memory }).map(([name, value]) => [name, Math.round(value)]);
  process.stdout.write(`${JSON.stringify({ phase, ...Object.fromEntries(rounded) })}\n`);
}

await main(
  process.argv[2] === 'fill' || process.argv[2] === 'open' ? process.argv[2] : undefined,
  Number(process.argv.slice(2).find((one) => /^[0-9]+$/.test(one)) ?? 100_000),
  process.argv[4] ?? '',
);
