import { createRequire } from 'node:module';
import path from 'node:path';
import { type AggregatorClient, createAggregatorClient } from '@surety/client';
import { type BridgeWorkers, startBridgeWorkers } from './bridges/bridge-workers.js';
import { devnetAccount } from './chains/accounts.js';
import { type FaultProxy, startFaultProxy } from './faults/fault-proxy.js';
import { CHAINS, PROVIDERS_PER_CHAIN, providerOf } from './network/chain-facts.js';
import { type LocalNetwork, type NetworkSpec, startNetwork } from './network/start-network.js';
import { postgresDatabase, sqliteDatabase } from './processes/aggregator-database.js';
import { findFreePort } from './processes/free-port.js';
import { type RunningProcess, startProcess } from './processes/running-process.js';

/** Settings of a local network whose processes are started one by one. */
export interface DevnetSpec extends NetworkSpec {
  /** Folder of assembled programs (`npm run assemble`); the built workspaces unless given. */
  readonly programs?: string;
  /** A PostgreSQL server for the aggregator, which gets a database of its own there; SQLite if left out. */
  readonly postgresUrl?: string | undefined;
}

/** A role whose process the devnet can start. */
export type ProcessRole = 'watcher' | 'aggregator' | 'relayer' | 'keeper';

/** Owner of an environment: a process, or a person at the command line with alice's key. */
export type Holder = ProcessRole | 'operator';

/** Three chains, their providers, and the processes of several operators. */
export interface Devnet {
  readonly network: LocalNetwork;
  readonly proxy: FaultProxy;
  /** Those who run the bridges, if the network has them. */
  readonly bridgeWorkers: BridgeWorkers | undefined;
  /** The aggregator over HTTP; its address stays the same when it is started again. */
  readonly aggregator: AggregatorClient;
  readonly aggregatorUrl: string;
  /** Starts a process and waits until it serves HTTP. Watchers are numbered from 1 to the number of attesters, relayers 1 and 2; `more` is added to its environment. */
  start(role: ProcessRole, number?: number, more?: Readonly<Record<string, string>>): Promise<RunningProcess>;
  /** Returns a started process. */
  running(role: ProcessRole, number?: number): RunningProcess | undefined;
  /** Empties the aggregator's database; only while it does not run. */
  deleteAggregatorDatabase(): Promise<void>;
  /** The environment a process would get, for people who start their own. */
  environmentOf(holder: Holder, number?: number): Record<string, string>;
  /** Name of the proxy's endpoint that a process uses for one provider of one chain. */
  endpointOf(request: { role: Holder; number?: number; chainId: number; provider: number }): string;
  /** Ends every process by its pid; repeating it changes nothing. */
  stop(): Promise<void>;
}

const READY_WITHIN_MS = 120_000;

/**
 * Starts chains and providers; the caller starts processes.
 * @throws the errors of {@link startNetwork}, after ending everything.
 */
