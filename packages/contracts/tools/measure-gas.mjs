#!/usr/bin/env node
// Usage: node packages/contracts/tools/measure-gas.mjs
// Prints as its last line [{id, gas, floor}]: gas of whole transactions (of a call for marginOf) and the floor that
// test/GasTable.t.sol works out beside each. Exit 1 when a measurement fails or a row is missing.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const IDS = [
  'gas.credit.existing.n400.k9',
  'gas.credit.existing.n64.k9',
  'gas.credit.existing.n64.k9.assets4',
  'gas.credit.new.n64',
  'gas.lock.warm',
  'gas.requestRelease',
  'gas.pay',
  'gas.marginOf.lines16',
];

const forge = fileURLToPath(new URL('forge.mjs', import.meta.url));
const run = spawnSync(process.execPath, [forge, 'test', '--match-path', 'test/GasTable.t.sol', '-vv'], {
  encoding: 'utf8',
  maxBuffer: 1 << 26,
});
const rows = [...run.stdout.matchAll(/^\s*GAS (\S+) (\d+) (\d+)$/gm)].map(([, id, gas, floor]) => ({
  id,
  gas: Number(gas),
  floor: Number(floor),
}));
const missing = IDS.filter((id) => rows.filter((row) => row.id === id).length !== 1);
if (run.status !== 0 || missing.length > 0) {
  process.stderr.write(`${run.stdout}${run.stderr}\n`);
  process.stderr.write(`forge ended with ${run.status}; rows missing or doubled: ${missing.join(', ') || 'none'}\n`);
  process.exitCode = 1;
} else {
  process.stdout.write(`${JSON.stringify(IDS.map((id) => rows.find((row) => row.id === id)))}\n`);
}
