import { createHash } from 'node:crypto';
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExplanationView } from '@surety/client';
import { exampleNetwork } from '@surety/config';
import { AppError, REASONS, type ReasonCode, judgeConditions } from '@surety/domain';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { followEntry } from './follow-entry.js';
import { formatExplanation } from './format-explanation.js';
import { runSurety } from '../testing/run-surety.js';

const folder = mkdtempSync(join(tmpdir(), 'surety-explain-'));
const file = join(folder, 'chains.config.json');
writeFileSync(file, JSON.stringify(exampleNetwork()));
afterAll(() => rmSync(folder, { recursive: true }));

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => (server.closeAllConnections(), server.close()));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const waits = (code: ReasonCode, seen: string): ExplanationView =>
  judgeConditions(
    { subject: 'lock', id: '0xed:1', held: ['counted', 'counted: +1.00 initial margin'], failed: 'waiting' },
    [
      { name: 'seen', evidence: [{ asked: 'alpha', said: 'its block holds the lock', block: 7n }] },
      { name: 'attested', evidence: [], trouble: { code, seen, of: 'alpha' } },
    ],
  );
const counted = (): ExplanationView =>
  judgeConditions(
    { subject: 'lock', id: '0xed:1', held: ['counted', 'counted: +1.00 initial margin'], failed: 'waiting' },
    [],
  );

const OWN = { id: '0xed:1', subject: 'lock', edge: '0xed', amount: 5n, txHash: '0x7a', account: '0xac' };

/** Follows an entry through answers, one for each look. */
async function follow(
  answers: readonly (ExplanationView | Error)[],
): Promise<{ told: string[]; line: string; looks: number }> {
  const told: string[] = [];
  let [nowMs, looks] = [0, 0];
  const terminal = {
    clock: { nowMs: () => nowMs, elapsedMs: () => nowMs, sleep: async (ms: number) => void (nowMs += ms) },
    tell: (line: string) => void told.push(line),
  };
  const client = {
    readEntry: async () => [],
    explain: async () => {
      const answer = answers[Math.min(looks++, answers.length - 1)];
      if (answer instanceof Error || answer === undefined) throw answer;
      return [answer];
    },
  };
  const { line } = await followEntry(terminal as never, client, OWN as never);
  return { told, line, looks };
}

describe('following an entry', () => {
  it('tells each cause once, though its ages grow, with what to run, and ends counted', async () => {
    const { told, line } = await follow([
      waits('SIGNATURES_MISSING', 'missing: 0xa3, silent for 40 s'),
      waits('SIGNATURES_MISSING', 'missing: 0xa3, silent for 41 s'),
      waits('NOT_POSTED', 'no relayer has posted it for 31 s'),
      counted(),
    ]);
    expect(told).toEqual([
      '  0 s  waiting: missing: 0xa3, silent for 40 s',
      '       next: operators of the attesters named: start these attesters, or mend their providers',
      '       run: surety explain alpha',
      '  1 s  waiting: no relayer has posted it for 31 s',
      '       next: anyone: no relayer posts; post it yourself',
      '       run: surety relay --chain alpha',
      '  2 s  counted: +1.00 initial margin',
    ]);
    expect(line).toBe('counted: +1.00 initial margin');
  });

  it('ends at credit that is parked', async () => {
    const { line, looks } = await follow([waits('ABOVE_FAST_LIMIT', '1000001 USDC')]);
    expect([line, looks]).toEqual(['parked: counts 0 until its reason is gone: 1000001 USDC', 1]);
  });

  it('tells that the aggregator is silent, never that a lock was not seen', async () => {
    const silent = new AppError({ code: 'AGGREGATOR_UNREACHABLE', message: 'no answer', retryable: true });
    const { told } = await follow([silent, counted()]);
    expect(told[0]).toBe(
      '  0 s  waiting: the aggregator gave no answer: AGGREGATOR_UNREACHABLE: no answer; what was sent goes on without it',
    );
  });
});

describe('surety explain', () => {
  it('asks a relayer itself, and names an empty wallet and what anyone may run', async () => {
    const reasons = [{ code: 'EMPTY_WALLET', detail: '0xfe has 0 wei on chain 900; send it coin' }];
    const url = await serve((_, response) => {
      response.writeHead(503, { 'content-type': 'application/json' }).end(JSON.stringify({ ready: false, reasons }));
    });
    const { code, output } = await runSurety(['explain', url]);
    expect([code, output]).toEqual([
      0,
      expect.stringContaining(
        'impaired: EMPTY_WALLET: 0xfe has 0 wei on chain 900; send it coin\n  next: its operator',
      ),
    ]);
    expect(output).toContain('run: surety relay');
  });

  it('says of a relayer that is gone what happened, and what anyone may run', async () => {
    const url = await serve((_, response) => void response.destroy());
    const { code, output } = await runSurety(['explain', `relayer:${url}`, '--json']);
    const { explanations } = JSON.parse(output) as { explanations: ExplanationView[] };
    expect([code, explanations[0]?.cause?.code, explanations[0]?.next?.run]).toEqual([
      0,
      'RELAYER_UNREACHABLE',
      'surety relay',
    ]);
    expect(output).toContain(
      `${url} cannot be reached for GET /health/ready (other side closed); check that it runs and its address`,
    );
    expect(output).not.toMatch(/aggregator/i);
  });

  it('refuses a name that is empty', async () => {
    const { code, told } = await runSurety(['explain', ' ']);
    expect([code, told]).toEqual([
      2,
      expect.stringMatching(/^surety: BAD_USE: <anything> is " "; expected a transaction/),
    ]);
  });

  it('passes on what the aggregator refuses, with what it expects', async () => {
    const detail = 'doge is nothing that this aggregator knows: expected a hash';
    const url = await serve((_, response) => {
      response.writeHead(404, { 'content-type': 'application/problem+json' });
      response.end(
        JSON.stringify({ type: 'x', title: 'x', status: 404, code: 'NOTHING_TO_EXPLAIN', detail, instance: '/' }),
      );
    });
    const { code, told } = await runSurety(['explain', 'doge'], {
      environment: { SURETY_CONFIG: file, SURETY_AGGREGATOR_URLS: url },
    });
    expect([code, told]).toEqual([1, expect.stringContaining(detail)]);
  });

  it('says that no aggregator answered about what no chain shows', async () => {
    const url = await serve((_, response) => void response.destroy());
    const environment = { SURETY_CONFIG: file, SURETY_AGGREGATOR_URLS: url };
    const { code, told } = await runSurety(['explain', 'USDC@alpha'], { environment });
    expect([code, told]).toEqual([75, expect.stringContaining('AGGREGATOR_UNREACHABLE')]);
  });
});

