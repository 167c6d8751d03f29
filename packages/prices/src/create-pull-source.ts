import { pythFeedAbi } from '@surety/contracts';
import type { Address, BlockHeight, Hex } from '@surety/domain';
import type { FeedPrice, OfferedPrice, PullSource, TransactionSender } from '@surety/workflows';
import { decodeFunctionResult, encodeFunctionData } from 'viem';
import { type PriceReads, askFeed } from './create-price-board.js';
import { priceError } from './errors.js';
import type { PullSourceSpec, ReadOffers } from './pull-service.js';
import { pythDenial } from './pyth-denial.js';

/** Most gas of one update: seven signatures of RedStone's, or a VAA of 13 guardians at Pyth's, stay far below. */
const UPDATE_GAS_CEILING = 1_500_000n;

/** Ports of a pull source: where it is read, and what writes it. */
export interface PullSourceOptions {
  /** Asset and network, such as `ETH of pyth`. */
  readonly name: string;
  readonly spec: PullSourceSpec;
  readonly readOffers: ReadOffers;
  readonly reads: PriceReads;
  readonly sender: TransactionSender;
  /** Most wei that one update may cost beside gas. */
  readonly feeMaxWei: bigint;
}

/** Creates the port through which a relayer keeps one adapter supplied. */
export function createPullSource(options: PullSourceOptions): PullSource {
  const { name, spec, readOffers, reads, sender, feeMaxWei } = options;
  const at = { reads, adapter: spec.adapter };
  return {
    name,
    async readChain(signal) {
      const { height, timestamp } = await reads.readHead('latest', signal);
      const answer = await askAdapter(
        at,
        encodeFunctionData({ abi: pythFeedAbi, functionName: 'maxAgeS' }),
        height,
        signal,
      );
      const maxAgeS = decodeFunctionResult({ abi: pythFeedAbi, functionName: 'maxAgeS', data: answer });
      return { price: await readPrice(reads, spec.adapter, height, signal), timestamp, maxAgeS: BigInt(maxAgeS) };
    },
    readOffers,
    async bring(offer, signal) {
      const { height } = await reads.readHead('latest', signal);
      const fee = await askWord(at, updateCalldata('updateFee', offer), height, signal);
      // The adapter asks Pyth's contract, which reverts where the bytes are no update: that is the offer's fault.
      if (fee.kind === 'reverted') return { kind: 'refused', ...fee.revert };
      const value = decodeFunctionResult({ abi: pythFeedAbi, functionName: 'updateFee', data: fee.bytes });
      if (value > feeMaxWei) {
        throw priceError(
          'UPDATE_TOO_DEAR',
          `an update of ${name} costs ${value} wei; expected at most ${feeMaxWei}; raise SURETY_PRICE_FEE_MAX_WEI`,
        );
      }
      // A genuine update of another price lands, is paid, and moves nothing here. RedStone's offers are built from signed packages.
      const from = sender.address;
      const denial =
        spec.kind === 'pyth' ? await pythDenial(spec, offer, { reads, height, from, value }, signal) : undefined;
      if (denial !== undefined) return denial;
      const calldata = updateCalldata('update', offer);
      const readEffect = async (inner?: AbortSignal): Promise<boolean> => {
        const head = await reads.readHead('latest', inner);
        const price = await readPrice(reads, spec.adapter, head.height, inner);
        return price.kind === 'price' && price.observedAt >= offer.observedAt;
      };
      const call = { purpose: 'update-price', priority: 'upkeep', to: spec.adapter, calldata, value } as const;
      return sender.land({ ...call, gasCeiling: UPDATE_GAS_CEILING, readEffect }, signal);
    },
  };
}

/** Both adapters have the functions of `IPullFeed`; Pyth's ABI stands for it. */
function updateCalldata(functionName: 'update' | 'updateFee', { updates }: OfferedPrice): Hex {
  return encodeFunctionData({ abi: pythFeedAbi, functionName, args: [updates] });
}

function readPrice(reads: PriceReads, adapter: Address, height: BlockHeight, signal?: AbortSignal): Promise<FeedPrice> {
  return askFeed({ reads, height, signal }, adapter);
}

interface Adapter {
  readonly reads: PriceReads;
  readonly adapter: Address;
}

async function askAdapter(at: Adapter, calldata: Hex, height: BlockHeight, signal?: AbortSignal): Promise<Hex> {
  const answer = await askWord(at, calldata, height, signal);
  if (answer.kind === 'reverted') throw noAdapter(at.adapter, answer.revert.detail);
  return answer.bytes;
}

/** Returns one word, or the revert. @throws NO_ADAPTER. */
async function askWord({ reads, adapter }: Adapter, calldata: Hex, height: BlockHeight, signal?: AbortSignal) {
  const answer = await reads.call({ to: adapter, calldata }, height, signal);
  if (answer.kind === 'answer' && answer.bytes.length !== 66)
    throw noAdapter(adapter, `${answer.bytes.length / 2 - 1} bytes`);
  return answer;
}

function noAdapter(adapter: Address, seen: string): Error {
  return priceError(
    'NO_ADAPTER',
    `the adapter ${adapter} gave ${seen}; expected one word; check its place in settlement.underlyings of chains.config.json`,
  );
}
