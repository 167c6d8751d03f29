import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { runSurety } from '../testing/run-surety.js';
import { serveAnswers } from '../testing/serve-answers.js';

const config = fileURLToPath(new URL('../../../../chains.config.json', import.meta.url));
const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

const run = (argv: readonly string[], { environment }: { environment: Record<string, string> }) =>
  runSurety(argv, { environment: { SURETY_CONFIG: config, ...environment } });
const serve = (answers: Record<string, unknown>) => serveAnswers(answers, closing);

it('names attesters that do not keep up, and fails when too few are left', async () => {
  const nowS = 1_800_000_000;
  const word = (digit: string, behindS: number) => ({
    address: `0x${digit.repeat(40)}`,
    count: behindS === 0 ? '7' : '6',
    asOf: String(nowS - 20 - behindS),
    lagS: 20 + behindS,
    behindS,
  });
  const edge = (late: number) => ({
    edge: `0x${'ab'.repeat(32)}`,
    name: `0x${'ab'.repeat(32)}`,
    generation: 0,
    direction: 'to-ledger',
    source: 1,
    local: false,
    originChainId: 901,
    destinationChainId: 900,
    entryCount: '8',
    attestedCount: '7',
    reachableCount: '7',
    appliedCount: '7',
    lastAsOf: String(nowS - 73),
    condition: null,
    attesters: ['1', '2', '3', '4'].map((digit, at) => word(digit, at < 4 - late ? 0 : 45)),
  });
  const view = (late: number) => ({
    profile: 'development',
    ready: true,
    chains: [],
    edges: [edge(late)],
    selfCheck: { block: null, comparedAccounts: 0, differences: 0 },
    stateHash: null,
    counts: {},
  });
  const well = { ready: true, reasons: [] };
  const look = async (late: number) =>
    run(['status'], {
      environment: { SURETY_AGGREGATOR_URLS: await serve({ '/v1/status': view(late), '/health/ready': well }) },
    });
  expect(await look(0)).toMatchObject({ code: 0, told: '' });
  const one = await look(1);
  expect([one.code, one.output.includes('the other 3 suffice')]).toEqual([0, true]);
  const two = await look(2);
  expect([two.code, two.told]).toEqual([
    1,
    'surety: NOT_READY: too few attesters of 1 edges keep up; expected all to be ready; see the lines above and surety doctor',
  ]);
  for (const line of [
    'attesters of source 1 to-ledger: 2 of 4, 3 needed',
    `  0x${'4'.repeat(40)} is late by 45 s (last count 6)`,
    '  next: new locks wait until 3 keep up; ask their operators',
  ])
    expect(two.output).toContain(line);
  const answering = await serve({ '/v1/status': view(0), '/health/ready': well });
  const both = { SURETY_AGGREGATOR_URLS: `http://127.0.0.1:2,${answering}` };
  const half = await run(['status'], { environment: both });
  expect([half.code, half.told]).toEqual([
    1,
    expect.stringContaining('NOT_READY: aggregator http://127.0.0.1:2 is not ready;'),
  ]);
  for (const line of [
    `one of http://127.0.0.1:2, ${answering}: ready`,
    'NO_ANSWER: it does not answer at all (connect ECONNREFUSED 127.0.0.1:2); start it, or correct SURETY_AGGREGATOR_URLS',
    `aggregator ${answering}: ready`,
  ])
    expect(half.output).toContain(line);
  const refused = { code: 'WEBHOOK_REFUSED', detail: 'a receiver gets no messages: example.org answered 401' };
  const url = await serve({ '/v1/status': view(0), '/health/ready': { ready: true, reasons: [refused] } });
  const degraded = await run(['status'], { environment: { SURETY_AGGREGATOR_URLS: url } });
  expect(degraded.code).toBe(0);
  expect(degraded.output).toContain(`aggregator ${url}: ready, degraded\n  ${refused.code}: ${refused.detail}`);
  const attesters = edge(0).attesters.map((member, at) => ({ ...member, twice: at === 1 }));
  const doubled = { ...view(0), edges: [{ ...edge(0), attesters }] };
  const running = {
    environment: { SURETY_AGGREGATOR_URLS: await serve({ '/v1/status': doubled, '/health/ready': well }) },
  };
  const twice = await run(['status'], running);
  const named = `attester 0x${'2'.repeat(40)} posts from two processes`;
  expect([twice.code, twice.told]).toEqual([1, expect.stringContaining(`NOT_READY: ${named}`)]);
  expect(twice.output).toContain(`${named}; next: stop one, docs/RUNBOOKS/11-attester-store.md`);
});

it('asks the named processes where no aggregator answers, and ends with what ails the aggregator', async () => {
  const relayer = await serve({ '/health/ready': { ready: true, reasons: [] } });
  const environment = {
    SURETY_AGGREGATOR_URLS: 'http://127.0.0.1:2',
    SURETY_RELAYER_URLS: relayer,
    SURETY_WATCHER_URLS: 'http://127.0.0.1:3',
  };
  const { code, output, told } = await run(['status'], { environment });
  expect([code, told]).toEqual([75, expect.stringMatching(/^surety: AGGREGATOR_UNREACHABLE: /)]);
  for (const line of [
    'aggregator http://127.0.0.1:2: NOT ready',
    `relayer ${relayer}: ready`,
    'watcher http://127.0.0.1:3: NOT ready',
  ])
    expect(output).toContain(line);
  const { output: json } = await run(['status', '--json'], { environment });
  expect(JSON.parse(json)).toMatchObject({ ready: false, processes: [{}, {}, {}] });
});
