import type { Abi } from 'viem';

/** A contract's code as the compiler gave it. */
export interface ContractCode {
  readonly name: string;
  /** Code that is sent, without constructor arguments. */
  readonly creation: string;
  /** Code that a deployment leaves, with zeros where immutables go. */
  readonly runtime: string;
  /** Where immutables lie in the runtime code, in bytes. */
  readonly immutables: readonly { readonly start: number; readonly length: number }[];
}

/** What a module is built from. */
export interface ModuleCode {
  readonly part: string;
  readonly code: ContractCode;
  readonly abi: Abi;
}
