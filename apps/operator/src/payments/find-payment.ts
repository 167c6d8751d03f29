import { collateralLedgerAbi, collateralVaultAbi, keccak256 } from '@surety/contracts';
import { type Entry, type Hex, address, bytesToHex, hexToBytes, refundRecord, unpackEntry } from '@surety/domain';
import { PAYMENT_STATES, type VaultPayment } from '@surety/workflows';
import { type OperatorErrorCode, operatorError } from '../errors.js';
import { openAgreed } from '../chains/open-agreed.js';
import { type PaymentEdge, payCommandOf, paymentEdges } from '../relay/relayed-edges.js';
import { type Reach, placeOf, findSettlement } from '../chains/open-config.js';
import { connectAggregator } from '../chains/connect-aggregator.js';

/** A release that a vault has recorded, with the entry that it recorded. */
export interface FoundPayment {
  readonly edge: PaymentEdge;
  /** Number of the release at the vault. */
  readonly seq: bigint;
  readonly packed: Hex;
  readonly entry: Entry;
  readonly state: VaultPayment['state'];
  /** Block time in seconds from which it may be paid, since which it is claimable, or from which it may be refunded, again too. */
  readonly readyAt: bigint;
  /** Block time in seconds of the vault's chain. */
  readonly nowS: bigint;
}

export interface PaymentSearch {
  /** `<edge>:<index>`, as `surety release` prints it. */
  readonly id: string;
  /** The entry's 95 bytes, where no aggregator gives them. */
  readonly packed: string | undefined;
  readonly code: OperatorErrorCode;
  /** Hears that a provider contradicts the others. */
  readonly tell?: (line: string) => void;
}

const ENTRY_ID = /^(0x[0-9a-fA-F]{64}):([1-9][0-9]{0,18})$/;
const PACKED = /^0x[0-9a-fA-F]{190}$/;

/**
 * Finds a release at its vault, and the bytes of its entry from the aggregator or from the caller. They must hash to
 * the vault's record.
 * @throws BAD_USE, NO_PROVIDER; NO_QUORUM if too few providers agree; `code` if the vault has no such payment or its entry differs.
 */
export async function findPayment(config: Reach, search: PaymentSearch): Promise<FoundPayment> {
  const { id, packed, code } = search;
  const [, name = '', index = ''] = ENTRY_ID.exec(id) ?? [];
  const edge = paymentEdges(config.network).find((one) => one.journal.edgeId === name.toLowerCase());
  if (edge === undefined) {
    throw operatorError(
      'BAD_USE',
      `"${id}" is no release of this deployment; expected <edge>:<index> of an edge to a vault`,
    );
  }
  if (packed !== undefined && !PACKED.test(packed))
    throw operatorError(
      'BAD_USE',
      `--packed holds ${packed.length} characters; expected 0x and the 95 bytes of an entry`,
    );
  const seq = BigInt(index);
  const chain = edge.destination;
  const { reader, block: blockNumber } = await openAgreed(placeOf(config, chain), search.tell);
  const vault = { address: edge.journal.edge.replica, abi: collateralVaultAbi } as const;
  const [payment, block] = await Promise.all([
    reader.readContract({ ...vault, functionName: 'payment', args: [seq], blockNumber }),
    reader.getBlock({ blockNumber }),
  ]);
  const state = PAYMENT_STATES[payment.state] ?? 'VOID';
  const found = { edge, seq, state, readyAt: BigInt(payment.readyAt), nowS: block.timestamp };
  if (state === 'NONE') {
    const seen = `the vault on ${chain.name} has not recorded ${id}`;
    throw operatorError(
      code,
      (await isReleased(config, edge.source, { ...search, seq }))
        ? `${seen}; ${payCommandOf(edge)} brings it there`
        : `${seen}, and the ledger never made it; expected a release that surety release or surety account names`,
    );
  }
  if (state === 'PAID') {
    throw operatorError(code, `payment ${id} is PAID on ${chain.name}: nothing is to be done`);
  }
  const bytes = hexToBytes(packed ?? (await readPacked(config, search, found)));
  const entry = unpackEntry(bytes);
  // Of a stopped release the vault keeps what its refund names.
  const isReleaseStopped = state === 'STOPPED' && entry.kind === 'RELEASE';
  const kept = isReleaseStopped ? refundRecord(entry, keccak256) : keccak256(bytes);
  const hash = bytesToHex(kept).slice(0, payment.entryHash.length);
  if (hash !== payment.entryHash) {
    throw operatorError(code, `the entry given for ${id} hashes to ${hash}; the vault recorded ${payment.entryHash}`);
  }
  return { ...found, packed: bytesToHex(bytes), entry };
}

/** Returns true if the ledger made a release of this number to a source. */
async function isReleased(
  config: Reach,
  source: number,
  { seq, tell }: Pick<PaymentSearch, 'tell'> & { readonly seq: bigint },
): Promise<boolean> {
  const found = findSettlement(config.network);
  if (found === undefined) return true;
  const { settlement, chain } = found;
  const { reader, block: blockNumber } = await openAgreed(placeOf(config, chain), tell);
  const ledger = { address: address(settlement.ledger), abi: collateralLedgerAbi, blockNumber } as const;
  return BigInt(await reader.readContract({ ...ledger, functionName: 'releasedOf', args: [source, seq] })) !== 0n;
}

async function readPacked(
  { aggregatorUrls }: Reach,
  { id, code }: PaymentSearch,
  { edge, seq, state }: Pick<FoundPayment, 'edge' | 'seq' | 'state'>,
): Promise<Hex> {
  const list = state === 'STOPPED' ? 'readStopped' : 'readPayments';
  const listed = await connectAggregator(aggregatorUrls)[list](edge.journal.edgeId, seq - 1n);
  const found = listed.find((one) => one.seq === seq);
  if (found !== undefined) return bytesToHex(found.packed);
  throw operatorError(
    code,
    `payment ${id} is ${state} at the vault and no aggregator lists it; if you hold its entry, add --packed 0x…`,
  );
}
