import {
  CALL_DOCUMENTS,
  type CallDocument,
  type Caller,
  POWERS,
  SLOW_ACTS,
  attesterSetAbi,
  collateralLedgerAbi,
  collateralVaultAbi,
  liquidationAuctionAbi,
  riskManagerAbi,
  roleHolderAbi,
  suretyTimelockAbi,
} from '@surety/contracts';
import { type Abi, type AbiFunction, type AbiParameter, toFunctionSelector, toFunctionSignature } from 'viem';
import { AT_PLACE, EVERYWHERE, KINDS, type ParameterWords } from './argument-words.js';

/** The contract of an act: the first word of the commands. */
export type Place = 'ledger' | 'vault' | 'attesters' | 'prices' | 'auction' | 'timelock' | 'role';

/** The contract of each place. */
export const PLACES: Readonly<Record<Place, { readonly contract: string; readonly abi: Abi; readonly where: string }>> =
  {
    ledger: { contract: 'CollateralLedger', abi: collateralLedgerAbi, where: 'the ledger' },
    vault: { contract: 'CollateralVault', abi: collateralVaultAbi, where: 'the vault of a chain' },
    attesters: { contract: 'AttesterSet', abi: attesterSetAbi, where: 'the verifier of a chain' },
    prices: { contract: 'RiskManager', abi: riskManagerAbi, where: 'the risk manager' },
    auction: { contract: 'LiquidationAuction', abi: liquidationAuctionAbi, where: 'the auction of the ledger' },
    timelock: {
      contract: 'SuretyTimelock',
      abi: suretyTimelockAbi,
      where: 'the timelock of a chain, through itself',
    },
    role: { contract: 'RoleHolder', abi: roleHolderAbi, where: 'the address that keeps a role of a chain' },
  };

/** The format of an argument on the command line. */
export type ArgumentKind =
  /** A whole number. */
  | 'number'
  /** Whole numbers of 16 bits apart by commas. */
  | 'numbers'
  /** Whole tokens with at most `scale` decimals, kept times 10^scale. */
  | 'decimal'
  /** A time: seconds since 1970, an ISO date, or `+72h` from the newest block of the chain. */
  | 'time'
  /** A length: seconds, or `48h`, `7d`. */
  | 'length'
  | 'address'
  /** Addresses apart by commas; sorted and without doubles, as an attester set lists them. */
  | 'addresses'
  | 'word'
  /** An account’s name, or an owner’s address for its first account. */
  | 'account'
  /** A whole number with an optional sign. */
  | 'signed-number'
  | 'bytes'
  /** Up to 32 bytes of text. */
  | 'text'
  | 'yes-no'
  /** A pause's scope, in words. */
  | 'stops'
  /** Index of a source, or the name of its chain. */
  | 'source'
  /** Ledger-wide index of an asset, or `<chain>:<symbol>`. */
  | 'ledger-asset'
  /** A vault's own index of an asset, or its symbol there. */
  | 'vault-asset'
  /** proposer, canceller or executor. */
  | 'timelock-role'
  /** First 4 bytes of a call, or a signature such as setWeights(uint16,uint16,uint16). */
  | 'selector'
  /** Files of `surety attesters sign`, or the bytes themselves. */
  | 'signatures';

/** One argument of an act, in the place of the contract's own (the members of a struct one by one). */
export interface ActArgument {
  /** Name of the option, kebab-case. */
  readonly option: string;
  readonly kind: ArgumentKind;
  readonly help: string;
  /** For `decimal`. */
  readonly scale?: number;
  /** Taken if the option is left out. */
  readonly fallback?: string;
  /** True if it stays as it is at the contract where the option is left out. */
  readonly isKept?: boolean;
}

/**
 * One act: a function of a contract under its own name here. The contracts determine who may make it and how long it
 * waits.
 */
export interface ActSpec {
  readonly place: Place;
  readonly name: string;
  readonly call: string;
  readonly takes: readonly ActArgument[];
  /** Its description, where neither the table of powers nor the notice of the function says enough. */
  readonly does?: string;
  /** View of the contract that gives the kept arguments by their own names, asked by the first argument. */
  readonly keeps?: string;
}

/** Returns the function that an act calls. */
export function functionOf({ place, call }: Pick<ActSpec, 'place' | 'call'>): AbiFunction {
  return PLACES[place].abi.find((item) => item.type === 'function' && item.name === call) as AbiFunction;
}

/** Returns the 4 bytes that a call of an act begins with. */
export function selectorOf(spec: Pick<ActSpec, 'place' | 'call'>): string {
  return toFunctionSelector(functionOf(spec));
}

/** Returns the callers of an act from the table of powers. */
export function callersOf({ place, call }: Pick<ActSpec, 'place' | 'call'>): readonly Caller[] {
  return POWERS[PLACES[place].contract]?.[call]?.by ?? [];
}

/** NatSpec of an act's function; undefined without any. */
function documentOf(spec: Pick<ActSpec, 'place' | 'call'>): CallDocument | undefined {
  return CALL_DOCUMENTS[PLACES[spec.place].contract]?.[toFunctionSignature(functionOf(spec))];
}

/** Returns the description of an act: its own, that of the power, or the notice of the function. */
export function meaningOf(spec: ActSpec): string {
  const { place, call, does } = spec;
  return does ?? POWERS[PLACES[place].contract]?.[call]?.does ?? clauseOf(documentOf(spec)?.notice ?? '');
}

/** Makes a sentence a clause behind other words. */
function clauseOf(sentence: string): string {
  return `${sentence.charAt(0).toLowerCase()}${sentence.slice(1).replace(/\.$/, '')}`;
}

/**
 * Lists the arguments of an act, in the order of the function's parameters. Name, format and text of each follow from the ABI and its
 * NatSpec, except where the words for its name say otherwise; `own` goes before those of the place, and they before the rest.
 */
export function argumentsOf(spec: Pick<ActSpec, 'place' | 'call'>, own: ParameterWords): readonly ActArgument[] {
  const texts = documentOf(spec)?.parameters ?? {};
  return flatParameters(functionOf(spec).inputs).map(({ name = '', type }) => ({
    option: name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
    kind: KINDS[type] ?? 'number',
    help: texts[name] ?? '',
    ...EVERYWHERE[name],
    ...AT_PLACE[spec.place]?.[name],
    ...own[name],
  }));
}

/** Returns the name under which an option of the command line is found. */
export function camelCase(option: string): string {
  return option.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** True if an act of the governor waits 7 days. */
export function isSlowAct(spec: ActSpec): boolean {
  const signature = toFunctionSignature(functionOf(spec));
  return callersOf(spec).includes('itself') || (SLOW_ACTS as readonly string[]).includes(signature);
}

/** Returns a function's parameters with the members of structs in place of each struct. */
export function flatParameters(inputs: readonly AbiParameter[]): AbiParameter[] {
  return inputs.flatMap((input) => {
    const { components } = input as AbiParameter & { components?: readonly AbiParameter[] };
    return components === undefined ? [input] : flatParameters(components);
  });
}

/** Puts flat values back into the structs of a function's parameters. */
export function nestArguments(inputs: readonly AbiParameter[], values: readonly unknown[]): unknown[] {
  const rest = [...values];
  const take = (input: AbiParameter): unknown => {
    const { components } = input as AbiParameter & { components?: readonly AbiParameter[] };
    return components === undefined
      ? rest.shift()
      : Object.fromEntries(components.map((inner) => [inner.name, take(inner)]));
  };
  return inputs.map(take);
}
