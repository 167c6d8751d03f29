// Completes package-lock.json: npm leaves an optional platform binding out of the lock when the package index it asked
// does not serve that platform, and `npm ci` then refuses the lock ("Missing: … from lock file").
//   node tools/complete-lock.mjs           adds what is missing
//   node tools/complete-lock.mjs --check   only says what is missing; exit code 1 if anything is
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const file = fileURLToPath(new URL('../package-lock.json', import.meta.url));
const checkOnly = process.argv.includes('--check');
const lock = JSON.parse(readFileSync(file, 'utf8'));

const systems = [
  [/darwin/, 'darwin'],
  [/win32|windows/, 'win32'],
  [/freebsd/, 'freebsd'],
  [/openharmony/, 'openharmony'],
  [/android/, 'android'],
  [/linux/, 'linux'],
];
const processors = [
  [/arm64|aarch64/, 'arm64'],
  [/arm(-|v|eabi|$)/, 'arm'],
  [/ppc64/, 'ppc64'],
  [/riscv64/, 'riscv64'],
  [/s390x/, 's390x'],
  [/loong64/, 'loong64'],
  [/ia32/, 'ia32'],
  [/x64|amd64|-64$/, 'x64'],
];
const nameOf = (table, name) => table.find(([pattern]) => pattern.test(name))?.[1];

/** Whether a package at `path` finds `name` in its own or any outer node_modules of the lock. */
function isLocked(path, name) {
  for (let at = path; ; at = at.slice(0, Math.max(0, at.lastIndexOf('node_modules/') - 1))) {
    if (lock.packages[`${at === '' ? '' : `${at}/`}node_modules/${name}`]) return true;
    if (at === '') return false;
  }
}

/** The lock entry of a platform binding, told from its name and the exact version its parent asks for. */
function bindingOf(name, version, parent) {
  const cpu = nameOf(processors, name);
  const os = nameOf(systems, name);
  return {
    version,
    ...(cpu ? { cpu: [cpu] } : {}),
    ...(parent.dev ? { dev: true } : {}),
    ...(/musl/.test(name) ? { libc: ['musl'] } : name.endsWith('gnu') ? { libc: ['glibc'] } : {}),
    optional: true,
    ...(os ? { os: [os] } : {}),
  };
}

const missing = [];
const unknown = [];
for (const [path, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    if (isLocked(path, name)) continue;
    if (!/^\d+\.\d+\.\d+\S*$/.test(version) || !nameOf(systems, name)) {
      unknown.push(`${name}@${version} (wanted by ${path})`);
      continue;
    }
    missing.push(`${name}@${version}`);
    lock.packages[`node_modules/${name}`] = bindingOf(name, version, entry);
  }
}

if (unknown.length > 0) {
  console.error(
    `package-lock.json lacks optional packages that are no platform binding with an exact version: ${unknown.join(', ')}. Run npm install where the package index serves them.`,
  );
  process.exit(1);
}
if (missing.length === 0) {
  console.log('package-lock.json holds every optional package.');
} else if (checkOnly) {
  console.error(
    `package-lock.json lacks ${missing.length} optional packages, npm ci may refuse it: ${missing.join(', ')}. Run node tools/complete-lock.mjs and commit the lock.`,
  );
  process.exit(1);
} else {
  lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
  console.log(`Added ${missing.length} optional packages to package-lock.json.`);
}
