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
