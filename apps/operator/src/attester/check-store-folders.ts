import { randomUUID } from 'node:crypto';
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  openSync,
  rmSync,
  statSync,
  statfsSync,
  writeSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { historyFilesIn } from '@surety/attestation';
import type { WatcherConfig } from '@surety/config';
import type { Finding } from '../terminal/group-findings.js';

/** A store grows by some hundred bytes a statement; a log and a rebuild need room beside it. */
const ROOM_WANTED = 1n << 30n;
/** Less than this is filled within hours. */
const ROOM_LEAST = 1n << 26n;

/** File systems by the number that `statfs` gives, where locks or synced writes are not what a store needs. */
const UNFIT = new Map([
  [0x6969, 'NFS, a network share'],
  [0x517b, 'SMB, a network share'],
  [0xfe534d42, 'SMB, a network share'],
  [0xff534d42, 'CIFS, a network share'],
  [0x01021997, '9P, a share of another machine'],
  [0x01021994, 'memory (tmpfs), lost with the power'],
  [0x858458f6, 'memory (ramfs), lost with the power'],
]);

/** Checks both folders of an attester’s signing history: writable, synced, with room, on two devices that keep what they took. */
export function checkStoreFolders(config: Pick<WatcherConfig, 'historyDir' | 'network' | 'stateDir'>): Finding[] {
  const { stateDir, historyDir, network } = config;
  const isProduction = network.profile === 'production';
  const folders = [
    { variable: 'SURETY_STATE_DIR', folder: resolve(stateDir) },
    { variable: 'SURETY_HISTORY_DIR', folder: resolve(historyDir) },
  ];
  const found = folders.map(({ variable, folder }) => checkFolder({ variable, folder, isProduction }));
  const [first, second] = folders.map(({ folder }) => statSync(nearest(folder)).dev);
  const oneDevice: Finding = {
    check: 'attester disks',
    result: 'warn',
    detail:
      'SURETY_STATE_DIR and SURETY_HISTORY_DIR lie on one device: its loss takes both stores and retires the key; move one to another disk',
  };
  return [...found, ...(isProduction && first === second ? [oneDevice] : []), checkStores(config)];
}

function checkFolder(one: {
  readonly variable: string;
  readonly folder: string;
  readonly isProduction: boolean;
}): Finding {
  const { variable, folder, isProduction } = one;
  const check = `attester folder ${variable}`;
  const there = nearest(folder);
  const { type, bavail, bsize } = statfsSync(there, { bigint: true });
  const unfit = UNFIT.get(Number(type));
  const room = bavail * bsize;
  const told = `${folder}: ${room >> 20n} MiB free`;
  const trouble = tryToWrite(there, there === folder);
  if (trouble !== undefined)
    return { check, result: 'fail', detail: `${there} cannot be written (${trouble}); make it the watcher’s` };
  if (room < ROOM_LEAST) return { check, result: 'fail', detail: `${told}; expected ${ROOM_WANTED >> 20n} MiB` };
  if (unfit !== undefined)
    return { check, result: isProduction ? 'fail' : 'warn', detail: `${told}, in ${unfit}; expected a local disk` };
  if (room < ROOM_WANTED) return { check, result: 'warn', detail: `${told}; expected ${ROOM_WANTED >> 20n} MiB` };
  return { check, result: 'ok', detail: `${told}${there === folder ? '' : ', made at the first start'}` };
}

/** Both stores have a marker beside them from their first day on. */
function checkStores(config: Pick<WatcherConfig, 'historyDir' | 'stateDir'>): Finding {
  const check = 'attester history';
  const files = historyFilesIn(config);
  const stores = [
    { name: 'first', file: files.first },
    { name: 'second', file: files.second },
  ];
  const known = stores.filter(({ file }) => existsSync(`${file}.born`));
  const lost = stores.find(({ file }) => !existsSync(file));
  if (known.length === 0) {
    const detail = 'none yet: the first start makes it; the key must never have signed elsewhere';
    return { check, result: 'warn', detail };
  }
  if (lost === undefined && known.length === 2) return { check, result: 'ok', detail: 'both stores are there' };
  const { name, file } = lost ??
    stores.find((store) => !known.includes(store)) ?? { name: 'second', file: files.second };
  const detail = `the ${name} store, ${file}, is gone or new; see “A lost disk” in docs/RUN-AN-ATTESTER.md before you start`;
  return { check, result: 'fail', detail };
}

/** The folder, or the nearest one above it that exists. */
function nearest(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : nearest(dirname(folder));
}

/** Writes and syncs a file of a few bytes, and removes it again; a folder above the one that is wanted is only asked. */
function tryToWrite(folder: string, isOwn: boolean): string | undefined {
  const file = join(folder, `.surety-doctor-${randomUUID()}`);
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    if (!isOwn) return undefined;
    const descriptor = openSync(file, 'wx', 0o600);
    try {
      writeSync(descriptor, 'a write that must reach the disk\n');
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
      rmSync(file, { force: true });
    }
    return undefined;
  } catch (cause) {
    return cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
  }
}
