import type { Network } from '@surety/config';
import {
  attesterSetAbi,
  collateralLedgerAbi,
  ledgerLensAbi,
  marginReportsAbi,
  perpetualBookAbi,
  riskManagerAbi,
} from '@surety/contracts';
import { type Address, address, mulDivUp, quorumOf } from '@surety/domain';
import { type ReportInputs, unifiedMarginOf } from '@surety/margin';
import { type PublicClient, getAddress } from 'viem';
import { type AssetOnChain, compareAsset } from './compare-asset.js';
import { type Difference, differing } from './judge-report.js';
import type { ReportFile } from './report-file.js';

type Settlement = NonNullable<Network['settlement']>;

/** Where a report's inputs are read again. */
export interface ComparedChain {
  readonly chain: Network['chains'][number];
  readonly settlement: Settlement;
  readonly reader: PublicClient;
}

/** The risk manager's prices have 12 decimals. */
const WAD_PER_PRICE = 1_000_000n;
const PPM = 1_000_000n;
/** Kinds of positions by their numbers. @source IReportedPositions.sol */
const KINDS = ['perpetual', 'call', 'put'] as const;

/**
 * Compares the inputs of a report with the chain at the report's block: the block itself, the position, lines with their
 * assets' terms and weights, prices. Nothing else of a book stands on chain: volumes, volatilities, forwards, rates and confidences are the signers' word.
 */
export async function compareInputs(inputs: ReportInputs, at: ComparedChain): Promise<Difference[]> {
  const { subject } = inputs;
  const { chain, reader } = at;
  const wrongChain = differing('inputs.subject.chainId', subject.chainId, chain.chainId);
  if (wrongChain.length > 0) return wrongChain;
  const newest = await reader.getBlockNumber();
  if (subject.blockNumber > newest)
    return differing('inputs.subject.blockNumber', subject.blockNumber, `at most ${newest}`);
  const block = await reader.getBlock({ blockNumber: subject.blockNumber });
  const wrongBlock = [
    ...differing('inputs.subject.blockHash', subject.blockHash, block.hash),
    ...differing('inputs.subject.asOf', subject.asOf, block.timestamp),
  ];
  if (wrongBlock.length > 0) return wrongBlock;
  return [
    ...(await compareFinality(inputs, at)),
    ...(await comparePosition(inputs, at)),
    ...(await comparePrices(inputs, at)),
    ...(await compareLines(inputs, at)),
  ];
}

/** Compares a report's verifier, epoch and signers with the chain's attester set of now. */
export async function compareSigners(file: ReportFile, at: ComparedChain): Promise<Difference[]> {
  const { settlement, reader } = at;
  const wrongVerifier = differing('verifier', file.verifier, settlement.attesterSet);
  if (wrongVerifier.length > 0) return wrongVerifier;
  const set = { address: address(settlement.attesterSet), abi: attesterSetAbi } as const;
  const { epoch } = file.report;
  const newest = await reader.readContract({ ...set, functionName: 'newestEpoch' });
  if (epoch < 1 || epoch > newest) return differing('report.epoch', epoch, `1 to ${newest}`);
  const members = (await reader.readContract({ ...set, functionName: 'members', args: [epoch] })).map((one) =>
    address(one.toLowerCase()),
  );
  const bits = await reader.readContract({ ...set, functionName: 'suspended', args: [epoch] });
  const usable = members.filter((_, place) => Math.floor(bits / 2 ** place) % 2 === 0);
  const strange = file.signatures.flatMap(({ signer }, place) =>
    usable.includes(signer)
      ? []
      : differing(`signatures[${place}].signer`, signer, `an unsuspended member of epoch ${epoch}`),
  );
  const quorum = quorumOf(members.length);
  const signers = new Set(file.signatures.map(({ signer }) => signer)).size;
  return [...strange, ...(signers < quorum ? differing('signatures', signers, `at least ${quorum}`) : [])];
}

