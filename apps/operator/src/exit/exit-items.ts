import { proveExitLine, proveExitOpening, proveExitParked, proveExitStopped } from '@surety/chain';
import { collateralLedgerAbi, collateralVaultAbi, keccak256 } from '@surety/contracts';
import {
  type Address,
  type Bytes32,
  type Hex,
  address,
  bytes32,
  bytesToHex,
  concatBytes,
  foldHeads,
  hexToBytes,
  mulDivDown,
  uintToBytes,
} from '@surety/domain';
import { PAYMENT_STATES } from '@surety/workflows';
import { operatorError } from '../errors.js';
import { type ExitMark, cutRun, marksBetween } from './cut-run.js';
import { type ExitState, type ExitVault, readExit, readRun } from './exit-vault.js';
import { readKnownRun } from './kept-end.js';

/** Entries in one transaction that only hashes them: about 1,300,000 gas with their calldata. */
export const FOLDED_MOST = 512;

/** The member functions of a vault that take a claim. */
type ClaimFunction = 'claimLine' | 'claimParked' | 'claimEntry' | 'claimStopped';

/** A claim's function, and its arguments after the claim itself. */
export interface ItemProof {
  readonly functionName: ClaimFunction;
  readonly args: readonly unknown[];
  /** To keep first, in order, where the vault does not know the end of the entries. */
  readonly marks: readonly ExitMark[];
  /** The moving end of the vault's journal, to keep before everything else; missing where the entries lead to a kept head. */
  readonly end?: ExitMark;
}

/** Something of an account that an exit pays. */
export interface ExitItem {
  /** `line:USDC`, `parked:12`, `entry:40` or `stopped:7`. */
  readonly name: string;
  /** Index of the asset at the vault. */
  readonly vaultAsset: number;
  /** Token units in the anchor block, or of the entry. */
  readonly amount: bigint;
  /** Key under which the vault counts the claims of the account's own part. */
  readonly leaf: Bytes32;
  /** True where protocols have their registered shares in it. */
  readonly isShared: boolean;
  prove(): Promise<ItemProof>;
}

/** Lists what an account has in the anchor block: lines, parked credits, locks the ledger had not applied, stopped payments. */
export async function listExitItems(place: ExitVault, state: ExitState, account: Bytes32): Promise<ExitItem[]> {
  const { number: anchorNumber } = await readAnchor(place, state);
  const lists = await Promise.all([
    listLines(place, state, account, anchorNumber),
    listParked(place, state, account, anchorNumber),
    listLocks(place, state, account),
    listStopped(place, state, account, anchorNumber),
  ]);
  return lists.flat();
}

async function readAnchor({ homeClient, home }: ExitVault, { anchor }: ExitState): Promise<{ number: bigint }> {
  try {
    const block = await homeClient.getBlock({ blockHash: anchor });
    return { number: block.number };
  } catch (cause) {
    throw operatorError(
      'PROVIDER_FAILED',
      `no provider of ${home.chain.name} shows the anchor block ${anchor}; if none of that chain ever had it, attesters made it up: runbook 05`,
      cause,
    );
  }
}

async function listLines(
  place: ExitVault,
  { anchor }: ExitState,
  account: Bytes32,
  blockNumber: bigint,
): Promise<ExitItem[]> {
  const { homeClient, ledger: at, source, assets } = place;
  const ledger = { address: at, abi: collateralLedgerAbi, blockNumber } as const;
  const found = await Promise.all(
    assets.map(async ({ index, symbol }): Promise<ExitItem | undefined> => {
      const assetId = await homeClient.readContract({ ...ledger, functionName: 'assetIdOf', args: [source, index] });
      if (assetId === 0) return undefined;
      const { amount } = await homeClient.readContract({ ...ledger, functionName: 'lineOf', args: [account, assetId] });
      if (amount === 0n) return undefined;
      return {
        name: `line:${symbol}`,
        vaultAsset: index,
        amount,
        leaf: leafOf(LEAVES.line, hexToBytes(account), word(assetId)),
        isShared: true,
        prove: async () => {
          const { line, asset } = await place.prove((ask) =>
            proveExitLine(ask, { ledger: at, anchor, account, assetId }),
          );
          return { functionName: 'claimLine', args: [assetId, line, asset], marks: [] };
        },
      };
    }),
  );
  return found.flatMap((item) => item ?? []);
}

