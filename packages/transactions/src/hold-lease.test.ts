import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  rmdirSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { address } from '@surety/domain';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { holdLease, keepLease, ownLeaseFolder } from './hold-lease.js';

const SENDER = address(`0x${'1a'.repeat(20)}`);
let directory: string;
let child: ChildProcess | undefined;

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'surety-lease-'));
});

afterEach(() => {
  child?.kill('SIGKILL');
  rmSync(directory, { recursive: true, force: true });
});

const hold = (chainId = 900) => holdLease({ directory, chainId, sender: SENDER });

/** Holds the same lock in a separate process, as another relayer would, until it is killed. */
async function holdElsewhere(): Promise<ChildProcess> {
  const file = path.join(directory, `900-${SENDER}.lease`);
  const sqlite = createRequire(import.meta.url).resolve('better-sqlite3');
  const program = `const db = new (require(${JSON.stringify(sqlite)}))(${JSON.stringify(file)});
    db.exec('BEGIN EXCLUSIVE'); console.log('held'); setInterval(() => undefined, 1000);`;
  const other = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  child = other;
  await new Promise((resolve) => other.stdout.once('data', resolve));
  writeFileSync(`${file}.holder`, `process ${other.pid}`);
  return other;
}

describe('a lease', () => {
  it('is refused while another process holds it, naming its process id, and free as soon as that one is killed', async () => {
    const other = await holdElsewhere();
    expect(() => hold()).toThrow(
      expect.objectContaining({
        code: 'KEY_LEASED',
        retryable: false,
        message: expect.stringContaining(`process ${other.pid} writes with ${SENDER} on chain 900 already`) as string,
      }),
    );
    const ended = new Promise((resolve) => other.once('exit', resolve));
    other.kill('SIGKILL');
    await ended;
    hold().release();
  });

  it('is refused twice within one process, and granted again after its release', () => {
    const lease = hold();
    expect(() => hold()).toThrow(expect.objectContaining({ code: 'KEY_LEASED' }));
    lease.release();
    hold().release();
  });

  it('belongs to one key on one chain', () => {
    const one = hold(900);
    const other = hold(901);
    expect(() => hold(901)).toThrow(expect.objectContaining({ code: 'KEY_LEASED' }));
    one.release();
    other.release();
  });

  it.each([
    ['its group’s where the group has the folder', 0o2770, 0o660],
    ['its user’s alone elsewhere', 0o750, 0o600],
  ])('is %s, whatever the umask', (_, folderMode, mode) => {
    chmodSync(directory, folderMode);
    const umask = process.umask(0o077);
    const lease = hold();
    process.umask(umask);
    const modes = readdirSync(directory).map((name) => statSync(path.join(directory, name)).mode & 0o777);
    lease.release();
    // The lease, its holder's name, and the journal that a killed process leaves.
    expect(modes).toEqual([mode, mode, mode]);
  });

  it('does not follow a name of its holder that leads to another file', () => {
    const [victim, holder] = [
      path.join(directory, 'keystore.json'),
      path.join(directory, `900-${SENDER}.lease.holder`),
    ];
    writeFileSync(victim, 'secret');
    symlinkSync(victim, holder);
    expect(() => hold()).toThrow(expect.objectContaining({ code: 'LEASE_UNAVAILABLE' }));
    expect(readFileSync(victim, 'utf8')).toBe('secret');
  });

  it('is unavailable where nothing can be written', () => {
    writeFileSync(path.join(directory, 'file'), '');
    const inFile = { directory: path.join(directory, 'file'), chainId: 900, sender: SENDER };
    const refusal = { code: 'LEASE_UNAVAILABLE', message: expect.stringContaining('set SURETY_LEASE_DIR') as string };
    expect(() => holdLease(inFile)).toThrow(expect.objectContaining(refusal));
  });

  it('that cannot be opened as another user’s names that one, and no other folder', () => {
    const file = path.join(directory, `900-${SENDER}.lease`);
    writeFileSync(file, 'no database, and long enough to have a header'.repeat(4));
    const owner = statSync(file).uid;
    const stranger = vi.spyOn(process, 'geteuid').mockReturnValue(owner + 7);
    const message = `it belongs to user ${owner}, who may write with this key; expected a file of the folder's group: stop that process, then delete the file`;
    expect(() => hold()).toThrow(
      expect.objectContaining({ code: 'LEASE_UNAVAILABLE', message: expect.stringContaining(message) as string }),
    );
    stranger.mockRestore();
  });
});

describe('a lease that is kept', () => {
  const NOW_MS = 1_900_000_000_000;
  /** Keeps a lease, and does something to its file at the second look; returns how often it was looked at. */
  async function keep(spoil: (file: string) => void): Promise<number> {
    const lease = hold();
    const stop = new AbortController();
    let looks = 0;
    const sleep = async (): Promise<void> => {
      looks += 1;
      if (looks === 2) spoil(path.join(directory, `900-${SENDER}.lease`));
      if (looks === 4) stop.abort();
    };
    await keepLease(lease, { nowMs: () => NOW_MS, sleep }, stop.signal).finally(() => lease.release());
    return looks;
  }

  it.each<[string, (file: string) => void]>([
    ['removed', (file) => rmSync(file)],
    ['another’s by now', (file) => (rmSync(file), writeFileSync(file, ''))],
    ['out of reach with its folder', () => rmSync(directory, { recursive: true })],
  ])('is lost once its file is %s', async (_, spoil) => {
    const message = expect.stringContaining(`another process may write with ${SENDER} on chain 900`) as string;
    await expect(keep(spoil)).rejects.toMatchObject({ code: 'LEASE_LOST', retryable: true, message });
  });

  it('stays young, so that a cleaner of old files leaves it', async () => {
    const file = path.join(directory, `900-${SENDER}.lease`);
    expect(await keep(() => utimesSync(file, 1, 1))).toBe(4);
    expect([statSync(file).atimeMs, statSync(file).mtimeMs]).toEqual([NOW_MS, NOW_MS]);
  });
});

describe('the folder of leases of a user who named none', () => {
  it('is made for that user alone, and found again', () => {
    const folder = ownLeaseFolder(directory);
    expect([path.dirname(folder), statSync(folder).mode & 0o777]).toEqual([directory, 0o700]);
    expect(ownLeaseFolder(directory)).toBe(folder);
  });

  it.each<[name: string, spoil: (folder: string) => void]>([
    ['that others may write to', (folder) => chmodSync(folder, 0o777)],
    ['of another name', (folder) => (rmdirSync(folder), symlinkSync(tmpdir(), folder))],
    ['that leads nowhere', (folder) => (rmdirSync(folder), symlinkSync(path.join(directory, 'none'), folder))],
  ])('is refused where somebody made one %s', (_, spoil) => {
    spoil(ownLeaseFolder(directory));
    const message = expect.stringMatching(/expected a folder of user \d+ that no other may write to/) as string;
    const refusal = expect.objectContaining({ code: 'LEASE_UNAVAILABLE', message }) as Error;
    expect(() => ownLeaseFolder(directory)).toThrow(refusal);
  });
});
