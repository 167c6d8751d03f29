import { type Address, type Hex, address, bytesToHex } from '@surety/domain';
import { type HDAccount, mnemonicToAccount } from 'viem/accounts';

/** The mnemonic that every local node funds; its keys are public and worth nothing anywhere. */
const MNEMONIC = 'test test test test test test test test test test test junk';

/** What the funded accounts of a local chain are for, by their place. */
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

/** Gives a funded account of every local chain. */
export function devnetAccount(name: AccountName): DevnetKey {
  return derive(PLACES[name]);
}

/** Gives the attesters' keys, ascending by address as an attester set lists them. */
export function attesterKeys(count: number): DevnetKey[] {
  return Array.from({ length: count }, (_, at) => derive(ATTESTERS_FROM + at)).toSorted((a, b) =>
    a.address < b.address ? -1 : 1,
  );
}

function derive(place: number): DevnetKey {
  const account = mnemonicToAccount(MNEMONIC, { addressIndex: place });
  const key = account.getHdKey().privateKey;
  return { address: address(account.address), key: bytesToHex(key ?? new Uint8Array(32)), account };
}
