import { type Address, type Hex, address, bytesToHex } from '@surety/domain';
import { type HDAccount, mnemonicToAccount } from 'viem/accounts';

/** The mnemonic that every local node funds; its keys are public and worth nothing anywhere. */
const MNEMONIC = 'test test test test test test test test test test test junk';

/** Purposes of a local chain's funded accounts, by their index. */
const PLACES = {
  governor: 0,
  guardian: 1,
  pauser: 2,
  riskAdmin: 3,
  relayerA: 4,
  relayerB: 5,
  feeder: 6,
  alice: 7,
  bob: 8,
  faucet: 9,
  bridges: 10,
  keeper: 11,
} as const;

/** Attester keys start here: far from what a node funds, since attesters need no coin. */
const ATTESTERS_FROM = 20;

/** The name of a funded account. */
export type AccountName = keyof typeof PLACES;

/** A key of the local network. */
export interface DevnetKey {
  readonly address: Address;
  readonly key: Hex;
  readonly account: HDAccount;
}

/** Returns a funded account of every local chain. */
export function devnetAccount(name: AccountName): DevnetKey {
  return derive(PLACES[name]);
}

/** Returns the attesters' keys, ascending by address as an attester set lists them. */
export function attesterKeys(count: number): DevnetKey[] {
  return Array.from({ length: count }, (_, at) => derive(ATTESTERS_FROM + at)).toSorted((a, b) =>
    a.address < b.address ? -1 : 1,
  );
}

/** Accounts of the mnemonic whose keys run the bridges: far from those that hold coins. */
const BRIDGE_ACCOUNTS = { 'dvn-one': 1000, 'dvn-two': 1001, guardians: 1002 } as const;

/** Returns keys of a bridge's operators, ascending by address; `from` separates successive sets. */
export function bridgeKeys(of: keyof typeof BRIDGE_ACCOUNTS, count: number, from = 0): DevnetKey[] {
  return Array.from({ length: count }, (_, at) => derive(from + at, BRIDGE_ACCOUNTS[of])).toSorted((a, b) =>
    a.address < b.address ? -1 : 1,
  );
}

/** Keys that were derived before: stretching the mnemonic takes longer than a node's block of 24 transactions. */
const derived = new Map<string, DevnetKey>();

function derive(place: number, accountIndex = 0): DevnetKey {
  const name = `${accountIndex}/${place}`;
  const known = derived.get(name) ?? deriveKey(place, accountIndex);
  derived.set(name, known);
  return known;
}

function deriveKey(place: number, accountIndex: number): DevnetKey {
  const account = mnemonicToAccount(MNEMONIC, { accountIndex, addressIndex: place });
  const key = account.getHdKey().privateKey;
  return { address: address(account.address), key: bytesToHex(key ?? new Uint8Array(32)), account };
}
