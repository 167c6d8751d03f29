#!/usr/bin/env node
import { existsSync } from 'node:fs';

const main = new URL('../dist/program.mjs', import.meta.url);
if (existsSync(main)) {
  await import(main.href);
} else {
  process.stderr.write('surety is not built yet; run `npm run build` once, then try again\n');
  process.exitCode = 2;
}
