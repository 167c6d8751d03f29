// Written by tools/build-abi.mjs from the compiled contracts; do not edit.
import type { CallDocument } from '../call-document.js';

/** NatSpec of the functions that people call, by contract and signature. */
export const CALL_DOCUMENTS: Readonly<Record<string, Readonly<Record<string, CallDocument>>>> = {
  "AttesterSet": {
    "clearHalt(bytes32)": {
      "notice": "Resumes a halted edge, at the earliest a day after its halt.",
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
    "keepHead(address,bool,address,uint64,bytes32,bytes)": {
      "notice": "Keeps a journal's head at a count below its tip, so that a replica far behind can catch up in several transactions.",
      "parameters": {
        "count": "number of entries below which nothing is given, above 0",
        "entries": "packed entries from that count to the tip, or to a count that was kept",
        "head": "at that count",
        "journal": "contract that appends, on this chain",
        "ofVault": "whether the journal is a vault's; else it is a ledger's for source 0",
        "replica": "contract that replays, on this chain"
      }
    },
    "proposeRecovery(address[])": {
      "notice": "Agrees to a set that needs no signatures of the old one. The second of the two agreements, at most 7 days after the first, proposes the set and freezes the verifier.",
      "callers": "governor and guardian",
      "parameters": {
        "members": "addresses, ascending"
      }
    },
    "prove((bytes32,uint64,uint64,bytes32,uint64,bytes32,uint64,uint32),bytes,(bytes32,uint64,uint64,bytes32,uint64,bytes32,uint64,uint32),bytes)": {
      "notice": "Suspends a member that contradicted itself at one edge, permanently, in every epoch that is accepted now or later.",
      "parameters": {
        "a": "one statement, by a member of the epoch that it names or of one accepted now or later",
        "b": "another statement about the same edge",
        "sigA": "the member's signature of it",
        "sigB": "the member's signature of `b`"
      }
    },
    "recover(address[])": {
      "notice": "Installs the proposed set, 14 to 21 days after its proposal. Older epochs end at once.",
      "callers": "anyone",
      "parameters": {
        "members": "addresses, ascending, as proposed"
      }
    },
    "rotate(address[],uint40,bytes)": {
      "notice": "Installs the next epoch, signed by the newest one.",
      "callers": "governor",
      "parameters": {
        "activeFrom": "time in seconds, between `ROTATION_NOTICE` and `ROTATION_NOTICE_MAX` ahead",
        "members": "addresses, ascending",
        "sigs": "see `verify`"
      }
    },
    "suspend(address)": {
      "notice": "Suspends a member in every epoch, accepted now or later, that tolerates one more suspension.",
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
        "from": "count before the first entry given; may be below the replica's count, and that prefix is then skipped unread",
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
        "flags": "bit 0: \"I own this address on the settlement chain too\", required of contracts that lock for themselves",
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
      "notice": "Gives entries their effects without a statement, because an exit has proven them. See `IVaultExit`.",
      "callers": "the vault itself",
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
      "notice": "Stops a payment that has been claimable for 30 days, and appends its REFUND.",
      "callers": "anyone",
      "parameters": {
        "entry": "the packed entry that was replayed",
        "seq": "number of the release"
      }
    },
    "lockExactly(address,uint256,bytes32,uint256)": {
      "notice": "Locks a payment's tokens at the successor, or reverts.",
      "callers": "the vault itself",
      "parameters": {
        "account": "who is credited: the account that was debited",
        "amount": "token units",
        "heldAfter": "token units that the vault must hold afterwards",
        "token": "ERC-20 contract"
      }
    },
    "redirectClaim(uint96,bytes,address)": {
      "notice": "Sets another recipient for a claim whose transfer failed. Only the claimant may call it.",
      "parameters": {
        "packed": "the claim's present entry; afterwards it is the same with the new recipient as its party",
        "recipient": "the new recipient: an address, not the vault or its token",
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
      "notice": "Stops a payment. Its amount goes back to the account that was debited, by a REFUND.",
      "callers": "guardian",
      "parameters": {
        "entry": "the packed entry that was replayed",
        "reason": "why, kept in the event",
        "seq": "number of the release"
      }
    },
    "replayLost(uint96,bytes)": {
      "notice": "Records a loss that is replayed.",
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
      "notice": "Takes over a loss that the ledger reported, or reverses it if the units were found: the vault accounts for that many more, or fewer, units, so that all units of the asset share the loss. Then reports the resulting coverage as the answer to the entry.",
      "callers": "anyone",
      "parameters": {
        "packed": "the packed entry",
        "seq": "number of the entry"
      }
    },
    "holdForRewind((bytes32,uint64,uint64,bytes32,uint64,bytes32,uint64,uint32),bytes,bytes32,bytes32)": {
      "notice": "Extends a quarantine until a day after a rewind that is scheduled at the governor is ready, so that nothing resumes before.",
      "callers": "anyone",
      "parameters": {
        "predecessor": "of the operation",
        "salt": "of the operation"
      }
    },
    "letGo()": {
      "notice": "Ends such an extension after the operation was cancelled or has expired. A quarantine that would already be over ends in a day.",
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
      "notice": "Settles a release that is replayed after a rewind: one that was stopped before stays stopped, and one that was paid before counts as paid.",
      "callers": "the vault itself",
      "parameters": {
        "packed": "the packed entry",
        "seq": "number of the release"
      }
    },
    "unwind(bytes32,bytes)": {
      "notice": "Unwinds entries above the point, the last one first. After the last of them the replica opens under its next name.",
      "callers": "anyone",
      "parameters": {
        "entries": "packed entries that end where the previous call began",
        "headBefore": "head before the first given entry"
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
        "count": "number of entries, above the count to which statements have carried the replica",
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
        "at": "an `IHeadWitness` of this chain that answers within 27,500 gas; 0 removes the present one, unless fewer than m would be left",
        "conflicts": "true if it waits for finality, so that another head is a conflict",
        "witness": "slot, 0 … 3"
      }
    },
    "setWitnessPolicy(uint8)": {
      "notice": "Sets how many witnesses must confirm a count; what so many have confirmed is confirmed at once.",
      "callers": "governor",
      "parameters": {
        "m": "at most the number of witnesses set; 0 only on a development chain"
      }
    },
    "announceExit()": {
      "notice": "Announces the exit.",
      "callers": "anyone",
      "parameters": {}
    },
    "claimEntry((bytes32,uint128,address,bytes[],bytes[],uint32,bytes[][],bytes[]),uint64,bytes32,bytes)": {
      "notice": "Claims a lock that the ledger had not applied in the anchor block, with its fee, or a part of it.",
      "parameters": {
        "claim": "the account, the amount and the claimant's proofs",
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
        "claim": "the account, the amount and the claimant's proofs",
        "lineProof": "storage proof of the line"
      }
    },
    "claimParked((bytes32,uint128,address,bytes[],bytes[],uint32,bytes[][],bytes[]),uint96,bytes[],bytes[])": {
      "notice": "Claims a parked credit with its fee, or a part of it.",
      "parameters": {
        "accountProof": "storage proof of its first slot",
        "amountProof": "storage proof of its second slot",
        "claim": "the account, the amount and the claimant's proofs",
        "index": "number of the entry that was parked"
      }
    },
    "claimStopped((bytes32,uint128,address,bytes[],bytes[],uint32,bytes[][],bytes[]),uint96,uint16,uint128,bytes[])": {
      "notice": "Claims a stopped payment that had not come back to its line in the anchor block, or a part of it.",
      "parameters": {
        "asset": "the release's asset at this vault",
        "claim": "the account of the release, the amount and the claimant's proofs",
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
      "notice": "Stores the head at a count if the entries lead from it to a known head. So a long journal can be processed in steps.",
      "callers": "anyone",
      "parameters": {
        "count": "number of entries",
        "edge": "first name of the edge of this vault's journal, or of the ledger's",
        "entries": "packed entries from that count on",
        "head": "head at that count"
      }
    },
    "openExit((bytes,bytes[],bytes[],bytes[],bytes[],bytes[]),bytes)": {
      "notice": "Proves the ledger in the anchor block, and opens the exit if the replica is at the end of the proven journal. It may be repeated until the exit is open, since a withheld statement may have moved the anchor.",
      "callers": "anyone",
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
        "cap": "largest accounted amount, in thousandths of a whole token",
        "decimals": "at most 24",
        "limit": "payments per day in thousandths of a whole token, not 0; 3 / 40 of it must be at least `min`",
        "min": "smallest lock in millionths of a whole token",
        "token": "ERC-20 contract; if it returns decimals, they must equal `decimals`. A transfer of 0 to the vault must not run out of a payment's gas"
      }
    },
    "noteCode(uint16)": {
      "notice": "Notes that a token's code differs from the pinned one, or equals it again.",
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
      "notice": "Pins the code that a token has, if it is the code that the governor reviewed.",
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
        "cap": "largest accounted amount, in thousandths of a whole token",
        "limit": "payments per day in thousandths of a whole token, not 0",
        "min": "smallest lock in millionths of a whole token"
      }
    },
    "setLockFee(uint16,uint16)": {
      "notice": "Sets the smallest fee for locking a token.",
      "callers": "governor",
      "parameters": {
        "asset": "index of the token, from 1",
        "feeBp": "basis points of the smallest lock, at most 10,000; 0 when a token is listed"
      }
    },
    "setSuccessor(address)": {
      "notice": "Names the vault that succeeds this one.",
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
        "from": "count before the first entry given; may be below the replica's count, and that prefix is then skipped unread",
        "marks": "up to 4 ascending counts in (replica count, statement.count] whose heads are stored for witnesses. If a witness has recorded a different head at one of them, the call records the conflict and applies nothing",
        "sigs": "at least k signatures of one epoch, see `IAttesterSet.verify`",
        "source": "index of the source",
        "statement": "the signed head; its count becomes the replica's"
      }
    },
    "refresh((bytes32,uint64,uint64,bytes32,uint64,bytes32,uint64,uint32)[],bytes[])": {
      "notice": "Accepts newer statements of the counts at which replicas already stand. Only their freshness changes.",
      "parameters": {
        "sigs": "one signature list per statement",
        "statements": "signed heads with count = tip = the replica's count"
      }
    },
    "cancelNonce(bytes32,uint256)": {
      "notice": "Makes a nonce, and so every message signed with it, unusable.",
      "callers": "owner",
      "parameters": {}
    },
    "releaseParked(uint16,uint96,bytes32)": {
      "notice": "Releases a whole parked credit to a recipient on its vault's chain, whether a cap, a missing listing or a season keeps it parked. Its fee is paid to nobody.",
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
        "fee": "token units of `amount` for the account that executes the payment at the vault; 0 is allowed",
        "recipient": "address on the vault's chain, left-padded; not 0, not the vault"
      }
    },
    "requestReleaseBySig(bytes32,uint16,uint128,bytes32,uint96,uint256,uint40,bytes)": {
      "notice": "As `requestRelease`, signed by the owner. Anyone may submit it.",
      "parameters": {
        "deadline": "last block time in seconds at which it is valid",
        "nonce": "in any order, used once per account",
        "sig": "65 bytes of the owner, or what its contract accepts (ERC-1271)"
      }
    },
    "setEnabled(bytes32,uint16,bool)": {
      "notice": "Sets whether a line counts in the account's margin.",
      "callers": "owner",
      "parameters": {}
    },
    "setOperator(bytes32,address,uint16,uint40)": {
      "notice": "Gives an operator rights until a time; rights of 0 remove the operator.",
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
      "notice": "Credits a parked amount to its line once the reason for parking is gone. Its fee goes to the caller's account.",
      "parameters": {
        "index": "the number that `Parked` named",
        "source": "index of the source"
      }
    },
    "closeProtocol(address)": {
      "notice": "Closes a listed protocol: no further account can opt in, and its reserved amounts cannot rise. Debts remain: an account can leave once the protocol requires nothing of it.",
      "callers": "governor",
      "parameters": {}
    },
    "gate(bytes32)": {
      "notice": "Reverts with the reason unless A_I ≥ Q_I. Records what the calling protocol reserves.",
      "callers": "a protocol of the account",
      "parameters": {}
    },
    "listProtocol(address)": {
      "notice": "Lists a protocol for sub-account 0.",
      "callers": "governor",
      "parameters": {}
    },
    "observe(bytes32,address)": {
      "notice": "Stores a protocol's current maintenance requirement. While the protocol fails, it counts if it exceeds the one recorded at its last gate.",
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
      "notice": "Shows that a protocol returns a requirement above 0, and so voids any notice given to it.",
      "parameters": {}
    },
    "releaseFrom(address)": {
      "notice": "Releases the accounts of a hostile protocol: it is closed, and each account may leave by seven days' notice, whatever the protocol requires. Warning: this forgives their debts, and the protocol's lenders lose what is not repaid.",
      "callers": "governor, after seven days in the timelock",
      "parameters": {}
    },
    "seize(bytes32,bytes32,uint16[],uint128[])": {
      "notice": "Moves units of lines of an account below its exit grade to an account that the auction names: all of them or none.",
      "callers": "auction",
      "parameters": {
        "account": "that loses them",
        "amounts": "token units of each, up to the whole line; as many as `assetIds` (`LengthsDiffer`)",
        "assetIds": "ledger-wide indices, at least one (`LinesMissing`)",
        "to": "another account, with an owner, whose home is this chain or every asset's source (`AccountRefused`)"
      }
    },
    "setAuction(address)": {
      "notice": "Sets the auction that may seize, 0 for none. It replaces the present one after seven days; at once while no asset is listed.",
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
        "claimant": "address that claims the share on the vaults' chains; the protocol must control it on each of them",
        "shareBp": "basis points, at most 10,000; 0 removes the registration"
      }
    },
    "adopt(uint16)": {
      "notice": "Puts the scheduled risk manager in force: from its date on, once it has a price that is not stale for every listed asset.",
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
      "notice": "Schedules another risk manager. From seven days later anyone may put it in force (`adopt`).",
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
      "notice": "Sets the share of an asset's cap that may be in use without a confirmation, in basis points; 0 at first.",
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
        "mayConflict": "false for a witness below finality: it confirms, but its differences stop nothing",
        "slot": "0 … 3"
      }
    },
    "unpause(uint16,uint16)": {
      "notice": "Lifts a pause before its end.",
      "callers": "governor",
      "parameters": {}
    },
    "confirm(uint16,uint8,uint64)": {
      "notice": "Compares the head at a count with a witness's record, and records a difference as a conflict.",
      "parameters": {
        "count": "the replica's, or one that was marked",
        "source": "index of the source",
        "witness": "place of the witness, 0 … 3"
      }
    },
    "cover(uint16)": {
      "notice": "Puts the reported coverage of an asset in force: from then on margins count each unit × coverage.",
      "callers": "anyone",
      "parameters": {
        "assetId": "ledger-wide index"
      }
    },
    "mark(uint16,uint64,bytes32,bytes)": {
      "notice": "Stores a head as a mark, if the given entries lead from it to a stored mark or to the replica's head. A rewind clears marks.",
      "parameters": {
        "count": "of the head, from 1",
        "entries": "packed entries count + 1 … that mark's count",
        "head": "after `count` entries",
        "source": "index of the source"
      }
    },
    "noteHalt(uint16)": {
      "notice": "Updates a source from the verifier's state of its edge. HALTED: while the edge is halted. RECOVERY: while the verifier is in recovery or waits for one. Otherwise the source returns to its earlier state.",
      "callers": "anyone",
      "parameters": {
        "source": "index of the source"
      }
    },
    "writeOff(uint16,uint16)": {
      "notice": "Reports to the vault how many units of an asset are lost for good, or found again, once the asset has no orphan left.",
      "callers": "anyone",
      "parameters": {
        "source": "index of the source",
        "vaultAsset": "index at the vault"
      }
    },
    "comeAgain(uint16,uint96,bytes)": {
      "notice": "Settles a replayed entry that a rewind left open: removes its orphan, or else reduces its missing units.",
      "callers": "the ledger itself",
      "parameters": {
        "entry": "the packed entry",
        "seq": "number under which it is replayed",
        "source": "index of the source"
      }
    },
    "holdForRewind(uint16,(bytes32,uint64,uint64,bytes32,uint64,bytes32,uint64,uint32),bytes,bytes32,bytes32)": {
      "notice": "Extends a quarantine until a day after a rewind that is scheduled at the governor is ready, so that nothing resumes before.",
      "callers": "anyone",
      "parameters": {
        "predecessor": "of the operation",
        "salt": "of the operation"
      }
    },
    "letGo(uint16)": {
      "notice": "Ends such an extension after the operation was cancelled or has expired. A quarantine that would already be over ends in a day.",
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
      "notice": "Takes an orphan back from the account that it credited, as far as its line has the units.",
      "callers": "anyone",
      "parameters": {
        "entry": "the packed entry",
        "source": "index of the source"
      }
    },
    "unwind(uint16,bytes32,bytes)": {
      "notice": "Unwinds entries above the point, the last one first. After the last of them the replica opens under its next name.",
      "callers": "anyone",
      "parameters": {
        "entries": "packed entries that end where the previous call began",
        "headBefore": "head before the first given entry",
        "source": "index of the source"
      }
    }
  },
  "LiquidationAuction": {
    "bid(bytes32,address,bytes32,(uint64,uint64,int32,bool),bytes)": {
      "notice": "Takes a share of what an account owes at one protocol, and for it lines.",
      "parameters": {
        "account": "in liquidation",
        "data": "not empty: the caller is called back between the lines and the burden, see `ILiquidationTaker`",
        "protocol": "one of the account's",
        "terms": "see `BidTerms`",
        "to": "taker's account: the caller's on this chain, or one with a standing offer"
      }
    },
    "close(bytes32)": {
      "notice": "Ends an auction of an account at its exit grade or, where nothing was taken, at its maintenance grade.",
      "parameters": {}
    },
    "stand(bytes32,(uint24,uint96,uint32,uint8,uint16,bool))": {
      "notice": "Offers to take burdens whenever anybody bids for the account.",
      "callers": "owner on this chain",
      "parameters": {}
    },
    "start(bytes32)": {
      "notice": "Starts an auction of an account below its maintenance grade.",
      "parameters": {}
    },
    "startMany(bytes32[])": {
      "notice": "Starts an auction of each account that `start` would take, and leaves the others as they are.",
      "parameters": {}
    },
    "stop(uint40)": {
      "notice": "Stops starts, bids and write-offs; a time that has come ends a stop.",
      "callers": "the ledger's pauser",
      "parameters": {}
    },
    "stopSlot(uint16,uint40)": {
      "notice": "Stops the sale of lines that a price slot values; a time that has come ends it.",
      "callers": "the ledger's risk admin or pauser",
      "parameters": {}
    },
    "touch(bytes32)": {
      "notice": "Witnesses that the account is unhealthy still, so that the clock runs on.",
      "parameters": {}
    },
    "tryMany(bytes[])": {
      "notice": "Does acts of this contract one after the other in the caller's name, and passes over those that it refuses: bids for several accounts, or touches.",
      "parameters": {
        "acts": "calldata of a call of this contract each"
      }
    },
    "writeOff(bytes32,address)": {
      "notice": "Lets a protocol book all that an unhealthy account owes it as a loss; what is owed stays owed.",
      "parameters": {}
    }
  },
  "Market": {
    "accrue()": {
      "notice": "Adds interest up to this second to the books.",
      "parameters": {}
    },
    "borrow(bytes32,uint256,address)": {
      "notice": "Borrows against the account's margin; the account must have opted in to this market.",
      "callers": "owner",
      "parameters": {
        "account": "see `ILedgerCore`",
        "amount": "token units, above 0",
        "to": "who takes them, on this chain"
      }
    },
    "collect(address,uint256[])": {
      "notice": "Pays a holder what was paid of the losses that it bore, as a lender or in the tranche, as far as there is cash.",
      "parameters": {
        "holder": "had shares when they were booked, and may have none now",
        "losses": "numbers, from 1 to `lossCount`"
      }
    },
    "onAuction(bytes32)": {
      "notice": "The account's auction started, took from it, or ended.",
      "parameters": {
        "account": "see `ILedgerCore`"
      }
    },
    "renew(bytes32)": {
      "notice": "Lets the ledger record again what this market reserves, and what of the account's collateral the lenders may claim should a vault's attesters be gone. `borrow` does both.",
      "callers": "anyone",
      "parameters": {}
    },
    "repay(bytes32,uint256)": {
      "notice": "Pays back for any account: first what was written off, then debt; no more than both is taken.",
      "parameters": {
        "account": "see `ILedgerCore`",
        "amount": "most token units to take from the caller"
      }
    },
    "takeOver((bytes32,bytes32,uint256,uint256,address,address))": {
      "notice": "Moves a share of a position.",
      "parameters": {}
    }
  },
  "MarketTranche": {
    "cancelExit()": {
      "notice": "Unlocks the caller's shares.",
      "parameters": {}
    },
    "exit(address)": {
      "notice": "Turns all that the caller requested into market shares.",
      "parameters": {
        "to": "who gets them"
      }
    },
    "requestExit(uint256)": {
      "notice": "Locks shares of the caller until they leave or the request is cancelled; replaces an earlier request and its dates.",
      "parameters": {
        "shares": "tranche shares, above 0"
      }
    }
  },
  "RiskManager": {
    "listUnderlying(uint16,address,uint24)": {
      "notice": "Sets a slot's feed and longest age.",
      "callers": "governor",
      "parameters": {}
    },
    "poke(uint16[])": {
      "notice": "Takes the prices that the feeds hold now, if newer than the cached ones.",
      "callers": "anyone",
      "parameters": {
        "slots": "price slots"
      }
    },
    "pokedExitOf((uint256,uint256,uint256)[])": {
      "notice": "Pokes every price slot that lines with an amount use, and then returns what `exitOf` returns.",
      "callers": "anyone",
      "parameters": {}
    },
    "pokedMargin((uint256,uint256,uint256)[])": {
      "notice": "Pokes every price slot that lines with an amount use, and then returns what `margin` returns.",
      "callers": "anyone",
      "parameters": {
        "lines": "the account's enabled lines"
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
      "notice": "Cancels those operations of a list that wait or are ready, and that may be cancelled. Skips the others.",
      "callers": "canceller",
      "parameters": {}
    },
    "freezeProposer(address,uint40)": {
      "notice": "Until a time in seconds, a proposer can schedule only what k attesters signed. A time that is not in the future lifts the freeze. It does not affect scheduled operations: cancel those.",
      "callers": "canceller",
      "parameters": {}
    }
  },
  "RoleHolder": {
    "accept()": {
      "notice": "Takes over the role.",
      "callers": "the proposed address, within 14 days",
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
