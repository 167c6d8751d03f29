import {
  collateralLedgerAbi,
  collateralVaultAbi,
  riskManagerAbi,
  roleHolderAbi,
  suretyTimelockAbi,
} from '@surety/contracts';
import { type Address, address } from '@surety/domain';
import { LEDGER_ERRORS, REPORT_ERRORS, VAULT_ERRORS, createChainReads, createRpc } from '@surety/transactions';
import type { Abi } from 'viem';
import type { Call } from './find-route.js';
import type { ActTarget } from './find-target.js';

const TIMEOUT_MS = 20_000;
/** Who calls where anyone may and no key is at hand. */
const SOMEBODY = address(`0x${'11'.repeat(20)}`);

/** Names of every error that an act by hand may meet. */
export const ACT_ERRORS: Abi = [
  ...LEDGER_ERRORS,
  ...VAULT_ERRORS,
  ...REPORT_ERRORS,
  ...[collateralLedgerAbi, collateralVaultAbi, riskManagerAbi, roleHolderAbi, suretyTimelockAbi].flatMap((abi) =>
    (abi as Abi).filter((item) => item.type === 'error'),
  ),
];

/** Calls a contract at the newest block in somebody's name; gives why it would be refused, or nothing. */
export async function simulateCall(
  { chain, endpoints }: Pick<ActTarget, 'chain' | 'endpoints'>,
  { to, data }: Call,
  from: Address = SOMEBODY,
): Promise<string | undefined> {
  const rpc = createRpc({
    chainId: chain.chainId,
    endpoints: endpoints.map(({ name, url }) => ({ name, url: url.reveal() })),
    timeoutMs: TIMEOUT_MS,
  });
  const answer = await createChainReads(rpc, ACT_ERRORS).call({ from, to, calldata: data }, 'latest');
  return answer.kind === 'reverted' ? answer.revert.detail : undefined;
}
