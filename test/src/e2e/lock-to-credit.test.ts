import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type Devnet,
  accountOf,
  awaitReadiness,
  compareMargins,
  followLock,
  freshAccounts,
  lockTokens,
  lockManyInOneBlock,
  readAppliedBatches,
  readAppliedCount,
  readVaultJournalCount,
  readLedgerLine,
  rebuildAggregator,
  settlementOf,
  waitUntil,
} from '@surety/devnet';
import { verifyStatement } from '@surety/client';
import { CUT_LENGTH, address } from '@surety/domain';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type SpanCollector, collectSpans } from './collect-spans.js';
import { readPageSteps, runCommands } from './page-steps.js';
import { type Line, startLine } from './start-line.js';

const WITHIN_MS = 60_000;
/** What every attested prefix fits into. @source PROTOCOL section 11, I14 */
const GAS_CEILING = 8_000_000n;
const OPERATIONS = fileURLToPath(new URL('../../../docs/OPERATIONS.md', import.meta.url));
/** Whether the suite keeps the aggregator's facts on a PostgreSQL server, and the tool that copies them is installed. */
const onServer = process.env['SURETY_E2E_POSTGRES_URL'] !== undefined;
const canCopy = spawnSync(onServer ? 'pg_dump' : 'sqlite3', ['--version']).status === 0;
let line: Line;
let devnet: Devnet;
let collector: SpanCollector;

beforeAll(async () => {
  collector = await collectSpans();
  line = await startLine({ environment: collector.environment });
  devnet = line.devnet;
});

afterAll(async () => {
  await line?.stop();
  collector?.close();
});

/** Waits for the logs, not for the ledger's count: a node may answer a call of a block's state before it answers with its logs. */
async function awaitAllApplied(chainId: number, withinMs = WITHIN_MS): Promise<void> {
  const count = await readVaultJournalCount(devnet.network, chainId);
  await waitUntil({
    what: `${count} entries of chain ${chainId} applied`,
    withinMs,
    probe: async () => ((await readAppliedBatches(devnet.network, chainId)).at(-1)?.to ?? 0n) >= count || undefined,
  });
}

/** Batches must follow each other without a gap: racing applies nothing twice. */
async function expectUnbroken(chainId: number): Promise<void> {
  let end = 0n;
  for (const { from, to } of await readAppliedBatches(devnet.network, chainId)) {
    expect(from).toBe(end);
    end = to;
  }
  expect(end).toBe(await readVaultJournalCount(devnet.network, chainId));
}

test('a lock of each kind of token becomes a credit, and the margin is the same over HTTP, on chain and by hand', async () => {
  const requests = [
    { chainId: 901, by: 'alice', asset: 'USDC', units: 10_000_000_000n },
    { chainId: 902, by: 'alice', asset: 'WETH', units: 2n * 10n ** 18n },
    { chainId: 902, by: 'bob', asset: 'WBTC', units: 50_000_000n },
  ] as const;
  for (const request of requests) {
    const mined = await lockTokens(devnet.network, request);
    const progress = await followLock(devnet, { chainId: request.chainId, lock: mined, withinMs: WITHIN_MS });
    expect(progress.entry).toMatchObject({ account: accountOf(request.by), amount: request.units, stage: 'applied' });
    const { chainId, asset: symbol } = request;
    expect(await readLedgerLine(devnet.network, { chainId, symbol, account: accountOf(request.by) })).toBe(
      request.units,
    );
  }
  const margin = await waitUntil({
    what: 'both lines of alice in her margin',
    withinMs: WITHIN_MS,
    probe: async () => {
      const seen = await compareMargins(devnet, accountOf('alice'));
      return seen.http.lines.length === 2 ? seen : undefined;
    },
  });
  expect(margin.onChain).toEqual(margin.overHttp);
  expect(margin.byHand).toEqual(margin.overHttp);
});

test('the way of a lock is one trace, to which watchers, aggregator and relayer send their spans', async () => {
  const mined = await lockTokens(devnet.network, { chainId: 902, by: 'bob', asset: 'WBTC', units: 1_000_000n });
  const { entry } = await followLock(devnet, { chainId: 902, lock: mined, withinMs: WITHIN_MS });
  const index = entry.id.slice(entry.id.indexOf(':') + 1);
  const own = () =>
    collector.spans.filter(
      ({ attributes }) => `${attributes['surety.edge']}:${attributes['surety.index']}` === entry.id,
    );
  const spans = await waitUntil({
    what: `spans of entry ${index} from all its processes`,
    withinMs: WITHIN_MS,
    probe: async () => {
      const names = own().map(({ process, name }) => `${process} ${name}`);
      const isWhole = ['surety-aggregator entry', 'surety-relayer apply'].every((name) => names.includes(name));
      return isWhole && names.filter((name) => name === 'surety-watcher sign').length >= 3 ? own() : undefined;
    },
  });
  const [root] = spans.filter(({ parentSpanId }) => parentSpanId === '');
  expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
  expect(root).toMatchObject({ process: 'surety-aggregator', name: 'entry' });
  expect(spans.filter((span) => span !== root).every(({ parentSpanId }) => parentSpanId === root?.spanId)).toBe(true);
  expect(spans.every(({ startNs, endNs }) => startNs <= endNs)).toBe(true);
  const stages = spans.filter(({ process, name }) => process === 'surety-aggregator' && name !== 'entry');
  expect(stages.map(({ name }) => name)).toEqual(['seen', 'final', 'attested', 'applied']);
});