async function compareFinality({ subject }: ReportInputs, { chain, reader }: ComparedChain): Promise<Difference[]> {
  const { finality } = chain;
  const final =
    finality.rule === 'finalized'
      ? (await reader.getBlock({ blockTag: 'finalized' })).number
      : (await reader.getBlockNumber()) - BigInt(finality.depth);
  if (subject.blockNumber <= final) return [];
  return differing('inputs.subject.blockNumber', subject.blockNumber, `at most ${final}, the last final block`);
}

async function comparePosition(inputs: ReportInputs, at: ComparedChain): Promise<Difference[]> {
  const { subject, bindings, account } = inputs;
  const { reader, settlement } = at;
  const { blockNumber } = subject;
  const protocol = { address: subject.protocol, abi: perpetualBookAbi, blockNumber } as const;
  const [reports, [nonce, owed, positions], attesterSet] = await Promise.all([
    reader.readContract({ ...protocol, functionName: 'reports' }),
    reader.readContract({ ...protocol, functionName: 'positionsOf', args: [subject.account] }),
    reader.readContract({ address: subject.reports, abi: marginReportsAbi, functionName: 'attesterSet', blockNumber }),
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
    KINDS[kind] ?? kind,
    slot,
    expiry,
    priceWad,
    sizeWad,
  ]);
  return [
    ...differing('inputs.subject.reports', subject.reports, reports),
    ...differing(
      'inputs.subject.reports',
      `of verifier ${attesterSet}`,
      `of verifier ${getAddress(settlement.attesterSet)}`,
    ),
    ...differing('inputs.subject.positionNonce', subject.positionNonce, nonce),
    ...differing('inputs.book.accounts[0].owed', account.feesAccrued, owed),
    ...differing('inputs.book.accounts[0].debts', account.debts.length, 0),
    ...differing('inputs.book.accounts[0] positions', listed(seen), listed(expected)),
    ...differing(
      'inputs.book.accounts[0] orders and funding',
      account.perps.filter((one) => one.orders.length > 0 || one.funding !== 0n).length,
      0,
    ),
  ];
}

/** Positions as one text, in whatever order they were told. */
function listed(positions: readonly (readonly unknown[])[]): string {
  if (positions.length === 0) return 'none';
  return positions
    .map((one) => one.join(' '))
    .sort()
    .join(', ');
}

async function comparePrices({ subject, bindings, snapshot }: ReportInputs, at: ComparedChain): Promise<Difference[]> {
  const { blockNumber } = subject;
  const riskManager = await riskManagerAt(at, blockNumber);
  const found = await Promise.all(
    [...snapshot.underlyings].map(async ([name, { feed, derivatives }]): Promise<Difference[]> => {
      const slot = bindings.prices.get(name) ?? 0;
      const cached = await cachedPriceOf(slot, { ...at, riskManager, blockNumber });
      const price = cached.price * WAD_PER_PRICE;
      const age = subject.asOf - BigInt(cached.observedAt);
      const path = `inputs.book.underlyings.${name}`;
      const symbol = at.settlement.underlyings.find(({ id }) => id === slot)?.symbol ?? 'none';
      return [
        ...differing(`inputs.bindings.prices of slot ${slot}`, name, symbol),
        ...differing(`${path}.price`, feed.price, price),
        ...differing(`${path}.slow`, feed.slow, cached.ema * WAD_PER_PRICE),
        ...differing(`${path}.halfWidth`, feed.halfWidth, mulDivUp(price, BigInt(cached.confPpm), PPM)),
        ...differing(`${path}.market.perpPrice`, derivatives?.perpPrice ?? price, price),
        ...differing(`${path}.ageS`, feed.ageS, age > 0n ? age : 0n),
      ];
    }),
  );
  return found.flat();
}

async function riskManagerAt({ reader, settlement }: ComparedChain, blockNumber: bigint): Promise<Address> {
  const ledger = address(settlement.ledger);
  return address(
    await reader.readContract({
      address: ledger,
      abi: collateralLedgerAbi,
      functionName: 'riskManager',
      blockNumber,
    }),
  );
}

