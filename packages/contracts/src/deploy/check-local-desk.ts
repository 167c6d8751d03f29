import type { Address } from '@surety/domain';
import type { PublicClient } from 'viem';
import { localDeskAbi } from '../generated/index.js';
import type { DeploymentCheck } from './deployment-check.js';

/** Compares the desk between the ledger and the vault beside it with the plan. Its code pins everything else. */
export async function checkLocalDesk(
  desk: Address,
  at: { readonly ledger: Address; readonly vault: Address; readonly reader: PublicClient },
  check: DeploymentCheck,
): Promise<void> {
  const contract = { address: desk, abi: localDeskAbi } as const;
  check.equal('localDesk.ledger', await at.reader.readContract({ ...contract, functionName: 'ledger' }), at.ledger);
  check.equal('localDesk.vault', await at.reader.readContract({ ...contract, functionName: 'vault' }), at.vault);
}
