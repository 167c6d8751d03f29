import { type BaseConfig, type Environment, type KeySource, ConfigReader } from './load-config.js';
import { type GasLimits, loadGasLimits } from './load-gas-limits.js';

/** On which terms a keeper takes burdens. All figures WAD unless named otherwise. */
export interface KeeperBids {
  /** Protocols whose burdens it takes: lower-case addresses. */
  readonly protocols: readonly string[];
  /** Number of the ledger account of its key that takes: 0 is the cross-margin account. */
  readonly subAccount: bigint;
  /** Most burden in one bid. */
  readonly burdenMaxWad: bigint;
  /** Initial requirement of its account above which it takes no more. */
  readonly totalMaxWad: bigint;
  /** Least discount, parts per million. */
  readonly leastPpm: bigint;
  /** Smallest share of a burden, 1e18 is all. */
  readonly shareMinWad: bigint;
  readonly takesFrozen: boolean;
  readonly pays: boolean;
  /** Price of a coin that pays for gas; 0 compares no bid with its gas. */
  readonly coinPriceWad: bigint;
}

/** Configuration of a keeper. */
export interface KeeperConfig extends BaseConfig {
  /** The ledger's auction; its presence was checked. */
  readonly auction: string;
  readonly aggregatorUrls: readonly string[];
  readonly key: KeySource;
  readonly stateDir: string;
  /** Folder of key leases on this machine; empty for the system's temporary folder. */
  readonly leaseDir: string;
  readonly gas: GasLimits;
  /** Milliseconds between two passes; null derives them from the block time. */
  readonly pollMs: number | null;
  /** Step of the health ladder below which accounts are looked at. */
  readonly below: '1.5' | '1.2' | '1.05' | '1';
  /** Starts, touches, closes and writes off. */
  readonly isStarter: boolean;
  /** Least burden, and least requirement of an account, for which gas is spent, WAD. */
  readonly burdenMinWad: bigint;
  /** Null unless bids are on. */
  readonly bids: KeeperBids | null;
  /** Says what it would do, and sends nothing. */
  readonly isDryRun: boolean;
}

const STEPS = ['1.5', '1.2', '1.05', '1'] as const;
const WAD = 10n ** 18n;
/** The largest discount of an auction, parts per million. @source ILiquidationAuction */
const DISCOUNT_MAX_PPM = 990_000n;

/** Loads a keeper's configuration. @throws CONFIG_UNREADABLE, CONFIG_INVALID, CONFIG_NOT_DEPLOYED. */
export function loadKeeperConfig(environment: Environment): KeeperConfig {
  const reader = new ConfigReader(environment);
  const chainId = reader.settlementChainIds()[0] ?? 0;
  const auction = reader.network.settlement?.auction;
  if (auction === undefined) reader.issue('settlement.auction', 'nothing', 'the address of the ledger’s auction');
  const isStarter = readSwitch(reader, 'SURETY_KEEPER_START', true);
  const bids = readSwitch(reader, 'SURETY_KEEPER_BID', false) ? loadBids(reader) : null;
  if (!isStarter && bids === null) {
    reader.issue('SURETY_KEEPER_START', 'no, and no bids', 'yes, or SURETY_KEEPER_BID=yes: this keeper does nothing');
  }
  const below = STEPS.find((step) => step === reader.text('SURETY_KEEPER_BELOW', '1.05'));
  if (below === undefined) {
    reader.issue('SURETY_KEEPER_BELOW', reader.text('SURETY_KEEPER_BELOW', ''), `one of ${STEPS.join(', ')}`);
  }
  return reader.finish(8713, [], {
    auction: auction?.toLowerCase() ?? '',
    aggregatorUrls: reader.urls('SURETY_AGGREGATOR_URLS'),
    key: reader.serviceKey('SURETY_KEEPER'),
    stateDir: reader.text('SURETY_STATE_DIR', './.surety/keeper'),
    leaseDir: reader.text('SURETY_LEASE_DIR', ''),
    gas: loadGasLimits(reader, chainId),
    pollMs: readPollMs(reader),
    below: below ?? '1.05',
    isStarter,
    burdenMinWad: readWhole(reader, 'SURETY_KEEPER_BURDEN_MIN', '100') * WAD,
    bids,
    isDryRun: readSwitch(reader, 'SURETY_KEEPER_DRY_RUN', false),
  });
}

