import { type Bytes32, bytes32, bytesToHex, uintToBytes } from '@surety/domain';
import type { MappingOrder } from '../slots.js';

/** The mapping in which a token keeps its balances. */
export interface BalanceMapping {
  readonly slot: Bytes32;
  readonly order: MappingOrder;
}

/** Slots of mappings that compilers give out first: enough for every token that keeps its balances in a mapping of its own. */
const SLOTS_TRIED = 128;

/** The namespace in which upgradeable tokens of OpenZeppelin 5 keep their balances. @source ERC20Upgradeable.sol */
const ERC20_NAMESPACE = bytes32('0x52c63247e1f47db19d5ce0460030c497f067ca4cebf71ba98eeadabe20bace00');

/**
 * All mappings in which balances are proven. A mapping elsewhere may be one that a stranger writes: the inner mapping of a token's
 * allowances lies at a hash of its owner, who gives the vault any allowance that they like.
 */
export const BALANCE_MAPPINGS: readonly BalanceMapping[] = [
  { slot: ERC20_NAMESPACE, order: 'key-first' },
  ...Array.from({ length: SLOTS_TRIED }, (_, at) => bytes32(bytesToHex(uintToBytes(BigInt(at), 32)))).flatMap(
    (slot): BalanceMapping[] => [
      { slot, order: 'key-first' },
      { slot, order: 'slot-first' },
    ],
  ),
];

/** Whether balances may be proven in a mapping. */
export function isBalanceMapping({ slot, order }: BalanceMapping): boolean {
  return BALANCE_MAPPINGS.some((one) => one.slot === slot && one.order === order);
}

/** A vault counts in 104 bits, so no balance of one comes near this; what a token keeps beside it in the word does. */
const BALANCE_BITS = 128;

/** Whether a word of a token's mapping is more than a balance: USDC keeps in bit 255 that the account is frozen. @source FiatTokenV2_2.sol */
export function isMarkedBalance(word: bigint): boolean {
  return word !== unmarkedBalance(word);
}

/** Returns the balance in a word of a token's mapping, without the mark above it. */
export function unmarkedBalance(word: bigint): bigint {
  return BigInt.asUintN(BALANCE_BITS, word);
}

/** The mappings of `BALANCE_MAPPINGS`, in words. */
export const BALANCE_MAPPINGS_TOLD = `a slot of 0 to ${SLOTS_TRIED - 1}, key-first or slot-first, or ${ERC20_NAMESPACE}, key-first`;

/** Writes a mapping for people who compare it with the token's source. */
export function describeBalanceMapping({ slot, order }: BalanceMapping): string {
  return slot === ERC20_NAMESPACE ? `ERC-7201 slot ${slot}, ${order}` : `slot ${BigInt(slot)}, ${order}`;
}
