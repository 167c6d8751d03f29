import 'reflect-metadata';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { boundHeap } from '../bound-heap.js';
import { type TestApp, startTestApp } from './start-test-app.js';
import { testAccount, testLock } from './test-attesters.js';
import { TestLedger } from './test-ledger.js';

/** Entries of one batch, as a relayer applies them when it catches up. */
const BATCH = 512;

/**
 * An aggregator that `tools/bench` measures in a process of its own, over messages: it answers `cpu` with the
 * microseconds it has used, and `rebuild` with how long folding everything into a new database took. The settlement
 * chain and the origin chain are lists in memory, so chains cost nothing.
 *
 * Arguments: `serve <accounts>` tells where the margin of one account is served; `rebuild <entries>` prepares a journal.
 */
async function main(mode: string | undefined, count: number): Promise<void> {
  boundHeap();
  if (mode === 'serve') await serve(count);
  else if (mode === 'rebuild') await prepareRebuild(count);
  else throw new TypeError(`${mode} is no mode; expected serve or rebuild`);
  process.on('disconnect', () => process.exit(0));
}

async function serve(accounts: number): Promise<void> {
  const test = await startTestApp({ measured: true });
  const ledger = new TestLedger(test);
  ledger.list();
  for (let n = 1; n <= accounts; n++) test.journal.append(testLock(testAccount(n), 1_000_000n));
  for (let from = 0; from < accounts; from += BATCH) {
    const to = Math.min(accounts, from + BATCH);
    await test.intake.postEntries(test.journal.posted(ledger.key(0), { from, to }));
    // A poster may hold only so many entries that nobody has attested.
    const statement = test.journal.statement(to);
    await test.intake.postStatements(test.keys.map((key) => test.journal.signed(key, statement)));
  }
  for (let n = 1; n <= accounts; n++)
    test.reader.add({ kind: 'enabled', account: testAccount(n), assetId: 4, on: true });
  for (let from = 0; from < accounts; from += BATCH)
    test.reader.add(ledger.applied(from, Math.min(accounts, from + BATCH)));
  await test.follower.advance();
  await test.app.listen(0, '127.0.0.1');
  const { port } = test.app.getHttpServer().address() as AddressInfo;
  process.on('message', (asked) => {
    if (asked === 'cpu') process.send?.(cpuMicros());
  });
  process.send?.(`http://127.0.0.1:${port}/v1/accounts/${testAccount(1)}/margin`);
}

async function prepareRebuild(count: number): Promise<void> {
  const source = await startTestApp({ measured: true });
  const ledger = new TestLedger(source);
  // A chain keeps its sums itself: without entries the fake works out none.
  source.reader.entriesOf = undefined;
  ledger.list();
  for (let n = 1; n <= count; n++) source.journal.append(testLock(testAccount(n), 1_000n));
  for (let from = 0; from < count; from += BATCH)
    source.reader.add(ledger.applied(from, Math.min(count, from + BATCH)));
  process.on('message', (asked) => {
    if (asked === 'rebuild') void rebuild(source, count).then((told) => process.send?.(told));
  });
  process.send?.('prepared');
}

async function rebuild(source: TestApp, count: number): Promise<{ ms: number; lines: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'surety-rebuild-'));
  const started = performance.now();
  const test = await startTestApp({
    databaseUrl: `sqlite:${join(folder, 'store.sqlite')}`,
    reader: source.reader,
    measured: true,
  });
  Object.defineProperty(test.origin, 'entries', {
    get: () => {
      const { position, to } = test.origin.wanted ?? { position: { count: 0n }, to: 0n };
      return source.journal.located(Number(position.count), Number(to));
    },
  });
  for (;;) {
    await test.follower.advance();
    if ((test.follower.cursor?.height ?? 0n) >= source.reader.tip) break;
  }
  const status = await test.app.inject({ method: 'GET', url: '/v1/status' });
  const ms = performance.now() - started;
  const { counts } = status.json<{ counts: Record<string, number> }>();
  await test.close();
  rmSync(folder, { recursive: true, force: true });
  if (counts['lines'] !== count) throw new Error(`${counts['lines']} lines are stored; expected ${count}`);
  return { ms, lines: counts['lines'] };
}

function cpuMicros(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

await main(process.argv[2], Number(process.argv[3] ?? 1_000));
