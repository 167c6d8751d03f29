import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { runSurety } from '../testing/run-surety.js';
import { serveAnswers } from '../testing/serve-answers.js';

const root = new URL('../../../../', import.meta.url);
const vectors = readFileSync(new URL('packages/contracts/vectors/journal.json', root), 'utf8');
const config = fileURLToPath(new URL('chains.config.json', root));
const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));
const serve = (answers: Record<string, unknown>) => serveAnswers(answers, closing);

const run = (argv: readonly string[], options: { input?: string; environment?: Record<string, string> } = {}) =>
  runSurety(argv, { ...options, environment: { SURETY_CONFIG: config, ...options.environment } });

describe('surety', () => {
  it('refuses what it does not know with exit code 2, and helps with 0', async () => {
    expect(await run(['zzz'])).toEqual({ code: 2, output: '', told: "error: unknown command 'zzz'" });
    expect((await run(['lock', '--chain', 'a'])).code).toBe(2);
    const help = await run(['--help']);
    expect([help.code, help.output.includes('Exit codes: 0 done, 1 needs a person')]).toEqual([0, true]);
    expect((await run(['explain', '--help'])).output).toContain('It ends with 0 once it has explained');
  });

  it('says in one JSON line what went wrong with --json', async () => {
    const { code, told } = await run(['config', 'show', '--json'], { environment: { SURETY_CONFIG: 'nowhere.json' } });
    expect([code, JSON.parse(told)]).toMatchObject([2, { error: { code: 'CONFIG_UNREADABLE' } }]);
    const misused = await run(['margin', 'greeks', '--acount', 'x', '--json']);
    expect([misused.code, JSON.parse(misused.told)]).toEqual([
      2,
      { error: { code: 'BAD_USE', message: "unknown option '--acount'\n(Did you mean --account?)" } },
    ]);
  });
});

describe('surety journal', () => {
  it('refuses input that is no JSON or has no cases', async () => {
    expect(await run(['journal', 'head', '--json'], { input: '{' })).toMatchObject({ code: 2 });
    const { code, told } = await run(['journal', 'digest', '--json'], { input: '[]' });
    expect([code, told]).toEqual([
      2,
      '{"error":{"code":"NOT_JSON","message":"standard input has no list \\"cases\\"; expected {\\"cases\\":[{\\"id\\",\\"input\\"}]}"}}',
    ]);
  });

  it('turns a bad case into its error and goes on with the others', async () => {
    const good = JSON.parse(vectors).cases[0];
    const cases = [
      { id: 'no-input' },
      { input: good.input },
      {
        id: 'kind',
        input: {
          ...good.input,
          entries: [
            {
              kind: 'MINT',
              asset: 1,
              amount: '1',
              account: good.input.edge.previousHead,
              party: good.input.edge.previousHead,
              fee: '0',
            },
          ],
        },
      },
      { id: 'hex', input: { ...good.input, verifyingContract: '0x1' } },
      { id: 'range', input: { ...good.input, statement: { ...good.input.statement, count: '18446744073709551616' } } },
      { id: 'extra', input: { ...good.input, more: 1 } },
      good,
    ];
    const { code, output } = await run(['journal', 'digest', '--json'], { input: JSON.stringify({ cases }) });
    const answers: { error?: { code: string }; digest?: string }[] = JSON.parse(output).cases;
    expect(code).toBe(0);
    expect(answers.map((answer) => answer.error?.code)).toEqual([
      'MISSING_FIELD',
      'MISSING_FIELD',
      'UNKNOWN_KIND',
      'BAD_HEX',
      'OUT_OF_RANGE',
      'UNKNOWN_FIELD',
      undefined,
    ]);
    expect(answers.at(-1)?.digest).toBe(good.expected.digest);
  });

  it('reproduces every vector', async () => {
    const heads = JSON.parse((await run(['journal', 'head', '--json'], { input: vectors })).output);
    const digests = JSON.parse((await run(['journal', 'digest', '--json'], { input: vectors })).output);
    for (const [at, { id, expected }] of JSON.parse(vectors).cases.entries()) {
      expect(heads.cases[at]).toEqual({ id, packed: expected.packed, heads: expected.heads });
      expect(digests.cases[at]).toEqual({ id, digest: expected.digest });
    }
  });
});

it('begins no line with what a stranger said in a failure', async () => {
  const { code, told } = await run(['history', `0x${'11'.repeat(20)}`, '--limit', 'x\nok  all is well']);
  expect([code, told.split('\n')]).toEqual([
    2,
    [expect.stringMatching(/^surety: BAD_USE: --limit is "x\\nok {2}all is well"/)],
  ]);
});

