import { collateralLedgerAbi, layerZeroWitnessAbi, wormholeWitnessAbi } from '@surety/contracts';
import { type Address, type Bytes32, type Hex, AppError, address, bytes32, bytesToHex } from '@surety/domain';
import type { HeadConfirmer, HeadPublisher, TransactionSender, WitnessRecord } from '@surety/workflows';
import { type Abi, decodeFunctionResult, encodeFunctionData } from 'viem';
import type { VaaSource } from './vaa-source.js';
import type { WitnessSpec } from './witness-spec.js';

/** The one read that the ports need; `createChainReads` of `@surety/transactions` satisfies it. */
export interface BridgeReads {
  call(
    request: { readonly to: Address; readonly calldata: Hex },
    at: 'latest',
    signal?: AbortSignal,
  ): Promise<
    | { readonly kind: 'answer'; readonly bytes: Hex }
    | { readonly kind: 'reverted'; readonly revert: { readonly name: string } }
  >;
}

/** One witness of the edge from a vault to the ledger. */
export interface InboundWitness {
  readonly source: number;
  readonly edge: Bytes32;
  readonly ledger: Address;
  readonly witness: WitnessSpec;
  /** Most gas of one call by simulation. */
  readonly gasCeiling: bigint;
}

/** What a contract of a bridge or of ours refuses with: none of them is expected. */
export type BridgesErrorCode = 'WITNESS_UNREADABLE';

/** Builds the end beside the vault: it publishes there, and reads at the ledger what has arrived. */
export function createHeadPublisher(
  { witness, ...at }: InboundWitness,
  io: { readonly origin: BridgeReads; readonly settlement: BridgeReads; readonly sender: TransactionSender },
): HeadPublisher {
  const to = address(witness.atVault.contract);
  const read = readerOf(io.origin);
  return {
    name: witness.name,
    readRecord: (signal) => readRecord({ witness, ...at }, io.settlement, signal),
    readFeeWei: (signal) =>
      read<bigint>({ to, abi: layerZeroWitnessAbi, functionName: 'quotePublish', args: [at.edge] }, signal),
    publish: (value, signal) =>
      io.sender.land(
        {
          purpose: 'publish-head',
          priority: 'upkeep',
          to,
          value,
          calldata: encodeFunctionData({ abi: layerZeroWitnessAbi, functionName: 'publish', args: [at.edge] }),
          gasCeiling: at.gasCeiling,
          // A second publication of the same head costs its fee and harms nothing.
          readEffect: async () => false,
        },
        signal,
      ),
  };
}

/** Builds the end beside the ledger: it delivers what its transport holds ready, confirms and marks. */
export function createHeadConfirmer(
  inbound: InboundWitness,
  io: {
    readonly settlement: BridgeReads;
    readonly sender: TransactionSender;
    /** Where signed messages come from; a witness over LayerZero needs none, since executors deliver. */
    readonly vaas?: VaaSource | undefined;
  },
): HeadConfirmer {
  const { witness, source, ledger, gasCeiling } = inbound;
  const land =
    (purpose: string, to: Address, calldata: Hex, readEffect: (signal?: AbortSignal) => Promise<boolean>) =>
    (signal?: AbortSignal) =>
      io.sender.land({ purpose, priority: 'upkeep', to, calldata, gasCeiling, readEffect }, signal);
  const recordNow = (signal?: AbortSignal): Promise<WitnessRecord> => readRecord(inbound, io.settlement, signal);
  return {
    name: witness.name,
    readRecord: recordNow,
    deliver: async (signal) => {
      if (witness.kind !== 'wormhole' || io.vaas === undefined) return undefined;
      const vaa = await io.vaas.readNewest(signal);
      if (vaa === undefined) return undefined;
      const to = address(witness.atLedger.contract);
      const before = await recordNow(signal);
      const outcome = await land(
        'deliver-head',
        to,
        encodeFunctionData({ abi: wormholeWitnessAbi, functionName: 'deliver', args: [bytesToHex(vaa.bytes)] }),
        async (inner) => (await recordNow(inner)).recorded > before.recorded,
      )(signal);
      // Landed or refused, the same message teaches nothing a second time.
      if (outcome.kind === 'landed' || outcome.kind === 'refused') io.vaas.forget(vaa.sequence);
      return outcome;
    },
    confirm: (count, signal) =>
      land(
        'confirm-head',
        ledger,
        encodeFunctionData({ abi: collateralLedgerAbi, functionName: 'confirm', args: [source, witness.slot, count] }),
        async (inner) => {
          const { confirmed, conflicted } = await recordNow(inner);
          return confirmed >= count || conflicted;
        },
      )(signal),
    mark: ({ count, head, packed }, signal) =>
      land(
        'mark-head',
        ledger,
        encodeFunctionData({
          abi: collateralLedgerAbi,
          functionName: 'mark',
          args: [source, count, head, bytesToHex(packed)],
        }),
        async (inner) =>
          (await readerOf(io.settlement)<Hex>(
            { to: ledger, abi: collateralLedgerAbi, functionName: 'markOf', args: [source, count] },
            inner,
          )) === head,
      )(signal),
  };
}

/** What has arrived at the ledger's end, and what the ledger makes of it. */
async function readRecord(
  { witness, source, edge, ledger }: InboundWitness,
  reads: BridgeReads,
  signal?: AbortSignal,
): Promise<WitnessRecord> {
  const read = readerOf(reads);
  const to = address(witness.atLedger.contract);
  const abi = layerZeroWitnessAbi;
  const [recorded, head] = await read<[bigint, Hex, number]>({ to, abi, functionName: 'latest', args: [edge] }, signal);
  const broken = await read<boolean>({ to, abi, functionName: 'isContradicted', args: [edge] }, signal);
  const [, , conflicted, confirmed] = await read<[Hex, boolean, boolean, bigint]>(
    { to: ledger, abi: collateralLedgerAbi, functionName: 'witnessOf', args: [source, witness.slot] },
    signal,
  );
  return { recorded, head: bytes32(head), confirmed, conflicted: broken || conflicted };
}

/** Reads a view. @throws WITNESS_UNREADABLE where the contract refuses: it is not the one that was configured. */
function readerOf(reads: BridgeReads) {
  return async <Answer>(
    view: { readonly to: Address; readonly abi: Abi; readonly functionName: string; readonly args: readonly unknown[] },
    signal?: AbortSignal,
  ): Promise<Answer> => {
    const { to, abi, functionName, args } = view;
    const answer = await reads.call(
      { to, calldata: encodeFunctionData({ abi, functionName, args: [...args] }) },
      'latest',
      signal,
    );
    if (answer.kind === 'answer' && answer.bytes !== '0x')
      return decodeFunctionResult({ abi, functionName, data: answer.bytes }) as Answer;
    throw new AppError<BridgesErrorCode>({
      code: 'WITNESS_UNREADABLE',
      message: `${to} refuses ${functionName}${answer.kind === 'reverted' ? `: ${answer.revert.name}` : ', it answers nothing'}; expected a witness or a ledger; compare with surety config diff`,
      retryable: true,
    });
  };
}