async function listParked(
  place: ExitVault,
  { anchor }: ExitState,
  account: Bytes32,
  blockNumber: bigint,
): Promise<ExitItem[]> {
  const { homeClient, ledger: at, source } = place;
  const { fromBlock, span } = place.logsOf('to-vault');
  const indices = new Set<bigint>();
  for (const range of blockRanges(fromBlock, blockNumber, span)) {
    const logs = await homeClient.getContractEvents({
      address: at,
      abi: collateralLedgerAbi,
      eventName: 'Parked',
      args: { source, account },
      ...range,
      strict: true,
    });
    for (const { args } of logs) indices.add(args.index);
  }
  const ledger = { address: at, abi: collateralLedgerAbi, blockNumber } as const;
  const found = await Promise.all(
    [...indices].map(async (index): Promise<ExitItem | undefined> => {
      const parked = await homeClient.readContract({ ...ledger, functionName: 'parkedOf', args: [source, index] });
      if (parked.amount === 0n || bytes32(parked.account) !== account) return undefined;
      return {
        name: `parked:${index}`,
        vaultAsset: parked.vaultAsset,
        amount: parked.amount,
        leaf: leafOf(LEAVES.parked, word(index)),
        isShared: true,
        prove: async () => {
          const proof = await place.prove((ask) => proveExitParked(ask, { ledger: at, anchor, source, index }));
          return { functionName: 'claimParked', args: [index, proof.account, proof.amount], marks: [] };
        },
      };
    }),
  );
  return found.flatMap((item) => item ?? []);
}

/** Lists the account's locks that the ledger had not applied. */
async function listLocks(place: ExitVault, state: ExitState, account: Bytes32): Promise<ExitItem[]> {
  const { applied } = await proveOpening(place, state);
  const { entries, packed } = await readRun(place, 'to-ledger', { after: applied, tip: state.journal });
  const heads = [applied.head, ...foldHeads(applied, packed, keccak256)];
  return entries.flatMap(({ kind, account: owner, asset, amount }, at): ExitItem[] => {
    if (kind !== 'LOCK' || owner !== account) return [];
    const before = { count: applied.count + BigInt(at), head: heads[at] as Bytes32 };
    const index = before.count + 1n;
    return [
      {
        name: `entry:${index}`,
        vaultAsset: asset,
        amount,
        leaf: leafOf(LEAVES.entry, hexToBytes(place.logsOf('to-ledger').edgeId), word(index)),
        isShared: false,
        prove: async () => {
          // The first claim of each asset lengthens the journal by a report.
          const { packed: run, end } = await readKnownRun(place, await readExit(place), { after: before, least: 1 });
          const chunks = cutRun(before, run, FOLDED_MOST);
          return {
            functionName: 'claimEntry',
            args: [index, before.head, chunks[0]?.entries ?? '0x'],
            marks: marksBetween(place.logsOf('to-ledger').edgeId, chunks),
            ...(end === undefined ? {} : { end }),
          };
        },
      },
    ];
  });
}

/** Lists the account's payments that were stopped and had not come back to their line. */
async function listStopped(
  place: ExitVault,
  { anchor }: ExitState,
  account: Bytes32,
  blockNumber: bigint,
): Promise<ExitItem[]> {
  const { homeClient, source } = place;
  const ledger = { address: place.ledger, abi: collateralLedgerAbi, blockNumber } as const;
  const queued = await readQueued(place, { account });
  const stopped = queued.filter(({ seq, state }) => state === 'STOPPED' && seq <= EXIT_CLAIMS);
  const found = await Promise.all(
    stopped.map(async ({ seq, asset, amount }): Promise<ExitItem | undefined> => {
      const record = await homeClient.readContract({ ...ledger, functionName: 'releasedOf', args: [source, seq] });
      // Its refund was applied: the units are on the line.
      if (BigInt(record) === 0n) return undefined;
      return {
        name: `stopped:${seq}`,
        vaultAsset: asset,
        amount,
        leaf: leafOf(LEAVES.stopped, word(seq)),
        isShared: false,
        prove: async () => {
          const proof = await place.prove((ask) =>
            proveExitStopped(ask, { ledger: place.ledger, anchor, source, seq }),
          );
          return { functionName: 'claimStopped', args: [seq, asset, amount, proof.record], marks: [] };
        },
      };
    }),
  );
  return found.flatMap((item) => item ?? []);
}

/** Kinds of claimed items. @source VaultExit.LEAF_LINE and those after it */
const LEAVES = { line: 1, parked: 2, entry: 3, stopped: 4 };
const WHOLE_BP = 10_000n;

const word = (value: bigint | number): Uint8Array => uintToBytes(BigInt(value), 32);
const leafOf = (kind: number, ...key: readonly Uint8Array[]): Bytes32 =>
  bytes32(bytesToHex(keccak256(concatBytes(word(kind), ...key))));

/** A share in the lines and parked credit of an account that a protocol registered for its claimant, in basis points. */
export interface ExitShare {
  readonly protocol: Address;
  readonly claimant: Address;
  readonly shareBp: number;
}

