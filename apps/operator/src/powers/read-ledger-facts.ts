import type { Network } from '@surety/config';
import {
  auctionNextSlot,
  collateralLedgerAbi,
  isCodeOf,
  liquidationAuctionCode,
  parseAuctionNextWord,
  riskManagerAbi,
  riskManagerCode,
} from '@surety/contracts';
import { type Address, address } from '@surety/domain';
import type { PublicClient } from 'viem';
import { orUnlisted } from '../terminal/or-unlisted.js';
import type { AssetFacts, LedgerPart, PowerSource } from './power-facts.js';

type Settlement = NonNullable<Network['settlement']>;

/** Reads the auction and the risk manager that count at the ledger, and those that it waits for itself: no timelock shows them any more. */
export async function readLedgerParts(settlement: Settlement, reader: PublicClient): Promise<readonly LedgerPart[]> {
  const ledger = { address: address(settlement.ledger), abi: collateralLedgerAbi } as const;
  const [auction, riskManager, [manager, adoptableAt], word = '0x0'] = await Promise.all([
    reader.readContract({ ...ledger, functionName: 'auction' }),
    reader.readContract({ ...ledger, functionName: 'riskManager' }),
    reader.readContract({ ...ledger, functionName: 'riskManagerNext' }),
    reader.getStorageAt({ address: ledger.address, slot: auctionNextSlot() }),
  ]);
  const scheduled = parseAuctionNextWord(BigInt(word));
  const [isAuction, isRiskManager] = await Promise.all([
    holdsCode(reader, auction, liquidationAuctionCode),
    holdsCode(reader, riskManager, riskManagerCode),
  ]);
  const isComing = scheduled.from !== 0 && scheduled.next !== auction.toLowerCase();
  return [
    {
      part: 'risk manager',
      live: address(riskManager),
      named: address(settlement.riskManager),
      isOfThisBuild: isRiskManager,
      ...(adoptableAt === 0 ? {} : { next: { at: address(manager), from: adoptableAt } }),
    },
    {
      part: 'auction',
      live: address(auction),
      ...(settlement.auction === undefined ? {} : { named: address(settlement.auction) }),
      isOfThisBuild: isAuction,
      ...(isComing ? { next: { at: scheduled.next, from: scheduled.from } } : {}),
    },
  ];
}

/** Reads the assets of the ledger that the file does not name, by the sources that they belong to. */
export async function readUnnamed(
  network: Network,
  settlement: Settlement,
  reader: PublicClient,
): Promise<readonly PowerSource[]> {
  const ledger = { address: address(settlement.ledger), abi: collateralLedgerAbi } as const;
  const named = new Set(network.chains.flatMap(({ vault }) => vault?.assets.map(({ assetId }) => assetId) ?? []));
  const count = await reader.readContract({ ...ledger, functionName: 'assetCount' });
  const unnamed = Array.from({ length: count }, (_, at) => at + 1).filter((assetId) => !named.has(assetId));
  const bySource = new Map<number, AssetFacts[]>();
  for (const assetId of unnamed) {
    const { source, ...asset } = await readUnnamedAsset(settlement, reader, assetId);
    bySource.set(source, [...(bySource.get(source) ?? []), asset]);
  }
  return Promise.all(
    [...bySource].map(async ([source, assets]) => {
      const [{ m, development, vault }] = await reader.readContract({
        ...ledger,
        functionName: 'sourceOf',
        args: [source],
      });
      return { source, chainName: 'not in chains.config.json', unnamed: address(vault), m, development, assets };
    }),
  );
}

/** Its vault is unknown, so nothing is known to be locked there: what it can cost is credit. */
async function readUnnamedAsset(
  settlement: Settlement,
  reader: PublicClient,
  assetId: number,
): Promise<AssetFacts & { readonly source: number }> {
  const ledger = { address: address(settlement.ledger), abi: collateralLedgerAbi } as const;
  const args = [assetId] as const;
  const [{ terms, capUnits, credited }, { fastUnits }] = await Promise.all([
    reader.readContract({ ...ledger, functionName: 'assetOf', args }),
    reader.readContract({ ...ledger, functionName: 'limitsOf', args }),
  ]);
  const risk = { address: address(settlement.riskManager), abi: riskManagerAbi } as const;
  const slot = [terms.underlying] as const;
  const price = await orUnlisted(reader.readContract({ ...risk, functionName: 'priceOf', args: slot }));
  return {
    source: terms.source,
    symbol: `asset ${assetId}`,
    decimals: terms.decimals,
    initialBp: terms.initialBp,
    maintenanceBp: terms.maintenanceBp,
    cap: capUnits,
    credited,
    ...(fastUnits < capUnits ? { fastLimit: fastUnits } : {}),
    limit: 0n,
    locked: 0n,
    price1e12: price?.price ?? 0n,
  };
}

async function holdsCode(
  reader: PublicClient,
  at: Address | `0x${string}`,
  code: Parameters<typeof isCodeOf>[1],
): Promise<boolean> {
  return isCodeOf((await reader.getCode({ address: at })) ?? '0x', code);
}
