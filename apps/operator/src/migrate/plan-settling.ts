import { collateralLedgerAbi, keccak256 } from '@surety/contracts';
import { type Hex, bytesToHex, unpackEntry } from '@surety/domain';
import type { ActTarget } from '../acts/find-target.js';
import type { ReadingPlace } from '../chains/read-ledger.js';
import type { CheckStep, MigrationStep, WaitStep } from './migration.js';
import { actStep } from './migration-steps.js';
import { splitEntries } from '../attesters/read-applied.js';

/** Seconds after the replica first reached its journal's tip from which an orphan may be taken back. @source ILedgerRewind */
const TAKE_BACK_AFTER = 259_200n;

/** The rewound entries of a ledger's replica that are still to be settled. */
export interface Settling {
  readonly source: number;
  readonly ledger: ActTarget;
  /** The ledger as two thirds of the providers show it. */
  readonly agreed: ReadingPlace;
  /** Indexes of the vault's assets. */
  readonly assets: readonly number[];
  /** Entries that it unwound, packed. */
  readonly unwound: Uint8Array;
}

/** An entry that credited an account and waits. */
interface WaitingEntry {
  readonly packed: Uint8Array;
  readonly hash: Hex;
  readonly asset: number;
  readonly amount: bigint;
  /** Orphans of these bytes. */
  readonly orphans: bigint;
}

/** Units of an asset that are not settled yet, as the ledger keeps them. */
interface UnsettledAsset {
  readonly asset: number;
  readonly orphaned: bigint;
  readonly missing: bigint;
  readonly found: bigint;
}

/**
 * Plans the steps for orphans that do not come again: each is taken back, then the vault is told how many units are
 * missing. What the ledger itself says is left is more than the logs show if a provider left some out.
 */
export async function settlingSteps(settling: Settling): Promise<MigrationStep[]> {
  const { source, ledger, agreed } = settling;
  const { contract: address } = ledger;
  const waiting = await readWaiting(settling);
  const own = waiting.map(({ asset }) => asset);
  const kept = await Promise.all(
    [...new Set([...own, ...settling.assets])].map((asset) => readUnsettled(settling, asset, agreed.block)),
  );
  const left = waiting.filter(({ orphans }) => orphans > 0n);
  return [
    ...(left.length === 0 ? [] : [waitStep(settling)]),
    ...left.flatMap(({ packed, hash, orphans }) => {
      const step = actStep('ledger', 'takeBack', [source, bytesToHex(packed)], {
        title: `orphan ${hash} is taken back, unless it comes again`,
        target: ledger,
        at: address,
        afterAll: true,
        isDone: async () => (await readOrphans(settling, hash)) === 0n,
      });
      // One act takes one of several alike.
      return Array.from({ length: Number(orphans) }, () => step);
    }),
    checkShown(settling, { left, kept }),
    ...kept
      .filter(({ asset, ...units }) => own.includes(asset) || !isSettled(units))
      .map(({ asset }) =>
        actStep('ledger', 'writeOff', [source, asset], {
          title: `the vault is told what is missing, or found, of asset ${asset}`,
          target: ledger,
          at: address,
          afterAll: true,
          // Providers differ while some have not seen the last call: then the ledger itself says whether anything is left.
          isDone: () => readUnsettled(settling, asset).then(isSettled, () => false),
        }),
      ),
  ];
}

function isSettled({ orphaned, missing, found }: Omit<UnsettledAsset, 'asset'>): boolean {
  return orphaned === 0n && missing === 0n && found === 0n;
}

/** Reads which of the unwound entries wait. */
function readWaiting(settling: Settling): Promise<WaitingEntry[]> {
  const credits = new Map<Hex, Omit<WaitingEntry, 'orphans'>>();
  for (const packed of splitEntries(settling.unwound)) {
    const { kind, asset, amount } = unpackEntry(packed);
    const hash = bytesToHex(keccak256(packed));
    if (kind === 'LOCK' || kind === 'REFUND') credits.set(hash, { packed, hash, asset, amount });
  }
  const { block } = settling.agreed;
  return Promise.all(
    [...credits.values()].map(async (one) => ({ ...one, orphans: await readOrphans(settling, one.hash, block) })),
  );
}

/** Reads how many orphans have these bytes, at the newest block unless one is given. */
async function readOrphans({ source, ledger, agreed }: Settling, hash: Hex, block?: bigint): Promise<bigint> {
  const [orphans] = await agreed.reader.readContract({
    address: ledger.contract,
    abi: collateralLedgerAbi,
    functionName: 'orphansOf',
    args: [source, hash],
    ...(block === undefined ? {} : { blockNumber: block }),
  });
  return orphans;
}

/** Reads what is unsettled of an asset, at the newest block unless one is given. */
async function readUnsettled(
  { source, ledger, agreed }: Settling,
  asset: number,
  block?: bigint,
): Promise<UnsettledAsset> {
  const [orphaned, missing, found] = await agreed.reader.readContract({
    address: ledger.contract,
    abi: collateralLedgerAbi,
    functionName: 'unsettledOf',
    args: [source, asset],
    ...(block === undefined ? {} : { blockNumber: block }),
  });
  return { asset, orphaned, missing, found };
}

/** All that waits is known: the entries found have the units that the ledger waits for. */
function checkShown(
  { source, ledger, agreed }: Settling,
  { left, kept }: { readonly left: readonly WaitingEntry[]; readonly kept: readonly UnsettledAsset[] },
): CheckStep {
  return {
    kind: 'check',
    title: 'every entry that waits is known',
    target: ledger,
    problems: async () =>
      kept.flatMap(({ asset, orphaned }) => {
        const shown = left
          .filter((one) => one.asset === asset)
          .reduce((sum, { amount, orphans }) => sum + amount * orphans, 0n);
        return shown === orphaned
          ? []
          : [
              `of asset ${asset} of source ${source} ${orphaned} units wait at block ${agreed.block}, and the entries that logs show have ${shown}; expected all of them: name providers that keep every log, or give the others to surety ledger take-back`,
            ];
      }),
  };
}

/** Entries that come again use up their orphans meanwhile. */
function waitStep({ source, ledger, agreed }: Settling): WaitStep {
  return {
    kind: 'wait',
    title: 'the journal has had three days to bring its entries again',
    target: ledger,
    until: async () => {
      const [, , , , , heardAt] = await agreed.reader.readContract({
        address: ledger.contract,
        abi: collateralLedgerAbi,
        functionName: 'rewindOf',
        args: [source],
      });
      // Not heard at the tip yet: the three days have not begun.
      return (heardAt === 0 ? ledger.nowS : BigInt(heardAt)) + TAKE_BACK_AFTER;
    },
  };
}
