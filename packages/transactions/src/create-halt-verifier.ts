import { attesterSetAbi } from '@surety/contracts';
import { type Address, type Halt, type Hex, address } from '@surety/domain';
import { type HaltPosition, type HaltVerifier, type TransactionSender, membersOfBits } from '@surety/workflows';
import { type Abi, encodeFunctionData, stringToHex } from 'viem';
import { type ChainReads, decodeAnswer } from './chain-reads.js';
import { transactionError } from './errors.js';
import type { Rpc } from './rpc.js';

/** Untyped: the views are read by name and return different shapes. */
const abi: Abi = attesterSetAbi;

/** Reason code passed along with a halt; it is not signed. */
const REASON = stringToHex('FINALITY_BROKEN', { size: 32 });

/** Encodes the call that halts an edge; signatures ascend by signer. */
export function haltCalldata({ halt, signatures }: { readonly halt: Halt; readonly signatures: Hex }): Hex {
  const args = [halt.edge, halt.nonce, halt.epoch, signatures, REASON] as const;
  return encodeFunctionData({ abi: attesterSetAbi, functionName: 'halt', args });
}

/** Creates the reader of edges' halts at one chain's verifier. */
export function createHaltReader(options: {
  readonly reads: Pick<ChainReads, 'call'>;
  readonly attesterSet: Address;
}): Pick<HaltVerifier, 'readPosition'> {
  const { reads, attesterSet: to } = options;

  async function view(functionName: string, args: readonly unknown[], signal?: AbortSignal): Promise<unknown> {
    const calldata = encodeFunctionData({ abi, functionName, args });
    const answer = await reads.call({ to, calldata }, 'latest', signal);
    if (answer.kind === 'answer' && answer.bytes !== '0x')
      return decodeAnswer({ abi, functionName, data: answer.bytes });
    const seen = answer.kind === 'answer' ? 'no code' : answer.revert.detail;
    throw transactionError(
      'NO_VERIFIER',
      `${functionName} of ${to} gave ${seen}; expected an attester set; check attesterSet in chains.config.json`,
      { attester_set: to },
    );
  }

  return {
    async readPosition(edge, signal): Promise<HaltPosition> {
      const [isHalted, nonce] = (await view('haltOf', [edge], signal)) as readonly [boolean, bigint];
      const epoch = (await view('epoch', [], signal)) as number;
      const members = ((await view('members', [epoch], signal)) as readonly Hex[]).map(address);
      const bits = (await view('suspended', [epoch], signal)) as number;
      return { isHalted, nonce, epoch: { epoch, members, suspended: membersOfBits(members, bits) } };
    },
  };
}

/** Creates the port through which a relayer halts edges at one chain's verifier. */
export function createHaltVerifier(options: {
  readonly rpc: Pick<Rpc, 'rotate'>;
  readonly reads: Pick<ChainReads, 'call'>;
  readonly sender: TransactionSender;
  readonly attesterSet: Address;
  readonly gasCeiling: bigint;
}): HaltVerifier {
  const { rpc, sender, attesterSet: to, gasCeiling } = options;
  const { readPosition } = createHaltReader(options);
  return {
    readPosition,
    distrustProvider: () => rpc.rotate(),
    halt: (request, signal) =>
      sender.land(
        {
          purpose: 'halt',
          priority: 'release',
          to,
          calldata: haltCalldata(request),
          gasCeiling,
          readEffect: async (inner) => {
            const { edge, nonce } = request.halt;
            const now = await readPosition(edge, inner);
            return now.isHalted || now.nonce > nonce;
          },
        },
        signal,
      ),
  };
}
