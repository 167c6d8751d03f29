import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runProgram } from '../program.js';

const root = new URL('../../../../', import.meta.url);

async function run(argv: readonly string[], options: { readonly input?: string } = {}) {
  const output: string[] = [];
  const told: string[] = [];
  const code = await runProgram(argv, {
    environment: {},
    clock: { nowMs: () => 1_800_000_000_000, elapsedMs: () => 0, sleep: async () => {} },
    write: (text) => void output.push(text),
    tell: (line) => void told.push(line),
    readInput: async () => options.input ?? '',
    confirm: async () => false,
  });
  return { code, output: output.join(''), told: told.join('\n') };
}

describe('surety margin greeks', () => {
  const book = fileURLToPath(new URL('packages/margin/examples/book.json', root));

  it('refuses a book that is none and an account that is not in it', async () => {
    expect(await run(['margin', 'greeks', 'nowhere.json'])).toMatchObject({ code: 2, output: '' });
    expect((await run(['margin', 'greeks', book, '--account', 'nobody'])).told).toContain('has no account nobody');
  });

  it('shows what collateral, debts, perpetuals and options are like, by underlying', async () => {
    const { output } = await run(['margin', 'greeks', book]);
    expect(output).toContain('terms shipped-1');
    expect(output).toMatch(/^borrower +ETH +20\.00 +0\.00 +0\.00 +0\.00 +20\.00 +60,000\.00/m);
    expect(output).toMatch(/^borrower +USD +0\.00 +-38,000\.00/m);
    const spread = ['margin', 'greeks', '--account', 'spread', '--json'];
    const { accounts, version } = JSON.parse((await run(spread, { input: readFileSync(book, 'utf8') })).output);
    expect(version).toBe('shipped-1');
    expect(accounts).toHaveLength(1);
    expect(accounts[0].underlyings).toContainEqual(expect.objectContaining({ underlying: 'BTC' }));
    const { gamma, vega } = accounts[0].underlyings.find((one: { underlying: string }) => one.underlying === 'BTC');
    // Short the put nearer to the price: it loses by any large move and by volatility.
    expect([gamma, vega]).toEqual([expect.stringMatching(/^-\d+$/), expect.stringMatching(/^-\d+$/)]);
  });
});

describe('surety margin scenario and simulate', () => {
  const file = (name: string) => fileURLToPath(new URL(`packages/margin/examples/${name}`, root));
  const book = readFileSync(file('book.json'), 'utf8');

  it('refuse a book that is none, a file that is not there, and names that nobody knows', async () => {
    expect(await run(['margin', 'scenario'], { input: '{' })).toMatchObject({ code: 2, output: '' });
    expect((await run(['margin', 'scenario', '--book', 'nowhere.json'])).told).toContain(
      'nowhere.json could not be read',
    );
    expect((await run(['margin', 'scenario', 'flood'], { input: book })).told).toContain('BAD_USE: no scenario flood');
    expect((await run(['margin', 'scenario', '--account', 'nobody'], { input: book })).code).toBe(2);
    expect((await run(['margin', 'simulate', '--steps', '0'], { input: book })).told).toContain('--steps 0; expected');
  });

  it('show a book before and after a scenario, as a table, as JSON and as a chart', async () => {
    const { output } = await run(['margin', 'scenario', 'crash'], { input: book });
    expect(output).toContain('borrower        12,240.00   -3,060.00');
    expect(output).toContain('becomes liquidatable');
    expect(output).toContain('shortfall 15,490.90, bad debt 9,600.00');
    const folder = mkdtempSync(join(tmpdir(), 'surety-chart-'));
    const chart = join(folder, 'crash.svg');
    const own = ['margin', 'scenario', 'beta-dark', '--scenarios', file('scenarios.json'), '--account', 'pair'];
    const { scenarios } = JSON.parse((await run([...own, '--json', '--chart', chart], { input: book })).output);
    expect(scenarios[0]).toMatchObject({ stress: 'beta-dark', newlyLiquidatable: [], badDebt: '0' });
    expect(readFileSync(chart, 'utf8')).toContain('Free maintenance margin before and after beta-dark');
    rmSync(folder, { recursive: true });
    expect((await run(['margin', 'scenario'], { input: book })).output.split('\n')).toHaveLength(11);
  });

  it('walk the same path for the same seed', async () => {
    const walk = ['margin', 'simulate', '--book', file('book.json'), '--towards', '2020-03-12', '--seed', '7'];
    const [once, again] = [await run(walk), await run(walk)];
    expect(again).toEqual(once);
    expect(once.output).toContain('seed 7: 3 of 7 accounts closed');
    expect(JSON.parse((await run([...walk, '--json'])).output).steps).toHaveLength(48);
  });
});
