import { readRecordedPrices } from '@surety/chain';
import { collateralLedgerAbi, keccak256 } from '@surety/contracts';
import { AppError, WAD, address, asciiToBytes, bytesToHex, mulDivDown, requireObject } from '@surety/domain';
import {
  LEARNED_WEIGHTS,
  PROPOSAL_TERMS,
  type ProposalTerms,
  type RecordedPrice,
  type VolatilityEvidence,
  canonicalText,
  estimateVolatility,
  learnedModelOf,
  proposeInitialBps,
} from '@surety/margin';
import { operatorError } from '../errors.js';
import { formatTable, formatTime, formatUnits } from '../terminal/format.js';
import { type Reach, openConfig } from '../chains/open-config.js';
import { parseTokenUnits } from '../terminal/parse-decimal.js';
import { parseJson, readTextFile } from '../terminal/read-json.js';
import { type ComparedChain, agreedChain } from './compared-chains.js';
import { type OutputOptions, type Terminal, writeResult } from '../terminal/terminal.js';

/** Options of `surety params propose`. */
export interface ProposeOptions extends OutputOptions {
  /** File of recorded prices; the risk manager's own from the chain if left out. */
  readonly prices?: string;
  readonly days: string;
  readonly sigmas: string;
  readonly step: string;
  /** Ceilings above what assets weigh now, `<chain>:<symbol>=<basis points>`. */
  readonly upTo?: readonly string[];
  readonly learned?: boolean;
}

const DAY_S = 86_400n;
const PRICE_DECIMALS = 12;
const WAD_DECIMALS = 18;
/** Most that an asset weighs for initial. @source ILedgerTerms.setWeights */
const INITIAL_MOST_BP = 9_500;
const EVERY_TENTH = 10n;

/** An asset's initial weight now and as proposed, in basis points, with the command that sets it. */
interface Proposal {
  readonly asset: string;
  readonly assetId: number;
  readonly underlying: string;
  readonly initialBp: number;
  readonly proposedBp: number;
  readonly maintenanceBp: number;
  /** Null where nothing changes. */
  readonly run: string | null;
}

/**
 * Estimates each underlying's volatility from recorded prices, and proposes for each asset the initial weight that k sigmas leave.
 * Sends nothing: it prints the act for the risk admin, who lowers at once, or for the governor, who raises behind the timelock.
 * Maintenance stays as it is, so that nobody is liquidated by a proposal; weights are those that two thirds of the providers answer.
 * @throws BAD_USE, NOT_JSON, NO_PROVIDER; NO_QUORUM, PROVIDER_FAILED (try again).
 */
export async function proposeParameters(terminal: Terminal, options: ProposeOptions): Promise<void> {
  const terms = termsOf(options);
  const stepBps = whole(options.step, '--step', 1_000);
  const reach = openConfig(terminal);
  const listed = listedAssets(reach);
  const ceilings = new Map((options.upTo ?? []).map((text) => ceilingOf(text, listed)));
  const place = agreedChain(reach);
  const prices = await pricesOf(terminal, options, place);
  const evidence: Record<string, VolatilityEvidence> = {};
  const skipped: Record<string, string> = {};
  for (const { symbol, id } of place.settlement.underlyings) {
    try {
      evidence[symbol] = estimateVolatility(prices.get(id) ?? [], terms);
    } catch (cause) {
      if (!(cause instanceof AppError)) throw cause;
      skipped[symbol] = cause.message;
    }
  }
  const assets = (await readWeights(listed, place)).flatMap((asset): Proposal[] => {
    const known = evidence[asset.underlying];
    if (known === undefined) return [];
    const wanted = ceilings.get(asset.asset) ?? asset.initialBp;
    const ceilingBps = Math.min(Math.max(wanted, asset.initialBp), asset.maintenanceBp, INITIAL_MOST_BP);
    return [proposalOf(asset, proposeInitialBps(known.vols.used, { ceilingBps, stepBps, terms }), stepBps)];
  });
  const pricesHash = hashOf(prices);
  writeResult(terminal, options, { pricesHash, evidence, skipped, proposals: assets }, () => [
    ...evidenceLines(evidence),
    ...Object.entries(skipped).map(([symbol, why]) => `${symbol}: nothing is proposed: ${why}`),
    ...proposalLines(assets),
    `recorded prices ${pricesHash}`,
  ]);
}

