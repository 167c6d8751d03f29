import { attesterSetAbi, keccak256, localDeskAbi } from '@surety/contracts';
import { type Bytes32, type EdgeDirection, bytesToHex, concatBytes, cutsBetween, foldHeads } from '@surety/domain';
import { BATCH_GAS_CEILING, type TransactionSender } from '@surety/workflows';
import { type Hex, encodeFunctionData } from 'viem';
import { land } from '../chains/open-sender.js';
import { type LocalPlace, localVerifierAt } from './local-place.js';
import { type PendingEntries, splitPacked } from './read-pending.js';

/** One batch to carry: `packed` follows `from`. */
interface CarriedBatch {
  readonly from: bigint;
  readonly packed: Uint8Array;
  /** The journal's head after the batch. */
  readonly head: Bytes32;
}

/** Splits pending entries into batches, in order: a replica accepts those that end at a cut or at the tip. */
export function planCarries({ after, tip, packed }: PendingEntries): CarriedBatch[] {
  const entries = splitPacked(packed);
  const heads = foldHeads(after, packed, keccak256);
  const ends = [...new Set([...cutsBetween(after.count, tip.count), tip.count])].filter((end) => end > after.count);
  let from = after.count;
  return ends.map((end) => {
    const [first, last] = [Number(from - after.count), Number(end - after.count)];
    const batch = { from, packed: concatBytes(...entries.slice(first, last)), head: heads[last - 1] as Bytes32 };
    from = end;
    return batch;
  });
}

/** A batch that was carried: the replica has the entries up to `end`. */
export interface LandedBatch {
  readonly txHash: Hex;
  readonly end: bigint;
}

/**
 * Carries pending entries to the replica beside their journal through the desk, in as many transactions as it takes. Of a
 * long backlog the heads between batches are kept first, from the tip downwards. `landed` takes up each batch.
 * @throws CARRY_REFUSED with the contract's own reason.
 */
export async function carryPending(
  place: LocalPlace,
  pending: PendingEntries,
  use: {
    readonly direction: EdgeDirection;
    readonly sender: TransactionSender;
    /** Account that the locks' fees are credited to. */
    readonly feeTo: Bytes32;
    readonly tell: (line: string) => void;
    readonly landed: LandedBatch[];
  },
): Promise<void> {
  const { direction, sender, feeTo, tell, landed } = use;
  const batches = planCarries(pending);
  const { journal, replica } = place.edges.of(direction);
  const ofVault = direction === 'to-ledger';
  for (let at = batches.length - 1; at > 0; at--) {
    const [before, batch] = [batches[at - 1], batches[at]];
    if (before === undefined || batch === undefined) continue;
    tell(`keeping the head at entry ${batch.from} …`);
    const args = [journal, ofVault, replica, batch.from, before.head, bytesToHex(batch.packed)] as const;
    const calldata = encodeFunctionData({ abi: attesterSetAbi, functionName: 'keepHead', args });
    await land(
      sender,
      { purpose: 'keep-head', to: localVerifierAt(place, direction), calldata, gasCeiling: BATCH_GAS_CEILING },
      'CARRY_REFUSED',
    );
  }
  for (const { from, packed } of batches) {
    const entries = bytesToHex(packed);
    const calldata = ofVault
      ? encodeFunctionData({ abi: localDeskAbi, functionName: 'credit', args: [from, entries, feeTo] })
      : encodeFunctionData({ abi: localDeskAbi, functionName: 'deliver', args: [from, entries] });
    const purpose = ofVault ? 'credit' : 'deliver';
    tell(`${ofVault ? 'crediting' : 'delivering'} from entry ${from + 1n} on …`);
    const call = { purpose, to: place.desk, calldata, gasCeiling: BATCH_GAS_CEILING };
    const txHash = await land(sender, call, 'CARRY_REFUSED');
    landed.push({ txHash, end: from + BigInt(splitPacked(packed).length) });
  }
}
