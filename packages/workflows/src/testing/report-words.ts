import { type Address, type Bytes32, type MarginReport, address, bytes32 } from '@surety/domain';

const some = (pair: string): Address => address(`0x${pair.repeat(20)}`);

/** Returns an account by number. */
export const accountNo = (number: number): Bytes32 => bytes32(`0x${String(number).padStart(64, '0')}`);

/** Builds a report about block 100, at time 1,000, that ends at 2,668. */
export function reportWords(change: Partial<MarginReport> = {}): MarginReport {
  return {
    reports: some('aa'),
    protocol: some('bb'),
    account: accountNo(1),
    positionNonce: 4n,
    blockNumber: 100n,
    blockHash: accountNo(100),
    asOf: 1_000n,
    inputsHash: accountNo(77),
    parameterVersion: accountNo(88),
    initialWad: 8n,
    maintenanceWad: 7n,
    expiry: 2_668n,
    epoch: 1,
    ...change,
  };
}