interface RiskManagerAt {
  readonly reader: PublicClient;
  readonly riskManager: Address;
  readonly blockNumber: bigint;
}

function cachedPriceOf(slot: number, { reader, riskManager, blockNumber }: RiskManagerAt) {
  const view = { address: riskManager, abi: riskManagerAbi, functionName: 'priceOf' } as const;
  return reader.readContract({ ...view, args: [slot], blockNumber });
}

async function assetAt(id: number, at: RiskManagerAt & Pick<ComparedChain, 'settlement'>): Promise<AssetOnChain> {
  const { blockNumber } = at;
  const ledger = { address: address(at.settlement.ledger), abi: collateralLedgerAbi, blockNumber } as const;
  const { terms } = await at.reader.readContract({ ...ledger, functionName: 'assetOf', args: [id] });
  const { decimals, underlying, ownPrice } = terms;
  const prices = await Promise.all(
    (ownPrice === 0 ? [underlying] : [underlying, ownPrice]).map(async (slot) => {
      const { price, observedAt, maxAgeS } = await cachedPriceOf(slot, at);
      return { price1e12: price, observedAt: BigInt(observedAt), maxAgeS };
    }),
  );
  return { decimals, underlying, prices };
}

/** Lines may be left out whole; they may not be there where another protocol counts on the same collateral as a hedge. */
async function compareLines(inputs: ReportInputs, at: ComparedChain): Promise<Difference[]> {
  const { subject, bindings, account } = inputs;
  if (account.lines.length === 0) return [];
  const { blockNumber } = subject;
  const ledger = { address: address(at.settlement.ledger), abi: collateralLedgerAbi, blockNumber } as const;
  const args = [subject.account] as const;
  const [protocols, counted] = await Promise.all([
    at.reader.readContract({ ...ledger, functionName: 'protocolsOf', args }),
    at.reader.readContract({ ...ledger, functionName: 'linesOf', args }),
  ]);
  const path = 'inputs.book.accounts[0].lines';
  if (protocols.length > 1)
    return differing(path, `${account.lines.length} lines`, 'none: the account has other protocols');
  const numbers = account.lines.map(({ asset }) => bindings.assets.get(asset) ?? 0);
  const differences = differing(path, ascending(numbers), ascending(counted));
  if (differences.length > 0) return differences;
  const { collateral } = unifiedMarginOf(account, inputs.snapshot);
  const riskManager = await riskManagerAt(at, blockNumber);
  const found = await Promise.all(
    account.lines.map(async ({ asset, amount }, place) => {
      const id = numbers[place] ?? 0;
      const [onChain, line, weights] = await Promise.all([
        assetAt(id, { ...at, riskManager, blockNumber }),
        at.reader.readContract({ ...ledger, functionName: 'lineOf', args: [subject.account, id] }),
        at.reader.readContract({
          address: address(at.settlement.lens),
          abi: ledgerLensAbi,
          functionName: 'weightsOf',
          args: [id],
          blockNumber,
        }),
      ]);
      const held = subject.asOf < BigInt(line.seasonEnd) ? positive(line.amount - line.unseasoned) : line.amount;
      const { initial, maintenance } = collateral.lines[place]?.factors ?? {};
      const own = (factors: typeof initial): string => `${factors?.base} ${factors?.source} ${factors?.freshness}`;
      const { baseI, sourceI, freshI, baseM, sourceM, freshM } = weights;
      return [
        ...compareAsset(inputs, asset, onChain),
        ...differing(`${path}[${place}].amount`, amount, held),
        ...differing(`inputs.book weights of ${asset} for initial`, own(initial), `${baseI} ${sourceI} ${freshI}`),
        ...differing(
          `inputs.book weights of ${asset} for maintenance`,
          own(maintenance),
          `${baseM} ${sourceM} ${freshM}`,
        ),
      ];
    }),
  );
  return found.flat();
}

function ascending(numbers: readonly number[]): string {
  return numbers.toSorted((left, right) => left - right).join(', ');
}

function positive(value: bigint): bigint {
  return value > 0n ? value : 0n;
}
