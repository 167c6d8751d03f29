import {
  collateralLedgerAbi,
  collateralVaultAbi,
  riskManagerAbi,
  roleHolderAbi,
  suretyTimelockAbi,
} from '@surety/contracts';
import { type Address, type Hex, address } from '@surety/domain';
import { AUCTION_ERRORS, REPORT_ERRORS, VAULT_ERRORS, createChainReads } from '@surety/transactions';
import type { Abi } from 'viem';
import { openAgreedRpc } from './open-agreed-rpc.js';
import type { SpendingChain } from './open-sender.js';

/** A call at a contract. */
export interface Call {
  readonly to: Address;
  readonly data: Hex;
}

/** Who calls where anyone may and no key is at hand. */
const SOMEBODY = address(`0x${'11'.repeat(20)}`);

/** Names of every error that an act by hand may meet. */
export const ACT_ERRORS: Abi = [
  ...AUCTION_ERRORS,
  ...VAULT_ERRORS,
  ...REPORT_ERRORS,
  ...[collateralLedgerAbi, collateralVaultAbi, riskManagerAbi, roleHolderAbi, suretyTimelockAbi].flatMap((abi) =>
    (abi as Abi).filter((item) => item.type === 'error'),
  ),
];

/**
 * Calls a contract at the newest block in somebody's name; gives why two thirds of the providers would refuse it, or nothing if they would
 * take it. @throws NO_QUORUM, PROVIDER_FAILED where too few agree (try again).
 */
export async function simulateCall(
  place: SpendingChain,
  { to, data }: Call,
  from: Address = SOMEBODY,
): Promise<string | undefined> {
  const answer = await createChainReads(openAgreedRpc(place), ACT_ERRORS).call({ from, to, calldata: data }, 'latest');
  return answer.kind === 'reverted' ? answer.revert.detail : undefined;
}
