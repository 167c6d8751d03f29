/** The contracts that get a TypeScript face. */
export const contracts = [
  'AttesterSet',
  'CollateralVault',
  'CollateralLedger',
  'RiskManager',
  'LedgerLens',
  'FeedAdapter',
  'DevelopmentToken',
  'DevelopmentWrappedNative',
  'DevelopmentFeed',
  'DevelopmentBulkLocker',
];
