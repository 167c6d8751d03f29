import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type ConfigIssue, configError } from './errors.js';
import { type CorsOrigins, loadCorsOrigins } from './load-cors-origins.js';
import { keystoreIssues } from './keystore-issues.js';
import { parseWei } from './load-gas-limits.js';
import { type ReportSettings, loadReportSettings } from './load-report-settings.js';
import { type TraceTarget, loadTraces } from './load-traces.js';
import { loadTrustedProxies } from './load-trusted-proxies.js';
import { type WebhookReceiver, type WebhookSettings, loadWebhooks } from './load-webhooks.js';
import { type Network, parseNetwork } from './parse-network.js';
import { Secret, readSecret } from './secret.js';
import { codeOf, unreadAt, unreadFile } from './unread-file.js';
import { weaknessesOf } from './weaknesses-of.js';

/** The environment of a process, passed in by its `compose.ts`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** One configured provider of a chain, with its URL. */
export interface ProviderEndpoint {
  readonly name: string;
  readonly operator: string;
  readonly url: Secret;
}

/** A key: development text, or an encrypted keystore file with its password. */
export type KeySource =
  | { readonly kind: 'environment'; readonly key: Secret }
  | { readonly kind: 'keystore'; readonly file: string; readonly password: Secret };

/** A key in another process, reached over HTTP; TLS files come as their text. */
export interface RemoteKeySource {
  readonly kind: 'remote';
  readonly url: Secret;
  /** 0x and 40 hex digits, lower case. */
  readonly address: string;
  readonly token: Secret | undefined;
  readonly tls: { readonly ca?: Secret; readonly cert?: Secret; readonly key?: Secret };
}

/** The configuration common to all roles. */
export interface BaseConfig {
  readonly network: Network;
  /** The settlement section; its presence was checked. */
  readonly settlement: NonNullable<Network['settlement']>;
  readonly attesters: NonNullable<Network['attesters']>;
  /** Providers by chain id, for the chains that the role reads. */
  readonly endpoints: ReadonlyMap<number, readonly ProviderEndpoint[]>;
  readonly http: { readonly host: string; readonly port: number };
  /** Level of the log, and its format: JSON, or text for people. */
  readonly log: { readonly level: 'error' | 'warn' | 'info' | 'debug'; readonly format: 'json' | 'text' };
  /** Where spans of entries go; undefined unless a collector is named. */
  readonly traces: TraceTarget | undefined;
  /** Crash point for kill campaigns; only in the development profile. */
  readonly crashAt?: { readonly name: string; readonly passing: number } | undefined;
}

/** Configuration of the aggregator. */
export interface AggregatorConfig extends BaseConfig {
  /** `sqlite:<path>` or `postgres://…`; the URL may hold a password. */
  readonly databaseUrl: Secret;
  readonly stateDir: string;
  /** Milliseconds between two comparisons of the witnesses on chain with the configuration. */
  readonly compareIntervalMs: number;
  readonly corsOrigins: CorsOrigins;
  /** Whose word is taken for where a request came from: addresses, ranges or their names. */
  readonly trustedProxies: readonly string[];
  /** Receivers of health steps; undefined if there are none. */
  readonly webhooks: WebhookSettings | undefined;
}

/** Configuration of a watcher. */
export interface WatcherConfig extends BaseConfig {
  /** Chain ids to follow, each with a vault. */
  readonly chainIds: readonly number[];
  readonly aggregatorUrls: readonly string[];
  /**
   * Aggregators of other operators. Each start asks them which statements of this key they hold; nothing is posted to
   * them.
   */
  readonly peerUrls: readonly string[];
  readonly stateDir: string;
  /** Folder of the second store of the signing history. Outside development it must differ from `stateDir`. */
  readonly historyDir: string;
  readonly key: KeySource | RemoteKeySource;
  /** Margin reports to make; undefined unless protocols are named. */
  readonly reports: ReportSettings | undefined;
}

/** Loads an aggregator's configuration. @throws CONFIG_UNREADABLE, CONFIG_INVALID, CONFIG_NOT_DEPLOYED. */
export function loadAggregatorConfig(environment: Environment): AggregatorConfig {
  const reader = new ConfigReader(environment);
  const chainIds = reader.vaultChainIds();
  const databaseUrl = reader.text('SURETY_DATABASE_URL', 'sqlite:./.surety/aggregator.sqlite');
  if (!/^(sqlite:.+|postgres(ql)?:\/\/.+)$/.test(databaseUrl)) {
    reader.issue('SURETY_DATABASE_URL', '(withheld)', 'sqlite:<path> or postgres://<user>@<host>/<database>');
  }
  return reader.finish(8710, chainIds, {
    databaseUrl: new Secret(databaseUrl),
    stateDir: reader.text('SURETY_STATE_DIR', './.surety/aggregator'),
    compareIntervalMs: reader.compareIntervalMs(),
    corsOrigins: loadCorsOrigins(reader),
    trustedProxies: loadTrustedProxies(reader),
    webhooks: loadWebhooks(reader),
  });
}

