/** What gets a TypeScript face. `artifact` names the compiled contract if it differs; `code: false` leaves the code out. */
export const contracts = [
  { name: 'AttesterSet' },
  { name: 'CollateralVault', artifact: 'ICollateralVault', code: false },
  { name: 'CollateralLedger', artifact: 'ICollateralLedger', code: false },
  { name: 'RiskManager', artifact: 'IRiskManager', code: false },
  { name: 'LedgerLens', artifact: 'ILedgerLens', code: false },
  { name: 'PriceFeed', artifact: 'IPriceFeed', code: false },
  { name: 'DevelopmentToken' },
  { name: 'DevelopmentWrappedNative' },
  { name: 'DevelopmentFeed' },
];
