import { stripVTControlCharacters } from 'node:util';

/** Numbers of tests that a runner ran. */
export interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** One line for each test that failed, with its file and the first line of its reason. */
  readonly failures: readonly string[];
}

/** Members of vitest's JSON report that are read. */
interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults?: readonly {
    readonly name: string;
    readonly status: string;
    readonly message?: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages?: readonly string[];
    }[];
  }[];
}

/** Colours of a terminal have no place in a line that a build server keeps. */
const firstLine = (text: string): string => (stripVTControlCharacters(text).split('\n')[0] ?? '').slice(0, 300);

/** A run that failed without a test to name counts as one failure. */
const judge = (totals: Totals, code: number): Totals =>
  code !== 0 && totals.failed === 0 ? { ...totals, failed: 1 } : totals;

/** forge's counts from its closing line, its failures from the list before it. */
export function readForgeTotals(text: string, code: number): Totals {
  const [, passed = 0, failed = 0, skipped = 0] =
    /(\d+) tests? passed, (\d+) failed, (\d+) skipped/.exec(text)?.map(Number) ?? [];
  // forge says a failure where it happens and again at the end.
  const failures = [...new Set([...text.matchAll(/^\[FAIL.*$/gm)].map(([line]) => firstLine(line)))];
  return judge({ passed, failed, skipped, failures }, code);
}

/** vitest's counts and failures from its JSON report; a run that wrote none counts as one failure. */
export function readVitestTotals(report: string, code: number): Totals {
  try {
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(
      report,
    ) as VitestReport;
    const failures = (testResults ?? []).flatMap(({ name, status, message, assertionResults }) => {
      const failed = assertionResults.filter((test) => test.status === 'failed');
      if (failed.length === 0 && status === 'failed') return [`${name}: ${firstLine(message ?? '')}`];
      return failed.map((test) => `${name} > ${test.fullName}: ${firstLine(test.failureMessages?.[0] ?? '')}`);
    });
    return judge(
      { passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests + numTodoTests, failures },
      code,
    );
  } catch {
    return { passed: 0, failed: 1, skipped: 0, failures: ['no report was written'] };
  }
}
