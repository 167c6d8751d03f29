/** The contracts that get a TypeScript face. */
export const contracts = [
  'AttesterSet',
  'CollateralVault',
  'VaultActs',
  'CollateralLedger',
  'LedgerActs',
  'LedgerDuties',
  'LedgerRewind',
  'RiskManager',
  'LedgerLens',
  'FeedAdapter',
  'SuretyTimelock',
  'RoleHolder',
  'WitnessSeat',
  'LayerZeroWitness',
  'WormholeWitness',
  'L1StateWitness',
  'MarginReports',
  'CreditLine',
  'PerpetualBook',
  'DevelopmentToken',
  'DevelopmentWrappedNative',
  'DevelopmentFeed',
  'DevelopmentBulkLocker',
];

/** Contracts at whose address more answers than their own code declares: what is merged into their ABI. */
export const merged = {
  CollateralLedger: ['LedgerActs', 'LedgerDuties', 'LedgerEdges', 'LedgerRewind', 'ILedger'],
  CollateralVault: ['VaultActs', 'VaultExit', 'VaultRewind', 'IVault'],
};

/** Where the sources lie, from this package: its own, and the examples that a deployment or a demo uses. */
export const sourceFolders = [
  'solidity',
  '../../examples/credit-line/solidity',
  '../../examples/perpetual-book/solidity',
];
