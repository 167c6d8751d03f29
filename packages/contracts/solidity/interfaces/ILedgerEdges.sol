// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ParkReason} from "./ICollateralLedger.sol";

/// @title What is done to a ledger's edges beside replaying them, and what replaces its parts
/// @notice Freeing what is parked, into its line or back to its vault; another risk manager.
/// @dev Answers at the ledger's own address, as `ILedgerActs` does; errors and events are those of `ICollateralLedger`, and of
///      `ILedgerActs` for who may release to whom, where this interface declares none.
interface ILedgerEdges {
    /// @notice A parked fee is no credit that was locked: it leaves parking by `unpark` alone.
    error ParkedReleaseRefused(uint96 index, ParkReason reason);
    /// @notice The address does not answer as a risk manager does.
    error RiskManagerRefused(address next);
    /// @notice No risk manager is named (`at` 0), or the one that is may be adopted from `at` on.
    error RiskManagerNotDue(address next, uint256 at);

    /// @notice A parked credit was told to be paid by its vault instead of reaching its line; `Journaled` names the entry.
    /// @param index the number that `Parked` named
    /// @param amount token units, with what would have been its fee
    /// @param number of the RELEASE in the ledger's journal, from 1
    event ParkedReleased(
        uint16 indexed source,
        uint96 indexed index,
        bytes32 indexed account,
        uint16 vaultAsset,
        uint128 amount,
        uint64 number
    );
    /// @notice Another risk manager may be adopted from `at` on; 0 if the present one was named, so that none follows any more.
    event RiskManagerScheduled(address indexed next, uint40 at);
    /// @notice The first `checked` assets have a price in the risk manager that is to follow.
    event RiskManagerChecked(address indexed next, uint16 checked);
    /// @notice Another risk manager weighs lines from now on.
    event RiskManagerAdopted(address indexed next);

    // --------------------------------------------------------------------------------------------------------- anyone
    /// @notice Credits what was parked, once its reason is gone; its fee goes to the caller's account.
    /// @dev Reverts while the reason stands, and says until when where a time is known. One that would put off what its line holds
    ///      unseasoned, and is dust beside it, waits on (`Postponed`) and is credited by a later call.
    /// @param source index of the source
    /// @param index the number that `Parked` named
    function unpark(uint16 source, uint96 index) external;

    /// @notice Puts the named risk manager in force: from its date on, once it has a price that is not stale for every listed asset.
    /// @dev Until then the present one stays in force. Poke the next one first: `AssetUnpriced` names the first asset that it
    ///      cannot weigh. A ledger of many assets takes several calls, each going on where the last one ended; the last one puts
    ///      it in force. An accepted price never goes missing again, so what earlier calls checked holds; that it is not stale
    ///      holds for each call's own moment. An asset whose feed is dead keeps the present one in force until the governor lists
    ///      another feed, or a longer age, in the next one: a price must come from somewhere.
    /// @param most assets to check in this call; about 20,000 gas each
    function adopt(uint16 most) external;

    // ---------------------------------------------------------------------------------------------- owner, operator
    /// @notice Releases a parked credit whole to a recipient on its vault's chain, whatever keeps it from its line: a cap, a
    ///         listing or a season. Its fee goes to nobody.
    /// @dev [owner, or an operator as for `requestRelease` without a fee] Not before it would have seasoned (`NotReady`); what was
    ///      above the fast limit not before it is confirmed, or open by its date (`NotConfirmed`; no date for an asset that was not
    ///      listed); never while the source takes no entries. No margin is asked for: what is parked counts nothing. A stopped
    ///      payment comes back as any other release does.
    /// @param source index of the source
    /// @param index the number that `Parked` named
    /// @param recipient address on the vault's chain, left-padded
    function releaseParked(uint16 source, uint96 index, bytes32 recipient) external;

    // ------------------------------------------------------------------------------------------------------- governor
    /// @notice Names another risk manager, which anyone may put in force from seven days later on (`adopt`).
    /// @dev [governor] Naming again replaces what was named before; naming the present one takes it back at once. Margins and gates
    ///      change in the transaction that adopts it.
    /// @param next a contract that answers `IRiskManager.margin`
    function scheduleRiskManager(address next) external;

    // ---------------------------------------------------------------------------------------------------------- views
    /// @notice Gives the risk manager that is to follow, from when on it may be adopted, and how many assets, from the first on,
    ///         were shown to have a price in it; zeros if none is. It stays named after that time until it is adopted.
    function riskManagerNext() external view returns (address next, uint40 at, uint16 checked);
}
