import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type DeploymentChain,
  type DeploymentPlan,
  type DeploymentRequest,
  type DeploymentStepOutcome,
  executeDeployment,
  keccak256,
  planDeployment,
} from '@surety/contracts';
import {
  CHAINS,
  type LocalNetwork,
  PROVIDERS_PER_CHAIN,
  UNDERLYINGS,
  connectWallet,
  devnetAccount,
  providerOf,
  setPrice,
  startNetwork,
} from '@surety/devnet';
import { type Address, bytes32, bytesToHex, hexToBytes } from '@surety/domain';

/** Returns the variables of every provider of a network, all of them its own nodes. */
export function providersOf(network: LocalNetwork): Record<string, string> {
  return Object.fromEntries(
    CHAINS.flatMap((chain) =>
      Array.from({ length: PROVIDERS_PER_CHAIN }, (_, at) => [
        providerOf(chain, at + 1).urlEnv,
        network.nodes.get(chain.chainId)?.url ?? '',
      ]),
    ),
  );
}

/** Returns the network's own request at other addresses. */
export function requestOf(
  network: LocalNetwork,
  digit: string,
  change: (request: DeploymentRequest) => DeploymentRequest,
): DeploymentRequest {
  return change({ ...network.plan.request, salt: bytes32(`0x${digit.repeat(64)}`) });
}

/** Puts a timelock of 48 hours in front of every chain's governor. */
export function behindTimelocks(request: DeploymentRequest): DeploymentRequest {
  const timelock = { delayS: 172_800 };
  return {
    ...request,
    settlement: { ...request.settlement, timelock },
    chains: request.chains.map((chain) => ({ ...chain, timelock })),
  };
}

/** Carries a plan out as far as it goes now; the governor's person proposes, or nobody does. */
export async function carryOut(
  network: LocalNetwork,
  plan: DeploymentPlan,
  proposing = true,
): Promise<readonly DeploymentStepOutcome[]> {
  const chains = new Map(
    [...network.nodes].map(([id, { url }]): [number, DeploymentChain] => {
      const deployer = connectWallet(url, id, 'feeder');
      const governor = connectWallet(url, id, 'governor');
      const reader = network.readers.get(id);
      if (reader === undefined) throw new Error(`no reader of ${id}`);
      const signers = new Map(proposing ? [[devnetAccount('governor').address, governor] as const] : []);
      return [id, { reader, deployer, signers }];
    }),
  );
  return executeDeployment(plan, chains);
}

/** Writes the network's configuration with another deployment's addresses, and gives its path. */
export function configOf(network: LocalNetwork, plan: DeploymentPlan, path: string): string {
  const file = JSON.parse(readFileSync(network.configFile, 'utf8')) as {
    settlement: Record<string, unknown> & { markets?: { name: string }[] };
    chains: { chainId: number; vault?: Record<string, unknown> }[];
  };
  const { ledger, lens, riskManager, auction, attesterSet } = plan.settlement;
  Object.assign(file.settlement, { ledger, lens, riskManager, auction, attesterSet });
  for (const configured of file.settlement.markets ?? []) {
    const planned = plan.settlement.markets.find(({ request }) => request.name === configured.name);
    Object.assign(configured, { address: planned?.market, tranche: planned?.tranche });
  }
  for (const chain of file.chains) {
    const planned = plan.vaults.find(({ request }) => request.chainId === chain.chainId);
    if (planned !== undefined)
      Object.assign(chain.vault ?? {}, { address: planned.vault, attesterSet: planned.attesterSet });
  }
  writeFileSync(path, JSON.stringify(file));
  return path;
}

/** Writes the code hashes of a deployment's ledger, markets and vaults into its configuration: their immutables are its own. */
async function pinCode(network: LocalNetwork, plan: DeploymentPlan, path: string): Promise<void> {
  const file = JSON.parse(readFileSync(path, 'utf8')) as {
    settlement: {
      chainId: number;
      ledgerCodeHash: string;
      markets?: { address: Address; codeHash: string }[];
    };
    chains: { chainId: number; vault?: { codeHash: string } }[];
  };
  const hashOf = async (id: number, address: Address): Promise<string> => {
    const code = await network.readers.get(id)?.getCode({ address });
    return bytesToHex(keccak256(hexToBytes(code ?? '0x')));
  };
  file.settlement.ledgerCodeHash = await hashOf(plan.request.settlement.chainId, plan.settlement.ledger);
  for (const market of file.settlement.markets ?? [])
    market.codeHash = await hashOf(plan.request.settlement.chainId, market.address);
  for (const { request, vault } of plan.vaults) {
    const chain = file.chains.find(({ chainId }) => chainId === request.chainId);
    if (chain?.vault !== undefined) chain.vault.codeHash = await hashOf(request.chainId, vault);
  }
  writeFileSync(path, JSON.stringify(file));
}

/** Moves every chain's time on; each feed says its price again, since the last would be too old to be taken. */
export async function later(network: LocalNetwork, seconds: number): Promise<void> {
  for (const node of network.nodes.values()) {
    await node.call('evm_increaseTime', [seconds]);
    await node.call('evm_mine', []);
  }
  for (const { symbol, answer } of UNDERLYINGS) await setPrice(network, symbol, answer);
}

/**
 * Starts a network that mines each transaction at once, deploys its own request once more behind timelocks, and waits for its
 * delays. `environment` is what `surety` needs to find that deployment. A start that fails stops the network.
 */
export async function startBehindTimelocks(directory: string): Promise<{
  readonly network: LocalNetwork;
  readonly plan: DeploymentPlan;
  readonly environment: Record<string, string>;
}> {
  const network = await startNetwork({ directory, blockSeconds: 1, attesters: 4 });
  try {
    for (const node of network.nodes.values()) await node.call('evm_setAutomine', [true]);
    const plan = planDeployment(requestOf(network, 'd', behindTimelocks));
    await carryOut(network, plan);
    await later(network, 7 * 86_400);
    await carryOut(network, plan);
    const file = configOf(network, plan, join(directory, 'timelocked.config.json'));
    await pinCode(network, plan, file);
    return { network, plan, environment: { SURETY_CONFIG: file, ...providersOf(network) } };
  } catch (error) {
    await network.stop();
    throw error;
  }
}
