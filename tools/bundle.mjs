// Usage: node tools/bundle.mjs <apps' folders>
// Joins each app's compiled modules, and the packages that it needs, into one file: dist/main.js becomes dist/program.mjs.
// A process that loads one file instead of a thousand starts in a quarter of the time. What is native stays outside.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { rolldown } from 'rolldown';

/** Packages with a binding that is found beside their own files; each app names those that it loads in its manifest. */
const native = ['better-sqlite3', 'secp256k1'];

/** What NestJS and pg load only for whoever asks for it: none of it is installed here. */
const optional = [
  '@fastify/multipart',
  '@fastify/static',
  '@fastify/view',
  '@nestjs/microservices',
  '@nestjs/platform-express',
  '@nestjs/websockets',
  'class-transformer',
  'class-validator',
  'pg-native',
];

const isOptional = (id) => optional.some((name) => id === name || id.startsWith(`${name}/`));

/** Joins one app. @throws if an import is not found, or if a package's binding would not be. */
async function join(folder) {
  const bundle = await rolldown({
    cwd: path.resolve(folder),
    input: 'dist/main.js',
    platform: 'node',
    external: (id) => native.includes(id) || isOptional(id),
    // An import that is not found would be left to fail in a process that runs.
    onLog(level, log) {
      if (log.code === 'UNRESOLVED_IMPORT') throw new Error(log.message);
      if (level === 'warn' && log.code !== 'EVAL') process.stderr.write(`${log.message}\n`);
    },
  });
  const { output } = await bundle.generate({ format: 'esm', codeSplitting: false });
  await bundle.close();
  const [{ code, moduleIds }] = output;
  const lost = moduleIds.find((id) => /node_modules\/(node-gyp-build|bindings)\//.test(id));
  if (lost !== undefined)
    throw new Error(`${folder} joins ${lost}, whose binding would not be found; name its package in tools/bundle.mjs`);
  const file = path.resolve(folder, 'dist/program.mjs');
  // A process that starts meanwhile finds a whole file, unless the app itself changed.
  if (!existsSync(file) || readFileSync(file, 'utf8') !== code) writeFileSync(file, code);
}

const folders = process.argv.slice(2);
if (folders.length === 0) {
  process.stderr.write('no app was named; expected folders: node tools/bundle.mjs apps/operator\n');
  process.exit(2);
}
await Promise.all(folders.map(join));
