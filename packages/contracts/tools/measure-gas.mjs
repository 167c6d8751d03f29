#!/usr/bin/env node
// Usage: node packages/contracts/tools/measure-gas.mjs
// Prints as its last line [{id, gas, floor}]: gas of whole transactions (of a call for marginOf) and the floor that
// test/gas/GasTable.t.sol works out beside each; and for each bridge, from test/bridges/BridgeCosts.t.sol, `gas.confirm.<bridge>`, what a
// head costs where it arrives beside what it costs at its origin, and what an account costs in a batch of 400 with its share of one
// confirmation, beside a message of its own: `gas.credited-account.vs-layerzero`, received as cheaply as ours, and over Wormhole
// `….vs-wormhole`, an ordinary application whose messages the bridge's core verifies, and `….vs-wormhole-lean`, one that receives
// them as cheaply as ours. Exit 1 when a measurement fails or a row is missing.
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
  'gas.credited-account.vs-wormhole-lean',
];

const forge = fileURLToPath(new URL('forge.mjs', import.meta.url));
const run = spawnSync(
  process.execPath,
  [forge, 'test', '--match-path', 'test/{gas/GasTable,bridges/BridgeCosts}.t.sol', '-vv'],
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
/** What a message for each account costs, and what an account costs beside it in a batch. */
const againstMessages = (name, message, confirmation) => ({
  id: `gas.credited-account.vs-${name}`,
  gas: Math.round((batch + confirmation) / BATCH),
  floor: message,
});
const ordinary = new Map(
  [...run.stdout.matchAll(/^\s*MESSAGE (\S+) (\d+) (\d+)$/gm)].map(([, name, source, delivery]) => [
    name,
    Number(source) + Number(delivery),
  ]),
);
for (const [, bridge, ...figures] of run.stdout.matchAll(/^\s*BRIDGE (\S+) (\d+) (\d+) (\d+)$/gm)) {
  const [source, delivery, confirm] = figures.map(Number);
  const confirmation = source + delivery + confirm;
  const name = bridge.replace(/\d+$/, '');
  const message = ordinary.get(name);
  rows.push({ id: `gas.confirm.${bridge}`, gas: delivery + confirm, floor: source });
  if (message !== undefined) rows.push(againstMessages(name, message, confirmation));
  rows.push(againstMessages(message === undefined ? name : `${name}-lean`, source + delivery, confirmation));
}
const missing = IDS.filter((id) => rows.filter((row) => row.id === id).length !== 1);
if (run.status !== 0 || missing.length > 0) {
  process.stderr.write(`${run.stdout}${run.stderr}\n`);
  process.stderr.write(`forge ended with ${run.status}; rows missing or doubled: ${missing.join(', ') || 'none'}\n`);
  process.exitCode = 1;
} else {
  process.stdout.write(`${JSON.stringify(IDS.map((id) => rows.find((row) => row.id === id)))}\n`);
}