/** Limits have no defaults: whoever bids says how much. */
function loadBids(reader: ConfigReader): KeeperBids {
  const protocols = reader
    .text('SURETY_KEEPER_PROTOCOLS', '')
    .split(',')
    .map((one) => one.trim().toLowerCase())
    .filter((one) => one !== '');
  const strange = protocols.filter((one) => !/^0x[0-9a-f]{40}$/.test(one));
  if (protocols.length === 0 || strange.length > 0) {
    const seen = protocols.length === 0 ? 'nothing' : strange.join(', ');
    reader.issue('SURETY_KEEPER_PROTOCOLS', seen, 'addresses of protocols whose burdens are taken, comma separated');
  }
  const subAccount = readWhole(reader, 'SURETY_KEEPER_SUB_ACCOUNT', '0');
  if (subAccount >= 1n << 80n) {
    reader.issue('SURETY_KEEPER_SUB_ACCOUNT', String(subAccount), 'a number below 2^80');
  }
  return {
    protocols,
    subAccount,
    burdenMaxWad: readWhole(reader, 'SURETY_KEEPER_BURDEN_MAX', '') * WAD,
    totalMaxWad: readWhole(reader, 'SURETY_KEEPER_TOTAL_MAX', '') * WAD,
    leastPpm: readPpm(reader, 'SURETY_KEEPER_LEAST_PPM', { fallback: '', from: -10_000n, to: DISCOUNT_MAX_PPM }),
    shareMinWad:
      readPpm(reader, 'SURETY_KEEPER_SHARE_MIN_PPM', { fallback: '0', from: 0n, to: 1_000_000n }) * 10n ** 12n,
    takesFrozen: readSwitch(reader, 'SURETY_KEEPER_TAKE_FROZEN', false),
    pays: readSwitch(reader, 'SURETY_KEEPER_PAY', false),
    coinPriceWad: readPrice(reader, 'SURETY_KEEPER_COIN_PRICE'),
  };
}

function readSwitch(reader: ConfigReader, name: string, fallback: boolean): boolean {
  const text = reader.text(name, fallback ? 'yes' : 'no');
  if (text !== 'yes' && text !== 'no') reader.issue(name, text, 'yes or no');
  return text === 'yes';
}

/** Reads a whole number; of money a whole number of the ledger's unit of account. */
function readWhole(reader: ConfigReader, name: string, fallback: string): bigint {
  const text = reader.text(name, fallback);
  if (/^(0|[1-9][0-9]{0,30})$/.test(text)) return BigInt(text);
  reader.issue(name, text === '' ? 'nothing' : text, 'a whole decimal number, such as 10000');
  return 0n;
}

/** Reads a price, 0 by default. A coin may be worth less than the unit of account. */
function readPrice(reader: ConfigReader, name: string): bigint {
  const text = reader.text(name, '0');
  const [, whole, decimals = ''] = /^(0|[1-9][0-9]{0,11})(?:\.([0-9]{1,18}))?$/.exec(text) ?? [];
  if (whole !== undefined) return BigInt(whole + decimals.padEnd(18, '0'));
  reader.issue(name, text, 'units of account for a coin, such as 3000 or 0.45');
  return 0n;
}

function readPpm(
  reader: ConfigReader,
  name: string,
  { fallback, from, to }: { readonly fallback: string; readonly from: bigint; readonly to: bigint },
): bigint {
  const text = reader.text(name, fallback);
  const value = /^-?(0|[1-9][0-9]{0,6})$/.test(text) ? BigInt(text) : undefined;
  if (value !== undefined && value >= from && value <= to) return value;
  reader.issue(name, text === '' ? 'nothing' : text, `whole parts per million from ${from} to ${to}`);
  return 0n;
}

function readPollMs(reader: ConfigReader): number | null {
  const name = 'SURETY_KEEPER_INTERVAL_MS';
  const text = reader.text(name, '');
  if (text === '') return null;
  if (!/^[1-9][0-9]{1,6}$/.test(text)) reader.issue(name, text, '10 to 9999999 milliseconds');
  return Number(text);
}
