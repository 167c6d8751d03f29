import { type Bytes32, type ChainId, type Edge, address, chainId } from '@surety/domain';

/** The chain that is served. */
export const SERVED_CHAIN_ID: ChainId = chainId(31_001);

/** The edge that is served: its name does not depend on what lies in it. */
export const SERVED_EDGE: Edge = {
  originChainId: SERVED_CHAIN_ID,
  journal: address(`0x${'c0'.repeat(20)}`),
  destinationChainId: chainId(31_000),
  replica: address(`0x${'77'.repeat(20)}`),
};

/** Facts about the served chain that the measuring process needs. */
export interface ServedChain {
  readonly port: number;
  readonly edgeId: Bytes32;
  readonly codeHash: Bytes32;
  /** The journal's head after all entries. */
  readonly head: Bytes32;
}
