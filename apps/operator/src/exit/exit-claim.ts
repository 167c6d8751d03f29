import { proveExitClaimant, proveExitUnsettled } from '@surety/chain';
import { collateralLedgerAbi, collateralVaultAbi } from '@surety/contracts';
import { type Address, type Bytes32, mulDivDown, mulDivUp, parseAccountId } from '@surety/domain';
import { BaseError, ContractFunctionRevertedError, type Hex, encodeFunctionData } from 'viem';
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
  readonly callOf: (amount: bigint) => Hex;
  /** Asks the vault how many units the claimant may still claim; what it says instead where it takes none. */
  readonly probe: () => Promise<Claimable | { readonly refusal: string; readonly detail: string }>;
}

/** Units of an item that a claimant may still claim. */
export interface Claimable {
  readonly left: bigint;
  /** Those of them that the vault accounts for and owes nobody: less where lines hold what nobody locked, or others claimed first. */
  readonly room: bigint;
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
    probe: async () => {
      const told = await refusalOf(place, caller, { functionName, args: argsOf(MOST_UNITS) });
      const { name, args } = told ?? { name: 'none', args: [] };
      // The vault names what is left where a claim asks for more, and what it can still pay where that is less.
      if (name === 'ExitAmountRefused') {
        const left = args[1] as bigint;
        // Providers that refuse alike may give several reasons: one that made up what is left contradicts the others here.
        if ((await refusalOf(place, caller, { functionName, args: argsOf(left + 1n) })) === undefined) {
          const seen = `the vault on ${place.at.chain.name} takes a claim of ${left + 1n} units`;
          throw operatorError(
            'PROVIDER_FAILED',
            `${seen}; expected at most ${left}; try again, surety doctor compares providers`,
          );
        }
        const again = left === 0n ? undefined : await refusalOf(place, caller, { functionName, args: argsOf(left) });
        return { left, room: again?.name === 'ExitAmountRefused' ? (again.args[1] as bigint) : left };
      }
      return { refusal: name, detail: `${name}(${args.join(', ')})` };
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

/** Each part is one transaction: more than this many say that the limit is far too low for the claim. */
const PARTS_MAX = 1_000n;

/**
 * Splits an amount into parts of at most `largest`, the last one smaller; each is made when it is asked for.
 * @throws EXIT_REFUSED at once for more than 1,000 parts.
 */
export function claimParts(amount: bigint, largest: bigint): Iterable<bigint> {
  const count = mulDivUp(amount, 1n, largest);
  if (count <= PARTS_MAX) return partsOf(amount, largest);
  throw operatorError(
    'EXIT_REFUSED',
    `the claim would take ${count} parts of at most ${largest} token units, which the vault’s daily limit allows; expected at most ${PARTS_MAX}; nothing of it was sent: claim less with --amount`,
  );
}

function* partsOf(amount: bigint, largest: bigint): Generator<bigint> {
  for (let left = amount; left > 0n; left -= largest) yield left < largest ? left : largest;
}