describe('surety margin eval', () => {
  const grid = (id: unknown, buckets = '3') => ({
    id,
    model: 'scenario-grid.uniform',
    inputs: { maxMove: '0.1', buckets },
  });
  const evaluate = (input: string, ...flags: string[]) => run(['margin', 'eval', ...flags], { input });

  it('refuses a batch that it cannot read with exit code 2 and nothing on standard output', async () => {
    for (const input of [
      '',
      ' ',
      '{',
      'null',
      '5',
      '"x"',
      '{}',
      '{"requests":{}}',
      '{"requests":[],"parameters":[]}',
    ]) {
      const { code, output, told } = await evaluate(input, '--json');
      expect([input, code, output, JSON.parse(told).error.code]).toEqual([input, 2, '', 'NOT_JSON']);
    }
    expect((await evaluate('[')).told).toMatch(/^surety: NOT_JSON: standard input: /);
  });

  it('answers request by request in their order with exit code 0, whatever the answers say', async () => {
    const requests = [grid('a'), grid('b', '4'), grid(7), { id: 'c' }, grid('a')];
    const { code, output, told } = await evaluate(JSON.stringify(requests), '--json');
    expect([code, told]).toEqual([0, '']);
    const answered = { id: 'a', ok: true, outputs: { moves: ['-0.1', '0', '0.1'] } };
    const message = 'inputs.buckets is 4; expected an odd count of 3 or more';
    expect(JSON.parse(output)).toEqual([
      answered,
      { id: 'b', ok: false, error: { code: 'OUT_OF_RANGE', message } },
      { id: null, ok: false, error: { code: 'INVALID_REQUEST', message: 'id is missing or no text' } },
      { id: 'c', ok: false, error: { code: 'INVALID_REQUEST', message: 'model is missing or no text' } },
      answered,
    ]);
    expect(await evaluate('[]', '--json')).toMatchObject({ code: 0, output: '[]\n' });
  });

  it('takes an envelope with documents, and writes a line each for people', async () => {
    const { parameters, cases } = JSON.parse(
      readFileSync(new URL('packages/margin-venues/vectors/margin.json', root), 'utf8'),
    );
    const request = cases.find(({ id }: { id: string }) => id === 'derive-srm-test4');
    const { output } = await evaluate(JSON.stringify({ parameters, requests: [request, grid('b', '4')] }));
    expect(output.split('\n')).toEqual([
      expect.stringMatching(/^derive-srm-test4: initialMargin -164\.3227.*, maintenanceMargin -126\.8/),
      'b: OUT_OF_RANGE inputs.buckets is 4; expected an odd count of 3 or more',
      '',
    ]);
  });

  it('writes a name that a terminal would obey as its escapes, and the same name in JSON', async () => {
    const id = 'a\nok  b\u001b[2J\u009b\u202e';
    const requests = JSON.stringify([grid(id, '4')]);
    expect((await evaluate(requests)).output).toMatch(
      /^a\\u000aok {2}b\\u001b\[2J\\u009b\\u202e: OUT_OF_RANGE [ -~]+\n$/,
    );
    const { output } = await evaluate(requests, '--json');
    expect([JSON.parse(output)[0].id, /^[ -~]+\n$/.test(output)]).toEqual([id, true]);
  });

  it('answers the worked bids of the auction to the last integer', async () => {
    const { cases }: { cases: { id: string; expected: object }[] } = JSON.parse(
      readFileSync(new URL('packages/contracts/vectors/line-auction.json', root), 'utf8'),
    );
    expect(cases).toHaveLength(400);
    const results: object[] = JSON.parse((await evaluate(JSON.stringify(cases), '--json')).output);
    expect(results).toEqual(cases.map(({ id, expected }) => ({ id, ok: true, outputs: expected })));
  });

  it('writes one list however many requests there are', async () => {
    for (const count of [499, 500, 501, 1_000]) {
      const requests = Array.from({ length: count }, (_, at) => grid(`${at}`));
      const results: { id: string }[] = JSON.parse((await evaluate(JSON.stringify(requests), '--json')).output);
      expect(results.map(({ id }) => id)).toEqual(requests.map(({ id }) => id));
    }
  });
});

/** Writes a configuration to a folder of its own. */
function write(text: string): { environment: Record<string, string> } {
  const folder = mkdtempSync(join(tmpdir(), 'surety-lint-'));
  closing.push(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'chains.config.json');
  writeFileSync(path, text);
  return { environment: { SURETY_CONFIG: path } };
}

describe('surety config', () => {
  it('shows and lints the committed configuration', async () => {
    expect((await run(['config', 'show'])).output).toContain('arbitrum  42161');
    const { environment } = write((await run(['config', 'lint', '--example', 'unset-peer'])).output);
    expect((await run(['config', 'show'], { environment })).output).toMatch(/2 of layerzero, wormhole, state-proof\n/);
    const { code, output } = await run(['config', 'lint', '--json']);
    expect([code, JSON.parse(output)]).toMatchObject([0, { ok: true, score: 100, findings: [] }]);
  });
});

describe('surety config lint', () => {
  const rulesOf = async (): Promise<{ id: string; severity: string }[]> =>
    JSON.parse((await run(['config', 'lint', '--rules', '--json'])).output).rules;

  it('refuses the bad example of every rule by that rule alone, and takes its good one', async () => {
    const rules = await rulesOf();
    expect(rules.length).toBeGreaterThan(40);
    for (const { id, severity } of rules) {
      const bad = write((await run(['config', 'lint', '--example', id])).output);
      const good = write((await run(['config', 'lint', '--example', id, '--good'])).output);
      const refused = await run(['config', 'lint', '--json'], bad);
      const { ok, score, findings } = JSON.parse(refused.output);
      expect([refused.code, ok]).toEqual(severity === 'refuse' ? [1, false] : [0, true]);
      expect([score < 100, new Set(findings.map(({ rule }: { rule: string }) => rule))]).toEqual([true, new Set([id])]);
      expect(await run(['config', 'lint', '--json'], good)).toMatchObject({ code: 0, told: '' });
    }
  });

  it('names the rule, the place, what mends it and the score', async () => {
    const { output } = await run(['config', 'lint', '--example', 'one-of-one-verifier']);
    expect(await run(['config', 'lint'], write(output))).toMatchInlineSnapshot(`
      {
        "code": 1,
        "output": "refuse one-of-one-verifier at chains[0].vault.witnesses[0].atLedger.receive: seen 1 of 1; expected two DVNs that must agree
        mend it: Require a second DVN of another operator.
      score 80 of 100; 1 refused, 0 warned; 61 of 61 rules had something to look at, in 134 places
      ",
        "told": "surety: LINT_FAILED: 1 of 61 security rules refuse this file (one-of-one-verifier); mend chains.config.json",
      }
    `);
    const { told } = await run(['config', 'lint', '--json'], write(output));
    expect(JSON.parse(told).error.code).toBe('LINT_FAILED');
  });

  it('leaves development chains out, and judges them where it is told to', async () => {
    const local = JSON.parse((await run(['config', 'lint', '--example', 'unset-peer'])).output);
    local.profile = 'development';
    for (const chain of local.chains) chain.development = true;
    const file = write(JSON.stringify(local));
    const lenient = await run(['config', 'lint'], file);
    expect([lenient.code, lenient.output.split('\n').at(-2)]).toEqual([
      0,
      'development chains are left out of rules about public ones: ethereum, base, optimism; see --as-production',
    ]);
    const strict = await run(['config', 'lint', '--as-production'], file);
    expect([strict.code, strict.output]).toEqual([1, expect.stringContaining('refuse unset-peer at chains[0]')]);
  });

  it('knows a backend that two providers share by the variables that are set', async () => {
    const environment = { RPC_URL_BASE_1: 'https://a.nodes.example/k', RPC_URL_BASE_2: 'https://b.nodes.example/k' };
    const { code, told } = await run(['config', 'lint'], { environment });
    expect([code, told]).toEqual([1, expect.stringContaining('providers-sharing-backend')]);
  });

  it('lists its rules for people and as a page, and refuses options that do not go together', async () => {
    expect((await run(['config', 'lint', '--rules'])).output).toMatch(
      /^rule +severity +expects\nproviders-by-one-operator/,
    );
    expect((await run(['config', 'lint', '--rules', '--markdown'])).output).toContain('### zero-root');
    for (const words of [['--example', 'no-such-rule'], ['--good'], ['--markdown'], ['--rules', '--as-production']]) {
      const { code, told } = await run(['config', 'lint', ...words]);
      expect([code, told]).toEqual([2, expect.stringContaining('surety: BAD_USE: ')]);
    }
    expect(await run(['config', 'lint', '--rules', '--markdown', '--json'])).toMatchObject({ code: 2, output: '' });
  });
});

describe('surety status and account', () => {
  it('say try again later (75) when the aggregator does not answer', async () => {
    const environment = { SURETY_AGGREGATOR_URLS: 'http://127.0.0.1:1' };
    expect((await run(['status'], { environment })).code).toBe(75);
    expect((await run(['account', `0x${'11'.repeat(20)}`], { environment })).code).toBe(75);
  });

  it('refuse a word that is no account', async () => {
    const { code, told } = await run(['account', 'alice']);
    expect([code, told]).toEqual([
      2,
      'surety: BAD_USE: <account> is "alice"; expected an account: an address (20 bytes) or a name (32 bytes), as hex after 0x',
    ]);
  });

  it('show lines, grades, haircuts and what is under way, though a line is gone since', async () => {
    const account = `0x${'11'.repeat(20)}${'00'.repeat(12)}`;
    const grade = {
      assetsWad: '902500000000000000000',
      requirementWad: '100000000000000000000',
      freeWad: '802500000000000000000',
      utilisationPpm: '110804',
    };
    const infinite = (2n ** 256n - 1n).toString();
    const unanswered = { ...grade, requirementWad: infinite, freeWad: `-${infinite}`, utilisationPpm: null };
    const factors = { base: 950000, source: 1000000, freshness: 1000000, size: 1000000, vol: 1000000 };
    const values = {
      initial: '902500000000000000000',
      exit: '902500000000000000000',
      maintenance: '902500000000000000000',
    };
    const times = { seenMs: 1, finalMs: null, attestedMs: null, appliedMs: null };
    const edge = `0x${'ee'.repeat(32)}`;
    const url = await serve({
      '/v1/chains': { chains: [] },
      [`/v1/accounts/${account}`]: {
        account,
        owner: `0x${'11'.repeat(20)}`,
        home: 0,
        sub: '0',
        lines: [],
        parked: [],
        entries: [
          {
            id: `${edge}:1`,
            edge,
            index: '1',
            stage: 'seen',
            reason: 'waits for finality',
            amount: '5',
            assetId: null,
            times,
          },
        ],
        releases: [],
        protocols: [],
      },
      [`/v1/accounts/${account}/margin`]: {
        account,
        block: { chainId: 900, height: '7', hash: edge, timestamp: '1800000000' },
        grades: { initial: unanswered, exit: grade, maintenance: grade },
        status: 256,
        conditions: ['price-failing'],
        oldestAsOf: '1800000000',
        healthFactorWad: '1190000000000000000',
        healthStep: '1.2',
        liquidatable: false,
        mayTakeRisk: false,
        parameters: edge,
        lines: [
          {
            assetId: 1,
            source: 1,
            chainId: 901,
            symbol: 'USDC',
            amount: '5',
            coverageWad: null,
            unsettled: false,
            amountInitial: '4',
            price1e12: '1000000000000',
            priceInitial1e12: '0',
            priceFrom: 'feed',
            factors: { initial: factors, exit: factors, maintenance: { ...factors, base: 980000 } },
            valueWad: values,
            status: 256,
            conditions: ['price-failing'],
          },
        ],
        deltas: [{ underlying: 3, symbols: ['USDC'], deltaWad: '5000000000000', valueWad: '1230000000000000000000' }],
      },
    });
    const { code, output } = await run(['account', account], { environment: { SURETY_AGGREGATOR_URLS: url } });
    expect(code).toBe(0);
    expect(output).toContain('initial      902.50  infinite     none    above 1');
    expect(output).toContain('maintenance  902.50  100.00       802.50  0.110804');
    expect(output).toContain('health 1.19, below 1.2\n');
    expect(output).toContain('net value and protocols are unread: ');
    expect(output).toContain('feed  0.95/0.98  1.00');
    expect(output).toContain('3           USDC    0.000005  1,230.00');
    expect(output).toContain('USDC on 901: its price feed fails: nothing for initial until it answers\n');
    expect(output).toContain('5 units of an unlisted asset is seen: waits for finality');
    expect(output).not.toContain('coverage');
  });
});

describe('surety timelock list', () => {
  it('says that nothing is deployed', async () => {
    expect((await run(['timelock', 'list'])).output).toBe('no timelock: nothing is deployed\n');
  });
});

describe('surety lock', () => {
  it('refuses a chain without a vault before it touches a key', async () => {
    const { code, told } = await run(['lock', '--chain', 'base', '--asset', 'USDC', '--amount', '1']);
    expect([code, told]).toEqual([
      2,
      'surety: UNKNOWN_CHAIN: chain "base" has no vault; expected one of none: nothing is deployed',
    ]);
  });
});
