// Usage: node tools/bundle.mjs <apps' folders and compiled files>
// Joins compiled modules, and the packages that they need, into one file: an app's dist/main.js becomes dist/program.mjs, a file
// such as packages/p/dist/testing/q.js becomes q.mjs beside it.
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

/** Joins one app or file. @throws if an import is not found, or if a package's binding would not be. */
async function join(named) {
  const isFile = named.endsWith('.js');
  const input = path.resolve(isFile ? named : path.join(named, 'dist/main.js'));
  const file = isFile ? input.replace(/js$/, 'mjs') : path.resolve(named, 'dist/program.mjs');
  const bundle = await rolldown({
    input,
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
    throw new Error(`${named} joins ${lost}, whose binding would not be found; name its package in tools/bundle.mjs`);
  // A process that starts meanwhile finds a whole file, unless the app itself changed.
  if (!existsSync(file) || readFileSync(file, 'utf8') !== code) writeFileSync(file, code);
}

const wanted = process.argv.slice(2);
if (wanted.length === 0) {
  process.stderr.write('no app was named; expected folders or files: node tools/bundle.mjs apps/operator\n');
  process.exit(2);
}
await Promise.all(wanted.map(join));
