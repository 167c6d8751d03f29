/** The contracts that get a TypeScript face. */
export const contracts = [
  'AttesterSet',
  'CollateralVault',
  'CollateralLedger',
  'LedgerActs',
  'RiskManager',
  'LedgerLens',
  'FeedAdapter',
  'DevelopmentToken',
  'DevelopmentWrappedNative',
  'DevelopmentFeed',
  'DevelopmentBulkLocker',
];

/** Contracts at whose address more answers than their own code declares: what is merged into their ABI. */
export const merged = { CollateralLedger: ['LedgerActs', 'ILedger'] };
