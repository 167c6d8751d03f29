import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Hex } from '@surety/domain';
import Database from 'better-sqlite3';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AnvilNode, startAnvil } from './testing/anvil-node.js';
import type { SendingOrder } from './testing/sending-process.js';

/** The built program, joined into one file: the killed process must not be the test's own. */
const PROGRAM = fileURLToPath(new URL('../dist/testing/sending-process.mjs', import.meta.url));
const CHAIN_ID = 9_103;
const PAYEES = 3;

let node: AnvilNode;
let folder: string;
let key: Hex;
let payees: string[];
const children = new Set<ChildProcess>();

beforeEach(async () => {
  node = await startAnvil(CHAIN_ID);
  folder = mkdtempSync(path.join(tmpdir(), 'surety-kill-'));
  key = generatePrivateKey();
  await node.ask('anvil_setBalance', [privateKeyToAccount(key).address, `0x${(10n ** 18n).toString(16)}`]);
  // Mines a separate block, so that a rollback ends above it.
  await node.ask('anvil_mine', ['0x1']);
  payees = Array.from({ length: PAYEES }, (_, at) => `0x${(100 + at).toString(16).padStart(40, 'e')}`);
});

afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
  rmSync(folder, { recursive: true, force: true });
  await node.stop();
});

/** Transactions of a pool by sender and nonce. */
type Pooled = Record<string, Record<string, { readonly value: string }>>;

interface Run {
  readonly lines: string[];
  readonly ended: Promise<{ code: number | null; signal: string | null; stderr: string }>;
  isRunning(): boolean;
  kill(): void;
  /** Resolves once a line is printed or the process ends. */
  saw(name: string): Promise<void>;
}

function start(order: Partial<SendingOrder> = {}, onLine?: (lines: readonly string[], run: Run) => void): Run {
  const full = { url: node.url, chainId: CHAIN_ID, key, outbox: path.join(folder, 'outbox.sqlite'), payees };
  const argument = JSON.stringify({ ...full, replaceAfterMs: 60_000, finalDepth: 2, ...order });
  const child = spawn(process.execPath, [PROGRAM, argument], { stdio: ['ignore', 'pipe', 'pipe'] });
  children.add(child);
  const lines: string[] = [];
  let stderr = '';
  let woken: (() => void)[] = [];
  const wake = (): void => {
    for (const one of woken) one();
    woken = [];
  };
  const ended = new Promise<{ code: number | null; signal: string | null; stderr: string }>((resolve) =>
    child.once('close', (code, signal) => {
      children.delete(child);
      resolve({ code, signal, stderr });
      wake();
    }),
  );
  const run: Run = {
    lines,
    ended,
    isRunning: () => children.has(child),
    kill: () => child.kill('SIGKILL'),
    async saw(name) {
      while (!lines.includes(name) && run.isRunning()) await new Promise<void>((resolve) => woken.push(resolve));
    },
  };
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdout.on('data', (chunk: Buffer) => {
    for (const line of chunk.toString().split('\n').filter(Boolean)) {
      lines.push(line);
      onLine?.(lines, run);
    }
    wake();
  });
  return run;
}

const balance = async (payee: string): Promise<bigint> =>
  BigInt(String(await node.ask('eth_getBalance', [payee, 'latest'])));
const nonce = async (): Promise<number> =>
  Number(await node.ask('eth_getTransactionCount', [privateKeyToAccount(key).address, 'latest']));
const poolSize = async (): Promise<number> => {
  const { pending, queued } = (await node.ask('txpool_status')) as { pending: string; queued: string };
  return Number(pending) + Number(queued);
};

/** Waits until no transaction in the pool moves a wei: only cancellations are left. */
async function poolPaysNobody(run: Run): Promise<void> {
  const isPaying = async (): Promise<boolean> => {
    const content = (await node.ask('txpool_content')) as Record<'pending' | 'queued', Pooled>;
    const waiting = [content.pending, content.queued].flatMap((ofSenders) => Object.values(ofSenders));
    return waiting.some((ofNonces) => Object.values(ofNonces).some(({ value }) => BigInt(value) > 0n));
  };
  while (run.isRunning() && (await isPaying())) await pause(2);
}

/** Lets a run finish while blocks are mined, which include what waits and make it final. */
async function end(run: Run): Promise<Awaited<Run['ended']>> {
  let isOver = false;
  void run.ended.then(() => (isOver = true));
  while (!isOver) {
    await node.ask('anvil_mine', ['0x1']);
    await pause(5);
  }
  return run.ended;
}

/** Restarts the program and lets it finish; every payee must have exactly one wei. */
async function finish(order: Partial<SendingOrder> = {}, ready?: (run: Run) => Promise<void>): Promise<Run> {
  const run = start(order);
  await ready?.(run);
  expect(await end(run)).toMatchObject({ code: 0, stderr: '' });
  expect(await Promise.all(payees.map(balance))).toEqual(payees.map(() => 1n));
  expect(await poolSize()).toBe(0);
  return run;
}

