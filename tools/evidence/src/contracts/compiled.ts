// What is known of the contracts before anything of theirs is built, and what the compiler says of them.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { refuse } from '../options.js';
import { packageRoot } from './forge.js';
import type { StorageLayout } from './storage-layout.js';

// @boundaries-ignore the list decides what is generated, so it is read before anything is built
export { modules, sourceFolders, withoutFixtures } from '../../../../packages/contracts/tools/build-abi-list.mjs';

/** The folders of build-abi.mjs: what `forge test` and `forge lint` write elsewhere may lack code or be half written. */
export const outFlags = ['--out', 'out/abi', '--cache-path', 'cache/abi'];

interface Code {
  readonly object: string;
}

/** Output of the compiler for one contract or library. */
export interface Artifact {
  readonly bytecode: Code;
  readonly deployedBytecode: Code;
  /** Selectors by signature. */
  readonly methodIdentifiers: Readonly<Record<string, string>>;
  readonly storageLayout: StorageLayout;
}

/** Reads the compiler's output for one declaration of a file. */
export function readArtifact(file: string, name: string): Artifact {
  const artifact = path.join(packageRoot, 'out/abi', path.basename(file), `${name}.json`);
  if (!existsSync(artifact))
    refuse(`${name} of solidity/${file} has no compiler output at ${artifact}; run without --no-build`);
  return JSON.parse(readFileSync(artifact, 'utf8')) as Artifact;
}

/** Returns the bytes of a hex text with or without library placeholders. */
export const sizeOf = ({ object }: Code): number => (object.length - 2) / 2;
