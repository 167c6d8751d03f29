/** Errors by which a contract says that the caller is the wrong one. */
export const CALLER_REFUSALS = new Set([
  'NotAuthorized',
  'NotGovernor',
  'NotOwner',
  'NotAccountOwner',
  'ExitNotOwner',
  'NotOptedIn',
  'RightMissing',
  'NotHolder',
  'NotProposed',
  'NotTheTimelock',
  'TimelockUnauthorizedCaller',
  'AccessControlUnauthorizedAccount',
  'NotAuction',
  'ERC20InsufficientAllowance',
]);
