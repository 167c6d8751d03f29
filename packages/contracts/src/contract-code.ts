import type { Hex } from '@surety/domain';

/** A place in code that the linker fills with a library's address. */
export interface CodeLink {
  readonly library: string;
  /** Byte offset of the 20 bytes. */
  readonly start: number;
}

/** A contract's code as the compiler gave it. */
export interface ContractCode {
  readonly name: string;
  /** Code that is sent, without constructor arguments. */
  readonly creation: string;
  /** Code that a deployment leaves, with zeros where immutables go. */
  readonly runtime: string;
  /** Where immutables lie in the runtime code, in bytes. */
  readonly immutables: readonly { readonly start: number; readonly length: number }[];
  /** Names of the libraries that must be linked first. */
  readonly libraries: readonly string[];
  readonly creationLinks: readonly CodeLink[];
  readonly runtimeLinks: readonly CodeLink[];
}

/** Gives code with every link filled in. The links' placeholders are no hex, so unlinked code cannot be sent. */
export function linkCode(code: string, links: readonly CodeLink[], addresses: ReadonlyMap<string, Hex>): Hex {
  let linked = code;
  for (const { library, start } of links) {
    const target = addresses.get(library);
    if (target === undefined) continue;
    const at = 2 + 2 * start;
    linked = linked.slice(0, at) + target.slice(2).toLowerCase() + linked.slice(at + 40);
  }
  return linked as Hex;
}
