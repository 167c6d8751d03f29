import type { Bytes32 } from '@surety/domain';
import type { FinalBlock } from '../ports/origin-chain.js';
import type { CollateralStore, LineFact, OptInFact } from './collateral-rows.js';
import type { SettlementReader } from './settlement-reader.js';

/** What of some accounts differs from what a quorum of providers answers. */
export interface Healing {
  readonly lines: readonly LineFact[];
  readonly optIns: readonly OptInFact[];
  readonly optOuts: readonly OptInFact[];
}

/** Compares the lines and protocols of some accounts with what a quorum of providers answers at the fold's own block. */
export async function planHealing(
  { reader, store }: { readonly reader: SettlementReader; readonly store: CollateralStore },
  { accounts, block }: { readonly accounts: readonly Bytes32[]; readonly block: FinalBlock },
  signal?: AbortSignal,
): Promise<Healing> {
  const lines: LineFact[] = [];
  const optIns: OptInFact[] = [];
  const optOuts: OptInFact[] = [];
  for (const account of accounts) {
    const membership = await reader.readMembership(account, block, signal);
    const enabled = new Set(membership.enabled);
    const held = await store.loadProtocolsOf(account);
    for (const protocol of membership.protocols) if (!held.includes(protocol)) optIns.push({ account, protocol });
    for (const protocol of held) if (!membership.protocols.includes(protocol)) optOuts.push({ account, protocol });
    const own = await store.loadLinesOf(account);
    for (const line of own) {
      const read = await reader.readLine(line, block, signal);
      const counts = enabled.has(line.assetId);
      const isSame =
        line.amount === read.amount && line.unseasoned === read.unseasoned && line.seasonEnd === read.seasonEnd;
      if (line.enabled !== counts || !isSame) lines.push({ ...line, enabled: counts, ...read });
    }
    for (const assetId of enabled) {
      if (own.some((line) => line.assetId === assetId)) continue;
      const read = await reader.readLine({ account, assetId }, block, signal);
      lines.push({ account, assetId, ...read, enabled: true });
    }
  }
  return { lines, optIns, optOuts };
}
