import { proveExitClaimant, proveExitUnsettled } from '@surety/chain';
import { collateralLedgerAbi, collateralVaultAbi } from '@surety/contracts';
import { type Address, type Bytes32, type Hex, mulDivDown, parseAccountId } from '@surety/domain';
import { BaseError, ContractFunctionRevertedError, type Hex as ViemHex, encodeFunctionData } from 'viem';
import { operatorError } from '../errors.js';
import type { ExitItem, ItemProof } from './exit-items.js';
import type { ExitVault, ExitState } from './exit-vault.js';

/** Who claims for an account, and who is paid on the vault's chain. */
export interface Claimant {
  readonly account: Bytes32;
  readonly caller: Address;
  readonly recipient: Address;
  /** The protocol whose registered share is claimed; undefined for the account's own part. */
  readonly protocol: Address | undefined;
}

/** An item's proofs with those of the claimant, for any amount. */
export interface ProvenClaim {
  readonly item: ExitItem;
  readonly proof: ItemProof;
  callOf(amount: bigint): ViemHex;
  /** Units that the claimant may still claim. @throws EXIT_REFUSED with the vault's reason. */
  readLeft(): Promise<bigint>;
}

const MOST_UNITS = 2n ** 128n - 1n;

/** Proves an item and the claimant's rights. @throws PROVIDER_FAILED. */
export async function proveClaim(
  place: ExitVault,
  { anchor }: ExitState,
  item: ExitItem,
  claimant: Claimant,
): Promise<ProvenClaim> {
  const { account, caller, recipient } = claimant;
  const at = { ledger: place.ledger, anchor };
  const protocol = await protocolIndexOf(place, claimant.protocol);
  const needsOperator = protocol === 0 && parseAccountId(account).owner !== caller;
  const [proof, rights, unsettledProof] = await Promise.all([
    item.prove(),
    place.prove((ask) => proveExitClaimant(ask, { ...at, account, ...(needsOperator ? { operator: caller } : {}) })),
    place.prove((ask) => proveExitUnsettled(ask, { ...at, source: place.source, vaultAsset: item.vaultAsset })),
  ]);
  const { functionName } = proof;
  const argsOf = (amount: bigint): readonly unknown[] => [
    {
      account,
      amount,
      recipient,
      headerProof: rights.header,
      operatorProof: rights.operator,
      protocol,
      shareProofs: rights.shares,
      unsettledProof,
    },
    ...proof.args,
  ];
  return {
    item,
    proof,
    callOf: (amount) => encodeFunctionData({ abi: collateralVaultAbi, functionName, args: argsOf(amount) as never }),
    readLeft: async () => {
      const refusal = await refusalOf(place, caller, { functionName, args: argsOf(MOST_UNITS) });
      // The vault names what is left where a claim asks for more.
      if (refusal?.name === 'ExitAmountRefused') return refusal.args[1] as bigint;
      throw operatorError(
        'EXIT_REFUSED',
        `${item.name} cannot be claimed by ${caller}: ${refusal?.name ?? 'the vault took all units there are'}(${refusal?.args.join(', ') ?? ''}); nothing was sent`,
      );
    },
  };
}

async function protocolIndexOf({ homeClient, ledger }: ExitVault, protocol: Address | undefined): Promise<number> {
  if (protocol === undefined) return 0;
  const contract = { address: ledger, abi: collateralLedgerAbi } as const;
  const [index] = await homeClient.readContract({ ...contract, functionName: 'protocolOf', args: [protocol] });
  if (index !== 0) return index;
  throw operatorError('BAD_USE', `--protocol ${protocol} never had an account at the ledger; expected one that did`);
}

async function refusalOf(
  { client, vault }: ExitVault,
  caller: Address,
  call: { readonly functionName: string; readonly args: readonly unknown[] },
): Promise<{ readonly name: string; readonly args: readonly unknown[] } | undefined> {
  try {
    await client.simulateContract({ address: vault, abi: collateralVaultAbi, account: caller, ...call } as never);
    return undefined;
  } catch (error) {
    const reverted = error instanceof BaseError && error.walk((one) => one instanceof ContractFunctionRevertedError);
    if (!(reverted instanceof ContractFunctionRevertedError) || reverted.data === undefined) throw error;
    return { name: reverted.data.errorName, args: reverted.data.args ?? [] };
  }
}

/**
 * Returns the largest payment that the vault makes of an asset, in token units: 3/40 of its daily limit, rounded down.
 * @source PaymentLanes.largestUnits
 */
export async function readLargestClaim({ client, vault }: ExitVault, vaultAsset: number): Promise<bigint> {
  const contract = { address: vault, abi: collateralVaultAbi } as const;
  const { limit, decimals } = await client.readContract({ ...contract, functionName: 'assetOf', args: [vaultAsset] });
  return mulDivDown(limit * 10n ** BigInt(decimals), 3n, 40_000n);
}

/** Splits an amount into parts of at most `largest`, the last one smaller. */
export function claimParts(amount: bigint, largest: bigint): bigint[] {
  const parts: bigint[] = [];
  for (let left = amount; left > 0n; left -= largest) parts.push(left < largest ? left : largest);
  return parts;
}

/** Encodes the call that keeps a head before a claim or an opening. */
export function exitMarkCalldata(mark: {
  readonly edge: Bytes32;
  readonly count: bigint;
  readonly head: Bytes32;
  readonly entries: Hex;
}): ViemHex {
  const args = [mark.edge, mark.count, mark.head, mark.entries] as const;
  return encodeFunctionData({ abi: collateralVaultAbi, functionName: 'markExit', args });
}
