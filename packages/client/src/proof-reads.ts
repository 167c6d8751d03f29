import {
  type AccountProofView,
  type SolvencyAnswer,
  type SolvencyProofView,
  type TreeNodeView,
  accountProofView,
  solvencyAnswer,
  solvencyProofView,
  treeNodeView,
} from '@surety/api';
import type { Bytes32 } from '@surety/domain';
import { aboutAccount, badAnswer, readAnswer } from './bad-answer.js';
import type { TreePlace } from './find-first-difference.js';
import type { HttpJson } from './http-json.js';

/** Detail of a node that is not there, as an aggregator says it that has no code for it yet. */
const FORMER_UNKNOWN_NODE = /^asset \d+ has (?:no|\d+) lines, and no node \d+ at height \d+$/;

/** Reads of what is owed, and of what proves it. */
export interface ProofReads {
  /** The proof that the account's lines are in the sums of all lines; check it with `verifyAccountProof`. */
  readAccountProof(account: Bytes32, signal?: AbortSignal): Promise<AccountProofView>;
  /** One node of an asset's tree of lines; undefined where there is none. `findFirstDifference` descends two trees by it. */
  readTreeNode(place: TreePlace, signal?: AbortSignal): Promise<TreeNodeView | undefined>;
  /** The sums of each asset's lines, releases and payments. */
  readSolvency(signal?: AbortSignal): Promise<SolvencyAnswer>;
  /** Storage proofs of what is owed of each asset and what the vaults hold; check them with `verifySolvencyProof`. */
  readSolvencyProof(signal?: AbortSignal): Promise<SolvencyProofView>;
}

/** Creates the reads. */
export function proofReads(http: HttpJson): ProofReads {
  return {
    readAccountProof: (account, signal) =>
      aboutAccount(account, http.read(`/v1/accounts/${account}/proof`, accountProofView, signal)),
    async readTreeNode({ assetId, height, index }, signal) {
      const path = `/v1/trees/${assetId}/${height}/${index}`;
      const body = await http.readUnlessNone(path, { code: 'UNKNOWN_NODE', formerDetail: FORMER_UNKNOWN_NODE, signal });
      if (body === undefined) return undefined;
      const node = readAnswer(treeNodeView, body);
      if (node.tree.assetId === assetId) return node;
      throw badAnswer('answer.tree.assetId', node.tree.assetId, `${assetId}`);
    },
    readSolvency: (signal) => http.read('/v1/solvency', solvencyAnswer, signal),
    readSolvencyProof: (signal) => http.read('/v1/solvency/proof', solvencyProofView, signal),
  };
}
