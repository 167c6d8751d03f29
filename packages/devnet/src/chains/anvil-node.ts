import { createRequire } from 'node:module';
import path from 'node:path';
import { devnetError } from '../errors.js';
import { type RunningProcess, startProcess } from '../processes/running-process.js';
import { callNode } from './json-rpc.js';

/** Settings of a local chain. */
export interface AnvilSpec {
  readonly chainId: number;
  readonly logFile: string;
  /** Funded accounts. */
  readonly accounts?: number;
  /** Slots of an epoch, one unless given: a block is final once it is two epochs behind the head. */
  readonly epochSlots?: number;
  /**
   * States kept on disk, anvil's own limit unless given. 0 where a long chain is reorganised: a state that anvil 1.7.1
   * reads back from disk has lost its contracts' code, and `anvil_reorg` leaves addresses without code.
   */
  readonly statesOnDisk?: number;
  /** Time of the first block in seconds, this machine's time unless given. */
  readonly timestamp?: number;
  /** Gas of a block, 30,000,000 unless given. */
  readonly blockGas?: number;
}

/** A local chain. Blocks come with each transaction until {@link AnvilNode.startBlocks}. */
export interface AnvilNode {
  readonly chainId: number;
  readonly url: string;
  readonly process: RunningProcess;
  /** Mines one block every `seconds` from now on. */
  startBlocks(seconds: number): Promise<void>;
  call(method: string, params?: readonly unknown[]): Promise<unknown>;
  stop(): Promise<void>;
}

/**
 * Starts anvil under Prague rules. With one slot an epoch, `safe` is one block and `finalized` two blocks behind the head,
 * so a reorganisation of two blocks is honest and a deeper one breaks finality.
 * @throws PROCESS_NOT_READY; NODE_NOT_READY if another chain answers.
 */
export async function startAnvil(spec: AnvilSpec): Promise<AnvilNode> {
  const started = await startProcess({
    name: `anvil-${spec.chainId}`,
    command: resolveAnvil(),
    args: argumentsOf(spec),
    env: {},
    logFile: spec.logFile,
    announcedBy: (line) => /^Listening on (.+)$/.exec(line)?.[1],
    readyWithinMs: 20_000,
  });
  const url = `http://${started.announced}`;
  const seen = Number(await callNode(url, 'eth_chainId'));
  if (seen !== spec.chainId) {
    await started.stop();
    throw devnetError('NODE_NOT_READY', `the node at ${url} answered chain id ${seen}; expected ${spec.chainId}`);
  }
  return {
    chainId: spec.chainId,
    url,
    process: started,
    startBlocks: async (seconds) => {
      await callNode(url, 'evm_setIntervalMining', [seconds]);
    },
    call: (method, params) => callNode(url, method, params),
    stop: () => started.stop(),
  };
}

/** Every flag as `name=value`. */
function argumentsOf({
  chainId,
  accounts = 12,
  epochSlots = 1,
  statesOnDisk,
  timestamp,
  blockGas,
}: AnvilSpec): string[] {
  const values = {
    host: '127.0.0.1',
    port: 0,
    'chain-id': chainId,
    hardfork: 'prague',
    'slots-in-an-epoch': epochSlots,
    threads: 2,
    accounts,
    ...(statesOnDisk === undefined ? {} : { 'max-persisted-states': statesOnDisk }),
    ...(timestamp === undefined ? {} : { timestamp }),
    ...(blockGas === undefined ? {} : { 'gas-limit': blockGas }),
  };
  return [...Object.entries(values).map(([name, value]) => `--${name}=${value}`), '--enable-tx-gas-limit'];
}

/** Finds the native binary beside its launcher, which would leave it running when stopped. */
function resolveAnvil(): string {
  const launcher = createRequire(createRequire(import.meta.url).resolve('@foundry-rs/anvil/package.json'));
  const platform = `@foundry-rs/anvil-${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}`;
  return path.join(
    path.dirname(launcher.resolve(`${platform}/package.json`)),
    'bin',
    process.platform === 'win32' ? 'anvil.exe' : 'anvil',
  );
}
