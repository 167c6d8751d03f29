import { type PostingSettings, loadPostingSettings } from './load-report-settings.js';
import { type BaseConfig, type Environment, type KeySource, ConfigReader } from './load-config.js';
import type { Secret } from './secret.js';
import { type GasLimits, loadGasLimits } from './load-gas-limits.js';

/** Intervals of a relayer on one chain, in milliseconds; null derives them from the block time. */
export interface RelayIntervals {
  /** Milliseconds between two polls of an edge. */
  readonly pollMs: number | null;
  /** Milliseconds in the pool after which a transaction is replaced by a dearer one. */
  readonly replaceAfterMs: number | null;
  /**
   * Milliseconds after which a published head that has not arrived is published over the next witness; null for 45
   * minutes.
   */
  readonly witnessFallbackMs: number | null;
}

/** When and at which cost heads are published from one chain. */
export interface PublishLimits {
  /** Most wei that publishing one head may cost on top of gas. */
  readonly feeMaxWei: bigint;
  /** Publish at once if the cost, including gas, is at most this share of the waiting value, in basis points. */
  readonly feeShareBps: bigint;
  /** Milliseconds that an amount waits for others at most before its head is published. */
  readonly stalenessMs: number;
}

/** Payments that a relayer executes on one chain. */
export interface PayLimits {
  /** `all`: every ready payment; `covered`: those whose fee and subsidy pay for them. */
  readonly mode: 'all' | 'covered';
  /** Wei that the relayer adds to the fee of each payment. */
  readonly subsidyWei: bigint;
  /** Underlying of the chain's gas coin, for comparing fees with gas; null covers no payment. */
  readonly gasUnderlying: number | null;
}

/** Services of one price network. Their URLs may hold secrets of their own. */
export interface PriceServices {
  /** None unless given: nobody is asked, and this relayer brings no updates of the network. */
  readonly urls: readonly string[];
  /** Sent to each as a bearer token. */
  readonly token: Secret | undefined;
}

/** Where a relayer gets signed prices, and the most wei that one update may cost beside gas. */
export interface PriceUpdateSettings {
  readonly pyth: PriceServices;
  readonly redstone: PriceServices;
  readonly feeMaxWei: bigint;
}

/** Configuration of a relayer. */
export interface RelayerConfig extends BaseConfig {
  /** Chains with a vault whose edges are relayed, in both directions. */
  readonly chainIds: readonly number[];
  readonly aggregatorUrls: readonly string[];
  /** Watchers to ask for signed halts; empty for none. */
  readonly watcherUrls: readonly string[];
  /** Margin reports that it posts; none unless protocols are named. */
  readonly reports: PostingSettings | undefined;
  readonly key: KeySource;
  readonly stateDir: string;
  /** Folder of key leases on this machine; empty for the system's temporary folder. */
  readonly leaseDir: string;
  /** By chain id: the settlement chain and every chain of `chainIds`. */
  readonly gas: ReadonlyMap<number, GasLimits>;
  /** By chain id, as `gas`. */
  readonly intervals: ReadonlyMap<number, RelayIntervals>;
  /** URL that serves messages signed by Wormhole's guardians; empty if another process delivers them. */
  readonly vaaUrl: string;
  /** Where signed prices of pull sources are asked for, and what bringing one may cost. */
  readonly priceUpdates: PriceUpdateSettings;
  /** Milliseconds between two comparisons of the witnesses on their chains with the network. */
  readonly compareIntervalMs: number;
  /** By chain id, as `gas`. */
  readonly publishing: ReadonlyMap<number, PublishLimits>;
  /** By chain id, as `gas`: payments at a vault, and credits to unpark at the ledger. */
  readonly pay: ReadonlyMap<number, PayLimits>;
}

/** Loads a relayer's configuration. @throws CONFIG_UNREADABLE, CONFIG_INVALID, CONFIG_NOT_DEPLOYED. */
export function loadRelayerConfig(environment: Environment): RelayerConfig {
  const reader = new ConfigReader(environment);
  const chainIds = reader.chosenChainIds();
  const spending = new Set([...chainIds, ...reader.settlementChainIds()]);
  return reader.finish(8712, chainIds, {
    chainIds,
    aggregatorUrls: reader.urls('SURETY_AGGREGATOR_URLS'),
    watcherUrls: reader.text('SURETY_WATCHER_URLS', '') === '' ? [] : reader.urls('SURETY_WATCHER_URLS'),
    reports: loadPostingSettings(reader),
    key: reader.serviceKey('SURETY_RELAYER'),
    stateDir: reader.text('SURETY_STATE_DIR', './.surety/relayer'),
    leaseDir: reader.text('SURETY_LEASE_DIR', ''),
    vaaUrl: reader.text('SURETY_VAA_URL', '') === '' ? '' : (reader.urls('SURETY_VAA_URL')[0] ?? ''),
    priceUpdates: loadPriceUpdates(reader),
    compareIntervalMs: reader.compareIntervalMs(),
    publishing: new Map([...spending].map((chainId) => [chainId, loadPublishLimits(reader, chainId)])),
    gas: new Map([...spending].map((chainId) => [chainId, loadGasLimits(reader, chainId)])),
    intervals: new Map([...spending].map((chainId) => [chainId, loadIntervals(reader, chainId)])),
    pay: new Map([...spending].map((chainId) => [chainId, loadPayLimits(reader, chainId)])),
  });
}

