import { attesterSetAbi } from '@surety/contracts';
import { type Address, type Halt, type Hex, address } from '@surety/domain';
import { type HaltPosition, type HaltVerifier, type TransactionSender, membersOfBits } from '@surety/workflows';
import { encodeFunctionData, stringToHex } from 'viem';
import type { ChainReads } from './chain-reads.js';
import { transactionError } from './errors.js';
import { readViews } from './read-views.js';
import type { Rpc } from './rpc.js';

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
  const view = readViews({
    reads,
    to,
    abi: attesterSetAbi,
    missing: ({ name }, seen) =>
      transactionError(
        'NO_VERIFIER',
        `${name} of ${to} gave ${seen}; expected an attester set; check attesterSet in chains.config.json`,
        { attester_set: to },
      ),
  });
  return {
    async readPosition(edge, signal): Promise<HaltPosition> {
      const [isHalted, nonce] = await view('haltOf', [edge], 'latest', signal);
      const epoch = await view('epoch', [], 'latest', signal);
      const members = (await view('members', [epoch], 'latest', signal)).map(address);
      const bits = await view('suspended', [epoch], 'latest', signal);
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
