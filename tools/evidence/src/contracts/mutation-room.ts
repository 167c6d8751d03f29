// The copy of the contracts' package in which mutants are compiled and run: forge compiles only what a batch changes there.
import { cpSync, existsSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runCommand } from '../steps.js';
import { packageRoot } from './forge.js';
import { mutantSource } from './mutants.js';

const quickRuns = {
  FOUNDRY_PROFILE: 'default',
  FOUNDRY_FUZZ_RUNS: '64',
  FOUNDRY_INVARIANT_RUNS: '4',
  FOUNDRY_INVARIANT_DEPTH: '48',
};

/** Copies what forge reads and what it has compiled. `room` is the copy of the package in `scratch`, which the caller removes. */
export function makeRoom(): { readonly scratch: string; readonly room: string } {
  const scratch = mkdtempSync(path.join(tmpdir(), 'surety-mutate-'));
  const room = path.join(scratch, 'packages/contracts');
  mkdirSync(room, { recursive: true });
  const copy = (from: string, to: string, isCopied: (file: string) => boolean): void =>
    cpSync(from, to, { recursive: true, preserveTimestamps: true, filter: isCopied });
  const isOther = (file: string): boolean => /\/(?:out|cache)\/(?:abi|lint|campaign|mutation|build-info)/.test(file);
  for (const name of ['solidity', 'test', 'vectors', 'tools', 'foundry.toml', 'package.json', 'cache', 'out']) {
    const from = path.join(packageRoot, name);
    if (existsSync(from)) copy(from, path.join(room, name), (file) => !isOther(file));
  }
  const requirements = path.join(packageRoot, '../requirements/solidity');
  copy(requirements, path.join(scratch, 'packages/requirements/solidity'), () => true);
  copy(
    path.join(packageRoot, '../../examples'),
    path.join(scratch, 'examples'),
    (file) => !file.includes('node_modules') && !file.includes('/dist'),
  );
  symlinkSync(path.join(packageRoot, 'node_modules'), path.join(room, 'node_modules'));
  // Tests of the bridges read their bytecode from there.
  symlinkSync(path.join(packageRoot, '../../node_modules'), path.join(scratch, 'node_modules'));
  writeFileSync(path.join(room, 'solidity/Mutant.sol'), mutantSource);
  return { scratch, room };
}

/** Output of forge in a room. */
export interface RoomRun {
  readonly code: number;
  readonly text: string;
  readonly timedOut: boolean;
}

/** Runs forge in the copy; 0 seconds are no limit. */
export async function forgeIn(room: string, args: readonly string[], limitS = 0): Promise<RoomRun> {
  const forge = [path.join(room, 'tools/forge.mjs'), ...args];
  const options = { env: quickRuns, output: 'keep' } as const;
  const { code, text } =
    limitS === 0
      ? await runCommand(process.execPath, forge, options)
      : await runCommand('timeout', [String(limitS), process.execPath, ...forge], options);
  return { code, text, timedOut: limitS > 0 && code === 124 };
}
