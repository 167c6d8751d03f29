#!/usr/bin/env node
// Usage: node packages/contracts/tools/measure-gas.mjs
// Prints as its last line [{id, gas, floor}]: gas of whole transactions (of a call for marginOf) and the floor that
// test/GasTable.t.sol works out beside each; and for each bridge, from test/bridges/BridgeCosts.t.sol, `gas.confirm.<bridge>`, what a
// head costs where it arrives beside what it costs at its origin, and `gas.credited-account.vs-<bridge>`, what an account costs in
// a batch of 400 with its share of one confirmation, beside a message of its own. Exit 1 when a measurement fails or a row is missing.
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
  'gas.confirm.layerzero',
  'gas.confirm.wormhole13',
  'gas.credited-account.vs-layerzero',
  'gas.credited-account.vs-wormhole',
];

const forge = fileURLToPath(new URL('forge.mjs', import.meta.url));
const run = spawnSync(
  process.execPath,
  [forge, 'test', '--match-path', 'test/{GasTable,bridges/BridgeCosts}.t.sol', '-vv'],
  {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  },
);
const rows = [...run.stdout.matchAll(/^\s*GAS (\S+) (\d+) (\d+)$/gm)].map(([, id, gas, floor]) => ({
  id,
  gas: Number(gas),
  floor: Number(floor),
}));
const BATCH = 400;
const batch = rows.find(({ id }) => id === `gas.credit.existing.n${BATCH}.k9`)?.gas ?? Number.NaN;
for (const [, bridge, ...figures] of run.stdout.matchAll(/^\s*BRIDGE (\S+) (\d+) (\d+) (\d+)$/gm)) {
  const [source, delivery, confirm] = figures.map(Number);
  rows.push(
    { id: `gas.confirm.${bridge}`, gas: delivery + confirm, floor: source },
    {
      id: `gas.credited-account.vs-${bridge.replace(/\d+$/, '')}`,
      gas: Math.round((batch + source + delivery + confirm) / BATCH),
      floor: source + delivery,
    },
  );
}
const missing = IDS.filter((id) => rows.filter((row) => row.id === id).length !== 1);
if (run.status !== 0 || missing.length > 0) {
  process.stderr.write(`${run.stdout}${run.stderr}\n`);
  process.stderr.write(`forge ended with ${run.status}; rows missing or doubled: ${missing.join(', ') || 'none'}\n`);
  process.exitCode = 1;
} else {
  process.stdout.write(`${JSON.stringify(IDS.map((id) => rows.find((row) => row.id === id)))}\n`);
}
