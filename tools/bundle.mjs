// Usage: node tools/bundle.mjs <app's folder>
// Joins an app's compiled modules, and the packages that it needs, into one file: dist/main.js becomes dist/program.mjs.
// A process that loads one file instead of a thousand starts in a quarter of the time. What is native stays outside.
import path from 'node:path';
import { rolldown } from 'rolldown';

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  process.stderr.write('no app was named; expected its folder: node tools/bundle.mjs apps/operator\n');
  process.exit(2);
}
/** Packages with a binding that is found beside their own files; each app names those that it loads in its manifest. */
const native = ['better-sqlite3', 'secp256k1'];

const bundle = await rolldown({
  cwd: path.resolve(folder),
  input: 'dist/main.js',
  platform: 'node',
  external: native,
  // An import that is not found would be left to fail in a process that runs.
  onLog(level, log) {
    if (log.code === 'UNRESOLVED_IMPORT') throw new Error(log.message);
    if (level === 'warn' && log.code !== 'EVAL') process.stderr.write(`${log.message}\n`);
  },
});
const written = await bundle.write({
  file: path.resolve(folder, 'dist/program.mjs'),
  format: 'esm',
  codeSplitting: false,
});
await bundle.close();
const [{ moduleIds }] = written.output;
const lost = moduleIds.find((id) => /node_modules\/(node-gyp-build|bindings)\//.test(id));
if (lost !== undefined) {
  process.stderr.write(
    `${folder} joins ${lost}, whose binding would not be found; name its package in tools/bundle.mjs\n`,
  );
  process.exitCode = 1;
}
