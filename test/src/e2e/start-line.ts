import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Devnet, type LocalNetwork, awaitReadiness, startDevnet } from '@surety/devnet';
import { afterEach } from 'vitest';

/** Members of the attester set in every end-to-end test. */
export const ATTESTERS = 4;

/** Where the aggregator keeps its facts in the whole suite: SQLite, or a database on this server (`npm run test:postgres`). */
const POSTGRES_URL = process.env['SURETY_E2E_POSTGRES_URL'];

/** Lines of a log that are printed when a test fails: those that warn, and the last of all. */
const TOLD_LINES = { warnings: 20, last: 5 };

/** Directories of the lines that run. */
const directories = new Set<string>();

// What was waited for says little; what the processes said meanwhile says why.
afterEach(({ task }) => {
  if (task.result?.state === 'fail') for (const directory of directories) tellLogs(directory);
});

/** A running line: chains, four watchers, an aggregator and a relayer. */
export interface Line {
  readonly devnet: Devnet;
  /** Ends everything and removes what it wrote. */
  stop(): Promise<void>;
}

/** Settings of a line that differ from the usual ones. */
export interface LineOptions {
  /** None where a test relays by hand; one unless given. */
  readonly relayers?: number;
  /** Attesters that run; all unless given. */
  readonly watchers?: number;
  /** Gives the settlement chain a vault of its own. */
  readonly localVault?: boolean;
  /** Slots of an epoch, one unless given: blocks are final two epochs behind the head. */
  readonly epochSlots?: number;
  /** 0 where long chains are reorganised, see `AnvilSpec`. */
  readonly statesOnDisk?: number;
  /** Seconds by which the chains' clocks begin behind this machine's, 0 unless given. */
  readonly behindS?: number;
  /** Guardians of Wormhole's; given, each source has a witness over each bridge. */
  readonly guardians?: number;
  /** Changes chains and configuration before any process starts. */
  readonly prepare?: (network: LocalNetwork) => Promise<void>;
  /** Folder of assembled programs; the built workspaces unless given. */
  readonly programs?: string;
  /** Added to the environment of every process. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Starts the whole line and waits until every process is ready. */
export async function startLine(options: LineOptions = {}): Promise<Line> {
  const { relayers = 1, watchers = ATTESTERS, epochSlots = 1, environment = {} } = options;
  const directory = mkdtempSync(path.join(tmpdir(), 'surety-e2e-'));
  const devnet = await startDevnet({
    directory,
    blockSeconds: 1,
    attesters: ATTESTERS,
    epochSlots,
    postgresUrl: POSTGRES_URL,
    ...(options.statesOnDisk === undefined ? {} : { statesOnDisk: options.statesOnDisk }),
    ...(options.behindS === undefined ? {} : { behindS: options.behindS }),
    ...(options.guardians === undefined ? {} : { guardians: options.guardians }),
    ...(options.localVault === undefined ? {} : { localVault: options.localVault }),
    ...(options.programs === undefined ? {} : { programs: options.programs }),
  });
  directories.add(directory);
  const stop = async (): Promise<void> => {
    directories.delete(directory);
    await devnet.stop();
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    // Everything that was deployed is to be final at once, however far finality lags.
    if (epochSlots > 1) await mineOnAll(devnet, 2 * epochSlots + 2);
    await options.prepare?.(devnet.network);
    const aggregator = await devnet.start('aggregator', 1, environment);
    const others = [
      ...Array.from({ length: watchers }, (_, at) => devnet.start('watcher', at + 1, environment)),
      ...Array.from({ length: relayers }, (_, at) => devnet.start('relayer', at + 1, environment)),
    ];
    for (const one of [aggregator, ...(await Promise.all(others))]) await awaitReadiness(one, 60_000);
    return { devnet, stop };
  } catch (error) {
    tellLogs(directory);
    await stop();
    throw error;
  }
}

function tellLogs(directory: string): void {
  const logs = path.join(directory, 'logs');
  for (const name of readdirSync(logs)) {
    if (name.startsWith('anvil')) continue;
    const lines = readFileSync(path.join(logs, name), 'utf8').trimEnd().split('\n');
    const warnings = lines.filter((line) => /"level":"(?:warn|error|fatal)"/u.test(line)).slice(-TOLD_LINES.warnings);
    const told = [...warnings, '…', ...lines.slice(-TOLD_LINES.last)];
    process.stderr.write(`${name}, ${lines.length} lines:\n${told.join('\n')}\n`);
  }
}

async function mineOnAll({ network }: Devnet, blocks: number): Promise<void> {
  for (const node of network.nodes.values()) await node.call('anvil_mine', [`0x${blocks.toString(16)}`, '0x1']);
}