/** Loads a watcher's configuration. @throws CONFIG_UNREADABLE, CONFIG_INVALID, CONFIG_NOT_DEPLOYED. */
export function loadWatcherConfig(environment: Environment): WatcherConfig {
  const reader = new ConfigReader(environment);
  const chainIds = reader.chosenChainIds();
  return reader.finish(8711, chainIds, {
    chainIds,
    aggregatorUrls: reader.urls('SURETY_AGGREGATOR_URLS'),
    peerUrls: reader.text('SURETY_PEER_URLS', '') === '' ? [] : reader.urls('SURETY_PEER_URLS'),
    ...reader.historyDirs(),
    key: reader.attesterKey(),
    reports: loadReportSettings(reader),
  });
}

/** Returns the key that `surety lock` spends with: SURETY_KEY, SURETY_KEY_FILE or SURETY_KEYSTORE_FILE. @throws CONFIG_INVALID. */
export function loadSpendingKey(environment: Environment): KeySource {
  const reader = new ConfigReader(environment);
  const key = reader.key('SURETY');
  reader.requireNoIssues();
  return key;
}

/** Loads the receivers of an aggregator's environment. @throws CONFIG_INVALID, CONFIG_UNREADABLE. */
export function loadWebhookReceivers(environment: Environment): readonly WebhookReceiver[] {
  const reader = new ConfigReader(environment);
  const settings = loadWebhooks(reader);
  reader.requireNoIssues();
  return settings?.receivers ?? [];
}

/** Loads only chains.config.json, which suffices for most commands. @throws CONFIG_UNREADABLE, CONFIG_INVALID. */
export function loadNetwork(environment: Environment): Network {
  return parseNetwork(...readNetworkText(environment));
}

function readNetworkText(environment: Environment): [text: string, where: string] {
  const named = environment['SURETY_CONFIG'];
  const path = named ?? './chains.config.json';
  try {
    return [readFileSync(path, 'utf8'), path];
  } catch (cause) {
    const code = codeOf(cause);
    const told = { path: 'SURETY_CONFIG', seen: `${path} (${code})`, expected: 'a readable chains.config.json' };
    // Where nothing names the file, what is missing is the variable.
    throw configError('CONFIG_UNREADABLE', path, [{ ...told, isMissing: code === 'ENOENT' && named !== undefined }]);
  }
}

/** Collects the values and problems of one role, so that all problems are reported together. */
export class ConfigReader {
  readonly network: Network;
  readonly #environment: Environment;
  readonly #issues: ConfigIssue[] = [];
  /** Host of each provider URL that was read, by its variable. */
  readonly #hosts = new Map<string, string>();
  /** Variables whose file could not be read: nothing is known of their values. */
  readonly #unread = new Set<string>();

  constructor(environment: Environment) {
    this.#environment = environment;
    this.network = loadNetwork(environment);
    if (this.network.settlement === undefined || this.network.attesters === undefined) {
      throw configError('CONFIG_NOT_DEPLOYED', environment['SURETY_CONFIG'] ?? './chains.config.json', [
        {
          path: 'settlement',
          seen: 'nothing',
          expected: 'the deployed ledger: run the deployment, or the devnet, first',
        },
      ]);
    }
  }

