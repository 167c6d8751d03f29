import { execFileSync } from 'node:child_process';
import { accessSync, constants, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type RunningProcess, startProcess } from '@surety/devnet';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const NAMES = ['/usr/sbin/nginx', '/usr/bin/nginx', '/usr/local/sbin/nginx', '/usr/local/nginx/sbin/nginx'];

/** Returns the path of the nginx that is installed, or undefined. */
export function findNginx(): string | undefined {
  return NAMES.find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Returns what a machine without one is told. */
export function missingNginx(): string {
  return `nginx: seen none of ${NAMES.join(', ')}, expected one; apt-get install nginx-light`;
}

/** Blocks of commands that a page of documentation shows, in its order; those of a list are indented. */
export function commandsOf(page: string, indent = ''): readonly string[] {
  const text = readFileSync(path.join(ROOT, 'docs', page), 'utf8').replaceAll(`\n${indent}`, '\n');
  return [...text.matchAll(/```sh\n([^]*?)```/g)].map(([, commands = '']) => commands);
}

/** Runs commands in a folder, in the shell that a person has. @throws if one of them fails */
export function runCommands(commands: string, folder: string, more: Readonly<Record<string, string>> = {}): void {
  mkdirSync(folder, { recursive: true });
  const env = { PATH: `${path.join(ROOT, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}`, ...more };
  // npx looks for the command below the folder it is started in, and this one is another.
  execFileSync('/bin/sh', ['-euc', commands.replaceAll('npx surety', 'surety')], { cwd: folder, env, stdio: 'pipe' });
}

/**
 * Starts nginx with the server that this project ships, in front of an aggregator and a watcher: name, certificate and ports put in, nothing else
 * changed.
 */
export async function startTlsProxy(options: {
  readonly nginx: string;
  readonly folder: string;
  readonly port: number;
  readonly aggregatorUrl: string;
  /** Port of the watcher on this machine. */
  readonly watcherPort: number;
}): Promise<RunningProcess> {
  const { nginx, folder, port, aggregatorUrl, watcherPort } = options;
  const server = readFileSync(path.join(ROOT, 'deploy/nginx/surety.conf'), 'utf8')
    .replace('127.0.0.1:8710', new URL(aggregatorUrl).host)
    .replace('127.0.0.1:8711', `127.0.0.1:${watcherPort}`)
    .replace('listen 443', `listen 127.0.0.1:${port}`)
    .replace('aggregator.example.org', '127.0.0.1')
    .replaceAll('/etc/surety/tls/', `${folder}/`);
  writeFileSync(path.join(folder, 'surety.conf'), server);
  const main = path.join(folder, 'nginx.conf');
  // What the package of a distribution has around the folder of servers.
  const own = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  const around = ['daemon off;', `pid ${folder}/nginx.pid;`, 'error_log stderr notice;', 'events {}'];
  writeFileSync(main, [...around, 'http {', ...own, 'access_log off;', 'include surety.conf;', '}', ''].join('\n'));
  return startProcess({
    name: 'nginx',
    command: nginx,
    args: ['-p', folder, '-c', main, '-e', 'stderr'],
    env: { PATH: process.env['PATH'] ?? '' },
    logFile: path.join(folder, 'nginx.log'),
    announcedBy: (line) => (line.includes('start worker process') ? `https://127.0.0.1:${port}` : undefined),
    readyWithinMs: 20_000,
  });
}

/** Reads variables from a file that `surety config env` wrote, with these values filled in. @throws for a value that the file does not name */
export function fillIn(file: string, values: Readonly<Record<string, string>>): Record<string, string> {
  const lines = readFileSync(file, 'utf8').split('\n');
  const named = new Map(
    lines.flatMap((line) => {
      const [, mark = '', name = '', value = ''] = /^(#? ?)([A-Z][A-Z0-9_]*)=(.*)$/.exec(line) ?? [];
      return name === '' ? [] : ([[name, mark === '' ? value : '']] as const);
    }),
  );
  const unnamed = Object.keys(values).filter((name) => !named.has(name));
  if (unnamed.length > 0) throw new Error(`${file} does not name ${unnamed.join(', ')}`);
  const set = [...named].filter(([, value]) => value !== '');
  return { ...Object.fromEntries(set), ...values };
}
