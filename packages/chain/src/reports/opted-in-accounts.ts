import { collateralLedgerAbi } from '@surety/contracts';
import { type Address, type Bytes32, address, bytes32 } from '@surety/domain';
import { quorumSize } from '@surety/rpc';
import { getAbiItem } from 'viem';
import { chainError } from '../errors.js';
import { type ReportChain, readFinalNumber } from './report-chain.js';

const event = getAbiItem({ abi: collateralLedgerAbi, name: 'OptedIn' });

/** The ledger and the providers that opt-ins are read from. */
export interface OptedInOptions {
  /** The settlement chain at each provider. */
  readonly places: readonly ReportChain[];
  /** Block of the ledger's deployment. */
  readonly fromBlock: bigint;
  /** Most blocks of one log query. */
  readonly logSpanMax: bigint;
}

/**
 * Finds every account that ever opted in to a protocol, from the ledger's logs as a quorum of providers gives them: a hidden
 * account would get no report until a restart, and an invented one would cost a read of a position in each pass. Each
 * block is read once; a new process starts again.
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
    const finals = new Map<ReportChain, Promise<bigint>>();
    while (known.next <= block) {
      const last = known.next + logSpanMax - 1n;
      const toBlock = last < block ? last : block;
      for (const account of await this.#read(protocol, { fromBlock: known.next, toBlock }, finals))
        known.accounts.add(account);
      known.next = toBlock + 1n;
    }
    return [...known.accounts];
  }

  /** Asks all providers; what too few of them show is invented, and what one leaves out the others show. */
  async #read(
    protocol: Address | 'any',
    span: Span,
    finals: Map<ReportChain, Promise<bigint>>,
  ): Promise<readonly Bytes32[]> {
    const { places } = this.#options;
    const asked = await Promise.allSettled(places.map((place) => readOptedIn(place, { protocol, span, finals })));
    const answers = asked.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const wanted = quorumSize(places.length);
    if (answers.length < wanted) {
      const failed = asked.find((one) => one.status === 'rejected');
      throw chainError(
        'UNAVAILABLE',
        `${answers.length} of ${places.length} providers gave the opt-ins to ${protocol === 'any' ? 'protocols' : protocol} in blocks ${span.fromBlock} to ${span.toBlock}; expected ${wanted}, they are asked again: look at limits.logRangeMax if that stays`,
        { cause: failed?.reason },
      );
    }
    const faultsMax = places.length - wanted;
    const needed = Math.max(1, Math.min(answers.length - faultsMax, faultsMax + 1));
    const shown = new Map<Bytes32, number>();
    for (const accounts of answers) for (const account of accounts) shown.set(account, (shown.get(account) ?? 0) + 1);
    return [...shown].flatMap(([account, count]) => (count >= needed ? [account] : []));
  }
}

/** Blocks of one log query. */
interface Span {
  readonly fromBlock: bigint;
  readonly toBlock: bigint;
}

/** Reads the accounts of one span at one provider. @throws if its final block lies before the span's end: it returns no logs for blocks it does not have. */
async function readOptedIn(
  place: ReportChain,
  {
    protocol,
    span,
    finals,
  }: { readonly protocol: Address | 'any'; readonly span: Span; readonly finals: Map<ReportChain, Promise<bigint>> },
): Promise<ReadonlySet<Bytes32>> {
  const { reader, settlement } = place;
  const reading = finals.get(place) ?? readFinalNumber(place);
  finals.set(place, reading);
  const final = await reading;
  if (final < span.toBlock)
    throw chainError('UNAVAILABLE', `a provider's final block is ${final}; expected ${span.toBlock} or later`);
  const logs = await reader.getLogs({
    address: address(settlement.ledger),
    event,
    ...(protocol === 'any' ? {} : { args: { protocol } }),
    strict: true,
    ...span,
  });
  return new Set(logs.map(({ args }) => bytes32(args.account)));
}
