import type { Network } from '@surety/config';
import { collateralLedgerAbi, collateralVaultAbi } from '@surety/contracts';
import { WAD, address } from '@surety/domain';
import { type PublicClient, erc20Abi } from 'viem';
import type { Reach } from '../chains/open-config.js';
import { openReader } from '../chains/open-sender.js';
import type { CoverageFacts } from './judge-coverage.js';

type Chain = Network['chains'][number];
type Vault = NonNullable<Chain['vault']>;
type Asset = Vault['assets'][number];

/** In an asset's flags: a shortage is on record, the exit ended it. @source VaultBase.sol */
const FLAGS = { short: 4, ended: 128 } as const;

/**
 * Reads every configured asset at vaults and ledger, at the newest blocks. The part of a silent chain is null; without a
 * settlement part there is nothing to read.
 */
export async function readCoverages({ network, endpoints, clock }: Reach): Promise<readonly CoverageFacts[]> {
  const { settlement, chains } = network;
  if (settlement === undefined) return [];
  const readerOf = (chainId: number): PublicClient | null => {
    const chain = chains.find((one) => one.chainId === chainId);
    const reached = endpoints.get(chainId) ?? [];
    return chain === undefined || reached.length === 0 ? null : openReader({ chain, endpoints: reached, clock });
  };
  const home = readerOf(settlement.chainId);
  const ledger = home && { reader: home, address: address(settlement.ledger) };
  const read = chains.flatMap((chain) => {
    const { vault } = chain;
    if (vault === undefined) return [];
    const reader = readerOf(chain.chainId);
    return vault.assets.map(async (asset): Promise<CoverageFacts> => ({
      chain: chain.name,
      symbol: asset.symbol,
      index: asset.index,
      decimals: asset.decimals,
      vault: reader && (await orNull(readVault(reader, vault, asset))),
      ledger: ledger && (await orNull(readLedger(ledger, vault, asset))),
    }));
  });
  return Promise.all(read);
}

async function readVault(reader: PublicClient, vault: Vault, { index }: Asset): Promise<CoverageFacts['vault']> {
  const contract = { address: address(vault.address), abi: collateralVaultAbi } as const;
  const [kept, block] = await Promise.all([
    reader.readContract({ ...contract, functionName: 'assetOf', args: [index] }),
    reader.getBlock(),
  ]);
  const held = await orNull(
    reader.readContract({ address: kept.token, abi: erc20Abi, functionName: 'balanceOf', args: [contract.address] }),
  );
  const isShort = (kept.flags & FLAGS.short) !== 0;
  return {
    accounted: kept.accounted,
    held,
    reportedWad: isShort ? kept.coverage : WAD,
    shortSince: BigInt(kept.shortSince),
    hasEnded: (kept.flags & FLAGS.ended) !== 0,
    nowS: block.timestamp,
  };
}

async function readLedger(
  { reader, address: ledger }: { readonly reader: PublicClient; readonly address: `0x${string}` },
  { source }: Vault,
  { index }: Asset,
): Promise<CoverageFacts['ledger']> {
  const contract = { address: ledger, abi: collateralLedgerAbi } as const;
  const [coverage, [orphaned, missing, found], replica] = await Promise.all([
    reader.readContract({ ...contract, functionName: 'coverageOf', args: [source, index] }),
    reader.readContract({ ...contract, functionName: 'unsettledOf', args: [source, index] }),
    reader.readContract({ ...contract, functionName: 'replicaOf', args: [source] }),
  ]);
  const [inForceWad, reportedWad, impairedSince, coverFrom, lostSeq] = coverage;
  return {
    inForceWad,
    reportedWad,
    impairedSince: BigInt(impairedSince),
    coverFrom: BigInt(coverFrom),
    lostSeq,
    orphaned,
    missing,
    found,
    asOf: BigInt(replica[3]),
  };
}

/** Other checks report a failing provider; here its part is left out. */
async function orNull<Value>(asked: Promise<Value>): Promise<Value | null> {
  try {
    return await asked;
  } catch {
    return null;
  }
}