/** An update costs one wei on most chains; a thousandth of a coin is more than any asks today. */
function loadPriceUpdates(reader: ConfigReader): PriceUpdateSettings {
  const services = (prefix: string): PriceServices => {
    const urls = reader.text(`${prefix}_URLS`, '') === '' ? [] : reader.urls(`${prefix}_URLS`);
    const token = reader.secret(`${prefix}_TOKEN`);
    if (token !== undefined) urls.forEach((url) => reader.requireGuarded(`${prefix}_URLS`, url));
    return { urls, token };
  };
  const [home = 0] = reader.settlementChainIds();
  return {
    pyth: services('SURETY_PYTH'),
    redstone: services('SURETY_REDSTONE'),
    feeMaxWei: reader.weiOf('SURETY_PRICE_FEE_MAX_WEI', home, 1_000_000_000_000_000n),
  };
}

function loadIntervals(reader: ConfigReader, chainId: number): RelayIntervals {
  const load = (name: string): number | null => {
    const text = reader.textOf(name, chainId, '');
    if (text === '') return null;
    if (!/^[1-9][0-9]{1,6}$/.test(text)) reader.issue(`${name}[_${chainId}]`, text, '10 to 9999999 milliseconds');
    return Number(text);
  };
  return {
    pollMs: load('SURETY_RELAY_INTERVAL_MS'),
    replaceAfterMs: load('SURETY_REPLACE_AFTER_MS'),
    witnessFallbackMs: load('SURETY_WITNESS_FALLBACK_MS'),
  };
}

/**
 * Reasons for the defaults: a thousandth of the waiting value is little compared with what waiting costs its owner;
 * five minutes are less than most bridges take.
 */
function loadPublishLimits(reader: ConfigReader, chainId: number): PublishLimits {
  const [share, staleness] = ['SURETY_WITNESS_FEE_SHARE_BPS', 'SURETY_WITNESS_STALENESS_MS'] as const;
  const shareBps = reader.textOf(share, chainId, '10');
  const isShare = /^(0|[1-9][0-9]{0,4})$/.test(shareBps) && Number(shareBps) <= 10_000;
  if (!isShare) reader.issue(`${share}[_${chainId}]`, shareBps, 'whole basis points from 0 to 10000');
  const stalenessMs = reader.textOf(staleness, chainId, '300000');
  if (!/^(0|[1-9][0-9]{0,6})$/.test(stalenessMs))
    reader.issue(`${staleness}[_${chainId}]`, stalenessMs, '0 to 9999999 milliseconds');
  return {
    feeMaxWei: reader.weiOf('SURETY_WITNESS_FEE_MAX_WEI', chainId, 10_000_000_000_000_000n),
    feeShareBps: isShare ? BigInt(shareBps) : 0n,
    stalenessMs: Number(stalenessMs),
  };
}

function loadPayLimits(reader: ConfigReader, chainId: number): PayLimits {
  const chain = reader.network.chains.find((one) => one.chainId === chainId);
  const mode = reader.textOf('SURETY_PAY_MODE', chainId, chain?.development === true ? 'all' : 'covered');
  if (mode !== 'all' && mode !== 'covered') reader.issue('SURETY_PAY_MODE', mode, 'all, or covered');
  const underlying = reader.textOf('SURETY_GAS_UNDERLYING', chainId, '');
  const ids = (reader.network.settlement?.underlyings ?? []).map(({ id }) => String(id));
  if (underlying !== '' && !ids.includes(underlying)) {
    reader.issue('SURETY_GAS_UNDERLYING', underlying, `an underlying of the settlement: ${ids.join(', ')}`);
  }
  return {
    mode: mode === 'all' ? 'all' : 'covered',
    subsidyWei: reader.weiOf('SURETY_PAY_SUBSIDY_WEI', chainId, 0n),
    gasUnderlying: underlying === '' ? null : Number(underlying),
  };
}