function termsOf({ sigmas, learned }: ProposeOptions): ProposalTerms {
  const many = parseTokenUnits(sigmas, WAD_DECIMALS, '--sigmas');
  if (many < WAD || many > 10n * WAD)
    throw operatorError('BAD_USE', `--sigmas is ${sigmas}; expected a number from 1 to 10, such as 3.5`);
  const model = learned === true ? { learned: learnedModelOf(LEARNED_WEIGHTS) } : {};
  return { ...PROPOSAL_TERMS, sigmas: many, ...model };
}

/** Recorded prices by slot. */
type Recorded = ReadonlyMap<number, readonly RecordedPrice[]>;

async function pricesOf(
  terminal: Terminal,
  { prices: file, days }: ProposeOptions,
  { reader, settlement, chain }: ComparedChain,
): Promise<Recorded> {
  if (file !== undefined) {
    return parseJson(file, readTextFile(file), (json) => parsePrices(json, settlement.underlyings));
  }
  const { timestamp } = await reader.getBlock();
  let told = 0n;
  return readRecordedPrices({
    reader,
    riskManager: address(settlement.riskManager),
    fromBlock: BigInt(settlement.fromBlock),
    since: timestamp - BigInt(whole(days, '--days', 3_650)) * DAY_S,
    logSpanMax: BigInt(chain.limits.logRangeMax),
    onRead: (read, all) => {
      const tenth = mulDivDown(read, EVERY_TENTH, all);
      if (tenth > told && read < all) terminal.tell(`prices of ${read} of ${all} blocks read`);
      told = tenth;
    },
  });
}

/** Reads `{"ETH":[["<seconds>","<price>"],…]}`. @throws TypeError naming what is wrong. */
function parsePrices(json: unknown, underlyings: ComparedChain['settlement']['underlyings']): Recorded {
  const known = underlyings.map(({ symbol }) => symbol);
  const object = requireObject(json, 'prices', Object.keys(json ?? {}));
  return new Map(
    Object.entries(object).map(([symbol, rows]) => {
      const found = underlyings.find((one) => one.symbol === symbol);
      if (found === undefined)
        throw new TypeError(`prices.${symbol} is no underlying; expected one of ${known.join(', ')}`);
      if (!Array.isArray(rows))
        throw new TypeError(`prices.${symbol} is no list; expected [["<seconds>","<price>"],…]`);
      return [found.id, rows.map((row, at) => parseRow(row, `prices.${symbol}[${at}]`))];
    }),
  );
}

function parseRow(row: unknown, path: string): RecordedPrice {
  const [at, price] = Array.isArray(row) ? (row as readonly unknown[]) : [];
  if (typeof at !== 'string' || typeof price !== 'string' || !/^[0-9]{1,11}$/.test(at))
    throw new TypeError(`${path} is ${JSON.stringify(row)?.slice(0, 80)}; expected ["<seconds>","<price>"]`);
  return { at: BigInt(at), price: parseTokenUnits(price, PRICE_DECIMALS, path) };
}

interface ListedAsset {
  /** `<chain>:<symbol>`, as commands take it. */
  readonly asset: string;
  readonly assetId: number;
}

function listedAssets({ network }: Reach): readonly ListedAsset[] {
  return network.chains.flatMap(({ name, vault }) =>
    (vault?.assets ?? []).map(({ symbol, assetId }) => ({ asset: `${name}:${symbol}`, assetId })),
  );
}

type Weights = Omit<Proposal, 'proposedBp' | 'run'>;

