import { type Address, type Bytes32, type ChainId, type Hex, address } from '@surety/domain';
import { type Abi, encodeDeployData } from 'viem';
import { create2Address } from './create2.js';
import type { RolePlace } from './place-roles.js';
import type { PlannedContract } from './plan-deployment.js';

/** A contract as a plan asks for it. */
interface ContractRequest extends Pick<PlannedContract, 'chainId' | 'part' | 'code' | 'afterActs'> {
  readonly abi: Abi;
  readonly args: readonly unknown[];
}

/** Collects contracts in the order in which they must be created. */
export class ContractPlan {
  readonly contracts: PlannedContract[] = [];
  readonly #salt: Bytes32;

  constructor(salt: Bytes32) {
    this.#salt = salt;
  }

  /** Returns a place on one chain for contracts and for what their constructors create. */
  placeOn(chainId: ChainId, when: Pick<PlannedContract, 'afterActs'> = {}): RolePlace {
    return {
      create: (part, code, abi, args) => this.add({ chainId, part, code, abi, args, ...when }),
      built: (part, code, abi, args, at, builtBy) =>
        this.#keep({ chainId, part, code, abi, args, ...when }, { at, by: builtBy }),
    };
  }

  add(request: ContractRequest): Address {
    return this.#keep(request);
  }

  #keep(request: ContractRequest, built?: { readonly at: Address; readonly by: string }): Address {
    const { chainId, part, code, abi, args, afterActs } = request;
    const initCode = encodeDeployData({ abi, bytecode: code.creation as Hex, args: [...args] });
    const planned = built?.at ?? create2Address({ salt: this.#salt, initCode });
    const inputs = abi.find((item) => item.type === 'constructor')?.inputs ?? [];
    const named = Object.fromEntries(inputs.map((input, at) => [input.name ?? String(at), args[at]]));
    this.contracts.push({
      part,
      chainId,
      code,
      address: address(planned),
      args: named,
      salt: this.#salt,
      initCode,
      ...(built === undefined ? {} : { builtBy: built.by }),
      ...(afterActs === undefined ? {} : { afterActs }),
    });
    return planned;
  }
}
