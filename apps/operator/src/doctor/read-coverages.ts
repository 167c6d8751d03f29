import type { Network } from '@surety/config';
import { collateralLedgerAbi, collateralVaultAbi } from '@surety/contracts';
import { WAD, address } from '@surety/domain';
import {
  BaseError,
  ContractFunctionRevertedError,
  ContractFunctionZeroDataError,
  type PublicClient,
  erc20Abi,
} from 'viem';
import { tellFailure } from '../errors.js';
import { openAgreedReader } from '../chains/open-agreed.js';
import { type Reach, placeOf } from '../chains/open-config.js';
import type { CoverageFacts } from './judge-coverage.js';

type Chain = Network['chains'][number];
type Vault = NonNullable<Chain['vault']>;
type Asset = Vault['assets'][number];

/** In an asset's flags: a shortage is on record, the exit ended it. @source VaultBase.sol */
const FLAGS = { short: 4, ended: 128 } as const;

/**
 * Reads every configured asset at vaults and ledger, at the newest blocks, as two thirds of each chain's providers answer. The part of a
 * chain that is not read is null, with the reason; without a settlement part there is nothing to read.
 */
export async function readCoverages(reach: Reach): Promise<readonly CoverageFacts[]> {
  const { settlement, chains } = reach.network;
  if (settlement === undefined) return [];
  const readers = new Map(
    chains.flatMap((chain): [number, PublicClient][] => {
      const place = placeOf(reach, chain);
      return place.endpoints.length === 0 ? [] : [[chain.chainId, openAgreedReader(place)]];
    }),
  );
  const home = readers.get(settlement.chainId);
  const ledger = home && { reader: home, address: address(settlement.ledger) };
  const read = chains.flatMap((chain) => {
    const { vault } = chain;
    if (vault === undefined) return [];
    const reader = readers.get(chain.chainId);
    return vault.assets.map(async (asset): Promise<CoverageFacts> => {
      const [atVault, atLedger] = await Promise.all([
        tryRead(reader && readVault(reader, vault, asset)),
        tryRead(ledger && readLedger(ledger, vault, asset)),
      ]);
      return {
        chain: chain.name,
        symbol: asset.symbol,
        index: asset.index,
        decimals: asset.decimals,
        vault: atVault.value,
        ledger: atLedger.value,
        unread: [
          ...(atVault.failure === undefined ? [] : [`vault: ${atVault.failure}`]),
          ...(atLedger.failure === undefined ? [] : [`ledger: ${atLedger.failure}`]),
        ],
      };
    });
  });
  return Promise.all(read);
}

async function readVault(reader: PublicClient, vault: Vault, { index }: Asset): Promise<CoverageFacts['vault']> {
  const contract = { address: address(vault.address), abi: collateralVaultAbi } as const;
  const [kept, block] = await Promise.all([
    reader.readContract({ ...contract, functionName: 'assetOf', args: [index] }),
    reader.getBlock(),
  ]);
  const held = await reader
    .readContract({ address: kept.token, abi: erc20Abi, functionName: 'balanceOf', args: [contract.address] })
    .catch(nullIfRefused);
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

/** A token that refuses gives no balance; a provider that fails says nothing of the token. */
function nullIfRefused(failure: unknown): null {
  const isRefusal = (one: unknown): boolean =>
    one instanceof ContractFunctionRevertedError || one instanceof ContractFunctionZeroDataError;
  if (failure instanceof BaseError && failure.walk(isRefusal) !== null) return null;
  throw failure;
}

type Tried<Value> =
  { readonly value: Value; readonly failure: undefined } | { readonly value: null; readonly failure: string };

async function tryRead<Value>(asked: Promise<Value> | undefined): Promise<Tried<Value>> {
  if (asked === undefined) return { value: null, failure: 'its chain has no provider' };
  try {
    return { value: await asked, failure: undefined };
  } catch (cause) {
    return { value: null, failure: tellFailure(cause).message };
  }
}
