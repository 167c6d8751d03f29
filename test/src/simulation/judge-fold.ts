import { keccak256 } from '@surety/contracts';
import { type Bytes32, bytesToHex } from '@surety/domain';
import { type ChainRows, type PaymentRow, noRows, stateHash } from '@surety/workflows';
import { SETTLEMENT_ID } from './deployment.js';
import { type FoldState, lineKey, orphansOf, paymentsOf, sortedCoverages, sortedLines } from './fold-store-model.js';
import { type LedgerState, coverageIn, openOf, orphanOf } from './ledger-state.js';
import { type VaultState, keptHash } from './vault-state.js';
import type { World } from './world.js';

/** Says where a fold differs from what the contracts hold at the final blocks that it names; nothing if it agrees: I11. */
export function judgeFold(world: World, fold: FoldState): string | undefined {
  for (const [chainId, cursor] of fold.cursors) {
    const block = world.chainOf(chainId).at(Number(cursor.height));
    if (block === undefined || block.hash !== cursor.hash) {
      if (world.chainOf(chainId).isBroken) continue;
      return `the fold of chain ${chainId} stands at block ${cursor.height}, which is not the chain's`;
    }
    const different =
      chainId === SETTLEMENT_ID
        ? judgeLedgerFold(world, fold, block.state as LedgerState)
        : judgeVaultFold(world, fold, chainId, block.state as VaultState);
    if (different !== undefined) return `at block ${cursor.height} of chain ${chainId}: ${different}`;
  }
  return undefined;
}

function judgeLedgerFold(world: World, fold: FoldState, state: LedgerState): string | undefined {
  const held = [...fold.lines.values()].filter(({ amount }) => amount > 0n);
  const real = [...state.lines.values()].filter(({ amount }) => amount > 0n);
  const amounts = new Map(held.map(({ account, assetId, amount }) => [`${account}:${assetId}`, amount]));
  if (held.length !== real.length) return `${held.length} lines, the ledger has ${real.length}`;
  for (const { account, assetId, amount } of real) {
    const folded = amounts.get(`${account}:${assetId}`);
    if (folded !== amount) return `line ${account}:${assetId} is ${folded}, the ledger has ${amount}`;
    const written = fold.written.get(lineKey({ account, assetId })) ?? 0n;
    if (written !== amount) return `changes of line ${account}:${assetId} add up to ${written}, it has ${amount}`;
  }
  if (fold.parked.size !== state.parked.size) return `${fold.parked.size} parked, the ledger has ${state.parked.size}`;
  for (const { source, inbound, outbound } of world.deployment.sources) {
    const replica = state.replicas.get(source);
    const folded = fold.replicas.get(inbound);
    const name = folded === undefined ? inbound : (folded.name ?? folded.edge);
    if (Number(folded?.count ?? 0) !== replica?.count || name !== replica.name)
      return `replica ${source} at ${folded?.count} of ${name}, the ledger at ${replica?.count} of ${replica?.name}`;
    const open = judgeOpen(fold, state, source);
    if (open !== undefined) return open;
    const written = state.outbound.get(source)?.lines.length ?? 0;
    const journal = Number(fold.journals.get(outbound)?.count ?? 0);
    if (journal !== written) return `journal ${source} at ${journal}, the ledger at ${written}`;
  }
  return undefined;
}

/** What is open of a source's assets and entries: all that the fold and the ledger say of coverage and of orphans. */
function judgeOpen(fold: FoldState, state: LedgerState, source: number): string | undefined {
  for (const vaultAsset of [1, 2, 3]) {
    const { inForce, reported, since, lostSeq } = coverageIn(state, source, vaultAsset);
    const { orphaned, missing, found } = openOf(state, source, vaultAsset);
    const real = [inForce, reported, BigInt(since), lostSeq, orphaned, missing, found].join();
    const held = fold.coverages.get(`${source}:${vaultAsset}`);
    const whole = 10n ** 18n;
    const folded =
      held === undefined
        ? [whole, whole, 0n, 0n, 0n, 0n, 0n].join()
        : [
            held.inForceWad,
            held.reportedWad,
            held.impairedSince,
            held.lostSeq,
            held.orphaned,
            held.missing,
            held.found,
          ].join();
    if (folded !== real)
      return `asset ${vaultAsset} of source ${source} is open with ${folded}, the ledger with ${real}`;
  }
  for (const [key, { count, spent }] of state.orphans) {
    if (!key.startsWith(`${source}:`)) continue;
    const folded = fold.orphans.get(key);
    if ((folded?.count ?? 0) !== count || (folded?.spent ?? 0n) !== spent)
      return `orphan ${key} is ${folded?.count} and ${folded?.spent}, the ledger has ${count} and ${spent}`;
  }
  for (const { entryHash, count } of orphansOf(fold, source))
    if (orphanOf(state, source, entryHash).count !== count) return `orphan ${entryHash} is ${count}`;
  return undefined;
}

const STATES: Readonly<Record<string, PaymentRow['state']>> = {
  queued: 'QUEUED',
  paid: 'PAID',
  claimable: 'CLAIMABLE',
  stopped: 'STOPPED',
  void: 'VOID',
  none: 'NONE',
};

function judgeVaultFold(world: World, fold: FoldState, chainId: number, state: VaultState): string | undefined {
  const edge = world.edges.find((one) => one.destinationId === chainId && one.direction === 'to-vault');
  if (edge === undefined) return undefined;
  const folded = paymentsOf(fold, edge.edgeId);
  if (folded.length !== state.payments.size) return `${folded.length} payments, the vault has ${state.payments.size}`;
  for (const { seq, entryHash, state: stage } of folded) {
    const real = state.payments.get(seq);
    const expected = real === undefined ? '0x' : keptHash(real);
    if (bytesToHex(entryHash) !== expected) return `payment ${seq} has another entry`;
    if (real === undefined || STATES[real.state] !== stage)
      return `payment ${seq} is ${stage}, the vault says ${real?.state}`;
  }
  return undefined;
}

/** Returns the state hash of a fold, made by production code. */
export function hashFold(world: World, fold: FoldState): Promise<Bytes32> {
  const chains: ChainRows[] = [];
  for (const [chainId, { changed }] of fold.cursors) {
    const isLedger = chainId === SETTLEMENT_ID;
    const replicas = [...fold.replicas.values()].filter(
      (one) => one.chainId === chainId && (one.count > 0n || (one.generation ?? 0) > 0),
    );
    if (!isLedger && replicas.length === 0) continue;
    const edge = world.edges.find((one) => one.destinationId === chainId && one.direction === 'to-vault');
    const payments = isLedger || edge === undefined ? [] : paymentsOf(fold, edge.edgeId);
    chains.push({
      chainId,
      height: changed.height,
      hash: changed.hash,
      lines: isLedger ? onePage(sortedLines(fold)) : noRows(),
      replicas,
      coverages: isLedger ? sortedCoverages(fold) : [],
      payments: payments.length === 0 ? noRows() : onePage(payments),
    });
  }
  return stateHash(chains, keccak256);
}

async function* onePage<Row>(rows: readonly Row[]): AsyncGenerator<readonly Row[]> {
  yield rows;
}
