/**
 * Callers of a function. Everybody else is refused with the contract's own error. `anyone` admits everybody; a
 * `claimant` made the exit's claim that the call is about.
 */
export type Caller =
  | 'anyone'
  | 'governor'
  | 'guardian'
  | 'pauser'
  | 'riskAdmin'
  | 'owner'
  | 'operator'
  | 'claimant'
  | 'protocol'
  | 'auction'
  | 'itself'
  | 'proposer'
  | 'canceller'
  | 'holder'
  | 'successor';

/** One function that changes something: who may call it, and what a role does with it. */
export interface Power {
  readonly by: readonly Caller[];
  /** Effect of a function that a role holds. */
  readonly does?: string;
}

const ANYONE: Power = { by: ['anyone'] };
const OWNER: Power = { by: ['owner'] };
const holds = (by: Caller | readonly Caller[], does: string): Power => ({
  by: typeof by === 'string' ? [by] : by,
  does,
});

/**
 * Every state-changing function of every deployed contract, by contract and name, including those of `SuretyTimelock`
 * and `RoleHolder`. A test compares it with the contracts' own ABIs and with their answers to each caller.
 */
export const POWERS: Readonly<Record<string, Readonly<Record<string, Power>>>> = {
  CollateralLedger: {
    applyEntries: ANYONE,
    refresh: ANYONE,
    unpark: ANYONE,
    setEnabled: OWNER,
    cancelNonce: OWNER,
    setOperator: OWNER,
    optIn: OWNER,
    optOut: OWNER,
    requestRelease: { by: ['owner', 'operator'] },
    requestReleaseBySig: ANYONE,
    gate: { by: ['protocol'] },
    setExitShare: { by: ['protocol'] },
    transfer: OWNER,
    cover: ANYONE,
    noteHalt: ANYONE,
    refuse: ANYONE,
    observe: ANYONE,
    unwind: ANYONE,
    holdForRewind: ANYONE,
    letGo: ANYONE,
    takeBack: ANYONE,
    comeAgain: { by: ['itself'] },
    writeOff: ANYONE,
    rewind: holds(
      'governor',
      'rewinds the replica of a vault to a point that attesters signed: what was credited past it comes again, or is taken back',
    ),
    confirm: ANYONE,
    mark: ANYONE,
    seize: holds('auction', 'moves enabled lines of an account whose exit assets are below what is required'),
    releaseParked: { by: ['owner', 'operator'] },
    scheduleRiskManager: holds(
      'governor',
      'names another risk manager, which anyone may put in force seven days later',
    ),
    adopt: ANYONE,
    setAuction: holds(
      'governor',
      'names the auction that may seize, seven days later; at once before any asset is listed',
    ),
    listSource: holds('governor', 'lists a collateral chain and opens its edges'),
    listAsset: holds('governor', 'lists an asset that counts as collateral'),
    setCap: holds(['governor', 'riskAdmin'], 'sets how much of an asset is taken; the risk admin lowers only'),
    setFast: holds(
      ['governor', 'riskAdmin'],
      'sets which share of the cap may be in use unconfirmed; the risk admin lowers only',
    ),
    setWitness: holds('governor', 'sets or removes one of four witnesses of a source'),
    setWeights: holds(
      ['governor', 'riskAdmin'],
      'sets what an asset weighs; the risk admin lowers only, and maintenance falls by 5 points a day at most',
    ),
    setSourceWeights: holds(
      ['governor', 'riskAdmin'],
      'sets what a source weighs; the risk admin lowers only, and maintenance falls by 5 points a day at most',
    ),
    listProtocol: holds('governor', 'lists a protocol that cross-margin accounts may opt in to'),
    closeProtocol: holds('governor', 'closes a protocol: nobody opts in any more, and what is owed to it stands'),
    releaseFrom: holds(
      'governor',
      'forgives what accounts owe to a protocol: each may leave it by a notice of 7 days, and its lenders lose the rest',
    ),
    unpause: holds('governor', 'lifts a pause before its end'),
    pause: holds('pauser', 'pauses new credit of a source or an asset for 72 h, twice in a row at most'),
    quarantine: holds('guardian', 'stops entries, releases and initial weight of a source for 72 h, extended once'),
  },
  CollateralVault: {
    lock: ANYONE,
    applyReleases: ANYONE,
    refresh: ANYONE,
    pay: ANYONE,
    claim: ANYONE,
    transferExactly: { by: ['itself'] },
    replayProven: { by: ['itself'] },
    announceExit: ANYONE,
    noteAhead: ANYONE,
    openExit: ANYONE,
    replayExit: ANYONE,
    markExit: ANYONE,
    endAsset: ANYONE,
    // And an operator that shows its rights at the ledger by a proof; a protocol's share is its claimant's.
    claimLine: OWNER,
    claimParked: OWNER,
    claimEntry: OWNER,
    claimStopped: OWNER,
    // The account that made the claim.
    redirectClaim: { by: ['claimant'] },
    lockExactly: { by: ['itself'] },
    settleAgain: { by: ['itself'] },
    unwind: ANYONE,
    holdForRewind: ANYONE,
    letGo: ANYONE,
    rewind: holds(
      'governor',
      'rewinds the replica of the ledger to a point that attesters signed: payments past it are void',
    ),
    replayLost: { by: ['itself'] },
    refund: ANYONE,
    giveBack: ANYONE,
    report: ANYONE,
    takeLoss: ANYONE,
    confirm: ANYONE,
    mark: ANYONE,
    appoint: ANYONE,
    noteRecovery: ANYONE,
    listAsset: holds('governor', 'lists a token that may be locked'),
    noteCode: ANYONE,
    pinCode: holds('governor', 'accepts the code that a listed token has now'),
    setLimits: holds('governor', 'sets minimum, lock cap and payment limit of an asset'),
    setLockFee: holds('governor', 'sets the smallest fee of a lock, at most the smallest lock'),
    setFastLimit: holds('governor', 'sets how much of the payment limit may be paid before witnesses confirm it'),
    setWitness: holds('governor', 'sets or removes one of four witnesses of the journal'),
    setWitnessPolicy: holds('governor', 'sets how many witnesses must confirm; never 0 outside development'),
    setSuccessor: holds('governor', "names, once, the vault that takes this one's place"),
    stop: holds(
      'guardian',
      'stops and refunds a payment above the small lane, once per account in 7 days; any in doubt; none in an open exit',
    ),
    quarantine: holds('guardian', 'stops batches and unconfirmed payments for 72 h, extended once'),
    unpause: holds('governor', 'lifts a pause before its end'),
    pause: holds('pauser', 'pauses locks or payments of an asset for 72 h, twice in a row at most'),
  },
  LockGateway: { lockNative: ANYONE, lockWithPermit2: ANYONE },
  AttesterSet: {
    rotate: holds('governor', 'installs the next epoch, signed by the quorum of the present one'),
    halt: ANYONE,
    clearHalt: holds('guardian', 'lifts the halt of an edge, 24 h after it began at the earliest'),
    prove: ANYONE,
    keepHead: ANYONE,
    suspend: holds('guardian', 'suspends members of an epoch for 30 days, fewer than would break its quorum'),
    proposeRecovery: holds(['governor', 'guardian'], 'agrees to a set without old signatures; both must'),
    withdrawRecovery: holds(['governor', 'guardian'], 'withdraws from such a set'),
    recover: ANYONE,
  },
  RiskManager: {
    poke: ANYONE,
    pokedMargin: ANYONE,
    pokedExitOf: ANYONE,
    listUnderlying: holds('governor', 'names the feed that values a price slot'),
  },
  LedgerLens: {},
  LiquidationAuction: {
    start: ANYONE,
    startMany: ANYONE,
    touch: ANYONE,
    close: ANYONE,
    // The owner of the account that takes, or anyone for an account with a standing offer.
    bid: ANYONE,
    // Each act asks by itself.
    tryMany: ANYONE,
    writeOff: ANYONE,
    stand: OWNER,
    stop: holds('pauser', 'stops starts, bids and write-offs for 6 h, twice in a row at most, then not for 72 h'),
    stopSlot: holds(
      ['riskAdmin', 'pauser'],
      'stops the sale of lines that a price slot values, within the same bounds',
    ),
  },
  Market: {
    borrow: OWNER,
    repay: ANYONE,
    renew: ANYONE,
    accrue: ANYONE,
    collect: ANYONE,
    onAuction: ANYONE,
    takeOver: { by: ['auction'] },
    deposit: ANYONE,
    mint: ANYONE,
    // The owner of the shares, or whom the owner allowed so many.
    withdraw: OWNER,
    redeem: OWNER,
    // Of the caller's own shares; of others' as far as they are allowed.
    transfer: ANYONE,
    transferFrom: ANYONE,
    approve: ANYONE,
  },
  MarketTranche: {
    // Of the caller's own shares.
    requestExit: ANYONE,
    cancelExit: ANYONE,
    exit: ANYONE,
    deposit: ANYONE,
    mint: ANYONE,
    // The owner of the shares, or whom the owner allowed so many.
    withdraw: OWNER,
    redeem: OWNER,
    transfer: ANYONE,
    transferFrom: ANYONE,
    approve: ANYONE,
  },
  LocalVerifier: { keepHead: ANYONE },
  // A release is its owner's: the desk only submits what the owner signed.
  LocalDesk: { lockAndCredit: ANYONE, credit: ANYONE, releaseAndPay: ANYONE, deliver: ANYONE },
  FeedAdapter: {},
  PythFeed: { update: ANYONE },
  RedStoneFeed: { update: ANYONE },
  MedianFeed: {},
  PriceDesk: { updateAndCall: ANYONE },
  MarginReports: { submit: ANYONE },
  SuretyTimelock: {
    schedule: holds('proposer', 'schedules an act of the governor'),
    scheduleBatch: holds('proposer', 'schedules acts of the governor'),
    cancel: holds('canceller', 'cancels what is scheduled; what k attesters signed too, twice at most'),
    cancelBatch: holds('canceller', 'cancels a list of what is scheduled'),
    freezeProposer: holds(
      'canceller',
      'lets a proposer schedule nothing but what k attesters signed, for 30 days at most',
    ),
    execute: ANYONE,
    executeBatch: ANYONE,
    updateDelay: holds('itself', 'changes the delay, never below 48 h'),
    addSlowKind: holds('itself', 'makes a kind of acts wait 7 days'),
    grantRole: holds('itself', 'adds a proposer, a canceller or an executor'),
    revokeRole: holds('itself', 'removes one, never the last'),
    renounceRole: ANYONE,
    onERC721Received: ANYONE,
    onERC1155Received: ANYONE,
    onERC1155BatchReceived: ANYONE,
  },
  RoleHolder: {
    act: holds('holder', 'acts in the name of the role'),
    propose: holds('holder', 'proposes a successor, who must accept within 14 days'),
    appoint: holds('governor', 'appoints a successor, who must accept within 14 days'),
    accept: holds('successor', 'takes the role over'),
  },
};
