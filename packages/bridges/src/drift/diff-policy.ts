import { mulDivDown } from '@surety/domain';
import { collateralLedgerAbi, collateralVaultAbi } from '@surety/contracts';
import type { PublicClient } from 'viem';
import type { Side, WitnessSpec, WitnessedSource } from '../witness-spec.js';
import { answerOf } from './answer-of.js';
import type { SideReaders } from './diff-witnesses.js';
import { type Difference, differ } from './differ.js';

const BASIS_POINTS = 10_000n;
/** Divisor of a fast limit while the source is contested. */
const CONTESTED = 4n;
const NOBODY = `0x${'0'.repeat(40)}`;

/** Compares the witness in one slot at one side; a slot that the configuration does not name must be empty. */
export async function diffPlace(
  source: WitnessedSource,
  at: {
    readonly slot: number;
    readonly side: Side;
    readonly path: string;
    readonly wanted: WitnessSpec | undefined;
    readonly reader: PublicClient;
  },
): Promise<Difference[]> {
  const { side, path, wanted } = at;
  const [seen, conflicts] = side === 'atVault' ? await placeAtVault(source, at) : await placeAtLedger(source, at);
  if (wanted === undefined) return differ(path, seen, NOBODY);
  return [
    ...differ(`${path}.contract`, seen, wanted[side].contract),
    ...differ(`${path}.mayConflict`, conflicts, wanted.mayConflict),
  ];
}

type Place = readonly [at: string | undefined, conflicts: boolean | undefined];
type At = { readonly slot: number; readonly reader: PublicClient };

async function placeAtVault({ vault }: WitnessedSource, { slot, reader }: At): Promise<Place> {
  const found = await answerOf(
    reader.readContract({ address: vault, abi: collateralVaultAbi, functionName: 'witnessOf', args: [slot] }),
  );
  return [found?.[0].at, found?.[0].conflicts];
}

async function placeAtLedger({ ledger, source }: WitnessedSource, { slot, reader }: At): Promise<Place> {
  const found = await answerOf(
    reader.readContract({ address: ledger, abi: collateralLedgerAbi, functionName: 'witnessOf', args: [source, slot] }),
  );
  return [found?.[0], found?.[1]];
}

/** Compares the number of confirmations at both sides, the vault at the ledger, and the share of caps in use unconfirmed. */
export async function diffPolicy(source: WitnessedSource, readers: SideReaders): Promise<Difference[]> {
  const ledger = { address: source.ledger, abi: collateralLedgerAbi } as const;
  const [near, listed] = await Promise.all([
    answerOf(
      readers.atVault.readContract({ address: source.vault, abi: collateralVaultAbi, functionName: 'witnessPolicy' }),
    ),
    answerOf(readers.atLedger.readContract({ ...ledger, functionName: 'sourceOf', args: [source.source] })),
  ]);
  const vault = differ('vault at the ledger', listed?.[0].vault, source.vault);
  const { policy } = source;
  if (policy === undefined) return vault;
  return [
    ...vault,
    ...differ('policy.m at the vault', near?.[0], policy.m),
    ...differ('policy.m at the ledger', listed?.[0].m, policy.m),
    ...(policy.m === 0 ? [] : await diffLimits(source, policy, readers.atLedger)),
  ];
}

/** Compares the share of each asset's cap that may be in use unconfirmed: a quarter of it while the source is contested. */
async function diffLimits(
  { source, ledger, assets }: WitnessedSource,
  policy: NonNullable<WitnessedSource['policy']>,
  reader: PublicClient,
): Promise<Difference[]> {
  const found = await Promise.all(
    assets.map(async ({ assetId, symbol }): Promise<Difference[]> => {
      const at = { address: ledger, abi: collateralLedgerAbi } as const;
      const [limits, asset] = await Promise.all([
        answerOf(reader.readContract({ ...at, functionName: 'limitsOf', args: [assetId] })),
        answerOf(reader.readContract({ ...at, functionName: 'assetOf', args: [assetId] })),
      ]);
      if (limits === undefined || asset === undefined || asset.terms.source !== source) return [];
      const numerator = asset.capUnits * BigInt(policy.fastBp);
      const whole = mulDivDown(numerator, 1n, BASIS_POINTS);
      const isAllowed = [whole, mulDivDown(numerator, 1n, BASIS_POINTS * CONTESTED)].includes(limits.fastUnits);
      return isAllowed ? [] : differ(`policy.fastBp (${symbol})`, limits.fastUnits, whole);
    }),
  );
  return found.flat();
}
