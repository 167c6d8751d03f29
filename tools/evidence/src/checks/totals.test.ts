import { describe, expect, test } from 'vitest';
import { readForgeTotals, readVitestTotals } from './totals.js';

describe('readForgeTotals', () => {
  const closing = 'Ran 20 test suites in 3 s: 160 tests passed, 2 failed, 3 skipped (165 total tests)\n';

  test('reads the closing line', () => {
    expect(readForgeTotals(closing, 1)).toEqual({ passed: 160, failed: 2, skipped: 3 });
  });

  test('a run that fails without a failed test counts as one failure', () => {
    expect(readForgeTotals(closing.replace('2 failed', '0 failed'), 1)).toMatchObject({ passed: 160, failed: 1 });
    expect(readForgeTotals('Error: no compiler\n', 1)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });
});

describe('readVitestTotals', () => {
  const report = JSON.stringify({ numPassedTests: 5, numFailedTests: 0, numPendingTests: 1, numTodoTests: 2 });

  test('reads the report', () => {
    expect(readVitestTotals(report, 0)).toEqual({ passed: 5, failed: 0, skipped: 3 });
  });

  test('a run without a report, or that fails outside of a test, counts as one failure', () => {
    expect(readVitestTotals(report, 1).failed).toBe(1);
    expect(readVitestTotals('', 0)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });
});
