import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { bytesToUint, hexToBytes } from '@surety/domain';
import { parseAbi } from 'viem';
import { bridgesOn } from '../acts/send.js';
import { devnetError } from '../errors.js';
import type { LocalNetwork } from '../network/start-network.js';
import { type CarriedPacket, attestAll, handOver, readPackets } from './carry-packet.js';
import { CONFIRMATIONS, type DevnetBridges } from './deploy-bridges.js';
import type { LayerZeroChain } from './deploy-layer-zero.js';
import { readMessages, signMessage } from './wormhole-guardians.js';

/** The two bridges. */
export type BridgeKind = 'layerzero' | 'wormhole';

/**
 * The work that can be stopped: all work of a bridge, or only LayerZero's executor's, which then leaves verified
 * packets undelivered.
 */
export type BridgeWorker = BridgeKind | 'executor';

/**
 * Runs the bridges of a local network in place of LayerZero's and Wormhole's own operators: verifiers that sign packets once
 * their blocks are deep enough, an executor that delivers them, and guardians who sign messages and serve them over HTTP.
 */
export interface BridgeWorkers {
  /** URL of signed messages, like a guardian's public endpoint. */
  readonly vaaUrl: string;
  /** Switches workers on and off; all work from the start. An executor does not return to packets it left. */
  setWorking(who: BridgeWorker, working: boolean): void;
  stop(): Promise<void>;
}

const events = parseAbi([
  'event PacketSent(bytes encodedPayload, bytes options, address sendLibrary)',
  'event LogMessagePublished(address indexed sender, uint64 sequence, uint32 nonce, bytes payload, uint8 consistencyLevel)',
]);
const EVERY_MS = 200;
/** Gas that witnesses pay executors for. @source LayerZeroWitness.RECEIVE_GAS */
const RECEIVE_GAS = 120_000n;

/** Starts them on every chain of a network that has bridges. @throws STORY_BROKE if it has none. */
export async function startBridgeWorkers(network: LocalNetwork): Promise<BridgeWorkers> {
  const { bridges } = network;
  if (bridges === undefined) throw devnetError('STORY_BROKE', 'the network has no bridges; start it with guardians');
  const working = new Map<BridgeWorker, boolean>([
    ['executor', true],
    ['layerzero', true],
    ['wormhole', true],
  ]);
  const signed = new Map<string, string>();
  const stopping = new AbortController();
  const looking = lookForEver({ network, bridges, working, signed, carried: new Set() }, stopping.signal);
  const server = createServer((request, answer) => {
    const vaaBytes = signed.get((request.url ?? '').replace('/v1/signed_vaa/', ''));
    answer.writeHead(vaaBytes === undefined ? 404 : 200, { 'content-type': 'application/json' });
    answer.end(JSON.stringify(vaaBytes === undefined ? { message: 'not found' } : { vaaBytes }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    vaaUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    setWorking: (who, works) => void working.set(who, works),
    stop: async () => {
      stopping.abort();
      await looking;
      await closeServer(server);
    },
  };
}

interface Work {
  readonly network: LocalNetwork;
  readonly bridges: DevnetBridges;
  readonly working: ReadonlyMap<BridgeWorker, boolean>;
  /** Signed messages in base64, by chain, emitter and sequence as a guardian names them. */
  readonly signed: Map<string, string>;
  /** Packets that were delivered, by their name. */
  readonly carried: Set<string>;
}

/** Looks at each block of each chain once it is deep enough, one chain after the other: one key pays everywhere. */
async function lookForEver(work: Work, signal: AbortSignal): Promise<void> {
  const next = new Map<string, bigint>();
  while (!signal.aborted) {
    for (const chainId of work.network.nodes.keys()) {
      for (const kind of ['layerzero', 'wormhole'] as const) {
        try {
          if (work.working.get(kind) === true) await look(work, { chainId, kind }, next);
        } catch (error) {
          // A node that is being stopped answers nothing more; any other failure is tried again.
          if (signal.aborted) return;
          if (!(error instanceof Error)) throw error;
        }
      }
    }
    await sleep(EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function look(
  work: Work,
  { chainId, kind }: { readonly chainId: number; readonly kind: BridgeKind },
  next: Map<string, bigint>,
): Promise<void> {
  const name = `${kind} ${chainId}`;
  const from = next.get(name) ?? 0n;
  const { reader } = bridgesOn(work.network, chainId);
  const deep = (await reader.getBlockNumber({ cacheTime: 0 })) - BigInt(CONFIRMATIONS);
  if (deep < from) return;
  if (kind === 'layerzero') await carryAll(work, chainId, { fromBlock: from, toBlock: deep });
  else await signAll(work, chainId, { fromBlock: from, toBlock: deep });
  next.set(name, deep + 1n);
}

/** Blocks of a chain, both ends included. */
interface Blocks {
  readonly fromBlock: bigint;
  readonly toBlock: bigint;
}

async function carryAll({ network, bridges, working, carried }: Work, chainId: number, blocks: Blocks): Promise<void> {
  const { reader } = bridgesOn(network, chainId);
  const { endpoint } = bridges.layerZero.get(chainId) as LayerZeroChain;
  const logs = await reader.getLogs({ address: endpoint, event: events[0], ...blocks });
  for (const { transactionHash } of logs) {
    for (const packet of await readPackets(reader, transactionHash)) {
      if (carried.has(packet.guid)) continue;
      const [to, at] = destinationOf(bridges, packet);
      await attestAll(bridgesOn(network, to), at, { packet, confirmations: CONFIRMATIONS });
      if (working.get('executor') === true) await handOver(bridgesOn(network, to), at, { packet, gas: RECEIVE_GAS });
      carried.add(packet.guid);
    }
  }
}

/** Returns the destination chain of a packet: its number follows version, nonce and origin. @source PacketV1Codec */
function destinationOf(bridges: DevnetBridges, { header }: CarriedPacket): [number, LayerZeroChain] {
  const eid = Number(bytesToUint(hexToBytes(header).subarray(45, 49)));
  const found = [...bridges.layerZero].find(([, at]) => at.eid === eid);
  if (found === undefined) throw devnetError('STORY_BROKE', `a packet goes to chain ${eid}, which is not there`);
  return found;
}

async function signAll({ network, bridges, signed }: Work, chainId: number, blocks: Blocks): Promise<void> {
  const { reader } = bridgesOn(network, chainId);
  const { core, chain } = bridges.wormhole.get(chainId) ?? { core: '0x', chain: 0 };
  const logs = await reader.getLogs({ address: core, event: events[1], ...blocks });
  for (const { transactionHash } of logs) {
    for (const message of await readMessages(reader, chain, transactionHash)) {
      const vaa = hexToBytes(await signMessage(message, bridges.guardians));
      signed.set(`${chain}/${message.emitter.slice(2)}/${message.sequence}`, Buffer.from(vaa).toString('base64'));
    }
  }
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
