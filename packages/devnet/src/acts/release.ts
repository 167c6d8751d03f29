import { collateralLedgerAbi, developmentTokenAbi } from '@surety/contracts';
import type { EntryView } from '@surety/client';
import { type Address, type TxHash, address, txHash } from '@surety/domain';
import { BaseError, ContractFunctionRevertedError, pad } from 'viem';
import { type AccountName, devnetAccount } from '../chains/accounts.js';
import { devnetError } from '../errors.js';
import { SETTLEMENT_CHAIN_ID } from '../network/chain-facts.js';
import type { LocalNetwork } from '../network/start-network.js';
import { waitUntil } from '../processes/wait-until.js';
import type { Devnet } from '../start-devnet.js';
import { accountOf, assetIdOf } from './lock.js';
import { awaitReceipt, readerOf, walletOf } from './send.js';

/** A release to ask for: of a funded account's own line, to its own address on the vault's chain. */
export interface ReleaseAct {
  readonly chainId: number;
  readonly by: AccountName;
  readonly asset: 'USDC' | 'WBTC' | 'WETH';
  /** Token units, with the fee. */
  readonly units: bigint;
  readonly fee?: bigint;
}

/** A release as the ledger took it. */
export interface MinedRelease {
  readonly txHash: TxHash;
  readonly height: bigint;
  /** Time of its receipt, milliseconds since the epoch. */
  readonly minedMs: number;
}

/** The stages of a release in their order. @source PROTOCOL section 8 */
export const RELEASE_STAGES = ['requested', 'final', 'attested', 'recorded', 'payable', 'paying', 'paid'] as const;

/** Asks the ledger for a release. @throws STORY_BROKE if it reverts. */
export async function requestRelease(network: LocalNetwork, request: ReleaseAct): Promise<MinedRelease> {
  const sent = walletOf(network, SETTLEMENT_CHAIN_ID, request.by).writeContract(callOf(network, request));
  const receipt = await awaitReceipt(network, SETTLEMENT_CHAIN_ID, sent);
  return { txHash: txHash(receipt.transactionHash), height: receipt.blockNumber, minedMs: Date.now() };
}

/**
 * Returns the name and arguments of the error with which the ledger would refuse a release; undefined if it would
 * accept it.
 */
export async function findRefusal(
  network: LocalNetwork,
  request: ReleaseAct,
): Promise<{ readonly code: string; readonly args: readonly unknown[] } | undefined> {
  try {
    const account = devnetAccount(request.by).address;
    await readerOf(network, SETTLEMENT_CHAIN_ID).simulateContract({ ...callOf(network, request), account });
    return undefined;
  } catch (error) {
    const reverted = error instanceof BaseError && error.walk((one) => one instanceof ContractFunctionRevertedError);
    if (!(reverted instanceof ContractFunctionRevertedError) || reverted.data === undefined) throw error;
    return { code: reverted.data.errorName, args: reverted.data.args ?? [] };
  }
}

/** Follows a release over HTTP until its payment is final. Calls `tell` once for each stage. */
export async function followRelease(
  devnet: Devnet,
  request: {
    readonly release: MinedRelease;
    readonly withinMs: number;
    readonly tell?: (stage: string, afterMs: number) => void;
  },
): Promise<EntryView> {
  const told = new Set<string>();
  return waitUntil({
    what: `release ${request.release.txHash} paid`,
    withinMs: request.withinMs,
    everyMs: 60,
    probe: async () => {
      const [found] = await devnet.aggregator.readEntry(request.release.txHash);
      if (found === undefined) return undefined;
      if (!told.has(found.stage)) request.tell?.(found.stage, Date.now() - request.release.minedMs);
      told.add(found.stage);
      return found.stage === 'paid' ? found : undefined;
    },
  });
}

/** Returns an address's balance in token units. */
export async function readTokenBalance(
  network: LocalNetwork,
  of: { readonly chainId: number; readonly asset: 'USDC' | 'WBTC' | 'WETH'; readonly holder: Address },
): Promise<bigint> {
  const token = network.tokens.get(of.chainId)?.[of.asset];
  if (token === undefined) throw devnetError('STORY_BROKE', `chain ${of.chainId} has no ${of.asset}`);
  const balance = { address: token, abi: developmentTokenAbi, functionName: 'balanceOf' } as const;
  return readerOf(network, of.chainId).readContract({ ...balance, args: [of.holder] });
}

function callOf(network: LocalNetwork, request: ReleaseAct) {
  return {
    address: network.plan.settlement.ledger,
    abi: collateralLedgerAbi,
    functionName: 'requestRelease',
    args: [
      accountOf(request.by),
      assetIdOf(network, request),
      request.units,
      pad(address(devnetAccount(request.by).address)),
      request.fee ?? 0n,
    ],
  } as const;
}
