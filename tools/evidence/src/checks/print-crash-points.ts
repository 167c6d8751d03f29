// Lists every crash point from the sources.
import { flag, readOptions } from '../options.js';
import { top } from '../steps.js';
import { listCrashPoints, parts } from './crash-points.js';

const { json } = readOptions({
  command: 'npm run crash-points --',
  about: 'Lists the points at which a process may be killed, from the sources.',
  options: { json: flag('one JSON array of name, process and place') },
});
const points = listCrashPoints(top);

if (json) process.stdout.write(`${JSON.stringify(points)}\n`);
else {
  for (const { name, place } of points) process.stdout.write(`${name.padEnd(36)} ${place}\n`);
  const sums = parts.map((part) => `${part} ${points.filter(({ name }) => name.startsWith(`${part}.`)).length}`);
  process.stdout.write(`${points.length} crash points: ${sums.join(', ')}\n`);
}
