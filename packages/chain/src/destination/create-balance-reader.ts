import { collateralVaultAbi } from '@surety/contracts';
import type { Address, Hex } from '@surety/domain';
import type { BalanceReader, FinalBlock, HeldBalance, OriginChain } from '@surety/workflows';
import { decodeFunctionResult, encodeFunctionData, erc20Abi } from 'viem';
import type { CallReader } from '../create-origin-chain.js';
import { chainError } from '../errors.js';

/** Creates a reader that compares a vault's token balances with its accounts at final blocks, by quorum. */
export function createBalanceReader(chain: Pick<OriginChain, 'readFinalTip'> & CallReader): BalanceReader {
  const ask = (to: Address, input: Hex, block: FinalBlock, signal: AbortSignal | undefined): Promise<Hex> =>
    chain.callAgreed({ to, input, block }, signal);
  return {
    readFinalTip: (signal) => chain.readFinalTip(signal),
    // One token after the other: read at once they would open a connection each, to every provider.
    readBalances: async ({ vault, tokens, block }, signal) => {
      const balances: HeldBalance[] = [];
      for (const { asset, token } of tokens) {
        const accounted = await ask(
          vault,
          encodeFunctionData({ abi: collateralVaultAbi, functionName: 'accounted', args: [asset] }),
          block,
          signal,
        );
        const balanceOf = encodeFunctionData({ abi: erc20Abi, functionName: 'balanceOf', args: [vault] });
        const held = await ask(token, balanceOf, block, signal);
        balances.push({ asset, token, accounted: amountOf(accounted, vault), held: amountOf(held, token) });
      }
      return balances;
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