export async function startDevnet(spec: DevnetSpec): Promise<Devnet> {
  const network = await startNetwork(spec);
  const proxy = await startFaultProxy();
  const bridgeWorkers = network.bridges === undefined ? undefined : await startBridgeWorkers(network);
  const port = await findFreePort();
  const aggregatorUrl = `http://127.0.0.1:${port}`;
  const database =
    spec.postgresUrl === undefined
      ? sqliteDatabase(path.join(spec.directory, nameOf('aggregator', 1)))
      : await postgresDatabase(spec.postgresUrl, port);
  const processes = new Map<string, RunningProcess>();
  const urls = new Map<string, string>();
  const endpoint = (name: string, chainId: number): string => {
    const url = urls.get(name) ?? proxy.open(name, network.nodes.get(chainId)?.url ?? '');
    urls.set(name, url);
    return url;
  };
  const environmentOf = (role: Holder, number = 1): Record<string, string> => {
    const base = path.join(spec.directory, nameOf(role, number));
    const providers = CHAINS.flatMap((chain) =>
      Array.from({ length: PROVIDERS_PER_CHAIN }, (_, at): [string, string] => [
        providerOf(chain, at + 1).urlEnv,
        endpoint(endpointName({ role, number, chainId: chain.chainId, provider: at + 1 }), chain.chainId),
      ]),
    );
    return {
      SURETY_CONFIG: network.configFile,
      SURETY_LOG_LEVEL: 'info',
      SURETY_STATE_DIR: base,
      // Other networks on this machine have the same keys and chain ids.
      SURETY_LEASE_DIR: path.join(spec.directory, 'leases'),
      SURETY_HTTP_PORT: role === 'aggregator' ? String(port) : '0',
      ...(role === 'aggregator' ? { SURETY_DATABASE_URL: database.url } : { SURETY_AGGREGATOR_URLS: aggregatorUrl }),
      ...(bridgeWorkers === undefined ? {} : { SURETY_VAA_URL: bridgeWorkers.vaaUrl }),
      ...keyOf(network, role, number),
      ...Object.fromEntries(providers),
    };
  };
  const stop = async (): Promise<void> => {
    await Promise.all([...processes.values()].map((one) => one.stop()));
    await bridgeWorkers?.stop();
    await Promise.all([network.stop(), proxy.stop(), database.drop()]);
  };
  return {
    network,
    proxy,
    bridgeWorkers,
    aggregator: createAggregatorClient({ url: aggregatorUrl, timeoutMs: 10_000 }),
    aggregatorUrl,
    start: async (role, number = 1, more = {}) => {
      const env = { ...environmentOf(role, number), ...more };
      const started = await startRole({ role, number, env, directory: spec.directory, programs: spec.programs });
      processes.set(nameOf(role, number), started);
      return started;
    },
    running: (role, number = 1) => processes.get(nameOf(role, number)),
    deleteAggregatorDatabase: () => database.reset(),
    environmentOf,
    endpointOf: endpointName,
    stop,
  };
}

function nameOf(role: Holder, number: number): string {
  return `${role}-${number}`;
}

function endpointName({
  role,
  number = 1,
  chainId,
  provider,
}: {
  role: Holder;
  number?: number;
  chainId: number;
  provider: number;
}): string {
  return `${nameOf(role, number)}/${chainId}/${provider}`;
}

function keyOf(network: LocalNetwork, role: Holder, number: number): Record<string, string> {
  switch (role) {
    case 'watcher':
      return { SURETY_ATTESTER_KEY: network.attesters[number - 1]?.key ?? '' };
    case 'relayer':
      return { SURETY_RELAYER_KEY: devnetAccount(number === 1 ? 'relayerA' : 'relayerB').key };
    // The owner of the account that takes: it locked collateral of its own.
    case 'keeper':
      return { SURETY_KEEPER_KEY: devnetAccount('bob').key };
    case 'operator':
      return { SURETY_KEY: devnetAccount('alice').key };
    case 'aggregator':
      return {};
  }
}

async function startRole(request: {
  role: ProcessRole;
  number: number;
  env: Record<string, string>;
  directory: string;
  programs: string | undefined;
}): Promise<RunningProcess> {
  const { role, programs } = request;
  const name = nameOf(role, request.number);
  const program =
    programs === undefined
      ? createRequire(import.meta.url).resolve(`@surety/${role}/main`)
      : path.join(programs, 'apps', role, 'dist', 'program.mjs');
  return startProcess({
    name,
    command: process.execPath,
    args: [program],
    env: request.env,
    logFile: path.join(request.directory, 'logs', `${name}.log`),
    announcedBy: parseListening,
    readyWithinMs: READY_WITHIN_MS,
  });
}

/** Finds the URL in the one JSON line that a process prints once its port is bound. */
function parseListening(line: string): string | undefined {
  if (!line.includes('"listening"')) return undefined;
  try {
    const { msg, url } = JSON.parse(line) as { msg?: unknown; url?: unknown };
    return msg === 'listening' && typeof url === 'string' ? url : undefined;
  } catch {
    return undefined;
  }
}
