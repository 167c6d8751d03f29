// Prints as its last line [{id, gas, floor}]: gas of whole transactions (of a call for marginOf), and of the bridges, each beside
// its floor or its reference. tools/bench reads it.
import { readOptions } from '../options.js';
import { runForge } from './forge.js';
import { IDS, readGasRows } from './gas-rows.js';

readOptions({
  command: 'npm run contracts:gas --',
  about: 'Measures gas beside its floors and references. Exit 1 when a measurement fails or a row is missing.',
  options: {},
});
const { code, text } = await runForge(
  ['test', '--match-path', 'test/{gas/GasTable,bridges/BridgeCosts}.t.sol', '-vv'],
  { FOUNDRY_PROFILE: 'ring' },
);
const rows = readGasRows(text);
const missing = IDS.filter((id) => rows.filter((row) => row.id === id).length !== 1);
if (code !== 0 || missing.length > 0) {
  process.stderr.write(`${text}\n`);
  process.stderr.write(`forge ended with ${code}; rows missing or doubled: ${missing.join(', ') || 'none'}\n`);
  process.exitCode = 1;
} else {
  process.stdout.write(`${JSON.stringify(IDS.map((id) => rows.find((row) => row.id === id)))}\n`);
}
