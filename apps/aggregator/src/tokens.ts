/**
 * Tokens for injected values without a class: outside values, ports and functions. Everything else is injected by its
 * class.
 */
export const TOKENS = {
  config: Symbol('config'),
  clock: Symbol('clock'),
  observer: Symbol('observer'),
  /** Returns the metrics as text. */
  metrics: Symbol('metrics'),
  profile: Symbol('profile'),
  names: Symbol('names'),
  /** The lock on the folder of this process. */
  stateHold: Symbol('stateHold'),
  store: Symbol('store'),
  /** The readers of chains, by chain id. */
  chains: Symbol('chains'),
  /** The chains that are listed, whether they are followed or not. */
  listedChains: Symbol('listedChains'),
  knownEdges: Symbol('knownEdges'),
  settlementReader: Symbol('settlementReader'),
  ledgerSource: Symbol('ledgerSource'),
  vaultSources: Symbol('vaultSources'),
  /** The journal of the vault beside the ledger, if there is one. */
  localSources: Symbol('localSources'),
  /** The vaults' followers, by the name of the edge to each. */
  vaults: Symbol('vaults'),
  driftSource: Symbol('driftSource'),
  /** Reads the witnesses of every edge. */
  readEdges: Symbol('readEdges'),
  /** Reads what the ledger says of its assets and credits beyond what is folded. */
  ledgerAsker: Symbol('ledgerAsker'),
  /** Reads what every market counts. */
  readMarkets: Symbol('readMarkets'),
  /** Reads what each protocol of an account requires, is owed and shows. */
  readProtocols: Symbol('readProtocols'),
  /** Receivers of messages; null where none is configured. */
  webhookSettings: Symbol('webhookSettings'),
  /** Reads accounts' auctions; null where the configuration names none. */
  readAuctions: Symbol('readAuctions'),
  /** Proves by storage what is owed and held. */
  proveSolvency: Symbol('proveSolvency'),
  providerChecks: Symbol('providerChecks'),
  followLoops: Symbol('followLoops'),
  driftLoops: Symbol('driftLoops'),
} as const;
