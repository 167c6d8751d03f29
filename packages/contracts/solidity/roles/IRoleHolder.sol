// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.4;

/// @title A fixed address for a role whose holders change
/// @notice The other contracts permanently name a contract like this one as guardian, pauser or risk admin. It makes
///         the calls that its holder requests, and no others.
/// @dev Safety: only the holder acts. A successor holds nothing before it has accepted, and a proposal that nobody
///      accepts lapses. The governor may appoint a successor too, in case keys are lost. That act waits in the
///      timelock, where the guardian sees it and may cancel it; afterwards the holder cannot overwrite it. The contract
///      holds no funds.
interface IRoleHolder {
    /// @notice The caller does not hold the role.
    error NotHolder(address caller, address holder);
    /// @notice The caller is not the governor.
    error NotGovernor(address caller, address governor);
    /// @notice The caller was not proposed, or its proposal lapsed at `until`, in seconds; 0 if there was none.
    error NotProposed(address caller, address proposed, uint256 until);
    /// @notice This address cannot hold the role: it is zero or this contract, or already holds the role.
    error HolderRefused(address account);
    /// @notice The governor has appointed a successor, who may accept until a time; the holder cannot overwrite it.
    error AppointmentStands(address appointed, uint256 until);
    /// @notice The target has no code, so the call would succeed and do nothing; or it is this contract.
    error TargetRefused(address target);
    /// @notice The call failed and gave no reason.
    error CallFailed(address target, bytes4 selector);
    /// @notice The governor has no code.
    error GovernorRefused(address governor);
    /// @notice The role's name is empty.
    error NameMissing();

    /// @notice A successor was proposed and may accept until a time in seconds; the zero address withdraws a proposal.
    event HolderProposed(address indexed holder, address indexed proposed, uint256 until, bool byGovernor);
    /// @notice The role has a new holder.
    event HolderChanged(address indexed from, address indexed to);
    /// @notice The holder acted.
    event Acted(address indexed holder, address indexed target, bytes4 indexed selector);

    /// @notice Calls a contract as the role.
    /// @dev [holder]
    /// @return answer return data of the call
    function act(address target, bytes calldata data) external returns (bytes memory answer);

    /// @notice Proposes a successor, or withdraws the holder's own proposal with the zero address.
    /// @dev [holder] Refused while an appointment by the governor is pending.
    function propose(address next) external;

    /// @notice Appoints a successor.
    /// @dev [governor] Replaces any proposal; the zero address withdraws it.
    function appoint(address next) external;

    /// @notice Takes over the role.
    /// @dev [the proposed address, within 14 days]
    function accept() external;

    /// @notice Returns the address that exercises the role.
    function holder() external view returns (address);

    /// @notice Returns the proposed address and the time in seconds until which it may accept, both 0 if there is none;
    ///         and whether the governor appointed it.
    function proposal() external view returns (address proposed, uint256 until, bool byGovernor);

    /// @notice Returns the role that may appoint a successor.
    function governor() external view returns (address);

    /// @notice Returns the name of the role, as the contracts spell it.
    function role() external view returns (bytes32);
}
