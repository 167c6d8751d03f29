import { collateralLedgerAbi } from '@surety/contracts';
import { type Address, type Bytes32, address, bytes32 } from '@surety/domain';
import { getAbiItem } from 'viem';
import { chainError } from '../errors.js';
import { type ReportChain, readFinalNumber } from './report-chain.js';

const event = getAbiItem({ abi: collateralLedgerAbi, name: 'OptedIn' });

/** The ledger and the provider that opt-ins are read from. */
export interface OptedInOptions {
  /** The settlement chain at each provider. */
  readonly places: readonly ReportChain[];
  /** Block of the ledger's deployment. */
  readonly fromBlock: bigint;
  /** Most blocks of one log query. */
  readonly logSpanMax: bigint;
}

/**
 * Finds every account that ever opted in to a protocol, from the ledger's logs. One provider suffices: an invented
 * account costs one read of a position, and a hidden one gets no report, so its conservative bound applies. Each block
 * is read once; a new process starts again.
 */
export class OptedInAccounts {
  readonly #options: OptedInOptions;
  readonly #known = new Map<Address | 'any', { next: bigint; readonly accounts: Set<Bytes32> }>();

  constructor(options: OptedInOptions) {
    this.#options = options;
  }

  /**
   * Returns the accounts that opted in to a protocol, or to any, up to a final block, in order of their first opt-in.
   * @throws UNAVAILABLE.
   */
  async upTo(protocol: Address | 'any', block: bigint): Promise<readonly Bytes32[]> {
    const { fromBlock, logSpanMax } = this.#options;
    const known = this.#known.get(protocol) ?? { next: fromBlock, accounts: new Set<Bytes32>() };
    this.#known.set(protocol, known);
    const finals = new Map<ReportChain, bigint>();
    while (known.next <= block) {
      const last = known.next + logSpanMax - 1n;
      const toBlock = last < block ? last : block;
      for (const account of await this.#read(protocol, { fromBlock: known.next, toBlock }, finals))
        known.accounts.add(account);
      known.next = toBlock + 1n;
    }
    return [...known.accounts];
  }

  async #read(
    protocol: Address | 'any',
    span: { readonly fromBlock: bigint; readonly toBlock: bigint },
    finals: Map<ReportChain, bigint>,
  ): Promise<readonly Bytes32[]> {
    let cause: unknown;
    for (const place of this.#options.places) {
      const { reader, settlement } = place;
      try {
        // A provider returns no logs for blocks it does not have, which does not prove that there are none.
        const final = finals.get(place) ?? (await readFinalNumber(place));
        finals.set(place, final);
        if (final < span.toBlock) continue;
        const logs = await reader.getLogs({
          address: address(settlement.ledger),
          event,
          ...(protocol === 'any' ? {} : { args: { protocol } }),
          strict: true,
          ...span,
        });
        return logs.map(({ args }) => bytes32(args.account));
      } catch (error) {
        cause = error;
      }
    }
    throw chainError(
      'UNAVAILABLE',
      `no provider gave the opt-ins to ${protocol === 'any' ? 'protocols' : protocol} in blocks ${span.fromBlock} to ${span.toBlock}; they are asked again: look at limits.logRangeMax if that stays`,
      { cause },
    );
  }
}
