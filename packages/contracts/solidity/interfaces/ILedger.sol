// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICollateralLedger} from "./ICollateralLedger.sol";
import {ILedgerActs} from "./ILedgerActs.sol";
import {ILedgerBadDays} from "./ILedgerBadDays.sol";
import {ILedgerClaims} from "./ILedgerClaims.sol";
import {ILedgerDuties} from "./ILedgerDuties.sol";
import {ILedgerEdges} from "./ILedgerEdges.sol";
import {ILedgerExitShares} from "./ILedgerExitShares.sol";
import {ILedgerMargin} from "./ILedgerMargin.sol";
import {ILedgerRewind} from "./ILedgerRewind.sol";
import {ILedgerTerms} from "./ILedgerTerms.sol";
import {ILedgerWeights} from "./ILedgerWeights.sol";

/// @title Everything that answers at a ledger's address
/// @notice Credit (`ICollateralLedger`), margin (`ILedgerMargin`), acts of owners and protocols (`ILedgerActs`), terms (`ILedgerTerms`,
///         `ILedgerWeights`), limits and witnesses (`ILedgerDuties`), what is parked (`ILedgerEdges`), bad days
///         (`ILedgerBadDays`), rewinds (`ILedgerRewind`), shares of exits (`ILedgerExitShares`), protocols that fail or end
///         (`ILedgerClaims`).
interface ILedger is
    ICollateralLedger,
    ILedgerMargin,
    ILedgerActs,
    ILedgerTerms,
    ILedgerWeights,
    ILedgerDuties,
    ILedgerEdges,
    ILedgerRewind,
    ILedgerBadDays,
    ILedgerExitShares,
    ILedgerClaims
{}
