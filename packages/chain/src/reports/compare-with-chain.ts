import { PPM, mulDivUp } from '@surety/domain';
import { type ReportInputs, slowPriceAt, unifiedMarginOf } from '@surety/margin';
import { compareAsset } from './compare-asset.js';
import { type ReportDifference, reportDifferences } from './judge-report.js';
import {
  type CountedLine,
  type ReportBlock,
  type ReportChain,
  POSITION_KINDS,
  WAD_PER_PRICE,
  atBlock,
  readCachedPrice,
  readCountedLines,
  readFinalNumber,
  readLine,
  readPosition,
  readReportMembers,
  readReportsOf,
  seasonedUnits,
} from './report-chain.js';
import type { ReportFile } from './report-file.js';

/**
 * Compares a report's inputs with the chain at the report's block: the block itself, the position, lines as margins
 * count them with their assets' terms and weights, and prices. The rest of a book is not on chain. For volumes,
 * volatilities, forwards, rates and confidences the signers are trusted.
 */
export async function compareInputs(inputs: ReportInputs, at: ReportChain): Promise<ReportDifference[]> {
  const { subject } = inputs;
  const { chain, reader } = at;
  const wrongChain = reportDifferences('inputs.subject.chainId', subject.chainId, chain.chainId);
  if (wrongChain.length > 0) return wrongChain;
  const newest = await reader.getBlockNumber();
  if (subject.blockNumber > newest)
    return reportDifferences('inputs.subject.blockNumber', subject.blockNumber, `at most ${newest}`);
  const block = await reader.getBlock({ blockNumber: subject.blockNumber });
  const wrongBlock = [
    ...reportDifferences('inputs.subject.blockHash', subject.blockHash, block.hash),
    ...reportDifferences('inputs.subject.asOf', subject.asOf, block.timestamp),
  ];
  if (wrongBlock.length > 0) return wrongBlock;
  const then = await atBlock(at, subject.blockNumber);
  return [
    ...(await compareFinality(inputs, at)),
    ...(await comparePosition(inputs, then)),
    ...(await comparePrices(inputs, then)),
    ...(await compareLines(inputs, then)),
  ];
}

/** Compares a report's verifier, epoch and signers with the chain's current attester set. */
export async function compareSigners(file: ReportFile, at: ReportChain): Promise<ReportDifference[]> {
  const wrongVerifier = reportDifferences('verifier', file.verifier, at.settlement.attesterSet);
  if (wrongVerifier.length > 0) return wrongVerifier;
  const { epoch } = file.report;
  const { newest, found } = await readReportMembers(epoch, at);
  if (found === undefined) return reportDifferences('report.epoch', epoch, `1 to ${newest}`);
  const { usable, quorum } = found;
  const strange = file.signatures.flatMap(({ signer }, place) =>
    usable.includes(signer)
      ? []
      : reportDifferences(`signatures[${place}].signer`, signer, `an unsuspended member of epoch ${epoch}`),
  );
  const signers = new Set(file.signatures.map(({ signer }) => signer)).size;
  return [...strange, ...(signers < quorum ? reportDifferences('signatures', signers, `at least ${quorum}`) : [])];
}

async function compareFinality({ subject }: ReportInputs, at: ReportChain): Promise<ReportDifference[]> {
  const final = await readFinalNumber(at);
  if (subject.blockNumber <= final) return [];
  return reportDifferences('inputs.subject.blockNumber', subject.blockNumber, `at most ${final}, the last final block`);
}

async function comparePosition(inputs: ReportInputs, at: ReportBlock): Promise<ReportDifference[]> {
  const { subject, bindings, account } = inputs;
  const [{ reports, verifier }, { nonce, owedWad, positions }] = await Promise.all([
    readReportsOf(subject.protocol, at),
    readPosition(subject, at),
  ]);
  const slotOf = (underlying: string): string => String(bindings.prices.get(underlying));
  const expiryOf = (underlying: string, name: string): bigint => {
    const market = inputs.snapshot.underlyings.get(underlying)?.derivatives;
    return inputs.snapshot.at + (market?.expiries.get(name)?.secondsToExpiry ?? 0n);
  };
  const seen = [
    ...account.perps.map((one) => ['perpetual', slotOf(one.underlying), 0n, one.entryPrice, one.size]),
    ...account.options.map((one) => [
      one.type,
      slotOf(one.underlying),
      expiryOf(one.underlying, one.expiry),
      one.strike,
      one.quantity,
    ]),
  ];
  const expected = positions.map(({ slot, kind, expiry, priceWad, sizeWad }) => [
    POSITION_KINDS[kind] ?? kind,
    slot,
    expiry,
    priceWad,
    sizeWad,
  ]);
  return [
    ...reportDifferences('inputs.subject.reports', subject.reports, reports),
    ...reportDifferences(
      'inputs.subject.reports',
      `of verifier ${verifier}`,
      `of verifier ${at.settlement.attesterSet}`,
    ),
    ...reportDifferences('inputs.subject.positionNonce', subject.positionNonce, nonce),
    ...reportDifferences('inputs.book.accounts[0].owed', account.feesAccrued, owedWad),
    ...reportDifferences('inputs.book.accounts[0].cash', account.cash ?? 0n, 0n),
    ...reportDifferences('inputs.book.accounts[0].debts', account.debts.length, 0),
    ...reportDifferences('inputs.book.accounts[0] positions', listed(seen), listed(expected)),
    ...reportDifferences(
      'inputs.book.accounts[0] orders and funding',
      account.perps.filter((one) => one.orders.length > 0 || one.funding !== 0n).length,
      0,
    ),
  ];
}

