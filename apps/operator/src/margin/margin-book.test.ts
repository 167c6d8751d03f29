import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runSurety } from '../testing/run-surety.js';

const root = new URL('../../../../', import.meta.url);

describe('surety margin greeks', () => {
  const book = fileURLToPath(new URL('packages/margin/examples/book.json', root));

  it('refuses a book that is none and an account that is not in it', async () => {
    expect(await runSurety(['margin', 'greeks', 'nowhere.json'])).toMatchObject({ code: 2, output: '' });
    expect((await runSurety(['margin', 'greeks', book, '--account', 'nobody'])).told).toContain(
      'has no account nobody; expected one of saver, borrower',
    );
  });

  it('refuses options of live accounts beside a book: they would change nothing', async () => {
    for (const [args, said] of [
      [[book, '--all'], `--all is for live accounts, and ${book} is a book`],
      [[book, '--markets', 'own.json'], '--markets is for live accounts'],
      [['--markets', 'own.json'], '--markets is for live accounts, and standard input is a book'],
    ] as const) {
      const { code, told } = await runSurety(['margin', 'greeks', ...args], { input: '{}' });
      expect([code, told]).toEqual([2, expect.stringContaining(said)]);
    }
  });

  it('shows tokens to eight decimals: a hundredth of a bitcoin is worth something', async () => {
    const { accounts, ...rest } = JSON.parse(readFileSync(book, 'utf8'));
    const lines = [{ asset: 'wbtc.beta', amount: '0.0041' }];
    const perps = [{ underlying: 'BTC', size: '-1234.000300004', entryPrice: '60000' }];
    const input = JSON.stringify({ ...rest, accounts: [{ id: accounts[0].id, lines, perps }] });
    expect((await runSurety(['margin', 'greeks'], { input })).output).toMatch(
      /^saver +BTC +0\.0041 +0\.00 +-1,234\.0003 +0\.00 +-1,233\.9962 +/m,
    );
  });

  it('shows what collateral, debts, perpetuals and options are like, by underlying', async () => {
    const { output } = await runSurety(['margin', 'greeks', book]);
    expect(output).toContain('terms shipped-1');
    expect(output).toMatch(/^borrower +ETH +20\.00 +0\.00 +0\.00 +0\.00 +20\.00 +60,000\.00/m);
    expect(output).toMatch(/^borrower +USD +0\.00 +-38,000\.00/m);
    const spread = ['margin', 'greeks', '--account', 'spread', '--json'];
    const { accounts, version } = JSON.parse((await runSurety(spread, { input: readFileSync(book, 'utf8') })).output);
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
    expect(await runSurety(['margin', 'scenario'], { input: '{' })).toMatchObject({ code: 2, output: '' });
    expect((await runSurety(['margin', 'scenario', '--book', 'nowhere.json'])).told).toContain(
      'nowhere.json could not be read',
    );
    expect((await runSurety(['margin', 'scenario', 'flood'], { input: book })).told).toContain(
      'BAD_USE: no scenario flood',
    );
    expect((await runSurety(['margin', 'scenario', '--account', 'nobody'], { input: book })).code).toBe(2);
    expect((await runSurety(['margin', 'simulate', '--steps', '0'], { input: book })).told).toContain(
      '--steps is "0"; expected a whole number from 1 to 10000',
    );
  });

  it('name the file and what is wrong with it, with exit code 2', async () => {
    const wrong = JSON.parse(book);
    wrong.accounts[0].lines[0].asset = 'usdc.gamma';
    for (const command of ['scenario', 'simulate', 'greeks']) {
      const { code, told } = await runSurety(['margin', command], { input: JSON.stringify(wrong) });
      expect([code, told]).toEqual([
        2,
        expect.stringContaining(
          'INCONSISTENT_INPUT: standard input: book.accounts[0].lines[0].asset is usdc.gamma, which',
        ),
      ]);
      expect((await runSurety(['margin', command], { input: ' ' })).told).toContain(
        'NOT_JSON: standard input is empty',
      );
      const argv = command === 'greeks' ? ['nowhere.json'] : ['--book', 'nowhere.json'];
      expect((await runSurety(['margin', command, ...argv])).told).toContain('nowhere.json could not be read (ENOENT)');
    }
    const unwritable = ['margin', 'scenario', 'crash', '--chart', join('nowhere', 'at', 'all.svg')];
    const { code, told } = await runSurety(unwritable, { input: book });
    expect([code, told]).toEqual([
      2,
      expect.stringMatching(/BAD_USE: --chart .*all\.svg cannot be written \(ENOENT\)/),
    ]);
  });

  it('show every scenario that fits a book, and say which do not', async () => {
    const { underlyings, assets, accounts, ...rest } = JSON.parse(book);
    const { 'usdc.alpha': usdc, 'weth.alpha': weth } = assets;
    const { USD, ETH } = underlyings;
    const own = { ...rest, underlyings: { USD, ETH }, assets: { 'usdc.alpha': usdc, 'weth.alpha': weth } };
    const input = JSON.stringify({ ...own, accounts: accounts.slice(0, 2) });
    const { code, output, told } = await runSurety(['margin', 'scenario'], { input });
    expect([code, told.split('\n')[0]]).toEqual([0, 'correlation is left out: the book lists no BTC']);
    expect(output.match(/^\S+/gm)).toEqual(['scenario', 'crash', 'volatility', 'oracle-freeze', '2023-03-11']);
    expect(await runSurety(['margin', 'scenario', '2020-03-12'], { input })).toMatchObject({
      code: 2,
      told: 'surety: INCONSISTENT_INPUT: standard input: underlying BTC is not listed',
    });
  });

  it('show a book before and after a scenario, as a table, as JSON and as a chart', async () => {
    const { output } = await runSurety(['margin', 'scenario', 'crash'], { input: book });
    expect(output).toContain('borrower        12,240.00   -3,060.00');
    expect(output).toContain('becomes liquidatable');
    expect(output).toContain('shortfall 15,490.90, bad debt 9,600.00');
    const folder = mkdtempSync(join(tmpdir(), 'surety-chart-'));
    const chart = join(folder, 'crash.svg');
    const own = ['margin', 'scenario', 'beta-dark', '--scenarios', file('scenarios.json'), '--account', 'pair'];
    const { scenarios } = JSON.parse((await runSurety([...own, '--json', '--chart', chart], { input: book })).output);
    expect(scenarios[0]).toMatchObject({ stress: 'beta-dark', newlyLiquidatable: [], badDebt: '0' });
    expect(readFileSync(chart, 'utf8')).toContain('Free maintenance margin before and after beta-dark');
    rmSync(folder, { recursive: true });
    expect((await runSurety(['margin', 'scenario'], { input: book })).output.split('\n')).toHaveLength(11);
  });

  it('walk the same path for the same seed', async () => {
    const walk = ['margin', 'simulate', '--book', file('book.json'), '--towards', '2020-03-12', '--seed', '7'];
    const [once, again] = [await runSurety(walk), await runSurety(walk)];
    expect(again).toEqual(once);
    expect(once.output).toContain('seed 7: 3 of 7 accounts closed');
    expect(JSON.parse((await runSurety([...walk, '--json'])).output).steps).toHaveLength(48);
  });
});
