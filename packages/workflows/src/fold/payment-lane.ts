/** The limiter that dates a payment, by its amount. @source PROTOCOL section 8 */
export type PaymentLane = 'small' | 'middle' | 'large';

/** Gives the lane of an amount at a vault that pays at most `limitUnits` of the token a day: the burst is a quarter of that. */
export function paymentLane(amount: bigint, limitUnits: bigint): PaymentLane {
  if (amount * 200n <= limitUnits) return 'small';
  return amount * 20n <= limitUnits ? 'middle' : 'large';
}
