import { keccak256 } from '@surety/contracts';
import {
  ZERO_WORD,
  address,
  blockHash,
  blockHeight,
  bytes32,
  chainId,
  edgeId,
  foldJournal,
  packEntries,
  tokenUnits,
} from '@surety/domain';
import { type VerifiedFrame, type VerifiedStatement, statementsOf } from '@surety/workflows';

const edge = {
  originChainId: 31_337n,
  journal: address(`0x${'11'.repeat(20)}`),
  destinationChainId: 31_339n,
  replica: address(`0x${'22'.repeat(20)}`),
};

/** The name of the edge of {@link statementsAt}. */
export const EDGE_NAME = edgeId(edge, keccak256);

/** The verifier of the edge's destination. */
export const DOMAIN = { chainId: chainId(31_339), verifyingContract: address(`0x${'44'.repeat(20)}`) };

/**
 * Builds the statements of a frame with some locks whose amounts start at `amount`; another `fork` changes the block's
 * hash.
 */
export function statementsAt(options: {
  readonly height: bigint;
  readonly locks: number;
  readonly amount?: bigint;
  readonly fork?: string;
}): readonly VerifiedStatement[] {
  const { height, locks, amount = 1n, fork = 'aa' } = options;
  const empty = { count: 0n, head: EDGE_NAME };
  const packed = packEntries(
    Array.from({ length: locks }, (_, at) => ({
      kind: 'LOCK' as const,
      asset: 1,
      amount: tokenUnits(amount + BigInt(at)),
      account: bytes32(`0x${'66'.repeat(32)}`),
      party: ZERO_WORD,
      fee: tokenUnits(0n),
    })),
  );
  const frame = {
    journal: { edge, edgeId: EDGE_NAME, contract: edge.journal, codeHash: ZERO_WORD, fromBlock: blockHeight(0) },
    block: {
      chainId: chainId(31_337),
      height: blockHeight(height),
      hash: blockHash(`0x${fork.repeat(31)}${(height % 256n).toString(16).padStart(2, '0')}`),
      parentHash: blockHash(ZERO_WORD),
      stateRoot: ZERO_WORD,
      timestamp: 1_700_000_000n + height,
    },
    position: foldJournal(empty, packed, keccak256),
    after: empty,
    entries: { packed, locations: [] },
  } as unknown as VerifiedFrame;
  return statementsOf({
    frame,
    name: EDGE_NAME,
    previous: empty,
    heartbeat: true,
    restated: [],
    epochs: [{ epoch: 1, activeFrom: 0n }],
    keccak256,
  }).statements;
}