  issue(path: string, seen: string, expected: string): void {
    if (!this.#unread.has(path)) this.#issues.push({ path, seen, expected });
  }

  text(name: string, fallback: string): string {
    const value = this.#environment[name];
    return value === undefined || value === '' ? fallback : value;
  }

  /** Reads a variable for one chain: `NAME_<chain id>` before `NAME`. */
  textOf(name: string, chainId: number, fallback: string): string {
    return this.text(`${name}_${chainId}`, this.text(name, fallback));
  }

  /** Reads a variable for one chain as wei. */
  weiOf(name: string, chainId: number, fallback: bigint): bigint {
    const read = parseWei(this.#environment, { name, chainId, fallback });
    if (typeof read === 'bigint') return read;
    this.#issues.push(read);
    return fallback;
  }

  /** Interval of comparing witnesses with the configuration: an hour by default, at most a day. */
  compareIntervalMs(): number {
    const name = 'SURETY_COMPARE_INTERVAL_S';
    const text = this.text(name, '3600');
    const seconds = /^[1-9][0-9]{0,4}$/.test(text) ? Number(text) : 0;
    if (seconds < 1 || seconds > 86_400) this.issue(name, text, 'whole seconds from 1 to 86400');
    return seconds * 1_000;
  }

  settlementChainIds(): number[] {
    const { settlement } = this.network;
    return settlement === undefined ? [] : [settlement.chainId];
  }

  urls(name: string): string[] {
    const texts = this.text(name, '')
      .split(',')
      .map((text) => text.trim())
      .filter((text) => text !== '');
    if (texts.length === 0) this.issue(name, 'nothing', 'at least one URL, such as http://127.0.0.1:8710');
    texts.forEach((text) => this.requireUrl(name, text));
    return texts;
  }

  vaultChainIds(): number[] {
    return this.network.chains.filter((chain) => chain.vault !== undefined).map((chain) => chain.chainId);
  }

  /** The chosen chains among those whose vaults are attested: all but the settlement chain. */
  chosenChainIds(): number[] {
    const home = this.settlementChainIds();
    const all = this.vaultChainIds().filter((chainId) => !home.includes(chainId));
    const chosen = this.text('SURETY_CHAINS', all.join(','))
      .split(',')
      .map((text) => Number(text.trim()));
    for (const chainId of chosen.filter((one) => !all.includes(one))) {
      this.issue('SURETY_CHAINS', String(chainId), `chains whose vaults are attested: ${all.join(', ')}`);
    }
    return chosen.filter((one) => all.includes(one));
  }

  /** Folders of the two stores of a signing history: production requires two different ones. */
  historyDirs(): { stateDir: string; historyDir: string } {
    const name = 'SURETY_HISTORY_DIR';
    const stateDir = this.text('SURETY_STATE_DIR', './.surety/watcher');
    const historyDir = this.text(name, this.network.profile === 'development' ? join(stateDir, 'second') : '');
    if (historyDir === '') this.issue(name, 'nothing', 'a folder on another disk, for the second store of the history');
    else if (resolve(historyDir) === resolve(stateDir))
      this.issue(name, historyDir, 'another folder than SURETY_STATE_DIR');
    return { stateDir, historyDir };
  }

  /** An attester's key: a remote signer, or any source that other roles may use. */
  attesterKey(): KeySource | RemoteKeySource {
    const prefix = 'SURETY_ATTESTER';
    const url = this.secret(`${prefix}_SIGNER_URL`);
    if (url === undefined) return this.serviceKey(prefix);
    for (const other of ['KEY', 'KEYSTORE_FILE'].filter((end) => this.text(`${prefix}_${end}`, '') !== '')) {
      this.issue(`${prefix}_${other}`, 'a key beside a remote signer', `one of them: unset it or ${prefix}_SIGNER_URL`);
    }
    this.requireUrl(`${prefix}_SIGNER_URL`, url.reveal());
    this.requireGuarded(`${prefix}_SIGNER_URL`, url.reveal());
    const address = this.text(`${prefix}_ADDRESS`, '').toLowerCase();
    if (!/^0x[0-9a-f]{40}$/.test(address)) {
      this.issue(`${prefix}_ADDRESS`, address === '' ? 'nothing' : address, 'the address of the remote key');
    }
    const [ca, cert, key] = ['CA', 'CERT', 'KEY'].map((end) => this.secret(`${prefix}_SIGNER_${end}`));
    if ((cert === undefined) !== (key === undefined)) {
      this.issue(`${prefix}_SIGNER_CERT_FILE`, 'one of two', `both it and ${prefix}_SIGNER_KEY_FILE, or neither`);
    }
    const tls = { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
    return { kind: 'remote', url, address, token: this.secret(`${prefix}_SIGNER_TOKEN`), tls };
  }

  /** A service's key. Its keystore may be mounted late; the command line tells of its own when it opens it. */
  serviceKey(prefix: string): KeySource {
    const name = `${prefix}_KEYSTORE_FILE`;
    const file = this.text(name, '');
    if (file !== '') this.#issues.push(...unreadAt(name, file));
    return this.key(prefix);
  }

  key(prefix: string): KeySource {
    const key = this.secret(`${prefix}_KEY`);
    const file = this.#environment[`${prefix}_KEYSTORE_FILE`];
    if (file !== undefined && file !== '') {
      this.#issues.push(...keystoreIssues({ environment: this.#environment, prefix, profile: this.network.profile }));
      return { kind: 'keystore', file, password: this.secret(`${prefix}_PASSWORD`) ?? new Secret('') };
    }
    if (key === undefined) {
      this.issue(
        `${prefix}_KEYSTORE_FILE`,
        'nothing',
        `an encrypted keystore file, or ${prefix}_KEY in the development profile`,
      );
    } else if (!/^0x[0-9a-fA-F]{64}$/.test(key.reveal())) {
      this.issue(`${prefix}_KEY`, '(withheld)', '0x and 64 hex digits');
    } else if (this.network.profile !== 'development') {
      this.issue(`${prefix}_KEY`, 'a key in the environment', `${prefix}_KEYSTORE_FILE in the production profile`);
    }
    return { kind: 'environment', key: key ?? new Secret('') };
  }

  finish<Extra extends object>(defaultPort: number, chainIds: readonly number[], extra: Extra): BaseConfig & Extra {
    const settlement = this.network.settlement as BaseConfig['settlement'];
    const attesters = this.network.attesters as BaseConfig['attesters'];
    const wanted = new Set([...chainIds, settlement.chainId]);
    const endpoints = new Map([...wanted].map((chainId) => [chainId, this.#endpoints(chainId)]));
    const port = Number(this.text('SURETY_HTTP_PORT', String(defaultPort)));
    if (!Number.isInteger(port) || port < 0 || port > 65_535) {
      this.issue('SURETY_HTTP_PORT', this.text('SURETY_HTTP_PORT', ''), 'a port from 0 (any free one) to 65535');
    }
    const level = this.text('SURETY_LOG_LEVEL', 'info') as BaseConfig['log']['level'];
    if (!['error', 'warn', 'info', 'debug'].includes(level)) {
      this.issue('SURETY_LOG_LEVEL', level, 'error, warn, info or debug');
    }
    const format = this.text('SURETY_LOG_FORMAT', 'json') as BaseConfig['log']['format'];
    if (!['json', 'text'].includes(format)) this.issue('SURETY_LOG_FORMAT', format, 'json or text');
    const traces = loadTraces(this);
    const crashAt = this.#crashAt();
    this.#issues.push(...weaknessesOf(this.network, this.#hosts));
    this.requireNoIssues();
    const http = { host: this.text('SURETY_HTTP_HOST', '127.0.0.1'), port };
    return Object.freeze({
      network: this.network,
      settlement,
      attesters,
      endpoints,
      http,
      log: { level, format },
      traces,
      crashAt,
      ...extra,
    });
  }

  requireNoIssues(): void {
    if (this.#issues.length > 0) throw configError('CONFIG_INVALID', 'the configuration', this.#issues);
  }

  #crashAt(): BaseConfig['crashAt'] {
    const text = this.text('SURETY_CRASH_AT', '');
    if (text === '') return undefined;
    const [, name = '', passing = '1'] = /^([a-z0-9.-]+)(?::([1-9]\d{0,5}))?$/.exec(text) ?? [];
    if (this.network.profile !== 'development')
      this.issue('SURETY_CRASH_AT', text, 'nothing: a process of the production profile dies at no point');
    else if (name === '')
      this.issue('SURETY_CRASH_AT', text, 'the name of a crash point, such as relay.planned or relay.planned:3');
    return { name, passing: Number(passing) };
  }

  #endpoints(chainId: number): ProviderEndpoint[] {
    const chain = this.network.chains.find((one) => one.chainId === chainId);
    const seen = new Set<string>();
    return (chain?.providers ?? []).map(({ name, operator, urlEnv }) => {
      const url = this.secret(urlEnv);
      if (url === undefined)
        this.issue(urlEnv, 'nothing', `the URL of provider ${name} of ${chain?.name} (${chainId})`);
      else this.requireUrl(urlEnv, url.reveal());
      const text = url?.reveal() ?? '';
      if (URL.canParse(text)) this.#hosts.set(urlEnv, new URL(text).hostname);
      // One endpoint under several names would form a quorum by itself.
      if (chain?.development === false && URL.canParse(text)) {
        const { href } = new URL(text);
        if (seen.has(href)) this.issue(urlEnv, '(withheld)', `another URL than the other providers of ${chain.name}`);
        seen.add(href);
      }
      return { name, operator, url: url ?? new Secret('') };
    });
  }

  secret(name: string): Secret | undefined {
    try {
      return readSecret(this.#environment, name);
    } catch (cause) {
      this.#issues.push(unreadFile(`${name}_FILE`, cause));
      this.#unread.add(name);
      return new Secret('');
    }
  }

  /** In production, signing requests must use TLS across a network. */
  requireGuarded(name: string, text: string): void {
    if (this.network.profile === 'development' || !URL.canParse(text)) return;
    const { protocol, hostname } = new URL(text);
    if (protocol !== 'https:' && !['127.0.0.1', 'localhost', '[::1]'].includes(hostname))
      this.issue(name, '(withheld)', 'an https URL, or one on this machine');
  }

  /** Reports what is not an http or https URL, without showing it. */
  requireUrl(name: string, text: string): void {
    if (!URL.canParse(text) || !['http:', 'https:'].includes(new URL(text).protocol)) {
      this.issue(name, '(withheld)', 'an http or https URL');
    }
  }
}
