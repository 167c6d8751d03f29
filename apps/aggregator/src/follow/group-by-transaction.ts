import type { TxHash } from '@surety/domain';
import type { BlockName, ChainLog } from '@surety/workflows';

/** Reads logs, ascending, as facts grouped by transaction; logs that give no fact are left out. */
export function groupByTransaction<Fact>(
  logs: readonly ChainLog[],
  chainId: number,
  factOf: (log: ChainLog) => Fact | undefined,
): { readonly block: BlockName; readonly txHash: TxHash; readonly facts: readonly Fact[] }[] {
  const transactions: { txHash: TxHash; block: BlockName; facts: Fact[] }[] = [];
  for (const log of logs) {
    const fact = factOf(log);
    if (fact === undefined) continue;
    const last = transactions.at(-1);
    if (last?.txHash === log.txHash) last.facts.push(fact);
    else
      transactions.push({
        txHash: log.txHash,
        block: { chainId, height: log.blockHeight, hash: log.blockHash },
        facts: [fact],
      });
  }
  return transactions;
}
