import type { Bytes32 } from '@surety/domain';
import type {
  AssetFact,
  CollateralStore,
  FoldCursor,
  FoldStep,
  LineFact,
  ParkedCreditFact,
  ReplicaFact,
} from '../fold/collateral-rows.js';

/** The folded state in memory. */
export class MemoryCollateralStore implements CollateralStore {
  readonly lines = new Map<string, LineFact>();
  readonly parked = new Map<string, ParkedCreditFact>();
  readonly replicas = new Map<Bytes32, ReplicaFact>();
  readonly assets = new Map<number, AssetFact>();
  readonly cursors = new Map<number, FoldCursor>();

  async loadCursor(chainId: number): Promise<FoldCursor | undefined> {
    return this.cursors.get(chainId);
  }

  async loadReplicas(): Promise<readonly ReplicaFact[]> {
    return [...this.replicas.values()];
  }

  async loadAssets(): Promise<readonly AssetFact[]> {
    return [...this.assets.values()];
  }

  async loadLines(
    keys: readonly { readonly account: Bytes32; readonly assetId: number }[],
  ): Promise<readonly LineFact[]> {
    return keys.flatMap((key) => this.lines.get(keyOf(key)) ?? []);
  }

  async loadLinesOf(account: Bytes32): Promise<readonly LineFact[]> {
    return this.sorted().filter((line) => line.account === account);
  }

  async loadParkedOf(account: Bytes32, limit: number): Promise<readonly ParkedCreditFact[]> {
    return [...this.parked.values()].filter((one) => one.account === account).slice(0, limit);
  }

  async loadLinesAfter(
    key: { readonly account: Bytes32; readonly assetId: number } | undefined,
    limit: number,
  ): Promise<readonly LineFact[]> {
    const after = key === undefined ? '' : keyOf(key);
    return this.sorted()
      .filter((line) => keyOf(line) > after)
      .slice(0, limit);
  }

  async saveStep({ cursor, lines, parked, unparked, replicas, assets }: FoldStep): Promise<void> {
    for (const line of lines) this.lines.set(keyOf(line), line);
    for (const one of parked) this.parked.set(`${one.source}:${one.index}`, one);
    for (const one of unparked) this.parked.delete(`${one.source}:${one.index}`);
    for (const replica of replicas) this.replicas.set(replica.edge, replica);
    for (const asset of assets) this.assets.set(asset.assetId, asset);
    this.cursors.set(cursor.chainId, cursor);
  }

  async countAccounts(): Promise<{ accounts: number; lines: number; parked: number }> {
    const accounts = new Set([...this.lines.values()].map((line) => line.account)).size;
    return { accounts, lines: this.lines.size, parked: this.parked.size };
  }

  /** All lines ascending by (account, asset). */
  sorted(): LineFact[] {
    return [...this.lines.values()].sort((left, right) => (keyOf(left) < keyOf(right) ? -1 : 1));
  }
}

function keyOf({ account, assetId }: { readonly account: Bytes32; readonly assetId: number }): string {
  return `${account}:${assetId.toString().padStart(5, '0')}`;
}
