import { collateralLedgerAbi, keccak256 } from '@surety/contracts';
import { ENTRY_BYTES, type Hex, bytesToHex, unpackEntry } from '@surety/domain';
import type { ActTarget } from '../acts/find-target.js';
import type { MigrationStep } from './migration.js';
import { actStep } from './migration-steps.js';

/** Seconds after the replica first reached its journal's tip from which an orphan may be taken back. @source ILedgerRewind */
const TAKE_BACK_AFTER = 259_200n;

/** The rewound entries of a ledger's replica that are still to be settled. */
export interface Settling {
  readonly source: number;
  readonly ledger: ActTarget;
  /** Entries that it unwound, packed. */
  readonly unwound: Uint8Array;
}

/**
 * Plans the steps for orphans that do not come again: each is taken back, then the vault is told how many units are
 * missing.
 */
export async function settlingSteps({ source, ledger, unwound }: Settling): Promise<MigrationStep[]> {
  const { reader, contract: address } = ledger;
  const view = { address, abi: collateralLedgerAbi } as const;
  const left: { readonly packed: Uint8Array; readonly hash: Hex; readonly asset: number }[] = [];
  for (let at = 0; at < unwound.length; at += ENTRY_BYTES) {
    const packed = unwound.subarray(at, at + ENTRY_BYTES);
    const hash = bytesToHex(keccak256(packed));
    const { kind, asset } = unpackEntry(packed);
    if (kind !== 'LOCK' && kind !== 'REFUND') continue;
    const [orphans] = await reader.readContract({ ...view, functionName: 'orphansOf', args: [source, hash] });
    if (orphans > 0n) left.push({ packed, hash, asset });
  }
  const assets = [...new Set(assetsOf(unwound))];
  return [
    ...(left.length === 0 ? [] : [waitStep(source, ledger)]),
    ...left.map(({ packed, hash }) =>
      actStep('ledger', 'takeBack', [source, bytesToHex(packed)], {
        title: `orphan ${hash} is taken back, unless it comes again`,
        target: ledger,
        at: address,
        afterAll: true,
        isDone: async () =>
          (await reader.readContract({ ...view, functionName: 'orphansOf', args: [source, hash] }))[0] === 0n,
      }),
    ),
    ...assets.map((asset) =>
      actStep('ledger', 'writeOff', [source, asset], {
        title: `the vault is told what is missing, or found, of asset ${asset}`,
        target: ledger,
        at: address,
        afterAll: true,
        isDone: async () => {
          const [orphaned, missing, found] = await reader.readContract({
            ...view,
            functionName: 'unsettledOf',
            args: [source, asset],
          });
          return orphaned === 0n && missing === 0n && found === 0n;
        },
      }),
    ),
  ];
}

function assetsOf(unwound: Uint8Array): number[] {
  return Array.from({ length: unwound.length / ENTRY_BYTES }, (_, at) =>
    unpackEntry(unwound.subarray(at * ENTRY_BYTES, (at + 1) * ENTRY_BYTES)),
  )
    .filter(({ kind }) => kind === 'LOCK' || kind === 'REFUND')
    .map(({ asset }) => asset);
}

/** Entries that come again use up their orphans meanwhile. */
function waitStep(source: number, ledger: ActTarget): MigrationStep {
  return {
    kind: 'wait',
    title: 'the journal has had three days to bring its entries again',
    target: ledger,
    until: async () => {
      const [, , , , , heardAt] = await ledger.reader.readContract({
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
