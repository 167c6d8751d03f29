import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  type DeploymentChain,
  type DeploymentPlan,
  type DeploymentRecord,
  executeDeployment,
  formatDeploymentRequest,
  parseDeploymentRequest,
  planDeployment,
  verifyDeployment,
} from '@surety/contracts';
import { type Address, address } from '@surety/domain';
import type { PublicClient } from 'viem';
import { type DevnetBridges, deployBridges } from '../bridges/deploy-bridges.js';
import { type AccountName, type DevnetKey, attesterKeys, devnetAccount } from '../chains/accounts.js';
import { type AnvilNode, startAnvil } from '../chains/anvil-node.js';
import { connectReader, connectWallet } from '../chains/connections.js';
import {
  type DeployTarget,
  type DevelopmentTokens,
  deployFeeds,
  deploySettlementToken,
  deployTokens,
} from '../chains/deploy-development.js';
import { CHAINS, COLLATERAL_CHAINS, SETTLEMENT_CHAIN_ID, UNDERLYINGS } from './chain-facts.js';
import { deploymentRequestOf } from './deployment-request-of.js';
import { networkFileOf } from './network-file.js';

/** Settings of a local network. */
export interface NetworkSpec {
  /** Folder for logs, the record and chains.config.json; created if missing. */
  readonly directory: string;
  readonly blockSeconds: number;
  readonly attesters: number;
  /** Slots of an epoch on every chain, one unless given: reorganisations of up to two epochs are honest. */
  readonly epochSlots?: number;
  /** See `AnvilSpec`. */
  readonly statesOnDisk?: number;
  /** See `AnvilSpec`. */
  readonly blockGas?: number;
  /** Seconds by which the chains' clocks begin behind this machine's: so far a test may move them on, and none is in the future. */
  readonly behindS?: number;
  /** Guardians of Wormhole's; given, both bridges stand on every chain and each source has a witness over each. */
  readonly guardians?: number;
  /** Gives the settlement chain a vault of its own, source 0, with the token that its market lends. */
  readonly localVault?: boolean;
  /** Hears what is being done, for people. */
  readonly tell?: (line: string) => void;
}

/** Three local chains with the protocol on them. */
export interface LocalNetwork {
  readonly directory: string;
  readonly nodes: ReadonlyMap<number, AnvilNode>;
  readonly readers: ReadonlyMap<number, PublicClient>;
  readonly plan: DeploymentPlan;
  readonly record: DeploymentRecord;
  readonly configFile: string;
  readonly attesters: readonly DevnetKey[];
  readonly tokens: ReadonlyMap<number, DevelopmentTokens>;
  /** Settable feeds by symbol of their underlying. */
  readonly feeds: ReadonlyMap<string, Address>;
  /** The bridges, if the network has witnesses. */
  readonly bridges?: DevnetBridges | undefined;
  stop(): Promise<void>;
}

/** Starts the chains, deploys everything, verifies it, writes record and configuration, and starts producing blocks. */
export async function startNetwork(spec: NetworkSpec): Promise<LocalNetwork> {
  const tell = spec.tell ?? ((): void => undefined);
  const logs = path.join(spec.directory, 'logs');
  mkdirSync(logs, { recursive: true });
  const started = await Promise.allSettled(
    CHAINS.map(({ chainId, name }) =>
      startAnvil({
        chainId,
        logFile: path.join(logs, `anvil-${name}.log`),
        ...(spec.epochSlots === undefined ? {} : { epochSlots: spec.epochSlots }),
        ...(spec.statesOnDisk === undefined ? {} : { statesOnDisk: spec.statesOnDisk }),
        ...(spec.blockGas === undefined ? {} : { blockGas: spec.blockGas }),
        ...(spec.behindS === undefined ? {} : { timestamp: Math.floor(Date.now() / 1_000) - spec.behindS }),
      }),
    ),
  );
  const nodes = new Map(
    started.flatMap((one) => (one.status === 'fulfilled' ? [[one.value.chainId, one.value] as const] : [])),
  );
  const stop = async (): Promise<void> => {
    await Promise.all([...nodes.values()].map((node) => node.stop()));
  };
  try {
    const failed = started.find((one) => one.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    tell(`three chains answer: ${CHAINS.map(({ chainId, name }) => `${name} (${chainId})`).join(', ')}`);
    return { ...(await deploy(spec, nodes, tell)), directory: spec.directory, nodes, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

type Deployed = Omit<LocalNetwork, 'directory' | 'nodes' | 'stop'>;

async function deploy(
  spec: NetworkSpec,
  nodes: ReadonlyMap<number, AnvilNode>,
  tell: (line: string) => void,
): Promise<Deployed> {
  const chains = new Map([...nodes].map(([id, node]) => [id, connect(node)]));
  const readers = new Map([...chains].map(([id, { reader }]) => [id, reader]));
  const target = (id: number, name: AccountName = 'governor'): DeployTarget => ({
    reader: readers.get(id) as PublicClient,
    wallet: connectWallet((nodes.get(id) as AnvilNode).url, id, name),
  });
  const tokens = new Map(
    await Promise.all(
      COLLATERAL_CHAINS.map(async ({ chainId }) => [chainId, await deployTokens(target(chainId))] as const),
    ),
  );
  const feeds = await deployFeeds(target(SETTLEMENT_CHAIN_ID), UNDERLYINGS);
  const settlementToken = await deploySettlementToken(target(SETTLEMENT_CHAIN_ID));
  const bridges =
    spec.guardians === undefined
      ? undefined
      : await deployBridges((id) => target(id, 'bridges'), { guardians: spec.guardians });
  if (bridges !== undefined) tell('LayerZero and Wormhole stand on each of them, from their own packages');
  const attesters = attesterKeys(spec.attesters);
  const newest = await target(SETTLEMENT_CHAIN_ID).reader.getBlock();
  const members = attesters.map((attester) => attester.address);
  const request = formatDeploymentRequest(
    deploymentRequestOf({
      members,
      now: Number(newest.timestamp),
      feeds,
      settlementToken,
      tokens,
      bridges,
      localVault: spec.localVault === true,
    }),
  );
  writeFileSync(
    path.join(spec.directory, 'deployment-plan.json'),
    `${JSON.stringify(request, null, 2)}
`,
  );
  const plan = planDeployment(parseDeploymentRequest(request));
  const outcomes = await executeDeployment(plan, chains);
  const record = await verifyDeployment(plan, readers, outcomes);
  tell(
    `${plan.contracts.length} contracts deployed at their predicted addresses, ${plan.acts.length} acts done, all of it read back and verified`,
  );
  const configFile = path.join(spec.directory, 'chains.config.json');
  writeFileSync(path.join(spec.directory, 'deployment.json'), `${JSON.stringify(record, null, 2)}\n`);
  writeFileSync(configFile, `${JSON.stringify(networkFileOf(record, spec.blockSeconds), null, 2)}\n`);
  await Promise.all([...nodes.values()].map((node) => node.startBlocks(spec.blockSeconds)));
  const bySymbol = new Map(UNDERLYINGS.map(({ symbol }, at) => [symbol as string, feeds[at] as Address]));
  return { readers, plan, record, configFile, attesters, tokens, feeds: bySymbol, bridges };
}

function connect(node: AnvilNode): DeploymentChain {
  const wallet = connectWallet(node.url, node.chainId, 'governor');
  return {
    reader: connectReader(node.url, node.chainId),
    deployer: wallet,
    signers: new Map([[address(devnetAccount('governor').address), wallet]]),
  };
}
