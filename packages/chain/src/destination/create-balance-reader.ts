import { collateralVaultAbi } from '@surety/contracts';
import type { Address, Hex } from '@surety/domain';
import { JoinedCalls } from '@surety/rpc';
import type { BalanceReader, OriginChain } from '@surety/workflows';
import { decodeFunctionResult, encodeFunctionData, erc20Abi } from 'viem';
import type { CallReader } from '../create-origin-chain.js';
import { chainError } from '../errors.js';

/** Creates a reader that compares a vault's token balances with its accounts at final blocks, by quorum. */
export function createBalanceReader(chain: Pick<OriginChain, 'readFinalTip'> & CallReader): BalanceReader {
  return {
    readFinalTip: (signal) => chain.readFinalTip(signal),
    readBalances: async ({ vault, tokens, block }, signal) => {
      const joined = new JoinedCalls((call) => chain.callAgreed({ ...call, block }, signal));
      const ask = async (to: Address, input: Hex): Promise<bigint> =>
        amountOf(await joined.call({ to, input, blockHash: block.hash }, signal), to);
      // A token is its issuer's: one that gives no balance must not hide what is missing of another.
      const settled = await Promise.allSettled(
        tokens.map(async ({ asset, token }) => {
          const accounted = encodeFunctionData({ abi: collateralVaultAbi, functionName: 'accounted', args: [asset] });
          const balanceOf = encodeFunctionData({ abi: erc20Abi, functionName: 'balanceOf', args: [vault] });
          const [booked, held] = await Promise.all([ask(vault, accounted), ask(token, balanceOf)]);
          return { asset, token, accounted: booked, held };
        }),
      );
      return {
        read: settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])),
        unread: tokens.flatMap((token, at) => {
          const one = settled[at];
          return one?.status === 'rejected' ? [{ ...token, error: one.reason as unknown }] : [];
        }),
      };
    },
  };
}

/** Both views return one word. */
function amountOf(answer: Hex, contract: Address): bigint {
  try {
    return decodeFunctionResult({ abi: erc20Abi, functionName: 'balanceOf', data: answer });
  } catch (cause) {
    throw chainError(
      'BAD_RESPONSE',
      `contract ${contract} answers ${answer.length} characters where a balance is due; check the vault and its assets in chains.config.json`,
      { cause },
    );
  }
}
