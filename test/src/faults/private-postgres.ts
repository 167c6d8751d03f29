import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type RunningProcess, startProcess } from '@surety/devnet';

/** Where Debian keeps the binaries of each version. */
const VERSIONS = '/usr/lib/postgresql';
/** The server refuses to run as root; this user owns nothing else. */
const NOBODY = 65_534;

/** A database server of a test's own, which it may treat as badly as it likes. */
export interface PrivatePostgres {
  readonly url: string;
  /** Stops it as `pg_ctl stop -m immediate` does: without a checkpoint, clients cut off. */
  crash(): Promise<void>;
  /** Starts it again on the same files; it recovers from its log. */
  start(): Promise<void>;
  /** Ends it and removes its files. */
  remove(): Promise<void>;
}

/** Finds the folder of the server's binaries; undefined where none are installed. */
export function findPostgresBinaries(): string | undefined {
  if (!existsSync(VERSIONS)) return undefined;
  const folders = readdirSync(VERSIONS).map((version) => path.join(VERSIONS, version, 'bin'));
  return folders.find((folder) => existsSync(path.join(folder, 'initdb')));
}

/** Makes a cluster in a folder of its own and starts it on a free port of the loopback. */
export async function startPrivatePostgres(binaries: string): Promise<PrivatePostgres> {
  const folder = mkdtempSync(path.join(tmpdir(), 'surety-postgres-'));
  const files = path.join(folder, 'files');
  const isRoot = process.getuid?.() === 0;
  if (isRoot) chownSync(folder, NOBODY, NOBODY);
  const asUser = isRoot ? ['/usr/bin/setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'] : [];
  const commandOf = (name: string, args: readonly string[]): readonly [string, readonly string[]] => {
    const [command = '', ...rest] = [...asUser, path.join(binaries, name), ...args];
    return [command, rest];
  };
  const [initdb, initdbArgs] = commandOf('initdb', [
    '-D',
    files,
    '-U',
    'postgres',
    '-A',
    'trust',
    '--no-locale',
    '-E',
    'UTF8',
  ]);
  execFileSync(initdb, initdbArgs, { cwd: folder, stdio: 'ignore' });
  const port = await findFreePort();
  let server: RunningProcess | undefined;
  const start = async (): Promise<void> => {
    const [command, args] = commandOf('postgres', ['-D', files, '-p', String(port), '-h', '127.0.0.1', '-k', folder]);
    server = await startProcess({
      name: 'postgres',
      command,
      args,
      env: {},
      logFile: path.join(tmpdir(), `${path.basename(folder)}.log`),
      announcedBy: (line) => (line.includes('ready to accept connections') ? 'ready' : undefined),
      readyWithinMs: 60_000,
    });
  };
  await start();
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    start,
    crash: async () => {
      if (server !== undefined) process.kill(server.pid, 'SIGQUIT');
      await server?.ended;
    },
    remove: async () => {
      await server?.kill();
      rmSync(folder, { recursive: true, force: true });
      rmSync(path.join(tmpdir(), `${path.basename(folder)}.log`), { force: true });
    },
  };
}

async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}
