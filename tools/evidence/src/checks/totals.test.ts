import { describe, expect, test } from 'vitest';
import { readForgeTotals, readVitestTotals } from './totals.js';

describe('readForgeTotals', () => {
  const closing = 'Ran 20 test suites in 3 s: 160 tests passed, 2 failed, 3 skipped (165 total tests)\n';

  test('reads the closing line', () => {
    expect(readForgeTotals(closing, 1)).toEqual({ passed: 160, failed: 2, skipped: 3, failures: [] });
  });

  test('names each failed test once', () => {
    const line = '[FAIL: amount 2 != 1] test_lock() (gas: 12)';
    expect(
      readForgeTotals(`${line}\n[PASS] test_pay() (gas: 3)\n\nFailing tests:\n${line}\n${closing}`, 1).failures,
    ).toEqual([line]);
  });

  test('a run that fails without a failed test counts as one failure', () => {
    expect(readForgeTotals(closing.replace('2 failed', '0 failed'), 1)).toMatchObject({ passed: 160, failed: 1 });
    expect(readForgeTotals('Error: no compiler\n', 1)).toEqual({ passed: 0, failed: 1, skipped: 0, failures: [] });
  });
});

describe('readVitestTotals', () => {
  const report = JSON.stringify({ numPassedTests: 5, numFailedTests: 0, numPendingTests: 1, numTodoTests: 2 });

  test('reads the report', () => {
    expect(readVitestTotals(report, 0)).toEqual({ passed: 5, failed: 0, skipped: 3, failures: [] });
  });

  test('names each failed test, and a file that could not be loaded', () => {
    const failed = JSON.stringify({
      ...(JSON.parse(report) as object),
      testResults: [
        {
          name: 'test/src/lock.test.ts',
          status: 'failed',
          assertionResults: [
            { fullName: 'a lock is credited', status: 'passed', failureMessages: [] },
            {
              fullName: 'a lock is paid',
              status: 'failed',
              failureMessages: ['\u001B[31mError: 2 is not 1\u001B[39m\n    at x'],
            },
          ],
        },
        { name: 'test/src/pay.test.ts', status: 'failed', message: 'no module y', assertionResults: [] },
      ],
    });
    expect(readVitestTotals(failed, 1).failures).toEqual([
      'test/src/lock.test.ts > a lock is paid: Error: 2 is not 1',
      'test/src/pay.test.ts: no module y',
    ]);
  });

  test('a run without a report, or that fails outside of a test, counts as one failure', () => {
    expect(readVitestTotals(report, 1).failed).toBe(1);
    expect(readVitestTotals('', 0)).toEqual({ passed: 0, failed: 1, skipped: 0, failures: ['no report was written'] });
  });
});