describe('a sender that is killed', () => {
  const points = [
    'relayer.send.simulated',
    'relayer.send.nonce-chosen',
    'relayer.send.signed',
    'relayer.send.recorded',
    'relayer.send.broadcast',
    'relayer.flight.receipt-seen',
    'relayer.send.spent',
    'relayer.send.settled',
  ];
  for (const name of points) {
    for (const passing of [1, 3]) {
      it(`at ${name}, passing ${passing}, pays each payee once after its restart`, async () => {
        const run = start({ crashAt: { name, passing } });
        expect(await run.ended).toEqual({ code: null, signal: 'SIGKILL', stderr: '' });
        await finish();
        expect(await nonce()).toBe(PAYEES);
      });
    }
  }

  it('while it forgets final nonces, pays each payee once', async () => {
    const run = start({ crashAt: { name: 'relayer.send.final', passing: 2 } });
    await run.saw('all-paid');
    await node.ask('anvil_mine', ['0x3']);
    expect(await run.ended).toEqual({ code: null, signal: 'SIGKILL', stderr: '' });
    await finish();
    expect(await nonce()).toBe(PAYEES);
  });

  for (const name of ['relayer.flight.replacement-signed', 'relayer.flight.replaced']) {
    it(`at ${name}, with all calls stuck in the pool, pays each payee once`, async () => {
      await node.ask('evm_setAutomine', [false]);
      const run = start({ replaceAfterMs: 30, crashAt: { name, passing: 2 } });
      expect(await run.ended).toEqual({ code: null, signal: 'SIGKILL', stderr: '' });
      await finish();
      expect(await nonce()).toBe(PAYEES);
    });

    it(`at ${name} of a cancellation, does not repeat an effect that came from elsewhere`, async () => {
      await node.ask('evm_setAutomine', [false]);
      // Long enough for the effects to come from elsewhere before anything is replaced.
      const run = start({ replaceAfterMs: 1_500, crashAt: { name, passing: PAYEES } });
      while ((await poolSize()) < PAYEES) await pause(2);
      for (const payee of payees) await node.ask('anvil_setBalance', [payee, '0x1']);
      expect(await run.ended).toEqual({ code: null, signal: 'SIGKILL', stderr: '' });
      // Cancellations may have been signed and never sent: no block may come before the next process sends them.
      await finish({ replaceAfterMs: 30 }, poolPaysNobody);
      expect(await nonce()).toBe(PAYEES);
    });
  }

  it('after the pool dropped a transaction and it was sent again, pays each payee once', async () => {
    await node.ask('evm_setAutomine', [false]);
    const run = start({ crashAt: { name: 'relayer.flight.resent', passing: 2 } });
    while ((await poolSize()) < PAYEES) await pause(2);
    await node.ask('anvil_dropAllTransactions');
    expect(await run.ended).toEqual({ code: null, signal: 'SIGKILL', stderr: '' });
    await node.ask('anvil_dropAllTransactions');
    const after = await finish();
    expect(after.lines).toContain('transactions-recovered');
    expect(await nonce()).toBe(PAYEES);
  });

  it('while it fills a gap left by a lost row, pays each payee once', async () => {
    await node.ask('evm_setAutomine', [false]);
    const run = start({ crashAt: { name: 'relayer.send.broadcast', passing: PAYEES } });
    expect(await run.ended).toEqual({ code: null, signal: 'SIGKILL', stderr: '' });
    const outbox = new Database(path.join(folder, 'outbox.sqlite'));
    expect(outbox.prepare('DELETE FROM attempts WHERE nonce = 0').run().changes).toBe(1);
    outbox.close();
    await node.ask('anvil_dropAllTransactions');
    const filling = start({ crashAt: { name: 'relayer.send.gap-filled', passing: 1 } });
    expect(await filling.ended).toEqual({ code: null, signal: 'SIGKILL', stderr: '' });
    await finish();
    // The filler used the lost nonce, so its payment was sent again under another one.
    expect(await nonce()).toBe(PAYEES + 1);
  });

  it('after its blocks were reorganised away, pays each payee once', async () => {
    // Deeper than the rollback: final transactions never come back.
    const run = start({ finalDepth: 8 });
    await run.saw('all-paid');
    run.kill();
    await run.ended;
    await node.ask('anvil_rollback', [PAYEES]);
    await node.ask('anvil_dropAllTransactions');
    expect(await Promise.all(payees.map(balance))).not.toContain(1n);
    const after = await finish();
    expect({ nonce: await nonce(), lines: after.lines }).toMatchObject({ nonce: PAYEES });
  });

  it('at one point after another, repeatedly, pays each payee once', async () => {
    payees = Array.from({ length: 12 }, (_, at) => `0x${(200 + at).toString(16).padStart(40, 'e')}`);
    let killed = 0;
    for (const [at, name] of [...points, ...points.toReversed()].entries()) {
      const run = start({ crashAt: { name, passing: 1 + (at % 4) } });
      const { signal, stderr } = await end(run);
      expect(stderr).toBe('');
      if (signal === 'SIGKILL') killed += 1;
      if (run.lines.includes('all-paid')) break;
    }
    await finish();
    expect(await nonce()).toBe(payees.length);
    expect(killed).toBeGreaterThanOrEqual(5);
  });
});
