// Lists every crash point from the sources, so that no count can rot: `npm run crash-points`, or with --json.
import { readFileSync, readdirSync } from 'node:fs';
import { at } from './steps.mjs';

/** A point's first word names the part that dies; an attester lives in a watcher's process. */
const PROCESS_OF = { watcher: 'watcher', attester: 'watcher', aggregator: 'aggregator', relayer: 'relayer' };
const PRODUCT = /^(?!.*(\/testing\/|\.test\.ts$)).*\.ts$/;

const rooms = ['packages', 'apps'].flatMap((floor) => readdirSync(at(floor)).map((room) => `${floor}/${room}/src`));
const files = rooms.flatMap((room) => {
  try {
    return readdirSync(at(room), { recursive: true }).map((file) => `${room}/${String(file)}`);
  } catch {
    return [];
  }
});
const points = files
  .filter((file) => PRODUCT.test(file))
  .flatMap((file) =>
    readFileSync(at(file), 'utf8')
      .split('\n')
      .flatMap((line, index) =>
        [...line.matchAll(/crashPoint\('([^']*)'\)/g)].map(([, name]) => ({
          name,
          process: PROCESS_OF[name.split('.')[0]] ?? null,
          place: `${file}:${index + 1}`,
        })),
      ),
  )
  .toSorted((a, b) => (a.name < b.name ? -1 : 1));

if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify(points)}\n`);
else {
  for (const { name, place } of points) process.stdout.write(`${name.padEnd(36)} ${place}\n`);
  const countOf = (part) => points.filter(({ name }) => name.startsWith(`${part}.`)).length;
  const sums = Object.keys(PROCESS_OF)
    .map((part) => `${part} ${countOf(part)}`)
    .join(', ');
  process.stdout.write(`${points.length} crash points: ${sums}\n`);
}
// The signals that steps.mjs listens to would keep this script alive.
process.exit();
