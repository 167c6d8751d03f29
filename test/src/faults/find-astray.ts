import { collateralLedgerAbi, collateralVaultAbi } from '@surety/contracts';
import type { AccountId } from '@surety/domain';
import {
  COLLATERAL_CHAINS,
  type Devnet,
  type LocalNetwork,
  SETTLEMENT_CHAIN_ID,
  plannedOf,
  readAppliedBatches,
  vaultOf,
} from '@surety/devnet';
import { type ToldHeads, compareHistories, readJournals } from './compare-histories.js';
import { type Released, comparePayments, readReleased } from './compare-payments.js';

/** What a line made of everything that was locked, compared with the chains' own logs and storage. */
export interface Verdict {
  /** Each place where something was lost, doubled or contradicted; none is what a line must reach. */
  readonly findings: readonly string[];
  /** Number of comparisons: a verdict over nothing says nothing. */
  readonly entries: number;
  readonly releases: number;
  readonly lines: number;
  readonly signedHeads: number;
}

/** Compares replicas, lines and signing histories with the journals as the chains have them. */
export async function findAstray(devnet: Devnet, watchers: number, told: ToldHeads = new Map()): Promise<Verdict> {
  const findings: string[] = [];
  let [entries, releases, lines, signedHeads] = [0, 0, 0, 0];
  for (const { chainId } of COLLATERAL_CHAINS) {
    const locked = await readLocked(devnet.network, chainId);
    entries += locked.length;
    findings.push(...(await compareReplica(devnet.network, chainId, locked.length)));
    const released = await readReleased(devnet.network, chainId);
    releases += released.length;
    findings.push(...(await comparePayments(devnet.network, chainId, released)));
    const compared = await compareLines(devnet.network, chainId, { locked, released });
    findings.push(...compared.findings);
    lines += compared.count;
    for (const journal of await readJournals(devnet.network, chainId, { locked, released, told })) {
      const signed = await compareHistories(devnet, watchers, journal);
      findings.push(...signed.findings);
      signedHeads += signed.count;
    }
  }
  return { findings, entries, releases, lines, signedHeads };
}

interface Locked {
  readonly index: bigint;
  readonly asset: number;
  readonly account: AccountId;
  readonly amount: bigint;
  readonly height: bigint;
}

async function readLocked(network: LocalNetwork, chainId: number): Promise<Locked[]> {
  const events = await readerOf(network, chainId).getContractEvents({
    address: vaultOf(network, chainId),
    abi: collateralVaultAbi,
    eventName: 'Locked',
    fromBlock: 0n,
    strict: true,
  });
  return events.map(({ args, blockNumber }) => ({ ...args, account: args.account as AccountId, height: blockNumber }));
}

/** The replica stands where the journal stands, and its batches follow each other without gap and overlap. */
async function compareReplica(network: LocalNetwork, chainId: number, count: number): Promise<string[]> {
  const findings: string[] = [];
  const [, journalCount, journalHead] = await readerOf(network, chainId).readContract({
    address: vaultOf(network, chainId),
    abi: collateralVaultAbi,
    functionName: 'journalHead',
  });
  const [, replicaCount, replicaHead] = await readerOf(network, SETTLEMENT_CHAIN_ID).readContract({
    address: network.plan.settlement.ledger,
    abi: collateralLedgerAbi,
    functionName: 'replicaOf',
    args: [plannedOf(network, chainId).request.source],
  });
  if (journalCount !== BigInt(count)) findings.push(`chain ${chainId}: ${count} logs of ${journalCount} entries`);
  if (replicaCount !== journalCount || replicaHead !== journalHead)
    findings.push(`chain ${chainId}: the journal stands at ${journalCount}, the replica at ${replicaCount}`);
  let end = 0n;
  for (const { from, to } of await readAppliedBatches(network, chainId)) {
    if (from !== end) findings.push(`chain ${chainId}: a batch from ${from} follows one to ${end}`);
    end = to;
  }
  if (end !== replicaCount) findings.push(`chain ${chainId}: batches end at ${end}, the replica at ${replicaCount}`);
  return findings;
}

/** Each line holds exactly what was locked for it, less what was released from it. */
async function compareLines(
  network: LocalNetwork,
  chainId: number,
  moved: { readonly locked: readonly Locked[]; readonly released: readonly Released[] },
): Promise<{ findings: string[]; count: number }> {
  const sums = new Map<string, { account: AccountId; asset: number; amount: bigint }>();
  const taken = moved.released.map((one) => ({ ...one, amount: -one.amount }));
  for (const { account, asset, amount } of [...moved.locked, ...taken]) {
    const held = sums.get(`${account}:${asset}`)?.amount ?? 0n;
    sums.set(`${account}:${asset}`, { account, asset, amount: held + amount });
  }
  const findings: string[] = [];
  for (const { account, asset, amount } of sums.values()) {
    const line = await readerOf(network, SETTLEMENT_CHAIN_ID).readContract({
      address: network.plan.settlement.ledger,
      abi: collateralLedgerAbi,
      functionName: 'lineOf',
      args: [account, plannedOf(network, chainId).assetIds[asset - 1] ?? 0],
    });
    if (line.amount !== amount)
      findings.push(
        `chain ${chainId}: ${account} is owed ${amount} of asset ${asset}, the ledger holds ${line.amount}`,
      );
  }
  return { findings, count: sums.size };
}

function readerOf(network: LocalNetwork, chainId: number): NonNullable<ReturnType<LocalNetwork['readers']['get']>> {
  const reader = network.readers.get(chainId);
  if (reader === undefined) throw new Error(`chain ${chainId} is not part of this network`);
  return reader;
}
