// Makes a checkout ready: installs when the lock is new here, and says clearly what a machine lacks.
// Only what Node itself brings is imported, because this runs before anything is installed.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import path from 'node:path';
import { at, runCommand } from './steps.mjs';

/** Holds the fingerprint of what was installed last. It lives inside node_modules, so it goes when that goes. */
const markerFile = at('node_modules/.install-hash');

/** What an install depends on: the lock, npm's settings, and the platform that native modules are compiled for. */
function fingerprint() {
  const hash = createHash('sha256');
  for (const file of ['package-lock.json', '.npmrc']) hash.update(readFileSync(at(file)));
  hash.update(`${platform()} ${arch()} modules ${process.versions.modules}`);
  return hash.digest('hex');
}

/** Whether the packages installed here are those of the committed lock. */
export function isInstalled() {
  return existsSync(markerFile) && readFileSync(markerFile, 'utf8').trim() === fingerprint();
}

/** Remembers that the packages installed here are those of the lock; npm calls it after each install. */
export function markInstalled() {
  mkdirSync(at('node_modules'), { recursive: true });
  writeFileSync(markerFile, `${fingerprint()}\n`);
}

/** For each package whose install script `allowScripts` of package.json lets run: a workspace that loads its binding. */
const loadedBy = {
  'better-sqlite3': 'packages/store/package.json',
  secp256k1: 'packages/keys/package.json',
};

/** The names of the packages whose install scripts may run. */
function readAllowed() {
  const { allowScripts } = JSON.parse(readFileSync(at('package.json'), 'utf8'));
  return Object.keys(allowScripts).filter((name) => allowScripts[name]);
}

/** npm as a command: the one on the path, or the pinned version through npx where that one is older than the lock needs. */
async function chooseNpm() {
  const pinned = JSON.parse(readFileSync(at('package.json'), 'utf8')).packageManager;
  const { code, text } = await runCommand('npm', ['--version'], { output: 'keep' });
  if (code !== 0)
    throw new Error(`npm did not answer its version (${text.trim()}); install Node 20.20 or later, which brings npm`);
  const version = /^\d+\.\d+\.\d+/m.exec(text)?.[0] ?? 'unknown';
  if (Number.parseInt(version, 10) >= Number.parseInt(pinned.slice('npm@'.length), 10))
    return { command: 'npm', args: [], note: `npm ${version}` };
  return {
    command: 'npx',
    args: ['--yes', pinned],
    note: `${pinned} through npx, because npm ${version} is older than the lock`,
  };
}

/**
 * Installs exactly what the lock says, without native bindings: {@link addBindings} comes next and may run beside a build.
 * `say` takes a line for people, `to` is where npm's own lines go.
 */
export async function install({ say, to }) {
  const npm = await chooseNpm();
  say(`npm ci with ${npm.note}: what the lock names`);
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const { code } = await runCommand(npm.command, [...npm.args, 'ci', ...flags], { to });
  if (code !== 0) throw new Error(`npm ci ended with exit code ${code}; see its lines above`);
}

/** Adds the native bindings: each package's install script fetches its binding, or compiles it. After that nothing is left to install. */
export async function addBindings({ say, to }) {
  const missing = await findMissingCompilers();
  const compilerNote = `better-sqlite3 is compiled from source where its prebuilt binary cannot be fetched, which needs python3, make and g++ (a minute or so). Not found here: ${missing.join(', ')}. On Debian or Ubuntu: apt-get install python3 make g++; on macOS: xcode-select --install.`;
  if (missing.length > 0) say(`note: ${compilerNote}`);
  const npm = await chooseNpm();
  for (const name of readAllowed()) {
    const from = loadedBy[name];
    if (from === undefined)
      throw new Error(
        `${name} may run its install script, but tools/install.mjs knows no workspace that loads it; add it there`,
      );
    const folder = path.dirname(createRequire(at(from)).resolve(`${name}/package.json`));
    const { code, text } = await runCommand(npm.command, [...npm.args, 'run', 'install'], {
      cwd: folder,
      output: 'keep',
    });
    if (code === 0) continue;
    to.write(text);
    throw new Error(
      `the install script of ${name} ended with exit code ${code}; see its lines above.${missing.length > 0 ? ` ${compilerNote}` : ''}`,
    );
  }
  checkBindings();
  markInstalled();
}

/** What compiles better-sqlite3 where no prebuilt binary can be fetched, and is not on this machine. */
async function findMissingCompilers() {
  const tools = platform() === 'win32' ? ['python'] : ['python3', 'make', 'g++'];
  const missing = [];
  for (const tool of tools) {
    const { code } = await runCommand(tool, ['--version'], { output: 'keep' });
    if (code !== 0) missing.push(tool);
  }
  return missing;
}

/** Opens each binding: an install script can end well and leave a package without one. */
function checkBindings() {
  for (const [name, from] of Object.entries(loadedBy)) {
    try {
      const binding = createRequire(at(from))(name === 'secp256k1' ? 'secp256k1/bindings.js' : name);
      if (name === 'better-sqlite3') new binding(':memory:').close();
    } catch (cause) {
      const reason = cause.message.split('\n')[0];
      const message = `${name} was installed but its native binary does not load: ${reason}. Remove node_modules and run again with python3, make and g++ present.`;
      throw new Error(message, { cause });
    }
  }
}
