// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.4;

/// @title A fixed address for a role whose holders change
/// @notice The contracts name guardian, pauser and risk admin permanently; they name this contract. It makes the calls that
///         its holder requests, and no others.
/// @dev Safety: only the holder acts; a new one holds nothing before it has accepted by itself, and a proposal that nobody
///      accepted lapses. The governor may appoint a successor too, for keys that are lost: its act waits in the timelock,
///      where the guardian sees and may cancel it, and the holder cannot overwrite it afterwards. Holds no funds.
interface IRoleHolder {
    /// @notice The caller does not hold the role.
    error NotHolder(address caller, address holder);
    /// @notice The caller is not the governor.
    error NotGovernor(address caller, address governor);
    /// @notice The caller was not proposed, or its proposal lapsed at `until` seconds, 0 for none.
    error NotProposed(address caller, address proposed, uint256 until);
    /// @notice This address can never hold the role: it is zero, this contract, or holds the role already.
    error HolderRefused(address account);
    /// @notice The governor has appointed a successor, who may accept until a time; the holder cannot overwrite it.
    error AppointmentStands(address appointed, uint256 until);
    /// @notice A call to an address without code would succeed and do nothing; a call to this contract has no use.
    error TargetRefused(address target);
    /// @notice The call failed and gave no reason.
    error CallFailed(address target, bytes4 selector);
    /// @notice The governor has no code.
    error GovernorRefused(address governor);
    /// @notice The role has a name.
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
    /// @dev [governor] Replaces whatever was proposed; the zero address withdraws.
    function appoint(address next) external;

    /// @notice Takes over the role.
    /// @dev [who was proposed, within 14 days]
    function accept() external;

    /// @notice Returns who exercises the role.
    function holder() external view returns (address);

    /// @notice Returns the address that may accept and until when, in seconds, both 0 if there is none; and whether the
    ///         governor appointed it.
    function proposal() external view returns (address proposed, uint256 until, bool byGovernor);

    /// @notice Returns who may appoint a successor.
    function governor() external view returns (address);

    /// @notice Returns the name of the role, as the contracts spell it.
    function role() external view returns (bytes32);
}
