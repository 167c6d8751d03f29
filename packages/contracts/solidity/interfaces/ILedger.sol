// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICollateralLedger} from "./ICollateralLedger.sol";
import {ILedgerAccounts} from "./ILedgerAccounts.sol";
import {ILedgerProtocols} from "./ILedgerProtocols.sol";
import {ILedgerTerms} from "./ILedgerTerms.sol";
import {ILedgerLosses} from "./ILedgerLosses.sol";
import {ILedgerRewind} from "./ILedgerRewind.sol";
import {ILedgerViews} from "./ILedgerViews.sol";

/// @title The manual of a ledger: everything that answers at its address
/// @notice By sections: applying journals (`ICollateralLedger`), what owners and operators do (`ILedgerAccounts`), protocols and the
///         auction (`ILedgerProtocols`), terms (`ILedgerTerms`), losses and what judges a journal (`ILedgerLosses`), rewinds
///         (`ILedgerRewind`) and views (`ILedgerViews`, with margins in `ILedgerMargin`). One module of the ledger answers each
///         section but the first, which the core answers itself.
interface ILedger is
    ICollateralLedger,
    ILedgerAccounts,
    ILedgerProtocols,
    ILedgerTerms,
    ILedgerLosses,
    ILedgerRewind,
    ILedgerViews
{}
