// Puts what the programs need to run into one folder: for an image, or for a machine without a clone.
//   npm run assemble -- <folder>       builds what is missing first
//   node tools/assemble.mjs <folder>   takes what is built
// Each program is one file already. Beside it come the packages with a binding, the page of an aggregator, and its list of routes.
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { at } from './steps.mjs';

const programs = ['aggregator', 'keeper', 'operator', 'relayer', 'watcher'];
/** What an app loads from outside its file, by the app that names it. */
const loaded = { aggregator: ['better-sqlite3', 'secp256k1', 'swagger-ui-dist'] };
/** Used while a package is installed, or to tell its makers that it was. */
const unused = ['@scarf/scarf', 'node-addon-api', 'prebuild-install'];
/** Sources of bindings, and what a compiler left. */
const leftOut = /[/\\](deps|src|test|obj|obj\.target|\.deps)$|\.(map|h|c|cc|gyp|gypi|mk|Makefile)$/;

/** Returns the folder of a package as a file would find it. @throws if it is not installed */
function folderOf(name, from) {
  for (const place of createRequire(from).resolve.paths(name) ?? []) {
    const folder = path.join(place, name);
    // Packages are links into a store, and their own packages lie beside them there.
    if (existsSync(path.join(folder, 'package.json'))) return realpathSync(folder);
  }
  throw new Error(`${name} was not found from ${from}; install and build first: npm run assemble -- <folder>`);
}

const readManifest = (file) => JSON.parse(readFileSync(file, 'utf8'));

/** Copies a package and what it needs, side by side. */
function copyPackage(name, from, modules) {
  const target = path.join(modules, name);
  const source = folderOf(name, from);
  const manifest = path.join(source, 'package.json');
  const { dependencies = {}, version } = readManifest(manifest);
  if (existsSync(target)) {
    const { version: first } = readManifest(path.join(target, 'package.json'));
    if (first === version) return;
    throw new Error(`${name} is wanted as ${first} and as ${version}; one folder holds one`);
  }
  cpSync(source, target, {
    recursive: true,
    dereference: true,
    filter: (file) => file === source || (!leftOut.test(file) && path.basename(file) !== 'node_modules'),
  });
  for (const one of Object.keys(dependencies)) if (!unused.includes(one)) copyPackage(one, manifest, modules);
}

function assemble(folder) {
  const modules = path.join(folder, 'node_modules');
  for (const name of programs) {
    const built = at(`apps/${name}/dist/program.mjs`);
    if (!existsSync(built)) throw new Error(`${built} is missing; npm run build`);
    cpSync(built, path.join(folder, `apps/${name}/dist/program.mjs`));
  }
  for (const [app, names] of Object.entries(loaded))
    for (const name of names) copyPackage(name, at(`apps/${app}/package.json`), modules);
  const page = path.join(modules, '@surety/dashboard');
  cpSync(at('apps/dashboard/package.json'), path.join(page, 'package.json'));
  cpSync(at('apps/dashboard/dist/ui'), path.join(page, 'dist/ui'), { recursive: true });
  cpSync(at('LICENSE'), path.join(folder, 'LICENSE'));
}

const [folder, ...more] = process.argv.slice(2);
if (folder === undefined || folder.startsWith('-') || more.length > 0) {
  process.stderr.write('usage: npm run assemble -- <folder>; expected one folder, new or empty\n');
  process.exit(2);
}
if (existsSync(folder) && readdirSync(folder).length > 0) {
  process.stderr.write(`${folder} holds something; expected a new or an empty folder\n`);
  process.exit(2);
}
mkdirSync(folder, { recursive: true });
assemble(path.resolve(folder));
process.stdout.write(`assembled in ${folder}: node ${path.join(folder, 'apps/operator/dist/program.mjs')} --help\n`);
