import type { AtGrades } from '@surety/api';
import { collateralLedgerAbi } from '@surety/contracts';
import { type Address, type BlockHeight, type Bytes32, type Wad, blockHeight, wad } from '@surety/domain';
import type { Client } from 'viem';
import { getBlockNumber, readContract } from 'viem/actions';

/** An account's margin as the ledger returns it at one block. */
export interface OnChainMargin {
  readonly height: BlockHeight;
  /** Weighted assets by grade, 18 decimals. */
  readonly assetsWad: AtGrades<Wad>;
  /** Debts and requirements by grade, 18 decimals. */
  readonly requirementWad: AtGrades<Wad>;
  /** Status bits of IRiskManager; if bit 32 is set, the figures are invalid. */
  readonly status: bigint;
  /** Seconds. */
  readonly oldestAsOf: bigint;
}

/** Reads `marginOf` at a block, by default the newest: needs no aggregator. */
export async function readMarginOnChain(
  chain: Client,
  request: { readonly ledger: Address; readonly account: Bytes32; readonly height?: BlockHeight },
): Promise<OnChainMargin> {
  const height = request.height ?? blockHeight(await getBlockNumber(chain, { cacheTime: 0 }));
  const [aI, qI, aE, qE, aM, qM, status, oldestAsOf] = await readContract(chain, {
    address: request.ledger,
    abi: collateralLedgerAbi,
    functionName: 'marginOf',
    args: [request.account],
    blockNumber: height,
  });
  return {
    height,
    assetsWad: { initial: wad(aI), exit: wad(aE), maintenance: wad(aM) },
    requirementWad: { initial: wad(qI), exit: wad(qE), maintenance: wad(qM) },
    status,
    oldestAsOf,
  };
}
