import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Row, rewriteRow } from './record.js';
import { at } from './steps.js';

const columns = ['campaign', 'shows', 'command', 'commit', 'seeds', 'totals', 'result', 'date'];
const rowOf = (campaign: string, result: string): Row =>
  ({ ...Object.fromEntries(columns.map((column) => [column, column])), campaign, result }) as Row;
const head = `# Evidence\n\n| ${columns.join(' | ')} |\n|${' --- |'.repeat(columns.length)}\n`;
const lineOf = (campaign: string, result: string): string =>
  `| ${Object.values(rowOf(campaign, result)).join(' | ')} |\n`;

describe('rewriteRow', () => {
  test('refuses a page without the table and a name that stands twice', () => {
    expect(() => rewriteRow('# Evidence\n', rowOf('soak', 'good'))).toThrow('has no table with the columns campaign');
    const twice = head + lineOf('soak', 'good').repeat(2);
    expect(() => rewriteRow(twice, rowOf('soak', 'bad'))).toThrow('has 2 rows named "soak"');
  });

  test("rewrites the campaign's own row and leaves the rest of the page", () => {
    const page = `${head}${lineOf('soak', 'good')}${lineOf('scale', 'good')}\nText.\n\n| soak | other table |\n`;
    const rewritten = `${head}${lineOf('soak', 'bad')}${lineOf('scale', 'good')}\nText.\n\n| soak | other table |\n`;
    expect(rewriteRow(page, rowOf('soak', 'bad'))).toBe(rewritten);
  });

  test('adds a campaign without a row at the end of the table', () => {
    expect(rewriteRow(`${head}${lineOf('soak', 'good')}\nText.\n`, rowOf('scale', 'good'))).toBe(
      `${head}${lineOf('soak', 'good')}${lineOf('scale', 'good')}\nText.\n`,
    );
  });

  test('finds a name with a bar again', () => {
    const once = rewriteRow(head, rowOf('fuzz a|b', 'good'));
    expect(once).toContain('| fuzz a\\|b | shows |');
    expect(rewriteRow(once, rowOf('fuzz a|b', 'bad'))).toBe(head + lineOf('fuzz a\\|b', 'bad'));
  });
});

test('the table of campaigns can be rewritten: its names stand once, and every row has all cells', () => {
  const page = readFileSync(at('docs/EVIDENCE.md'), 'utf8');
  const rows = /\n## Campaigns\n.*?\n\| ---[^\n]*\n((?:\|[^\n]*\n)+)/s.exec(page)?.[1]?.trimEnd().split('\n') ?? [];
  expect(rows.length).toBeGreaterThan(20);
  const cells = rows.map((row) => row.split(/(?<!\\)\|/).slice(1, -1));
  expect(cells.filter((row) => row.length !== columns.length)).toEqual([]);
  const names = cells.map(([name]) => name?.trim());
  expect(new Set(names).size).toBe(names.length);
  expect(rewriteRow(page, rowOf(names[0] ?? '', 'other'))).not.toBe(page);
});
