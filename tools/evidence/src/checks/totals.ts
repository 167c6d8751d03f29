/** Numbers of tests that a runner ran. */
export interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** A run that failed without a test to name counts as one failure. */
const judge = (totals: Totals, code: number): Totals =>
  code !== 0 && totals.failed === 0 ? { ...totals, failed: 1 } : totals;

/** forge's counts from its closing line. */
export function readForgeTotals(text: string, code: number): Totals {
  const [, passed = 0, failed = 0, skipped = 0] =
    /(\d+) tests? passed, (\d+) failed, (\d+) skipped/.exec(text)?.map(Number) ?? [];
  return judge({ passed, failed, skipped }, code);
}

/** vitest's counts from its JSON report; a run that wrote none counts as one failure. */
export function readVitestTotals(report: string, code: number): Totals {
  try {
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(report) as Record<
      'numFailedTests' | 'numPassedTests' | 'numPendingTests' | 'numTodoTests',
      number
    >;
    return judge({ passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests + numTodoTests }, code);
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}
