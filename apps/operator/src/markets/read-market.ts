import { collateralLedgerAbi } from '@surety/contracts';
import { type Address, type Bytes32, WAD, mulDivDown, mulDivUp } from '@surety/domain';
import type { MarketPlace } from './find-market.js';

/** What a market counts at one block; token units, rates WAD a year. */
export interface MarketFacts {
  readonly name: string;
  readonly market: Address;
  readonly symbol: string;
  readonly decimals: number;
  readonly height: bigint;
  /** Cash and debt less provisions: what all shares are worth. */
  readonly supplied: bigint;
  readonly cash: bigint;
  readonly borrowed: bigint;
  /** Rounded up. */
  readonly utilisationWad: bigint;
  readonly borrowRateWad: bigint;
  /** What a lender earns on what it supplied, without the part that goes to the tranche; rounded down. */
  readonly supplyRateWad: bigint;
  /** What the tranche's market shares are worth. */
  readonly tranche: bigint;
  readonly provisions: bigint;
  /** Booked as lost, and owed still. */
  readonly writtenOff: bigint;
}

/** What one account owes and what one address holds, token units. */
export interface MarketStake {
  readonly account: Bytes32;
  readonly debt: bigint;
  readonly writtenOff: bigint;
  readonly provision: bigint;
  readonly initialWad: bigint;
  readonly maintenanceWad: bigint;
  readonly isOptedIn: boolean;
  /** Who holds the shares below. */
  readonly holder: Address;
  readonly shares: bigint;
  /** What the shares are worth, and how much of it there is cash for. */
  readonly supplied: bigint;
  readonly withdrawable: bigint;
  readonly trancheShares: bigint;
  /** Market shares that the tranche shares are worth. */
  readonly covering: bigint;
  readonly exit: {
    readonly shares: bigint;
    readonly from: bigint;
    readonly until: bigint;
    readonly open: boolean;
  } | null;
}

const BASIS_POINTS = 10_000n;

/** Reads a market at its chain's newest block. */
export async function readMarket({ reader, configured, market }: MarketPlace): Promise<MarketFacts> {
  const blockNumber = await reader.getBlockNumber();
  const at = { ...market, blockNumber } as const;
  const [books, supplied, borrowRateWad, { reserveBp }] = await Promise.all([
    reader.readContract({ ...at, functionName: 'booksOf' }),
    reader.readContract({ ...at, functionName: 'totalAssets' }),
    reader.readContract({ ...at, functionName: 'rateNow' }),
    reader.readContract({ ...at, functionName: 'terms' }),
  ]);
  const tranche = await reader.readContract({ ...at, functionName: 'convertToAssets', args: [books.trancheShares] });
  const { cash, debt } = books;
  const earned = mulDivDown(debt * borrowRateWad, BASIS_POINTS - BigInt(reserveBp), BASIS_POINTS);
  return {
    name: configured.name,
    market: market.address,
    symbol: configured.symbol,
    decimals: configured.decimals,
    height: blockNumber,
    supplied,
    cash,
    borrowed: debt,
    utilisationWad: debt === 0n ? 0n : mulDivUp(debt, WAD, debt + cash),
    borrowRateWad,
    supplyRateWad: supplied === 0n ? 0n : mulDivDown(earned, 1n, supplied),
    tranche,
    provisions: books.provisions,
    writtenOff: books.writtenOff,
  };
}

/** Reads what an account owes to a market, and what an address holds of it, at the newest block. */
export async function readStake(
  { reader, ledger, market, tranche }: MarketPlace,
  { account, holder }: { readonly account: Bytes32; readonly holder: Address },
): Promise<MarketStake> {
  const blockNumber = await reader.getBlockNumber();
  const [lent, junior] = [{ ...market, blockNumber } as const, { ...tranche, blockNumber } as const];
  const [owed, required, protocols, shares, withdrawable, trancheShares, [asked, from, until, open]] =
    await Promise.all([
      reader.readContract({ ...lent, functionName: 'positionOf', args: [account] }),
      reader.readContract({ ...lent, functionName: 'requirementOf', args: [account] }),
      reader.readContract({
        address: ledger,
        abi: collateralLedgerAbi,
        functionName: 'protocolsOf',
        args: [account],
        blockNumber,
      }),
      reader.readContract({ ...lent, functionName: 'balanceOf', args: [holder] }),
      reader.readContract({ ...lent, functionName: 'maxWithdraw', args: [holder] }),
      reader.readContract({ ...junior, functionName: 'balanceOf', args: [holder] }),
      reader.readContract({ ...junior, functionName: 'exitOf', args: [holder] }),
    ]);
  const [supplied, covering] = await Promise.all([
    reader.readContract({ ...lent, functionName: 'convertToAssets', args: [shares] }),
    reader.readContract({ ...junior, functionName: 'convertToAssets', args: [trancheShares] }),
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
    holder,
    shares,
    supplied,
    withdrawable,
    trancheShares,
    covering,
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