/** Returns what `surety account` writes of an account with these releases. */
async function showAccount(condition: string, releases: readonly object[] = []): Promise<string> {
  const account = `0x${'11'.repeat(20)}${'00'.repeat(12)}`;
  const word = `0x${'ee'.repeat(32)}`;
  const grade = { assetsWad: '0', requirementWad: '0', freeWad: '0', utilisationPpm: null };
  const chain = { chainId: 902, name: 'beta', role: 'collateral', heightFinal: '5', heightLatest: '6' };
  const answers: Record<string, unknown> = {
    '/v1/chains': { chains: [{ ...chain, condition, reason: condition === 'live' ? null : '4 of 4 took too long' }] },
    [`/v1/accounts/${account}`]: {
      account,
      owner: `0x${'11'.repeat(20)}`,
      home: 0,
      sub: '0',
      lines: [],
      parked: [],
      entries: [],
      releases,
      protocols: [],
    },
    [`/v1/accounts/${account}/margin`]: {
      account,
      block: { chainId: 900, height: '7', hash: word, timestamp: '1800000000' },
      oldestAsOf: '0',
      grades: { initial: grade, exit: grade, maintenance: grade },
      status: 0,
      conditions: [],
      healthFactorWad: '1',
      healthStep: null,
      liquidatable: false,
      mayTakeRisk: true,
      parameters: word,
      lines: [],
      deltas: [],
    },
  };
  const url = await serve((request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answers[request.url ?? '']));
  });
  const environment = { SURETY_CONFIG: file, SURETY_AGGREGATOR_URLS: url };
  return (await runSurety(['account', account], { environment })).output;
}

it('says that a chain may hide locks instead of saying that nothing is under way', async () => {
  const hidden = await showAccount('no-quorum');
  expect(hidden).toContain(
    'locks on beta may not be visible here: it is no-quorum: 4 of 4 took too long; run: surety explain beta',
  );
  expect(hidden).not.toContain('nothing is under way');
  expect(await showAccount('live')).toContain('nothing is under way, as of block 7 of the ledger');
});

it('lists each release that is neither paid nor refunded, with its reason and what comes next', async () => {
  const edge = `0x${'ee'.repeat(32)}`;
  const releaseAt = (index: string, stage: string, reason: string | null, next: string | null): object => ({
    id: `${edge}:${index}`,
    edge,
    index,
    seq: index,
    chainId: 902,
    source: 2,
    assetId: null,
    symbol: 'USDC',
    amount: '1000',
    fee: '0',
    borne: '0',
    recipient: edge,
    stage,
    reason,
    next,
    readyAt: null,
  });
  const output = await showAccount('live', [
    releaseAt('9', 'stopped', 'the vault stopped it', 'anyone: surety refund'),
    releaseAt('8', 'paying', null, null),
    releaseAt('7', 'paid', null, null),
    releaseAt('6', 'refunded', null, null),
  ]);
  expect(output).not.toContain('nothing is under way');
  expect(output.split('\n').slice(output.split('\n').indexOf('under way:'))).toEqual([
    'under way:',
    `  the release ${edge}:9 of 1000 USDC on 902 is stopped: the vault stopped it`,
    '    next: anyone: surety refund',
    `  the release ${edge}:8 of 1000 USDC on 902 is paying`,
    '',
  ]);
  const done = await showAccount('live', [releaseAt('7', 'paid', null, null)]);
  expect(done).toContain('nothing is under way, as of block 7 of the ledger');
});

it('writes the end first, then who acts and what to run, then stages with their evidence', () => {
  expect(formatExplanation(waits('NOT_POSTED', 'no relayer has posted it for 31 s'))).toEqual([
    'lock 0xed:1',
    '  waiting: no relayer has posted it for 31 s',
    '  next: anyone: no relayer posts; post it yourself',
    '  run: surety relay --chain alpha',
    '  ok    seen',
    '          alpha: its block holds the lock, block 7',
    '  HERE  attested',
  ]);
});

it('ends with the name of an entry’s trace: the first 16 bytes of the SHA-256 of its edge and index', () => {
  const edge = `0x${'ab'.repeat(32)}`;
  const digest = createHash('sha256').update(`surety entry ${edge}:7`).digest('hex');
  expect(formatExplanation({ ...counted(), id: `${edge}:7` }).at(-1)).toBe(`  trace: ${digest.slice(0, 32)}`);
});

it.each(Object.entries(REASONS).filter(([, { run }]) => run !== null))(
  '%s names a command that exists',
  async (_, { run }) => {
    const [, command = ''] = (run ?? '').split(' ');
    const { code, output } = await runSurety([command, '--help']);
    expect([code, output]).toEqual([0, expect.stringContaining(`surety ${command}`)]);
  },
);