test('a statement that the aggregator shows is believed by the members that the chain names, and by no others', async () => {
  const [edge] = await devnet.aggregator.readEdges();
  const [complete] = edge === undefined ? [] : await devnet.aggregator.readAttested(edge.edge, { after: 0n });
  if (complete === undefined) throw new Error('no statement is complete');
  const settlement = settlementOf(devnet.network);
  const epoch = await settlement.readVerifierEpoch(complete.statement.epoch);
  expect(epoch.members).toHaveLength(4);
  await verifyStatement(complete, epoch);
  await settlement.verifyHead(complete);
  const strangers = { ...epoch, members: epoch.members.map((_, at) => address(`0x${String(at + 1).repeat(40)}`)) };
  await expect(verifyStatement(complete, strangers)).rejects.toMatchObject({ code: 'FORGED_STATEMENT' });
  await expect(settlement.readVerifierEpoch(epoch.epoch + 1)).rejects.toThrow('EpochUnknown');
});

test('a lock made while the aggregator is dead is credited after it comes back', async () => {
  await devnet.running('aggregator')?.kill();
  const mined = await lockTokens(devnet.network, { chainId: 901, by: 'bob', asset: 'USDC', units: 3_000_000_000n });
  await awaitReadiness(await devnet.start('aggregator'), 30_000);
  const { entry } = await followLock(devnet, { chainId: 901, lock: mined, withinMs: WITHIN_MS });
  expect(entry.stage).toBe('applied');
  expect(await readLedgerLine(devnet.network, { chainId: 901, symbol: 'USDC', account: accountOf('bob') })).toBe(
    3_000_000_000n,
  );
});

test('two relayers race and every entry is applied once', async () => {
  const second = await devnet.start('relayer', 2);
  await awaitReadiness(second, 30_000);
  const [account] = freshAccounts(1);
  for (let round = 0; round < 4; round++) {
    await lockTokens(devnet.network, {
      chainId: 901,
      by: 'alice',
      asset: 'USDC',
      units: 1_000_000_000n,
      ...(account && { account }),
    });
    await lockTokens(devnet.network, {
      chainId: 902,
      by: 'bob',
      asset: 'USDC',
      units: 1_000_000_000n,
      ...(account && { account }),
    });
  }
  for (const chainId of [901, 902]) {
    await awaitAllApplied(chainId);
    await expectUnbroken(chainId);
    expect(
      await readLedgerLine(devnet.network, { chainId, symbol: 'USDC', account: account ?? accountOf('alice') }),
    ).toBe(4_000_000_000n);
  }
  expect(devnet.running('relayer')?.alive()).toBe(true);
  expect(second.alive()).toBe(true);
});

test('two hundred locks of fresh accounts in one frame are applied over several cuts', async () => {
  const accounts = freshAccounts(201).slice(1);
  const before = await readAppliedCount(devnet.network, 901);
  await lockManyInOneBlock(devnet.network, { chainId: 901, accounts, units: 20_000_000n });
  await devnet.network.nodes.get(901)?.startBlocks(1);
  await awaitAllApplied(901, 120_000);
  await expectUnbroken(901);
  const batches = (await readAppliedBatches(devnet.network, 901)).filter(({ to }) => to > before);
  expect(batches.length).toBeGreaterThanOrEqual(2);
  const tip = await readVaultJournalCount(devnet.network, 901);
  for (const { to, gasUsed } of batches) {
    expect(to % CUT_LENGTH === 0n || to === tip).toBe(true);
    expect(gasUsed).toBeLessThanOrEqual(GAS_CEILING);
  }
  for (const account of [accounts[0], accounts[63], accounts[64], accounts[199]]) {
    expect(
      await readLedgerLine(devnet.network, { chainId: 901, symbol: 'USDC', account: account ?? accountOf('alice') }),
    ).toBe(20_000_000n);
  }
});

test.skipIf(!canCopy)(
  'an aggregator that starts on the documented copy of its database goes on from there, skipped where nothing is installed that copies it',
  async () => {
    const [copy = '', restore = ''] = readPageSteps(OPERATIONS, 'Back up and restore').map(({ text }) =>
      text
        .split('\n')
        .find((command) => (onServer ? command.startsWith('pg_') : command.includes('aggregator.sqlite'))),
    );
    const url = devnet.environmentOf('aggregator')['SURETY_DATABASE_URL'] ?? '';
    const environment = { SURETY_DATABASE_URL: url };
    const folder = mkdtempSync(path.join(tmpdir(), 'surety-copy-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const file = url.replace('sqlite:', '');
    // The page speaks of an aggregator that keeps `.surety` in its folder.
    if (!onServer) symlinkSync(path.dirname(file), path.join(folder, '.surety'));
    await runCommands(copy, { folder, environment });
    const lockOnce = async (): Promise<void> => {
      const lock = await lockTokens(devnet.network, { chainId: 901, by: 'bob', asset: 'USDC', units: 30_000_000n });
      await followLock(devnet, { chainId: 901, lock, withinMs: WITHIN_MS });
    };
    await lockOnce();
    await devnet.running('aggregator')?.stop();
    // An aggregator without a database would rebuild it, and nothing would tell that the copy was lost.
    await devnet.deleteAggregatorDatabase();
    await runCommands(restore, { folder, environment });
    expect(onServer || existsSync(file)).toBe(true);
    await awaitReadiness(await devnet.start('aggregator'), WITHIN_MS);
    // What came after the copy is read from the chains, and what comes now is followed.
    await lockOnce();
    const { hashBefore, hashAfter } = await rebuildAggregator(devnet);
    expect(hashBefore).toBe(hashAfter);
  },
);