/** Reads the shares that protocols registered, in the anchor block; none of those that registered nothing. */
export async function readExitShares(place: ExitVault, state: ExitState, account: Bytes32): Promise<ExitShare[]> {
  const { number: blockNumber } = await readAnchor(place, state);
  const ledger = { address: place.ledger, abi: collateralLedgerAbi, blockNumber } as const;
  const read = place.homeClient;
  const protocols = await read.readContract({ ...ledger, functionName: 'protocolsOf', args: [account] });
  const shares = await Promise.all(
    protocols.map(async (protocol): Promise<ExitShare> => {
      const args = [account, protocol] as const;
      const [claimant, shareBp] = await read.readContract({ ...ledger, functionName: 'exitShareOf', args });
      return { protocol: address(protocol), claimant: address(claimant), shareBp };
    }),
  );
  return shares.filter(({ shareBp }) => shareBp > 0);
}

/** Returns the units of an item that are the account's own beside the shares, rounded down. @source VaultExitParties._partOf */
export function ownPartOf(
  { amount, isShared }: Pick<ExitItem, 'amount' | 'isShared'>,
  shares: readonly ExitShare[],
): bigint {
  const sum = isShared ? shares.reduce((total, { shareBp }) => total + BigInt(shareBp), 0n) : 0n;
  return sum < WHOLE_BP ? mulDivDown(amount, WHOLE_BP - sum, WHOLE_BP) : 0n;
}

/** Reads how many units of each item's own part were claimed by now. */
export function readClaimed({ client, vault }: ExitVault, items: readonly ExitItem[]): Promise<bigint[]> {
  const contract = { address: vault, abi: collateralVaultAbi } as const;
  return Promise.all(
    items.map(({ leaf }) => client.readContract({ ...contract, functionName: 'claimedOf', args: [leaf] })),
  );
}

/** Proves the ledger in the anchor block. */
export function proveOpening(place: ExitVault, { anchor }: ExitState): ReturnType<typeof proveExitOpening> {
  const [toLedger, toVault] = [place.logsOf('to-ledger').edgeId, place.logsOf('to-vault').edgeId];
  return place.prove((ask) => proveExitOpening(ask, { ledger: place.ledger, anchor, toLedger, toVault }));
}

/** Payments above this number are claims of the exit. @source VaultBase.CLAIMS */
export const EXIT_CLAIMS = (2n ** 32n - 1n) << 64n;

/** A payment as the vault queued it. */
export interface QueuedPayment {
  readonly seq: bigint;
  readonly asset: number;
  readonly account: Bytes32;
  readonly recipient: Hex;
  readonly amount: bigint;
  readonly state: (typeof PAYMENT_STATES)[number];
  /** Block time in seconds from which it may be paid. */
  readonly readyAt: bigint;
}

/** Reads what the vault ever queued, of one account or of all, above a number or all, each with its present state. */
export async function readQueued(
  place: ExitVault,
  { account, above = 0n }: { readonly account?: Bytes32 | undefined; readonly above?: bigint },
): Promise<QueuedPayment[]> {
  const { client, vault } = place;
  const { fromBlock: first, span } = place.logsOf('to-ledger');
  const newest = await client.getBlockNumber({ cacheTime: 0 });
  const queued = new Map<bigint, Omit<QueuedPayment, 'state' | 'readyAt'>>();
  const contract = { address: vault, abi: collateralVaultAbi } as const;
  for (const range of blockRanges(first, newest, span)) {
    const logs = await client.getContractEvents({
      ...contract,
      eventName: 'Queued',
      args: account === undefined ? {} : { account },
      ...range,
      strict: true,
    });
    for (const { args: told } of logs)
      if (told.seq > above) queued.set(told.seq, { ...told, account: bytes32(told.account) });
  }
  // Only a claim of the exit may be paid to another than it was queued for.
  const mayBeRedirected = [...queued.keys()].some((seq) => seq > EXIT_CLAIMS);
  for (const range of mayBeRedirected ? blockRanges(first, newest, span) : []) {
    const logs = await client.getContractEvents({ ...contract, eventName: 'ExitRedirected', ...range, strict: true });
    for (const { args: told } of logs) {
      const one = queued.get(told.seq);
      if (one !== undefined) queued.set(told.seq, { ...one, recipient: told.recipient });
    }
  }
  return Promise.all(
    [...queued.values()].map(async (one) => ({ ...one, ...(await readPaymentState(place, one.seq)) })),
  );
}

/** Reads what the vault says of a payment now. */
async function readPaymentState(
  { client, vault }: ExitVault,
  seq: bigint,
): Promise<Pick<QueuedPayment, 'state' | 'readyAt'>> {
  const contract = { address: vault, abi: collateralVaultAbi } as const;
  const payment = await client.readContract({ ...contract, functionName: 'payment', args: [seq] });
  return { state: PAYMENT_STATES[payment.state] ?? 'VOID', readyAt: BigInt(payment.readyAt) };
}

/** Splits blocks into ranges that a provider serves, in order. */
function* blockRanges(first: bigint, last: bigint, span: bigint): Generator<{ fromBlock: bigint; toBlock: bigint }> {
  for (let fromBlock = first; fromBlock <= last; fromBlock += span) {
    const end = fromBlock + span - 1n;
    yield { fromBlock, toBlock: end < last ? end : last };
  }
}
