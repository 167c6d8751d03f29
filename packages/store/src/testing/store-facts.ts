import { type Address, type Bytes32, address, blockHash, bytes32 } from '@surety/domain';
import { type FoldStep, type JudgedStatement, type LineFact, NO_CHANGES } from '@surety/workflows';

/** The journal of the test rows. */
export const EDGE = bytes32(`0x${'e1'.repeat(32)}`);
/** The hash of every test block. */
export const HASH = blockHash(`0x${'bb'.repeat(32)}`);

/** Returns a distinct 32-byte word for a number. */
export function word(n: number | bigint): Bytes32 {
  return bytes32(`0x${n.toString(16).padStart(64, '0')}`);
}

/** Returns a distinct address for a number. */
export function member(n: number): Address {
  return address(`0x${n.toString(16).padStart(40, '0')}`);
}

/** Builds a statement about the first `n` entries, signed by one member. */
export function statement(
  n: number,
  signer: number,
  change: Partial<JudgedStatement['statement']> = {},
): JudgedStatement {
  const body = {
    edge: EDGE,
    count: BigInt(n),
    tip: BigInt(n),
    head: word(n),
    blockNumber: 5n,
    blockHash: HASH,
    asOf: 100n,
    epoch: 1,
    ...change,
  };
  const digest = word(BigInt(n) * 1_000_000n + body.asOf);
  return {
    edge: EDGE,
    statement: body,
    signer: member(signer),
    signature: `0x${signer.toString(16).padStart(130, '0')}`,
    digest,
    quorum: 3,
  };
}

/** Builds an enabled line without unseasoned units. */
export function line(account: Bytes32, assetId: number, amount: bigint): LineFact {
  return { account, assetId, amount, unseasoned: 0n, seasonEnd: 0n, enabled: true };
}

/** Builds a fold step of the ledger that changes these lines. */
export function step(lines: readonly LineFact[], change: Partial<FoldStep> = {}): FoldStep {
  const cursor = {
    chainId: 99,
    height: 7n,
    hash: HASH,
    timestamp: 1_700_000_000n,
    changed: { height: 6n, hash: HASH },
  };
  return { cursor, ...NO_CHANGES, lines, ...change };
}
