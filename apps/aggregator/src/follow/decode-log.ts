import { type Bytes32, bytes32 } from '@surety/domain';
import type { ChainLog } from '@surety/workflows';
import { type Abi, type ContractEventName, type DecodeEventLogReturnType, decodeEventLog, toEventSelector } from 'viem';

/** Decodes a log as an event of a contract; undefined if the contract has no such event. */
export function decodeLog<Of extends Abi>(
  abi: Of,
  { topics: [topic, ...rest], data }: ChainLog,
): DecodeEventLogReturnType<Of> | undefined {
  if (topic === undefined) return undefined;
  try {
    const event: unknown = decodeEventLog({ abi, topics: [topic, ...rest], data });
    return event as DecodeEventLogReturnType<Of>;
  } catch {
    return undefined;
  }
}

/** Returns the first topics of some events of a contract. */
export function topicsOf<Of extends Abi>(abi: Of, isWanted: (name: ContractEventName<Of>) => boolean): Bytes32[] {
  return abi.flatMap((item) =>
    item.type === 'event' && isWanted(item.name as ContractEventName<Of>) ? [bytes32(toEventSelector(item))] : [],
  );
}

/** The decoder of an event that gives no fact. */
export function noFact(): undefined {
  return undefined;
}
