import type { Network } from '@surety/config';
import { collateralVaultAbi } from '@surety/contracts';
import { type Address, address } from '@surety/domain';
import type { PublicClient } from 'viem';
import { orNothing } from './ask-release.js';
import { operatorError } from '../errors.js';
import type { ReleasePlan } from './plan-release.js';

/** A release, as far as its recipient is concerned. */
type Paid = Pick<ReleasePlan, 'chain' | 'vault' | 'settlement'> & { readonly network: Network };

/**
 * Looks at the vault's chain whether a release may be paid to an address. Tokens that a vault pays to another vault are locked there for
 * the same account if that one is its successor, and credit nobody otherwise.
 * @throws RELEASE_REFUSED if the recipient is a vault of this deployment and not the successor.
 */
export async function checkRecipient(reader: PublicClient, paid: Paid, recipient: Address): Promise<void> {
  if (!isConfigured(paid, recipient) && !(await isVault(reader, paid, recipient))) return;
  const { chain, vault } = paid;
  const contract = { address: address(vault.address), abi: collateralVaultAbi } as const;
  const successor = address((await reader.readContract({ ...contract, functionName: 'successor' })).toLowerCase());
  if (successor === recipient) return;
  const named = BigInt(successor) === 0n ? 'no successor yet' : `${successor} as its successor`;
  throw operatorError(
    'RELEASE_REFUSED',
    `${recipient} is a vault of this deployment, and the vault ${vault.address} on ${chain.name} names ${named}: what it pays there would be ` +
      `credited to nobody; expected an address of yours, or the new vault once setSuccessor is executed; nothing was sent`,
  );
}

function isConfigured({ network }: Paid, recipient: Address): boolean {
  return network.chains.some(({ vault }) => vault?.address.toLowerCase() === recipient);
}

/** A new vault is in nobody's configuration before the last step of its migration: it is known by the ledger that it names. */
async function isVault(reader: PublicClient, { settlement }: Paid, recipient: Address): Promise<boolean> {
  const code = (await reader.getCode({ address: recipient })) ?? '0x';
  if (code === '0x') return false;
  const contract = { address: recipient, abi: collateralVaultAbi } as const;
  const [ledger, chainId, source] = await Promise.all([
    orNothing(reader.readContract({ ...contract, functionName: 'ledger' })),
    orNothing(reader.readContract({ ...contract, functionName: 'settlementChainId' })),
    orNothing(reader.readContract({ ...contract, functionName: 'source' })),
  ]);
  const isOfLedger = ledger?.toLowerCase() === settlement.ledger.toLowerCase();
  return isOfLedger && chainId === BigInt(settlement.chainId) && source !== undefined;
}
