import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

/** A point's first word names the part that dies; an attester lives in a watcher's process. */
const PROCESS_OF = { watcher: 'watcher', attester: 'watcher', aggregator: 'aggregator', relayer: 'relayer' } as const;
const PRODUCT = /^(?!.*(\/testing\/|\.test\.ts$)).*\.ts$/;

type Part = keyof typeof PROCESS_OF;

/** The parts that a point may be named for. */
export const parts = Object.keys(PROCESS_OF) as readonly Part[];

/** A place in the code where a process may lose its power. */
export interface CrashPoint {
  readonly name: string;
  /** The process that passes it; null if its name begins with no known part. */
  readonly process: (typeof PROCESS_OF)[Part] | null;
  readonly place: string;
}

/** Finds the points of one source. */
export function crashPointsIn(file: string, text: string): readonly CrashPoint[] {
  return text.split('\n').flatMap((line, index) =>
    [...line.matchAll(/crashPoint\('([^']*)'\)/g)].map(([, name = '']) => {
      const part = parts.find((one) => one === name.split('.')[0]);
      return { name, process: part === undefined ? null : PROCESS_OF[part], place: `${file}:${index + 1}` };
    }),
  );
}

/** Lists every crash point of the packages and apps under a folder, by name, so that no count can rot. */
export function listCrashPoints(folder: string): readonly CrashPoint[] {
  const rooms = ['packages', 'apps'].flatMap((floor) =>
    readdirSync(path.join(folder, floor)).map((room) => `${floor}/${room}/src`),
  );
  return rooms
    .filter((room) => existsSync(path.join(folder, room)))
    .flatMap((room) =>
      readdirSync(path.join(folder, room), { recursive: true, encoding: 'utf8' }).map((file) => `${room}/${file}`),
    )
    .filter((file) => PRODUCT.test(file))
    .flatMap((file) => crashPointsIn(file, readFileSync(path.join(folder, file), 'utf8')))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
