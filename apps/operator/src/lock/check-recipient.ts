import type { Network } from '@surety/config';
import { collateralVaultAbi } from '@surety/contracts';
import { type Address, AppError, address } from '@surety/domain';
import type { PublicClient } from 'viem';
import { orNothing } from './ask-release.js';
import { innerError, operatorError } from '../errors.js';
import type { ReleasePlan } from './plan-release.js';

/** A release, as far as its recipient is concerned. */
type Paid = Pick<ReleasePlan, 'chain' | 'vault' | 'settlement'> & { readonly network: Network };

/** The vault's chain, and whoever hears that nobody could look at it. */
export interface RecipientLook {
  /** Connects to the chain. @throws NO_PROVIDER. */
  readonly openReader: () => PublicClient;
  readonly tell: (line: string) => void;
}

/**
 * Looks at the vault's chain whether a release may be paid to an address. Tokens that a vault pays to another vault are locked there for
 * the same account if that one is its successor, and credit nobody otherwise. Where providers fail, that is told, and the release goes on:
 * nobody's money waits for the providers of another chain.
 * @throws RELEASE_REFUSED if the recipient is a vault of this deployment and not known to be the successor.
 */
export async function checkRecipient(look: RecipientLook, paid: Paid, recipient: Address): Promise<void> {
  const { chain, vault } = paid;
  let named: string;
  try {
    const reader = look.openReader();
    if (!isConfigured(paid, recipient) && !(await isVault(reader, paid, recipient))) return;
    const contract = { address: address(vault.address), abi: collateralVaultAbi } as const;
    const successor = address((await reader.readContract({ ...contract, functionName: 'successor' })).toLowerCase());
    if (successor === recipient) return;
    named = BigInt(successor) === 0n ? 'no successor yet' : `${successor} as its successor`;
  } catch (failure) {
    const cause = innerError(failure);
    if (!(cause instanceof AppError)) throw failure;
    if (!isConfigured(paid, recipient)) {
      look.tell(
        `warning: it was not checked whether ${recipient} is a vault, which would credit nobody: ${cause.message}`,
      );
      return;
    }
    named = `a successor that nobody could read (${cause.message})`;
  }
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
