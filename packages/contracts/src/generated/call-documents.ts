// Written by tools/build-abi.mjs from the compiled contracts; do not edit.
import type { CallDocument } from '../call-document.js';

/** What NatSpec says of the functions that people call, by contract and signature. */
export const CALL_DOCUMENTS: Readonly<Record<string, Readonly<Record<string, CallDocument>>>> = {
  "AttesterSet": {
    "clearHalt(bytes32)": {
      "notice": "Lets a halted edge go on, a day after its halt at the earliest.",
      "callers": "guardian",
      "parameters": {
        "edge": "name of the edge"
      }
    },
    "halt(bytes32,uint64,uint32,bytes,bytes32)": {
      "notice": "Stops an edge with n − k + 1 signatures of the active epoch. Anyone may submit them.",
      "parameters": {
        "edge": "name of the edge",
        "epoch": "the active epoch, see `epoch()`",
        "nonce": "how often the edge was cleared before, see `haltOf`",
        "reason": "unsigned, kept in the event",
        "sigs": "as `verify` takes them, but n − k + 1 suffice"
      }
    },
    "proposeRecovery(address[])": {
      "notice": "Agrees to a set that needs no old signatures; the second of the two agreements, at most 7 days after the first, proposes it and freezes the verifier.",
      "callers": "governor and guardian",
      "parameters": {
        "members": "addresses, ascending"
      }
    },
    "prove((bytes32,uint64,uint64,bytes32,uint64,bytes32,uint64,uint32),bytes,(bytes32,uint64,uint64,bytes32,uint64,bytes32,uint64,uint32),bytes)": {
      "notice": "Suspends a member that contradicted itself at one edge, for good, in every epoch still accepted or to come.",
      "parameters": {
        "a": "one statement, by a member of the epoch that it names or of one still accepted or to come",
        "b": "another statement for the same edge",
        "sigA": "the member's signature of it",
        "sigB": "the member's signature of that"
      }
    },
    "recover(address[])": {
      "notice": "Installs the proposed set, 14 to 21 days after its proposal; older epochs end now.",
      "callers": "anyone",
      "parameters": {
        "members": "addresses, ascending, as proposed"
      }
    },
    "rotate(address[],uint40,bytes)": {
      "notice": "Installs the next epoch, signed by the newest one, which must be active: so one waits at most.",
      "callers": "governor",
      "parameters": {
        "activeFrom": "time in seconds, between `ROTATION_NOTICE` and `ROTATION_NOTICE_MAX` ahead",
        "members": "addresses, ascending",
        "sigs": "see `verify`"
      }
    },
    "suspend(address)": {
      "notice": "Suspends a member in every epoch, still accepted or to come, that bears it; guardian and evidence together reach at most n − k of an epoch.",
      "callers": "guardian",
      "parameters": {
        "member": "address of the attester"
      }
    },
    "withdrawRecovery()": {
      "notice": "Withdraws a proposed set and ends its freeze.",
      "callers": "governor or guardian",
      "parameters": {}
    }
  },
  "CollateralVault": {
    "applyReleases(uint64,bytes,uint64[],(bytes32,uint64,uint64,bytes32,uint64,bytes32,uint64,uint32),bytes)": {
      "notice": "Replays entries of the ledger's journal up to an attested count: each release becomes a payment with a date.",
      "parameters": {
        "entries": "packed 95-byte entries from + 1 … statement.count",
        "from": "count before the first entry given; may lie below the replica's count: that prefix is skipped unread",
        "marks": "up to 4 ascending counts in (replica count, statement.count] whose heads are stored for witnesses",
        "sigs": "at least k signatures of one epoch of this chain's attester set, see `IAttesterSet.verify`",
        "statement": "the signed head; its count becomes the replica's"
      }
    },
    "claim(uint96,bytes)": {
      "notice": "Tries a claimable payment again, under the rules of `pay`: amount − fee to its recipient, fee to the caller.",
      "parameters": {
        "entry": "the packed entry that was replayed",
        "seq": "number of the release"
      }
    },
    "lock(uint16,uint128,bytes32,bytes32,uint96,uint8)": {
      "notice": "Locks tokens of the caller for an account.",
      "parameters": {
        "account": "account credited on the settlement chain",
        "amount": "token units to take from the caller",
        "asset": "index of the token",
        "fee": "token units of the received amount, for the relayer that applies the entry; at least `lockFeeOf`",
        "flags": "bit 0: \"I own this address on the settlement chain too\", asked of contracts that lock for themselves",
        "memo": "kept in the entry, 0 if none"
      }
    },
    "pay(uint96,bytes,address)": {
      "notice": "Executes a queued payment from its `readyAt` on, in any order: amount − fee to its recipient, fee to `feeTo`.",
      "parameters": {
        "entry": "the packed entry that was replayed",
        "feeTo": "who earns the fee; not 0, this vault or the token",
        "seq": "number of the release"
      }
    },
    "refresh((bytes32,uint64,uint64,bytes32,uint64,bytes32,uint64,uint32),bytes)": {
      "notice": "Accepts a newer statement of the replica's present count, as a heartbeat.",
      "parameters": {
        "sigs": "at least k signatures of one epoch, see `IAttesterSet.verify`",
        "statement": "a signed head with count = tip = the replica's count"
      }
    },
    "replayProven(bytes32,uint96,bytes)": {
      "notice": "Returns entries their effects without a statement: for what the exit proved, see `IVaultExit`.",
      "parameters": {
        "before": "number of the entry before the first",
        "entries": "packed entries",
        "head": "before the first entry"
      }
    },
    "transferExactly(address,address,uint256,uint256)": {
      "notice": "Moves tokens of a payment, or reverts.",
      "callers": "the vault itself",
      "parameters": {
        "amount": "token units",
        "heldAfter": "token units that the vault must hold afterwards",
        "to": "who receives",
        "token": "ERC-20 contract"
      }
    },
    "appoint(uint80,address)": {
      "notice": "Lets an operator of the settlement chain act for the caller's sub-account, whose home is this chain.",
      "parameters": {
        "operator": "address on the settlement chain, 0 for none",
        "sub": "number of the caller's sub-account"
      }
    },
    "giveBack(uint96,bytes)": {
      "notice": "Gives back a payment that has been claimable for 30 days: it is stopped and its REFUND appended.",
      "callers": "anyone",
      "parameters": {
        "entry": "the packed entry that was replayed",
        "seq": "number of the release"
      }
    },
    "lockExactly(address,uint256,bytes32,uint256)": {
      "notice": "Locks tokens of a payment at the successor, or reverts.",
      "callers": "the vault itself",
      "parameters": {
        "account": "who is credited: the account that was debited",
        "amount": "token units",
        "heldAfter": "token units that the vault must hold afterwards",
        "token": "ERC-20 contract"
      }
    },
    "redirectClaim(uint96,bytes,address)": {
      "notice": "Sets another recipient of a claim whose transfer failed. Only the claimant may call it.",
      "parameters": {
        "packed": "the claim's entry as it is now; from then on it is the same with the recipient as its party",
        "recipient": "who is to be paid: an address, not the vault or its token",
        "seq": "number of the payment, which is claimable"
      }
    },
    "refund(uint96,uint16,uint128,bytes32)": {
      "notice": "Appends the REFUND of a stopped payment.",
      "callers": "anyone",
      "parameters": {
        "account": "the release's account",
        "amount": "the release's amount",
        "asset": "the release's asset",
        "seq": "number of the release"
      }
    },
    "stop(uint96,bytes,bytes32)": {
      "notice": "Stops a payment: its amount goes back to the account that was debited, by a REFUND.",
      "callers": "guardian",
      "parameters": {
        "entry": "the packed entry that was replayed",
        "reason": "why, kept in the event",
        "seq": "number of the release"
      }
    },
    "replayLost(uint96,bytes)": {
      "notice": "Takes note of a loss that is replayed.",
      "callers": "the vault itself",
      "parameters": {
        "packed": "the packed entry",
        "seq": "number of the entry"
      }
    },
    "report(uint16)": {
      "notice": "Records the backed part of a token's accounted units, its coverage.",
      "parameters": {
        "asset": "index of the token, from 1"
      }
    },
    "takeLoss(uint96,bytes)": {
      "notice": "Takes a loss that the ledger reported, or takes it back if it was none: the vault accounts for that many more, or fewer, units, so that all units of the asset share the loss. Reports the resulting coverage as the answer to the entry.",
      "callers": "anyone",
      "parameters": {
        "packed": "the packed entry",
        "seq": "number of the entry"
      }
    },
    "holdForRewind((bytes32,uint64,uint64,bytes32,uint64,bytes32,uint64,uint32),bytes,bytes32,bytes32)": {
      "notice": "Lets a quarantine last until a day after a rewind that is scheduled at the governor is ready, so that nothing thaws before.",
      "callers": "anyone",
      "parameters": {
        "predecessor": "of the operation",
        "salt": "of the operation"
      }
    },
    "letGo()": {
      "notice": "Ends such a hold after the operation was cancelled or expired: a quarantine that would be over ends in a day.",
      "callers": "anyone",
      "parameters": {}
    },
    "rewind((bytes32,uint64,uint64,bytes32,uint64,bytes32,uint64,uint32),bytes)": {
      "notice": "Begins to rewind the replica of the ledger's journal.",
      "callers": "governor",
      "parameters": {
        "point": "statement of the point",
        "sigs": "see `IAttesterSet.verifyHead`"
      }
    },
    "settleAgain(uint96,bytes)": {
      "notice": "Judges a release that is replayed after a rewind: one that was stopped before stays so, and one that was paid before is paid.",
      "callers": "the vault itself",
      "parameters": {
        "packed": "the packed entry",
        "seq": "number of the release"
      }
    },
    "unwind(bytes32,bytes)": {
      "notice": "Unwinds the last remaining entries above the point; after the last of them the replica opens under its next name.",
      "callers": "anyone",
      "parameters": {
        "entries": "packed entries that end where the step before began",
        "headBefore": "head before the first of them"
      }
    },
    "confirm(uint8,uint64)": {
      "notice": "Compares the head at a mark, or the replica's own, with a witness's record.",
      "parameters": {
        "count": "number of entries",
        "witness": "slot, 0 … 3"
      }
    },
    "mark(uint64,bytes32,bytes)": {
      "notice": "Stores the head at a count if the entries lead from it to a stored mark or to the replica's head.",
      "parameters": {
        "count": "number of entries",
        "entries": "packed entries from that count on; none if the count is the replica's",
        "head": "head at that count"
      }
    },
    "noteAhead(uint8,uint64)": {
      "notice": "Records that a witness has a count that the replica has not reached.",
      "callers": "anyone",
      "parameters": {
        "count": "number of entries, above that to which statements carried the replica",
        "witness": "slot, 0 … 3, of a witness that counts"
      }
    },
    "noteRecovery()": {
      "notice": "Records that the verifier is in recovery: no payment above the confirmed count until it ends.",
      "parameters": {}
    },
    "quarantine(uint40)": {
      "notice": "Puts the edge into quarantine: no batch, and no payment above the confirmed count.",
      "callers": "guardian",
      "parameters": {
        "until": "time in seconds, at most 72 h ahead"
      }
    },
    "setWitness(uint8,address,bool)": {
      "notice": "Sets or removes the witness of a slot.",
      "callers": "governor",
      "parameters": {
        "at": "an `IHeadWitness` of this chain that answers within 27,500 gas, 0 to remove; never below the number that must confirm",
        "conflicts": "true if it waits for finality, so that another head is a conflict",
        "witness": "slot, 0 … 3"
      }
    },
    "setWitnessPolicy(uint8)": {
      "notice": "Sets how many witnesses must confirm a count.",
      "callers": "governor",
      "parameters": {
        "m": "at most the number that is set; 0 only on a development chain"
      }
    },
    "announceExit()": {
      "notice": "Announces the exit.",
      "callers": "anyone",
      "parameters": {}
    },
    "claimEntry((bytes32,uint128,address,bytes[],bytes[],uint32,bytes[][],bytes[]),uint64,bytes32,bytes)": {
      "notice": "Claims a lock, with its fee, that the ledger had not applied in the anchor block, or a part of it.",
      "parameters": {
        "claim": "who claims how much for whom",
        "entries": "packed entries from it on, up to a mark, the count at which the exit opened, or the journal's end",
        "headBefore": "head of this vault's journal before it",
        "index": "number of the entry"
      }
    },
    "claimLine((bytes32,uint128,address,bytes[],bytes[],uint32,bytes[][],bytes[]),uint16,bytes[],bytes[])": {
      "notice": "Claims a line, or a part of it.",
      "parameters": {
        "assetId": "ledger-wide index of the asset",
        "assetProof": "storage proof of the asset's first slot; may be empty once anyone has shown it",
        "claim": "who claims how much for whom",
        "lineProof": "storage proof of the line"
      }
    },
    "claimParked((bytes32,uint128,address,bytes[],bytes[],uint32,bytes[][],bytes[]),uint96,bytes[],bytes[])": {
      "notice": "Claims a parked credit with its fee, or a part of it.",
      "parameters": {
        "accountProof": "storage proof of its first slot",
        "amountProof": "storage proof of its second slot",
        "claim": "who claims how much for whom",
        "index": "number of the entry that was parked"
      }
    },
    "claimStopped((bytes32,uint128,address,bytes[],bytes[],uint32,bytes[][],bytes[]),uint96,uint16,uint128,bytes[])": {
      "notice": "Claims a payment that was stopped and had not come back to its line in the anchor block, or a part of it.",
      "parameters": {
        "asset": "the release's asset at this vault",
        "claim": "who claims how much for whom; its account is the release's",
        "recordProof": "storage proof of the ledger's record of the release",
        "released": "the release's amount",
        "which": "number of the release"
      }
    },
    "endAsset(uint16,bytes[])": {
      "notice": "Ends locks of an asset in an open exit, as its first claim would, and informs the ledger.",
      "callers": "anyone",
      "parameters": {
        "asset": "index of the token at this vault",
        "unsettledProof": "see `ExitClaim`"
      }
    },
    "markExit(bytes32,uint64,bytes32,bytes)": {
      "notice": "Stores the head at a count if the entries lead from it to a head that is known, so that a long journal is gone through in steps.",
      "callers": "anyone",
      "parameters": {
        "count": "number of entries",
        "edge": "first name of the edge of this vault's journal, or of the ledger's",
        "entries": "packed entries from that count on",
        "head": "head at that count"
      }
    },
    "openExit((bytes,bytes[],bytes[],bytes[],bytes[],bytes[]),bytes)": {
      "notice": "Proves the ledger in the anchor block, and opens the exit if the replica is at its journal's end. Anyone may call it, and again until it is open: a withheld statement may have moved the anchor.",
      "parameters": {
        "entries": "packed entries of this vault's journal from what the ledger had applied there, up to a mark (`markExit`) or the journal's end",
        "proof": "what a node of the settlement chain answers for the anchor block"
      }
    },
    "replayExit(bytes)": {
      "notice": "Replays the rest of the ledger's journal, up to the proven count or a mark before it.",
      "callers": "anyone",
      "parameters": {
        "entries": "packed entries from the replica's count on"
      }
    },
    "listAsset(address,uint8,uint64,uint64,uint64)": {
      "notice": "Lists a token.",
      "callers": "governor",
      "parameters": {
        "cap": "most that may be accounted, in thousandths of a whole token",
        "decimals": "at most 24",
        "limit": "payments per day in thousandths of a whole token, not 0; 3 / 40 of it reach `min`",
        "min": "smallest lock in millionths of a whole token",
        "token": "ERC-20 contract; it must state these decimals if it states any, and move nothing to the vault with the gas of a payment"
      }
    },
    "noteCode(uint16)": {
      "notice": "Notes that a token's code is no longer the pinned one, or that it is again.",
      "parameters": {
        "asset": "index of the token, from 1"
      }
    },
    "pause(uint8,uint16,uint40)": {
      "notice": "Pauses acts on one token, or on every token listed now.",
      "callers": "pauser",
      "parameters": {
        "asset": "index of the token, 0 for all",
        "flags": "bit 0: lock; bit 3: pay",
        "until": "time in seconds"
      }
    },
    "pinCode(address,bytes32)": {
      "notice": "Pins the code that a token has, if it is the one that the governor looked at.",
      "callers": "governor",
      "parameters": {
        "codeHash": "keccak256 of its code",
        "token": "a listed token"
      }
    },
    "setFastLimit(uint16,uint16)": {
      "notice": "Sets the fast limit of a token, up to which payments need no confirmation.",
      "callers": "governor",
      "parameters": {
        "asset": "index of the token, from 1",
        "fastBp": "basis points of the limit, 10 … 10,000; 2,500 when a token is listed"
      }
    },
    "setLimits(uint16,uint64,uint64,uint64)": {
      "notice": "Sets the limits of a token, in the units of `listAsset`.",
      "callers": "governor",
      "parameters": {
        "asset": "index of the token, from 1",
        "cap": "most that may be accounted, in thousandths of a whole token",
        "limit": "payments per day in thousandths of a whole token, not 0",
        "min": "smallest lock in millionths of a whole token"
      }
    },
    "setLockFee(uint16,uint16)": {
      "notice": "Sets the smallest fee of a lock of a token.",
      "callers": "governor",
      "parameters": {
        "asset": "index of the token, from 1",
        "feeBp": "basis points of the smallest lock, at most 10,000; 0 when a token is listed"
      }
    },
    "setSuccessor(address)": {
      "notice": "Names the vault that takes this one's place.",
      "callers": "governor",
      "parameters": {
        "next": "a vault of this chain for the same ledger"
      }
    },
    "unpause(uint8,uint16)": {
      "notice": "Lifts pauses of one token, or of every token.",
      "callers": "governor",
      "parameters": {
        "asset": "index of the token, 0 for all",
        "flags": "bit 0: lock; bit 3: pay"
      }
    }
  },
  "CollateralLedger": {
    "applyEntries(uint16,uint64,bytes,uint64[],(bytes32,uint64,uint64,bytes32,uint64,bytes32,uint64,uint32),bytes,bytes32)": {
      "notice": "Replays entries up to an attested count.",
      "parameters": {
        "entries": "packed 95-byte entries from + 1 … statement.count",
        "feeTo": "account that the fees are credited to; needs an owner and home 0",
        "from": "count before the first entry given; may lie below the replica's count: that prefix is skipped unread",
        "marks": "up to 4 ascending counts in (replica count, statement.count] whose heads are stored for witnesses. If one of these has recorded another head there, that is put on record and nothing is applied",
        "sigs": "at least k signatures of one epoch, see `IAttesterSet.verify`",
        "source": "index of the source",
        "statement": "the signed head; its count becomes the replica's"
      }
    },
    "refresh((bytes32,uint64,uint64,bytes32,uint64,bytes32,uint64,uint32)[],bytes[])": {
      "notice": "Takes newer statements of the counts where replicas stand already, for freshness alone.",
      "parameters": {
        "sigs": "one signature list per statement",
        "statements": "signed heads with count = tip = the replica's count"
      }
    },
    "cancelNonce(bytes32,uint256)": {
      "notice": "Makes a nonce unusable, and so every message signed with it.",
      "callers": "owner",
      "parameters": {}
    },
    "releaseParked(uint16,uint96,bytes32)": {
      "notice": "Releases a parked credit whole to a recipient on its vault's chain, whatever keeps it from its line: a cap, a listing or a season. Its fee is not paid to anyone.",
      "callers": "owner, or an operator as for `requestRelease` without a fee",
      "parameters": {
        "index": "the number that `Parked` named",
        "recipient": "address on the vault's chain, left-padded",
        "source": "index of the source"
      }
    },
    "requestRelease(bytes32,uint16,uint128,bytes32,uint96)": {
      "notice": "Debits a line and journals a RELEASE for the vault. There is no other way out of a vault, and a release cannot be cancelled.",
      "callers": "owner, or operator with right 1",
      "parameters": {
        "account": "whose line",
        "amount": "token units, with the fee; at least the smallest lock, or the whole line",
        "assetId": "ledger-wide index",
        "fee": "token units of `amount` for whoever executes the payment at the vault, 0 allowed",
        "recipient": "address on the vault's chain, left-padded; not 0, not the vault"
      }
    },
    "requestReleaseBySig(bytes32,uint16,uint128,bytes32,uint96,uint256,uint40,bytes)": {
      "notice": "The same, signed by the owner; anyone may submit it. Effects and limits are the same.",
      "parameters": {
        "deadline": "last block time in seconds",
        "nonce": "unordered, used once per account",
        "sig": "65 bytes of the owner, or what its contract accepts (ERC-1271)"
      }
    },
    "setEnabled(bytes32,uint16,bool)": {
      "notice": "Makes a line count in the account's margin, or not.",
      "callers": "owner",
      "parameters": {}
    },
    "setOperator(bytes32,address,uint16,uint40)": {
      "notice": "Returns an operator rights until a time; 0 rights take them away.",
      "callers": "owner",
      "parameters": {
        "expiry": "first block time in seconds at which they are void",
        "rights": "bits: 1 release to the owner without a fee, 2 (with 1) to others and with a fee"
      }
    },
    "transfer(bytes32,bytes32,uint16,uint128)": {
      "notice": "Moves units that have seasoned to another account.",
      "callers": "owner, whose home is this chain",
      "parameters": {
        "amount": "token units",
        "assetId": "ledger-wide index",
        "from": "account that loses them",
        "to": "account with an owner, whose home is this chain or the asset's source"
      }
    },
    "unpark(uint16,uint96)": {
      "notice": "Credits a parked amount to its line once the reason is gone; its fee goes to the caller's account.",
      "parameters": {
        "index": "the number that `Parked` named",
        "source": "index of the source"
      }
    },
    "closeProtocol(address)": {
      "notice": "Closes a listed protocol: no account can opt in any more, and its reserved amounts cannot rise. Debts remain: an account leaves it like any other, once it requires nothing.",
      "callers": "governor",
      "parameters": {}
    },
    "gate(bytes32)": {
      "notice": "Reverts with the reason unless A_I ≥ Q_I; records the calling protocol's reserved amount.",
      "callers": "a protocol of the account",
      "parameters": {}
    },
    "listProtocol(address)": {
      "notice": "Lists a protocol for sub-account 0.",
      "callers": "governor",
      "parameters": {}
    },
    "observe(bytes32,address)": {
      "notice": "Stores a protocol's current maintenance requirement, which counts while the protocol fails, if it exceeds the one recorded at its last gate.",
      "parameters": {}
    },
    "optIn(bytes32,address)": {
      "notice": "Lets a protocol require margin of the account.",
      "callers": "owner",
      "parameters": {}
    },
    "optOut(bytes32,address)": {
      "notice": "Opts out of a protocol that requires nothing.",
      "callers": "owner",
      "parameters": {}
    },
    "refuse(bytes32,address)": {
      "notice": "Shows that a protocol answers above 0: any notice given to it is void.",
      "parameters": {}
    },
    "releaseFrom(address)": {
      "notice": "Releases the accounts of a hostile protocol: it is closed, and each may leave by notice of seven days whatever it requires. Warning: this forgives their debts; the protocol's lenders lose whatever is not repaid.",
      "callers": "governor, after seven days in the timelock",
      "parameters": {}
    },
    "seize(bytes32,bytes32,uint16,uint128)": {
      "notice": "Moves units of an account below its exit grade to an account that the auction names.",
      "callers": "auction",
      "parameters": {
        "account": "that loses them",
        "amount": "token units, up to the whole line",
        "assetId": "ledger-wide index",
        "to": "account with an owner, whose home is this chain or the asset's source"
      }
    },
    "setAuction(address)": {
      "notice": "Sets the auction that may seize, replacing the present one after seven days; 0 for none.",
      "callers": "governor",
      "parameters": {
        "next": "its address"
      }
    },
    "setExitShare(bytes32,address,uint16)": {
      "notice": "Registers the calling protocol's share of every line and parked credit of an account, at every vault.",
      "callers": "protocol that the account opted in to",
      "parameters": {
        "account": "owner ‖ home ‖ sub-account",
        "claimant": "address on the vaults' chains that claims the share; the protocol answers for being that on each",
        "shareBp": "basis points, at most 10,000; 0 takes the registration back"
      }
    },
    "adopt(uint16)": {
      "notice": "Puts the named risk manager in force: from its date on, once it has a price that is not stale for every listed asset.",
      "parameters": {
        "most": "assets to check in this call; about 20,000 gas each"
      }
    },
    "listAsset((uint16,uint16,uint16,uint16,uint8,uint16,uint16,uint64,uint64))": {
      "notice": "Lists an asset of a source.",
      "callers": "governor",
      "parameters": {}
    },
    "listSource((uint16,uint64,address,uint16,uint16,uint16,uint16,uint16,uint8,bool))": {
      "notice": "Lists a source and opens its edges: vault → ledger (replica) and ledger → vault (journal).",
      "callers": "governor",
      "parameters": {}
    },
    "pause(uint16,uint16,uint8,uint40)": {
      "notice": "Pauses acts of a source or of an asset.",
      "callers": "pauser",
      "parameters": {
        "assetId": "index, or 0 if a source is named",
        "source": "index, or 0 if an asset is named"
      }
    },
    "quarantine(uint16,uint40)": {
      "notice": "Puts a source into quarantine: no entries, no refresh, initial weight 0, maintenance weight frozen.",
      "callers": "guardian",
      "parameters": {}
    },
    "scheduleRiskManager(address)": {
      "notice": "Names another risk manager, which anyone may put in force from seven days later on (`adopt`).",
      "callers": "governor",
      "parameters": {
        "next": "a contract that answers `IRiskManager.margin`"
      }
    },
    "setCap(uint16,uint64)": {
      "notice": "Sets an asset's cap.",
      "callers": "governor, or risk admin if lower",
      "parameters": {}
    },
    "setFast(uint16,uint16)": {
      "notice": "Sets which share of its cap may be in use without a confirmation, in basis points; 0 at first.",
      "callers": "governor, or risk admin if lower",
      "parameters": {}
    },
    "setSourceWeights(uint16,uint16,uint16)": {
      "notice": "Sets a source's weights in basis points, at most 10,000 each.",
      "callers": "governor, or risk admin if lower",
      "parameters": {}
    },
    "setWeights(uint16,uint16,uint16)": {
      "notice": "Sets an asset's base weights in basis points, at most 9,500 and 9,800.",
      "callers": "governor, or risk admin if lower",
      "parameters": {}
    },
    "setWitness(uint16,uint8,address,bool)": {
      "notice": "Sets the witness in one of a source's four places; address 0 empties it.",
      "callers": "governor",
      "parameters": {
        "mayConflict": "false for a witness below finality: it confirms, and its differences stop nothing",
        "slot": "0 … 3"
      }
    },
    "unpause(uint16,uint16)": {
      "notice": "Lifts a pause before its end.",
      "callers": "governor",
      "parameters": {}
    },
    "confirm(uint16,uint8,uint64)": {
      "notice": "Compares the head at a count with a witness's record; a difference is recorded as a conflict.",
      "parameters": {
        "count": "the replica's, or one that was marked",
        "source": "index of the source",
        "witness": "place of the witness, 0 … 3"
      }
    },
    "cover(uint16)": {
      "notice": "Puts the reported coverage of an asset in force: margins count each unit × coverage from now on.",
      "callers": "anyone",
      "parameters": {
        "assetId": "ledger-wide index"
      }
    },
    "mark(uint16,uint64,bytes32,bytes)": {
      "notice": "Stores a head as a mark, if the entries lead from it to a stored mark or to the replica's head. Marks end with a rewind.",
      "parameters": {
        "count": "of the head, from 1",
        "entries": "packed entries count + 1 … that mark's count",
        "head": "after `count` entries",
        "source": "index of the source"
      }
    },
    "noteHalt(uint16)": {
      "notice": "Updates a source from the verifier's state of its edge: HALTED while it is halted, RECOVERY while the verifier is in recovery or waits for one, and what was before when neither holds any more.",
      "callers": "anyone",
      "parameters": {
        "source": "index of the source"
      }
    },
    "writeOff(uint16,uint16)": {
      "notice": "Tells the vault how many units of an asset are missing for good, or found again, once no orphan of it is left.",
      "callers": "anyone",
      "parameters": {
        "source": "index of the source",
        "vaultAsset": "index at the vault"
      }
    },
    "comeAgain(uint16,uint96,bytes)": {
      "notice": "Settles a replayed entry that a rewind left open: removes its orphan, or else its spent units.",
      "callers": "the ledger itself",
      "parameters": {
        "entry": "the packed entry",
        "seq": "number under which it is replayed",
        "source": "index of the source"
      }
    },
    "holdForRewind(uint16,(bytes32,uint64,uint64,bytes32,uint64,bytes32,uint64,uint32),bytes,bytes32,bytes32)": {
      "notice": "Lets a quarantine last until a day after a rewind that is scheduled at the governor is ready, so that nothing thaws before.",
      "callers": "anyone",
      "parameters": {
        "predecessor": "of the operation",
        "salt": "of the operation"
      }
    },
    "letGo(uint16)": {
      "notice": "Ends such a hold after the operation was cancelled or expired: a quarantine that would be over ends in a day.",
      "callers": "anyone",
      "parameters": {}
    },
    "rewind(uint16,(bytes32,uint64,uint64,bytes32,uint64,bytes32,uint64,uint32),bytes)": {
      "notice": "Begins to rewind the replica of a source's journal.",
      "callers": "governor",
      "parameters": {
        "point": "statement of the point",
        "sigs": "see `IAttesterSet.verifyHead`",
        "source": "index of the source"
      }
    },
    "takeBack(uint16,bytes)": {
      "notice": "Takes an orphan back from the account that it credited, as far as it is there.",
      "callers": "anyone",
      "parameters": {
        "entry": "the packed entry",
        "source": "index of the source"
      }
    },
    "unwind(uint16,bytes32,bytes)": {
      "notice": "Unwinds the last remaining entries above the point; after the last of them the replica opens under its next name.",
      "callers": "anyone",
      "parameters": {
        "entries": "packed entries that end where the step before began",
        "headBefore": "head before the first of them",
        "source": "index of the source"
      }
    }
  },
  "RiskManager": {
    "listUnderlying(uint16,address,uint24)": {
      "notice": "Returns a slot's feed and longest age.",
      "callers": "governor",
      "parameters": {}
    },
    "poke(uint16[])": {
      "notice": "Takes the prices that the feeds hold now, if newer than the cached ones.",
      "callers": "anyone",
      "parameters": {
        "slots": "price slots"
      }
    }
  },
  "SuretyTimelock": {
    "addSlowKind((address,bytes4))": {
      "notice": "Makes acts of a kind wait at least 7 days.",
      "callers": "the timelock itself",
      "parameters": {}
    },
    "cancelBatch(bytes32[])": {
      "notice": "Cancels those operations of a list that wait or are ready, and that may be cancelled; passes over the others.",
      "callers": "canceller",
      "parameters": {}
    },
    "freezeProposer(address,uint40)": {
      "notice": "Lets a proposer schedule nothing until a time in seconds, but what k attesters signed; a time that is not ahead lifts it. What is scheduled already stays: cancel it.",
      "callers": "canceller",
      "parameters": {}
    }
  },
  "RoleHolder": {
    "accept()": {
      "notice": "Takes over the role.",
      "callers": "who was proposed, within 14 days",
      "parameters": {}
    },
    "act(address,bytes)": {
      "notice": "Calls a contract as the role.",
      "callers": "holder",
      "parameters": {}
    },
    "appoint(address)": {
      "notice": "Appoints a successor.",
      "callers": "governor",
      "parameters": {}
    },
    "propose(address)": {
      "notice": "Proposes a successor, or withdraws the holder's own proposal with the zero address.",
      "callers": "holder",
      "parameters": {}
    }
  }
};
