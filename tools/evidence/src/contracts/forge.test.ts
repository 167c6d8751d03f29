import { describe, expect, test } from 'vitest';
import { globOf, parseReport, runLanes, seedOf, testsOf } from './forge.js';

const reported =
  '{"test/A.t.sol:ATest":{"test_results":{"testFuzz_a(uint256)":{"status":"Success","kind":{"Fuzz":{"runs":7}}}}}}';

describe('parseReport', () => {
  test('finds the report behind what forge prints before it', () => {
    expect(parseReport(`Compiling…\n{"old":{"test_results":{}}}\n${reported}\n`)).toEqual(JSON.parse(reported));
  });

  test('gives nothing where forge printed none', () => {
    expect(parseReport('Error: the compiler is gone\n')).toBeUndefined();
  });
});

test('a reported test has a file, a contract and a name without parameters', () => {
  const [one] = testsOf(parseReport(reported) ?? {});
  expect(one).toMatchObject({ file: 'test/A.t.sol', contract: 'ATest', test: 'testFuzz_a' });
  expect(one?.result.kind.Fuzz?.runs).toBe(7);
});

test('each part of a campaign has a seed of its own', () => {
  expect(seedOf(1, 'A', 0)).toMatch(/^0x[0-9a-f]{64}$/);
  expect(new Set([seedOf(1, 'A', 0), seedOf(1, 'A', 1), seedOf(1, 'B', 0), seedOf(2, 'A', 0)]).size).toBe(4);
});

test('one file stands alone, more stand in braces', () => {
  expect(globOf(['a'])).toBe('a');
  expect(globOf(['a', 'b'])).toBe('{a,b}');
});

test('lanes run everything, in order, and never more at once than there are', async () => {
  const begun: number[] = [];
  let now = 0;
  let most = 0;
  const tasks = Array.from({ length: 7 }, (_, at) => async () => {
    begun.push(at);
    most = Math.max(most, ++now);
    await Promise.resolve();
    now -= 1;
  });
  await runLanes(2, tasks);
  expect(begun).toEqual([0, 1, 2, 3, 4, 5, 6]);
  expect(most).toBe(2);
});
