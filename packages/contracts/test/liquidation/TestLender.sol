// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {BidTerms} from "../../solidity/interfaces/ILiquidationAuction.sol";
import {IMarginClaim, TakeOver} from "../../solidity/interfaces/IMarginClaim.sol";
import {ILedger} from "../../solidity/interfaces/ledger/ILedger.sol";
import {LiquidationAuction} from "../../solidity/liquidation/LiquidationAuction.sol";

/// @notice How a lender behaves.
enum Conduct {
    HONEST,
    BURDEN_REVERTS,
    BURDEN_BURNS_ITS_GAS,
    BURDEN_TOO_LONG,
    BURDEN_TOO_LARGE,
    BURDEN_INFLATED,
    REQUIREMENT_BURNS_ITS_GAS,
    REQUIREMENT_TOO_LARGE,
    REQUIRES_NOTHING,
    RELIEVES_NOTHING,
    RELIEVES_HALF,
    NAMES_A_LOSS,
    NAMES_NO_LOSS,
    TAKE_OVER_REVERTS,
    BIDS_AGAIN,
    WRITES_OFF,
    CLOSES,
    STARTS,
    ASKS_WHAT_FALLS_TO_IT,
    NOTICE_BURNS_ITS_GAS,
    FALLS_SILENT
}

/// @notice Lends a token of six decimals at 1.00 without interest: requires 115 and 105 % of a debt, asks takers 1 % more.
/// @dev What was written off stays required once. Misbehaves as it is told to.
contract TestLender is IMarginClaim {
    ILedger private immutable ledger;
    IERC20 private immutable token;
    LiquidationAuction public auction;
    Conduct public conduct;
    mapping(bytes32 account => uint256) public debtOf;
    mapping(bytes32 account => uint256) public writtenOff;
    mapping(bytes32 account => uint64) private nonceOf;
    uint256 public lossUnits;
    uint256 public feeUnits;
    uint256 public paidUnits;
    uint256 public notices;
    uint256 public provisionWad;
    address public rewarded;

    constructor(ILedger ledger_, IERC20 token_) {
        (ledger, token) = (ledger_, token_);
    }

    function setAuction(LiquidationAuction next) external {
        auction = next;
    }

    function setConduct(Conduct next) external {
        conduct = next;
    }

    function borrow(bytes32 account, uint256 units) external {
        debtOf[account] += units;
        ++nonceOf[account];
        ledger.gate(account);
    }

    function repay(bytes32 account, uint256 units) external {
        debtOf[account] -= units;
        ++nonceOf[account];
    }

    function requirementOf(bytes32 account) external view returns (uint256, uint256, uint64, uint64) {
        if (conduct == Conduct.REQUIREMENT_BURNS_ITS_GAS) _burn();
        if (conduct == Conduct.REQUIRES_NOTHING) return (0, 0, nonceOf[account], uint64(block.timestamp));
        if (conduct == Conduct.REQUIREMENT_TOO_LARGE) {
            return (type(uint128).max, type(uint128).max, nonceOf[account], uint64(block.timestamp));
        }
        uint256 debt = debtOf[account] * 1e12;
        uint256 kept = writtenOff[account] * 1e12;
        return ((debt * 115) / 100 + kept, (debt * 105) / 100 + kept, nonceOf[account], uint64(block.timestamp));
    }

    function burdenOf(bytes32 account) external view returns (uint256 burdenWad) {
        if (conduct == Conduct.BURDEN_REVERTS) revert("no burden");
        if (conduct == Conduct.BURDEN_BURNS_ITS_GAS) _burn();
        burdenWad = (debtOf[account] * 1e12 * 101) / 100 + writtenOff[account] * 1e12;
        if (conduct == Conduct.BURDEN_TOO_LARGE) return 2 ** 125;
        if (conduct == Conduct.BURDEN_INFLATED) return burdenWad * 1_000;
        if (conduct == Conduct.BURDEN_TOO_LONG) {
            assembly {
                mstore(0, burdenWad)
                return(0, 64)
            }
        }
    }

    function takeOver(TakeOver calldata terms) external returns (uint256 lossWad) {
        require(msg.sender == address(auction), "only the auction");
        if (_misbehaves(terms)) return 0;
        uint256 share = conduct == Conduct.RELIEVES_HALF ? terms.shareWad / 2 : terms.shareWad;
        uint256 moved = Math.mulDiv(share, debtOf[terms.from], 1e18, Math.Rounding.Ceil);
        uint256 assumed = terms.assumedWad / 1e12;
        debtOf[terms.from] -= moved;
        ++nonceOf[terms.from];
        if (terms.starter != address(0)) rewarded = terms.starter;
        uint256 loss = assumed < moved ? moved - assumed : 0;
        lossUnits += loss;
        writtenOff[terms.from] += loss;
        if (loss == 0) _keep(terms.from, assumed - moved);
        if (assumed != 0) _charge(terms.to, terms.payer, assumed);
        lossWad = loss * 1e12;
        if (conduct == Conduct.NAMES_A_LOSS) lossWad += 2e15;
        if (conduct == Conduct.NAMES_NO_LOSS) lossWad = 0;
        if (conduct == Conduct.FALLS_SILENT) conduct = Conduct.REQUIREMENT_BURNS_ITS_GAS;
    }

    function onAuction(bytes32 account) external {
        if (conduct == Conduct.NOTICE_BURNS_ITS_GAS) _burn();
        ++notices;
        if (auction.auctionOf(account).startedAt != 0)
            provisionWad = auction.entitlementOf(account, address(this), 1e18);
        else provisionWad = 0;
    }

    /// @dev What is paid above the debt goes to what was written off, the rest is the fee.
    function _keep(bytes32 from, uint256 units) private {
        uint256 back = Math.min(units, writtenOff[from]);
        writtenOff[from] -= back;
        feeUnits += units - back;
    }

    function _charge(bytes32 to, address payer, uint256 assumed) private {
        uint256 paid;
        if (payer != address(0)) {
            paid = Math.min(assumed, Math.min(token.allowance(payer, address(this)), token.balanceOf(payer)));
            require(token.transferFrom(payer, address(this), paid));
            paidUnits += paid;
        }
        if (paid == assumed) return;
        debtOf[to] += assumed - paid;
        ++nonceOf[to];
        ledger.gate(to);
    }

    /// @dev Does what an honest lender would not, and says whether that was all.
    function _misbehaves(TakeOver calldata terms) private returns (bool) {
        if (conduct == Conduct.TAKE_OVER_REVERTS) revert("no take-over");
        if (conduct == Conduct.RELIEVES_NOTHING) return true;
        BidTerms memory all = BidTerms(1e18, 0, type(int32).min, false);
        if (conduct == Conduct.BIDS_AGAIN) auction.bid(terms.from, address(this), terms.to, all, "");
        if (conduct == Conduct.WRITES_OFF) auction.writeOff(terms.from, address(this));
        if (conduct == Conduct.CLOSES) auction.close(terms.from);
        if (conduct == Conduct.STARTS) auction.start(terms.to);
        if (conduct == Conduct.ASKS_WHAT_FALLS_TO_IT) auction.entitlementOf(terms.from, address(this), 1e18);
        return false;
    }

    function _burn() private pure {
        assembly {
            invalid()
        }
    }
}
