import { type Address, type Hex, type JournalHead, type StatementDomain, formatStatement } from '@surety/domain';

/** One member's signature of the point to which a replica is to be rewound. */
export interface SignedPoint {
  readonly signer: Address;
  /** The verifier on the replica's chain. */
  readonly domain: StatementDomain;
  /** An ordinary statement under the edge's next name. */
  readonly statement: JournalHead;
  /** 65 bytes r ‖ s ‖ v. */
  readonly signature: Hex;
}

/** Formats a signed point as JSON. */
export function formatPoint({ signer, domain, statement, signature }: SignedPoint): object {
  const { chainId: id, verifyingContract: verifier } = domain;
  return { signer, chainId: Number(id), verifier, statement: formatStatement(statement), signature };
}
