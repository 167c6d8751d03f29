import { attesterSetAbi } from '@surety/contracts';
import { type Address, type BlockHeight, type Bytes32, address } from '@surety/domain';
import type { Client } from 'viem';
import { getChainId, readContract } from 'viem/actions';
import { type OnChainMargin, readMarginOnChain } from './read-margin-on-chain.js';
import type { CompleteStatement } from './aggregator-client.js';
import type { VerifierEpoch } from './verify-statement.js';

/**
 * Actions that {@link suretyActions} adds to a client of the settlement chain. A type, since viem does not extend a client by
 * an interface.
 */
export type SuretyActions = {
  /** Reads an account's margin from the ledger at a block, by default the newest. */
  readMargin(request: { readonly account: Bytes32; readonly height?: BlockHeight }): Promise<OnChainMargin>;
  /** Reads the members of an epoch at the ledger's attester set, for `verifyStatement`. @throws viem's error of `EpochUnknown`. */
  readVerifierEpoch(epoch: number): Promise<VerifierEpoch>;
  /**
   * Asks the ledger's attester set whether it accepts a statement at the newest block.
   * @throws viem's error that names the refusal, such as `SignerSuspended`, `EpochExpired` or `EdgeHalted`.
   */
  verifyHead(complete: CompleteStatement): Promise<void>;
};

/**
 * Extends a viem client: `createPublicClient(…).extend(suretyActions({ ledger, attesterSet }))`. No action needs an aggregator. Give the
 * client `ccipRead: false`: by itself it fetches whatever address a contract names that it reads.
 */
export function suretyActions(contracts: { readonly ledger: Address; readonly attesterSet: Address }) {
  const { ledger, attesterSet } = contracts;
  const set = { address: attesterSet, abi: attesterSetAbi } as const;
  return (client: Client): SuretyActions => ({
    readMargin: (request) => readMarginOnChain(client, { ...request, ledger }),
    readVerifierEpoch: async (epoch) => {
      const [chainId, members] = await Promise.all([
        getChainId(client),
        readContract(client, { ...set, functionName: 'members', args: [epoch] }),
      ]);
      const domain = { chainId: BigInt(chainId), verifyingContract: attesterSet };
      return { epoch, members: members.map((member) => address(member)), domain };
    },
    verifyHead: ({ statement, signatures }) =>
      readContract(client, { ...set, functionName: 'verifyHead', args: [statement, signatures] }),
  });
}
