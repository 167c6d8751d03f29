/**
 * Returns the lines of an aggregator's log that tell an operator of nothing: warnings about what every rebuild meets, and what Node itself
 * warns of. A provider that is slow on a busy machine is no noise.
 */
export function noiseOf(log: string): readonly string[] {
  return log
    .trimEnd()
    .split('\n')
    .filter((line) => !line.startsWith('{') || (/"level":"warn"/u.test(line) && EXPECTED_IN_REBUILDS.test(line)));
}

const EXPECTED_IN_REBUILDS = /"msg":"post-refused"|"code":"(?:ENTRIES_MISSING|FOLD_MISMATCH|FACT_GAP)"/u;
