import { riskManagerAbi } from '@surety/contracts';
import { type MarginLineView, type MarginView, type SuretyActions, suretyActions } from '@surety/client';
import { type AccountId, type Bytes32, PPM, WAD, blockHeight, mulDivDown } from '@surety/domain';
import { SETTLEMENT_CHAIN_ID, LOCAL_TOKENS } from '../network/chain-facts.js';
import type { LocalNetwork } from '../network/start-network.js';
import type { Devnet } from '../start-devnet.js';
import { ledgerContractOf, readerOf } from './send.js';

/** Weighted assets at the three grades, 18 decimals. */
export interface GradeSums {
  readonly initialWad: bigint;
  readonly exitWad: bigint;
  readonly maintenanceWad: bigint;
}

/** One margin, learnt three ways at one block. */
export interface MarginComparison {
  readonly http: MarginView;
  readonly overHttp: GradeSums;
  readonly onChain: GradeSums;
  readonly byHand: GradeSums;
  readonly allEqual: boolean;
}

/** Reads an account's margin over HTTP, from the ledger at the same block, and works it out from amounts, prices and haircuts. */
export async function compareMargins(devnet: Devnet, account: AccountId): Promise<MarginComparison> {
  const http = await devnet.aggregator.readMargin(account);
  const overHttp = {
    initialWad: http.grades.initial.assetsWad,
    exitWad: http.grades.exit.assetsWad,
    maintenanceWad: http.grades.maintenance.assetsWad,
  };
  const onChain = await readMarginAtLedger(devnet.network, account, http.block.height);
  const byHand = await workOutByHand(devnet.network, account, http.block.height);
  const allEqual = areSame(onChain, overHttp) && areSame(byHand, overHttp);
  return { http, overHttp, onChain, byHand, allEqual };
}

/** True if two margins agree to the last integer. */
export function areSame(left: GradeSums, right: GradeSums): boolean {
  return (
    left.initialWad === right.initialWad &&
    left.exitWad === right.exitWad &&
    left.maintenanceWad === right.maintenanceWad
  );
}

/** Returns what a protocol reads on the settlement chain. */
export function settlementOf(network: LocalNetwork): SuretyActions {
  return readerOf(network, SETTLEMENT_CHAIN_ID).extend(suretyActions(network.plan.settlement));
}

/** Reads the weighted assets of an account from the ledger at a block. */
export async function readMarginAtLedger(
  network: LocalNetwork,
  account: Bytes32,
  blockNumber: bigint,
): Promise<GradeSums> {
  const { assetsWad } = await settlementOf(network).readMargin({ account, height: blockHeight(blockNumber) });
  return { initialWad: assetsWad.initial, exitWad: assetsWad.exit, maintenanceWad: assetsWad.maintenance };
}

/** Reads an account's health factor from the ledger, WAD, rounded down; 2^256 − 1 if nothing is required. @source PROTOCOL section 9 */
export async function readHealthFactor(network: LocalNetwork, account: Bytes32): Promise<bigint> {
  const { assetsWad, requirementWad } = await settlementOf(network).readMargin({ account });
  return requirementWad.maintenance === 0n
    ? 2n ** 256n - 1n
    : mulDivDown(assetsWad.maintenance, WAD, requirementWad.maintenance);
}

/**
 * The sum that a person would make: for each line amount × price × base haircut × chain haircut, with fresh sources. It takes
 * amounts from the ledger, prices from the risk manager and haircuts from the deployment's plan, and no line of the engine.
 * @source PROTOCOL section 9
 */
async function workOutByHand(network: LocalNetwork, account: Bytes32, blockNumber: bigint): Promise<GradeSums> {
  const reader = readerOf(network, SETTLEMENT_CHAIN_ID);
  const risk = { address: network.plan.settlement.riskManager, abi: riskManagerAbi, functionName: 'priceOf' } as const;
  let [initialWad, exitWad, maintenanceWad] = [0n, 0n, 0n];
  for (const { request: chain, assetIds } of network.plan.vaults) {
    for (const [at, asset] of chain.assets.entries()) {
      const line = await ledgerContractOf(network).read.lineOf([account, assetIds[at] ?? 0], { blockNumber });
      if (line.amount === 0n || !line.enabled) continue;
      const { price } = await reader.readContract({ ...risk, args: [asset.underlying], blockNumber });
      const worth = (baseBp: number, chainBp: number): bigint =>
        mulDivDown(line.amount * price, ppm(baseBp) * ppm(chainBp) * PPM ** 3n, 10n ** BigInt(asset.decimals + 24));
      const maintenance = worth(asset.maintenanceBp, chain.maintenanceBp);
      const exit = least(worth(asset.initialBp, chain.maintenanceBp), maintenance);
      maintenanceWad += maintenance;
      exitWad += exit;
      initialWad += least(worth(asset.initialBp, chain.initialBp), exit);
    }
  }
  return { initialWad, exitWad, maintenanceWad };
}

function ppm(basisPoints: number): bigint {
  return BigInt(basisPoints) * 100n;
}

function least(left: bigint, right: bigint): bigint {
  return left < right ? left : right;
}

/** Returns the decimals of a line's token. */
export function tokenDecimalsOf(line: MarginLineView): number {
  return LOCAL_TOKENS.find(({ symbol }) => symbol === line.symbol)?.decimals ?? 18;
}
