/** What gets a TypeScript face; `code: false` leaves the code out, for interfaces that are only called. */
export const contracts = [
  { name: 'AttesterSet' },
  { name: 'CollateralVault' },
  { name: 'CollateralLedger' },
  { name: 'RiskManager' },
  { name: 'LedgerLens' },
  { name: 'FeedAdapter' },
  { name: 'DevelopmentToken' },
  { name: 'DevelopmentWrappedNative' },
  { name: 'DevelopmentFeed' },
];
