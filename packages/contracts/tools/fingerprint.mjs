// What the files of src/generated follow from, as one number: every Solidity source, the compiler with its settings, and the
// scripts that write the files. Reads files only, so that a build can afford it each time.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { sourceFolders } from './build-abi-list.mjs';

/** The folder of this package. */
export const root = fileURLToPath(new URL('..', import.meta.url));
/** Where the generated files lie. */
export const generated = path.join(root, 'src/generated');
/** The file in that folder which keeps the fingerprint of the sources that its other files were made from. */
export const fingerprintFile = 'sources.sha256';
/** Renews the generated files, from the repository's top folder. */
export const renewCommand = 'npm run contracts:generate';

/** What decides the output beside Solidity: settings and remappings, how the compiler is called, what is written. */
const settings = ['foundry.toml', 'tools/solc-shim.cjs', 'tools/build-abi.mjs', 'tools/build-abi-list.mjs'];
/** Packages that compile, or are compiled; their manifests pin exact versions, and the lock their content. */
const pinned = ['@foundry-rs/forge', '@openzeppelin/contracts', 'solc'];

/** Orders texts the same on every machine, whatever its language. */
const byCodePoint = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

/** Gives the SHA-256 of everything that the generated files follow from, in hexadecimal. */
export function fingerprintSources() {
  const solidity = sourceFolders.flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true })
      .filter((name) => name.endsWith('.sol'))
      .map((name) => path.posix.join(folder, name.replaceAll(path.sep, '/'))),
  );
  const hash = createHash('sha256');
  for (const file of [...solidity.toSorted(byCodePoint), ...settings])
    hash.update(`${file}\n`).update(readFileSync(path.join(root, file)));
  const { devDependencies } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  for (const name of pinned) hash.update(`${name}@${devDependencies[name]}\n`);
  return hash.digest('hex');
}

/** Gives the fingerprint that was committed with the generated files; a word for its absence if there is none. */
export function readCommittedFingerprint() {
  const file = path.join(generated, fingerprintFile);
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : 'none';
}
