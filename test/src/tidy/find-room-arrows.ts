import { posix } from 'node:path';
import { type Finding, type RepositoryFile, isTestCode } from './repository.js';

const WORKFLOWS = 'packages/workflows/src/';

/** Rooms of workflows that each room may import from; its ports are the bottom and import none. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  ports: [],
  running: ['ports'],
  attest: ['ports', 'running'],
  drift: ['ports'],
  intake: ['ports'],
  following: ['ports', 'running', 'intake'],
  'ledger-projection': ['ports', 'intake', 'following'],
  'vault-projection': ['ports', 'intake', 'following'],
  health: ['ports', 'following', 'ledger-projection'],
  webhooks: ['ports', 'running'],
  relay: ['ports', 'running'],
  liquidate: ['ports', 'running', 'relay'],
  reports: ['ports', 'running', 'relay'],
  witness: ['ports', 'running', 'relay'],
};

const IMPORT = /\bfrom\s+'(\.[^']+)'/;

/** The room that a file of workflows stands in; undefined for the files above the rooms, which any of them may import. */
function roomOf(path: string): string | undefined {
  return /^([^/]+)\//.exec(path.slice(WORKFLOWS.length))?.[1];
}

/** Every import of a production file of workflows, types included, that leads to a room its own room may not know. */
export function findRoomArrows(file: RepositoryFile): readonly Finding[] {
  const { path, text } = file;
  const room = path.startsWith(WORKFLOWS) && !isTestCode(file) ? roomOf(path) : undefined;
  if (room === undefined) return [];
  const allowed = ROOMS[room];
  if (allowed === undefined) return [`${path}:1 ${room} has no row in the table of rooms`];
  return text.split('\n').flatMap((line, index) => {
    const target = IMPORT.exec(line)?.[1];
    const to = target === undefined ? undefined : roomOf(posix.join(posix.dirname(path), target));
    return to === undefined || to === room || allowed.includes(to)
      ? []
      : [`${path}:${index + 1} ${room} imports ${to}; allowed are ${allowed.join(', ') || 'none'}`];
  });
}
