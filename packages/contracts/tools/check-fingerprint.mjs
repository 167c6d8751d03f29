// Part of each build: refuses (exit 1) to build on generated files that were made from other Solidity than what lies here.
// It compiles nothing; `build-abi.mjs --check` does, and compares the files themselves.
import { fingerprintSources, readCommittedFingerprint, renewCommand } from './fingerprint.mjs';

const [expected, seen] = [fingerprintSources(), readCommittedFingerprint()];
if (seen !== expected) {
  process.stderr.write(
    `packages/contracts/src/generated was made from other sources: expected fingerprint ${expected}, seen ${seen}; run ${renewCommand} and commit what it writes\n`,
  );
  process.exitCode = 1;
}
