// Packs @surety/client, @surety/contracts and the packages of this repository that they need into tarballs for other projects.
//   npm run pack -- <folder>         builds what is missing first
//   node tools/pack.mjs <folder>     packs what is built
// A tarball holds compiled modules with their types and, of Solidity, what other compilers may import too. Packages name
// each other by version only, so `npm install <folder>/*.tgz` finds all of them among the tarballs.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { at, runCommand, top } from './steps.mjs';

/** What a protocol's team installs; what these need comes along. */
const offered = ['@surety/client', '@surety/contracts'];

const readManifest = (folder) => JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));

/** Gives folder and manifest of each package offered and of each that one of them needs, by name. */
function readPackages() {
  const folders = new Map(
    readdirSync(at('packages')).map((room) => [`@surety/${room}`, path.join(top, 'packages', room)]),
  );
  const found = new Map();
  const waiting = [...offered];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (found.has(name)) continue;
    const folder = folders.get(name);
    const manifest = readManifest(folder);
    found.set(name, { folder, manifest });
    waiting.push(...Object.keys(manifest.dependencies ?? {}).filter((one) => folders.has(one)));
  }
  return found;
}

/** The manifest as other projects need it: no way to sources that stay here, nothing that only tests or builds use. */
function manifestOf(manifest) {
  const { name, version, description, license, type, sideEffects, files, dependencies } = manifest;
  const built = Object.entries(manifest.exports).map(([way, { types, default: module }]) => [
    way,
    { types, default: module },
  ]);
  return {
    name,
    version,
    private: manifest.private,
    description,
    license,
    type,
    sideEffects,
    files,
    exports: { ...Object.fromEntries(built), './package.json': './package.json' },
    engines: { node: readManifest(top).engines.node },
    dependencies,
  };
}

/** Whether a compiler other than this repository's own may import a source: it names a range of compilers. */
const isForOthers = (text) => /^pragma solidity \^/mu.test(text);

/** Compiled modules and their types, without maps to sources that stay here. */
function copyModules(from, to) {
  cpSync(from, to, { recursive: true, filter: (file) => !/\.map$|tsbuildinfo$/u.test(file) });
  for (const file of readdirSync(to, { recursive: true }).filter((name) => /\.[jt]s$/u.test(name))) {
    const text = readFileSync(path.join(to, file), 'utf8');
    writeFileSync(path.join(to, file), text.replace(/^\/\/# sourceMappingURL=.*\n?/mu, ''));
  }
}

/** The sources in Solidity that another compiler may import. */
function copySources(from, to) {
  for (const file of readdirSync(from, { recursive: true }).filter((name) => name.endsWith('.sol'))) {
    if (!isForOthers(readFileSync(path.join(from, file), 'utf8'))) continue;
    mkdirSync(path.dirname(path.join(to, file)), { recursive: true });
    cpSync(path.join(from, file), path.join(to, file));
  }
}

/** Lays out what one tarball holds. @throws if the package was not built */
function stage({ folder, manifest }, to) {
  const modules = path.join(folder, 'dist/index.js');
  if (!existsSync(modules))
    throw new Error(
      `${manifest.name}: seen no ${path.relative(top, modules)}, expected what a build leaves; npm run build`,
    );
  mkdirSync(to, { recursive: true });
  writeFileSync(path.join(to, 'package.json'), `${JSON.stringify(manifestOf(manifest), undefined, 2)}\n`);
  copyModules(path.join(folder, 'dist'), path.join(to, 'dist'));
  if (manifest.files.includes('solidity')) copySources(path.join(folder, 'solidity'), path.join(to, 'solidity'));
  cpSync(path.join(folder, 'README.md'), path.join(to, 'README.md'));
  cpSync(at('LICENSE'), path.join(to, 'LICENSE'));
}

/** Makes one tarball; answers its row of the report. @throws what npm said, if it refuses */
async function pack(staged, folder) {
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
  const { code, text } = await runCommand('npm', args, { cwd: staged, output: 'keep' });
  if (code !== 0) throw new Error(`npm pack ended with exit code ${code}: ${text.trim()}`);
  const [{ filename, entryCount, size, unpackedSize }] = JSON.parse(text.slice(text.indexOf('[')));
  return { tarball: filename, files: entryCount, packed: size, unpacked: unpackedSize };
}

const inKilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;

/** The report's lines, in columns. */
function describe(rows) {
  const sum = (name) => rows.reduce((total, row) => total + row[name], 0);
  const all = [...rows, { tarball: 'together', files: sum('files'), packed: sum('packed'), unpacked: sum('unpacked') }];
  const width = Math.max(...all.map(({ tarball }) => tarball.length));
  return all.map(
    ({ tarball, files, packed, unpacked }) =>
      `${tarball.padEnd(width)}  ${String(files).padStart(4)} files  ${inKilobytes(packed).padStart(9)} packed  ${inKilobytes(unpacked).padStart(9)} unpacked\n`,
  );
}

const [folder, ...rest] = process.argv.slice(2);
if (folder === undefined || folder.startsWith('-') || rest.length > 0) {
  const seen = process.argv.slice(2).join(' ') || 'nothing';
  process.stderr.write(`pack: seen ${seen}, expected one folder for the tarballs: npm run pack -- ../tarballs\n`);
  process.exit(2);
}
const destination = path.resolve(folder);
const staging = mkdtempSync(path.join(tmpdir(), 'surety-pack-'));
try {
  mkdirSync(destination, { recursive: true });
  const rows = [];
  for (const [name, one] of [...readPackages()].toSorted(([a], [b]) => a.localeCompare(b))) {
    const staged = path.join(staging, name);
    stage(one, staged);
    rows.push(await pack(staged, destination));
  }
  process.stdout.write(describe(rows).join(''));
} catch (error) {
  process.stderr.write(`pack: ${error.message}\n`);
  process.exitCode = 1;
} finally {
  rmSync(staging, { recursive: true, force: true });
}