/** Joins positions into one string, independent of their order. */
function listed(positions: readonly (readonly unknown[])[]): string {
  if (positions.length === 0) return 'none';
  return positions
    .map((one) => one.join(' '))
    .sort()
    .join(', ');
}

async function comparePrices(
  { subject, bindings, snapshot }: ReportInputs,
  at: ReportBlock,
): Promise<ReportDifference[]> {
  const found = await Promise.all(
    [...snapshot.underlyings].map(async ([name, { feed, derivatives }]): Promise<ReportDifference[]> => {
      const slot = bindings.prices.get(name) ?? 0;
      const cached = await readCachedPrice(slot, at);
      const price = cached.price1e12 * WAD_PER_PRICE;
      const slow = slowPriceAt(cached, subject.asOf) * WAD_PER_PRICE;
      const age = subject.asOf - cached.observedAt;
      const path = `inputs.book.underlyings.${name}`;
      const symbol = at.settlement.underlyings.find(({ id }) => id === slot)?.symbol ?? 'none';
      return [
        ...reportDifferences(`inputs.bindings.prices of slot ${slot}`, name, symbol),
        ...reportDifferences(`${path}.price`, feed.price, price),
        ...reportDifferences(`${path}.slow`, feed.slow, slow),
        ...reportDifferences(`${path}.halfWidth`, feed.halfWidth, mulDivUp(price, BigInt(cached.confPpm), PPM)),
        ...reportDifferences(`${path}.market.perpPrice`, derivatives?.perpPrice ?? price, price),
        ...reportDifferences(`${path}.ageS`, feed.ageS, age > 0n ? age : 0n),
        // No figure of a report depends on it, so one that leaves it out is whole.
        ...(feed.maxAgeS ? reportDifferences(`${path}.maxAgeS`, feed.maxAgeS, BigInt(cached.maxAgeS)) : []),
      ];
    }),
  );
  return found.flat();
}

/**
 * Requires all lines, or none if another protocol relies on the same collateral. Without lines maintenance is far
 * higher, so leaving them out could get an account liquidated.
 */
async function compareLines(inputs: ReportInputs, at: ReportBlock): Promise<ReportDifference[]> {
  const { subject, bindings, account } = inputs;
  const { protocols, lines: counted } = await readCountedLines(subject.account, at);
  const path = 'inputs.book.accounts[0].lines';
  const numbers = account.lines.map(({ asset }) => bindings.assets.get(asset) ?? 0);
  if (protocols > 1 && numbers.length > 0)
    return reportDifferences(path, `${numbers.length} lines`, 'none: the account has other protocols');
  if (protocols > 1) return [];
  const ids = counted.map(({ id }) => id);
  const differences = reportDifferences(path, ascending(numbers), ascending(ids));
  if (differences.length > 0) return differences;
  const { collateral } = unifiedMarginOf(account, inputs.snapshot);
  const found = await Promise.all(
    account.lines.map(async ({ asset, amount, unseasoned = 0n }, place) => {
      // Found: the numbers are those of the ledger's lines.
      const own = counted.find(({ id }) => id === numbers[place]) as CountedLine;
      const { asset: onChain, line, weights } = await readLine(own, at);
      const held = seasonedUnits(line, subject.asOf);
      const { initial, maintenance } = collateral.lines[place]?.factors ?? {};
      const told = (factors: typeof initial): string => `${factors?.base} ${factors?.source} ${factors?.freshness}`;
      const { baseI, sourceI, freshI, baseM, sourceM, freshM } = weights;
      return [
        ...compareAsset(inputs, asset, onChain),
        ...reportDifferences(`${path}[${place}].amount`, amount, held),
        ...reportDifferences(`${path}[${place}].unseasoned`, unseasoned, 0n),
        ...reportDifferences(
          `inputs.book weights of ${asset} for initial`,
          told(initial),
          `${baseI} ${sourceI} ${freshI}`,
        ),
        ...reportDifferences(
          `inputs.book weights of ${asset} for maintenance`,
          told(maintenance),
          `${baseM} ${sourceM} ${freshM}`,
        ),
      ];
    }),
  );
  return found.flat();
}

function ascending(numbers: readonly number[]): string {
  if (numbers.length === 0) return 'none';
  return numbers.toSorted((left, right) => left - right).join(', ');
}
