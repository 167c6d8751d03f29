import type { Abi } from 'viem';

/** A contract's code as the compiler gave it. */
export interface ContractCode {
  readonly name: string;
  /** Code that is sent, without constructor arguments. */
  readonly creation: string;
  /** Code that a deployment leaves, with zeros where immutables go. */
  readonly runtime: string;
  /** Positions of immutables in the runtime code, in bytes. */
  readonly immutables: readonly { readonly start: number; readonly length: number }[];
}

/** Code, layout and constructor of a module. */
export interface ModuleCode {
  readonly part: string;
  readonly code: ContractCode;
  /** Its constructor alone: calls go to the core, by the core's ABI. */
  readonly abi: Abi;
}

/** Returns a contract's code from its creation code and the place in it, in bytes, of the code that it deploys. */
export function contractCode({
  runtimeStart,
  runtimeLength,
  ...code
}: Omit<ContractCode, 'runtime'> & { readonly runtimeStart: number; readonly runtimeLength: number }): ContractCode {
  const start = 2 + 2 * runtimeStart;
  return { ...code, runtime: `0x${code.creation.slice(start, start + 2 * runtimeLength)}` };
}
