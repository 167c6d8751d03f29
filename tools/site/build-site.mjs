// Makes a site of the pages of this project, with search and the reference of its packages.
//   npm run site                                        into dist/site, after what is missing was built
//   node tools/site/build-site.mjs [--out <folder>]     takes what is built; the folder is emptied first
import path from 'node:path';
import { at, runCommand } from '../steps.mjs';

const args = process.argv.slice(2);
const options = at('tools/site/typedoc.json');
const { code } = await runCommand(process.execPath, [
  at('node_modules/typedoc/bin/typedoc'),
  '--options',
  options,
  ...args,
]);
const out = args[0] === '--out' ? path.resolve(args[1] ?? '') : at('dist/site');
if (code === 0) process.stdout.write(`[surety] open ${path.join(out, 'index.html')}\n`);
process.exitCode = code;
