import type { Caller } from '@surety/contracts';
import { liquidationAuctionAbi, roleHolderAbi } from '@surety/contracts';
import { type Address, address } from '@surety/domain';
import { type PublicClient, encodeFunctionData } from 'viem';
import { operatorError } from '../errors.js';
import type { Hand } from '../powers/power-facts.js';
import { readHand } from '../powers/read-hand.js';
import { type ActSpec, PLACES, type Place, callersOf } from './act-spec.js';
import type { ActTarget } from './find-target.js';
import type { Call } from '../chains/simulate-call.js';

/** The route of an act to its contract: the signer, and the call to sign. */
export type Route =
  /** One key calls the contract itself; any key where `signer` is missing. */
  | { readonly kind: 'key'; readonly role: Caller; readonly signer?: Address }
  /** The holder calls the role's address, which calls the contract. */
  | { readonly kind: 'role-holder'; readonly role: Caller; readonly at: Address; readonly signer: Address }
  /** A proposer schedules, anyone executes once it is ready. */
  | { readonly kind: 'timelock'; readonly role: Caller; readonly at: Address; readonly hand: Timelock }
  /** A contract that this build does not know holds the role: only its own people know how to make it act. */
  | { readonly kind: 'contract'; readonly role: Caller; readonly at: Address };

/** A timelock as it was read. */
export type Timelock = Extract<Hand, { kind: 'timelock' }>;

/**
 * Finds the role that may make an act, and the contract that holds the role.
 * @throws BAD_USE if several roles may and none is named, or another role is named; ACT_REFUSED if nobody may now.
 */
export async function findRoute(
  spec: ActSpec,
  { reader, contract }: ActTarget,
  as: string | undefined,
): Promise<Route> {
  const role = chooseCaller(spec, as);
  if (role === 'anyone') return { kind: 'key', role };
  if (spec.place === 'role' && role !== 'governor') return routeOfHolder(reader, contract, role);
  // The guardian's address always cancels. Only the timelock's list knows the other cancellers.
  const named = role === 'canceller' ? 'guardian' : role;
  const at = role === 'itself' ? contract : await readRole(spec, { reader, contract }, named);
  const hand = await readHand(reader, at);
  switch (hand.kind) {
    case 'key':
      return { kind: 'key', role, signer: at };
    case 'role-holder':
      return { kind: 'role-holder', role, at, signer: hand.holder };
    case 'timelock':
      return { kind: 'timelock', role, at, hand };
    case 'contract':
      return { kind: 'contract', role, at };
  }
}

/** Returns the address that the contract sees as an act's caller; undefined if anyone may make it. */
export function callerOf(route: Route): Address | undefined {
  return route.kind === 'key' ? route.signer : route.at;
}

/** Returns the call that the signer of a route sends to reach `call`. */
export function wrapCall(route: Route, call: Call): Call {
  if (route.kind !== 'role-holder') return call;
  return {
    to: route.at,
    data: encodeFunctionData({ abi: roleHolderAbi, functionName: 'act', args: [call.to, call.data] }),
  };
}

/** Tells which call a signer that is a contract, such as one of several keys, must make: it sends no call by a key at hand. */
export function tellSentCall(route: Route, call: Call): string[] {
  return route.kind === 'role-holder' ? [tellCallOf(route.signer, wrapCall(route, call))] : [];
}

/** Tells the call of one signer, if that is a contract. */
export function tellCallOf(signer: Address, { to, data }: Call): string {
  return `if ${signer} is a contract, let it call ${to} with data ${data}`;
}

function chooseCaller(spec: ActSpec, as: string | undefined): Caller {
  const callers = callersOf(spec);
  const chosen = as === undefined && callers.length === 1 ? callers[0] : callers.find((one) => one === as);
  if (chosen !== undefined) return chosen;
  throw operatorError(
    'BAD_USE',
    `--as is "${as ?? ''}"; ${spec.place} ${spec.name} is an act of ${callers.join(' or ')}`,
  );
}

async function readRole(
  { place }: ActSpec,
  { reader, contract }: Pick<ActTarget, 'reader' | 'contract'>,
  functionName: Caller,
): Promise<Address> {
  if (place !== 'auction') return readName(reader, contract, place, functionName);
  // The auction keeps no roles of its own: it asks its ledger for them.
  const ledger = await reader.readContract({ address: contract, abi: liquidationAuctionAbi, functionName: 'ledger' });
  return readName(reader, address(ledger), 'ledger', functionName);
}

async function readName(reader: PublicClient, at: Address, place: Place, functionName: Caller): Promise<Address> {
  return address(String(await reader.readContract({ address: at, abi: PLACES[place].abi, functionName })));
}

/** Holder and successor act at the role's address themselves. */
async function routeOfHolder(reader: PublicClient, at: Address, role: Caller): Promise<Route> {
  const hand = await readHand(reader, at);
  if (hand.kind !== 'role-holder') {
    throw operatorError(
      'ACT_REFUSED',
      `${at} is ${hand.kind === 'key' ? 'a single key' : `a ${hand.kind}`}; expected a RoleHolder, whose holder can change`,
    );
  }
  const signer = role === 'successor' ? hand.proposal?.to : hand.holder;
  if (signer !== undefined) return { kind: 'key', role, signer };
  throw operatorError(
    'ACT_REFUSED',
    `nobody is named as successor at ${at}; its holder proposes one first, or the governor appoints one`,
  );
}
