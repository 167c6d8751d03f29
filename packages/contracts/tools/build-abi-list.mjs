/** The modules that a contract passes calls on to, in the order in which its constructor takes them. */
export const modules = {
  CollateralLedger: ['LedgerAccounts', 'LedgerProtocols', 'LedgerTerms', 'LedgerLosses', 'LedgerRewind', 'LedgerViews'],
  CollateralVault: [
    'VaultPayments',
    'VaultLosses',
    'VaultRewind',
    'VaultWitnesses',
    'VaultExit',
    'VaultAdmin',
    'VaultViews',
  ],
};

/** The contracts that get a TypeScript face. */
export const contracts = [
  'AttesterSet',
  'CollateralVault',
  'CollateralLedger',
  ...Object.values(modules).flat(),
  'LockGateway',
  'LocalVerifier',
  'LocalDesk',
  'RiskManager',
  'LedgerLens',
  'LiquidationAuction',
  'SequencerClock',
  'Market',
  'MarketTranche',
  'FeedAdapter',
  'PythFeed',
  'RedStoneFeed',
  'MedianFeed',
  'PriceDesk',
  'SuretyTimelock',
  'RoleHolder',
  'WitnessSeat',
  'LayerZeroWitness',
  'WormholeWitness',
  'L1StateWitness',
  'MarginReports',
  'CreditLine',
  'PerpetualBook',
  'StepPage',
  'RatioPage',
  'OptionTables',
  'PerpsAndOptions',
  'DevelopmentToken',
  'DevelopmentWrappedNative',
  'DevelopmentFeed',
  'DevelopmentBulkLocker',
];

/** Those of the contracts that are examples: what they say of an error counts where the product says nothing of it. */
export const examples = ['CreditLine', 'PerpetualBook', 'PerpsAndOptions'];

/** Files of contracts that lie in the file of another. */
export const files = { StepPage: 'OptionTables', RatioPage: 'OptionTables' };

/** What other projects test their own contracts with, in `solidity/testing`; no deployment has it. */
export const fixtures = ['TestLedger'];

/** What keeps their files out of a compile of what is deployed, as arguments of forge. */
export const withoutFixtures = ['--skip', '*/testing/Test*.sol'];

/** Contracts at whose address more answers than their own code declares: what is merged into their ABI. */
export const merged = {
  CollateralLedger: [...modules.CollateralLedger, 'ILedger'],
  CollateralVault: [...modules.CollateralVault, 'IVault'],
};

/** Contracts whose functions people call by hand: their NatSpec is written beside the ABIs, for the operator's help. */
export const documented = [
  'AttesterSet',
  'CollateralVault',
  'CollateralLedger',
  'LiquidationAuction',
  'Market',
  'MarketTranche',
  'RiskManager',
  'SuretyTimelock',
  'RoleHolder',
];

/** Where the sources lie, from this package: its own, what protocols compile in, and the examples that a deployment, a demo or a test on nodes uses. */
export const sourceFolders = [
  'solidity',
  '../requirements/solidity',
  '../../examples/credit-line/solidity',
  '../../examples/perpetual-book/solidity',
  '../../examples/perps-and-options/solidity',
];