/** Reads the weights that every configured asset has at the ledger now. */
async function readWeights(
  assets: readonly ListedAsset[],
  { reader, settlement }: ComparedChain,
): Promise<readonly Weights[]> {
  const ledger = { address: address(settlement.ledger), abi: collateralLedgerAbi } as const;
  return Promise.all(
    assets.map(async (one): Promise<Weights> => {
      const { terms } = await reader.readContract({ ...ledger, functionName: 'assetOf', args: [one.assetId] });
      const { underlying, initialBp, maintenanceBp } = terms;
      const symbol = settlement.underlyings.find(({ id }) => id === underlying)?.symbol ?? `slot ${underlying}`;
      return { ...one, underlying: symbol, initialBp, maintenanceBp };
    }),
  );
}

function proposalOf(asset: Weights, wantedBp: number, stepBps: number): Proposal {
  // A weight that is no whole step now is not lowered for that alone.
  const proposedBp = Math.abs(wantedBp - asset.initialBp) < stepBps ? asset.initialBp : wantedBp;
  if (proposedBp === asset.initialBp) return { ...asset, proposedBp, run: null };
  const act = `surety ledger set-weights --asset ${asset.asset} --initial-bp ${proposedBp} --maintenance-bp ${asset.maintenanceBp}`;
  const by = proposedBp < asset.initialBp ? '--as riskAdmin' : '--as governor --schedule';
  return { ...asset, proposedBp, run: `${act} ${by}` };
}

function ceilingOf(text: string, assets: readonly ListedAsset[]): readonly [string, number] {
  const [asset = '', bp = ''] = text.split('=');
  if (!assets.some((one) => one.asset === asset)) {
    const known = assets.map((one) => one.asset).join(', ');
    throw operatorError('BAD_USE', `--up-to ${text} names no asset; expected <basis points> of one of ${known}`);
  }
  return [asset, whole(bp, `--up-to ${asset}`, INITIAL_MOST_BP)];
}

function whole(text: string, name: string, most: number): number {
  if (/^[1-9][0-9]{0,4}$/.test(text) && Number(text) <= most) return Number(text);
  throw operatorError('BAD_USE', `${name} is "${text}"; expected a whole number from 1 to ${most}`);
}

/** Names what was recorded, so that two people can say that they looked at the same. */
function hashOf(prices: Recorded): string {
  return bytesToHex(
    keccak256(asciiToBytes(canonicalText(new Map([...prices].map(([slot, rows]) => [String(slot), rows]))))),
  );
}

function evidenceLines(evidence: Readonly<Record<string, VolatilityEvidence>>): readonly string[] {
  const rows = Object.entries(evidence).map(
    ([symbol, { returns, firstDay, lastDay, vols, haircut, worstFall, exceeded }]) => [
      symbol,
      `${returns} from ${formatTime(firstDay).slice(0, 10)} to ${formatTime(lastDay).slice(0, 10)}`,
      ...[vols.fast, vols.slow, vols.garch, vols.learned, vols.used, haircut, worstFall].map((share) =>
        share === undefined ? '-' : percentOf(share),
      ),
      String(exceeded),
    ],
  );
  if (rows.length === 0) return [];
  return formatTable([
    [
      'underlying',
      'daily returns',
      'EWMA 0.94',
      'EWMA 0.99',
      'GARCH',
      'learned',
      'used',
      'haircut',
      'worst fall',
      'days beyond',
    ],
    ...rows,
  ]);
}

function proposalLines(proposals: readonly Proposal[]): readonly string[] {
  const changed = proposals.flatMap(({ run, asset, initialBp, proposedBp, maintenanceBp }) =>
    run === null
      ? []
      : [
          `${asset}: initial ${weightOf(initialBp)} to ${weightOf(proposedBp)}, maintenance stays ${weightOf(maintenanceBp)}`,
          `  run: ${run}`,
        ],
  );
  const same = proposals.filter(({ run }) => run === null).map(({ asset }) => asset);
  return [...changed, ...(same.length === 0 ? [] : [`as they are: ${same.join(', ')}`])];
}

const percentOf = (share: bigint): string => `${formatUnits(mulDivDown(share, 10_000n, WAD), 2)} %`;
const weightOf = (bp: number): string => formatUnits(BigInt(bp), 4);
