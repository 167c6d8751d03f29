import { type LendingMarket, readLendingMarket } from '@surety/chain';
import { collateralLedgerAbi } from '@surety/contracts';
import { type Address, type Bytes32, address } from '@surety/domain';
import type { MarketPlace } from './find-market.js';
import { readCollectable } from './read-collectable.js';

/** A market with what it counts at one block. */
export interface MarketFacts extends LendingMarket {
  readonly name: string;
  readonly market: Address;
  readonly symbol: string;
  readonly decimals: number;
  readonly height: bigint;
}

/** Debt of one account and holdings of one address, token units. */
export interface MarketStake {
  readonly account: Bytes32;
  readonly debt: bigint;
  readonly writtenOff: bigint;
  readonly provision: bigint;
  readonly initialWad: bigint;
  readonly maintenanceWad: bigint;
  readonly isOptedIn: boolean;
  /** Part of the account's collateral that the lenders' claimant takes in an exit, in basis points; null where none is registered. */
  readonly exitShare: { readonly claimant: Address; readonly shareBp: number } | null;
  /** Who holds the shares below. */
  readonly holder: Address;
  readonly shares: bigint;
  /** Worth of the shares, and the part of it that there is cash for. */
  readonly supplied: bigint;
  readonly withdrawable: bigint;
  readonly trancheShares: bigint;
  /** Market shares that the tranche shares are worth. */
  readonly covering: bigint;
  /** Payments of losses that the holder bore, to be collected. */
  readonly collectable: bigint;
  readonly exit: {
    readonly shares: bigint;
    readonly from: bigint;
    readonly until: bigint;
    readonly open: boolean;
  } | null;
}

/** Reads a market at its chain's newest block. */
export async function readMarket({ reader, configured, market }: MarketPlace): Promise<MarketFacts> {
  const height = await reader.getBlockNumber();
  const { name, symbol, decimals } = configured;
  const read = await readLendingMarket(reader, { market: market.address, blockNumber: height });
  return { name, market: market.address, symbol, decimals, height, ...read };
}

/** Reads what an account owes to a market, and what an address holds of it, at the newest block. */
export async function readStake(
  { reader, ledger, market, tranche }: MarketPlace,
  { account, holder }: { readonly account: Bytes32; readonly holder: Address },
): Promise<MarketStake> {
  const blockNumber = await reader.getBlockNumber();
  const [lent, junior] = [{ ...market, blockNumber } as const, { ...tranche, blockNumber } as const];
  const kept = { address: ledger, abi: collateralLedgerAbi, blockNumber } as const;
  const [
    owed,
    required,
    protocols,
    [claimant, shareBp],
    shares,
    withdrawable,
    trancheShares,
    [asked, from, until, open],
  ] = await Promise.all([
    reader.readContract({ ...lent, functionName: 'positionOf', args: [account] }),
    reader.readContract({ ...lent, functionName: 'requirementOf', args: [account] }),
    reader.readContract({ ...kept, functionName: 'protocolsOf', args: [account] }),
    reader.readContract({ ...kept, functionName: 'exitShareOf', args: [account, market.address] }),
    reader.readContract({ ...lent, functionName: 'balanceOf', args: [holder] }),
    reader.readContract({ ...lent, functionName: 'maxWithdraw', args: [holder] }),
    reader.readContract({ ...junior, functionName: 'balanceOf', args: [holder] }),
    reader.readContract({ ...junior, functionName: 'exitOf', args: [holder] }),
  ]);
  const [supplied, covering, collectable] = await Promise.all([
    reader.readContract({ ...lent, functionName: 'convertToAssets', args: [shares] }),
    reader.readContract({ ...junior, functionName: 'convertToAssets', args: [trancheShares] }),
    readCollectable({ reader, market }, holder, blockNumber),
  ]);
  const [debt, writtenOff, provision] = owed;
  const [initialWad, maintenanceWad] = required;
  return {
    account,
    debt,
    writtenOff,
    provision,
    initialWad,
    maintenanceWad,
    isOptedIn: protocols.some((one) => one.toLowerCase() === market.address),
    exitShare: shareBp === 0 ? null : { claimant: address(claimant), shareBp },
    holder,
    shares,
    supplied,
    withdrawable,
    trancheShares,
    covering,
    collectable: collectable.reduce((sum, { units }) => sum + units, 0n),
    exit: asked === 0n ? null : { shares: asked, from, until, open },
  };
}

/** Lists where the market on its chain differs from chains.config.json: its ledger, token, tranche, listing and terms. */
export async function differencesOf({ reader, ledger, configured, market }: MarketPlace): Promise<string[]> {
  const read = (functionName: 'ledger' | 'asset' | 'tranche'): Promise<string> =>
    reader.readContract({ ...market, functionName });
  const listing = { address: ledger, abi: collateralLedgerAbi, functionName: 'protocolOf' } as const;
  const [itsLedger, token, tranche, terms, [, listed]] = await Promise.all([
    read('ledger'),
    read('asset'),
    read('tranche'),
    reader.readContract({ ...market, functionName: 'terms' }),
    reader.readContract({ ...listing, args: [market.address] }),
  ]);
  const pairs: [string, unknown, unknown][] = [
    ['ledger', itsLedger, ledger],
    ['token', token, configured.token],
    ['tranche', tranche, configured.tranche],
    ['listed', listed, configured.listed],
    ...Object.entries(configured.terms).map(([term, expected]): [string, unknown, unknown] => [
      `terms.${term}`,
      terms[term as keyof typeof terms],
      expected,
    ]),
  ];
  return pairs.flatMap(([what, seen, expected]) =>
    String(seen).toLowerCase() === String(expected).toLowerCase()
      ? []
      : [`${what} is ${String(seen)}; expected ${String(expected)}`],
  );
}
