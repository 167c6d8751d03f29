import type { NetworkFile } from '@surety/config';
import type { SeededRandom } from '../faults/seeded-random.js';

type Vault = NonNullable<NetworkFile['chains'][number]['vault']>;
type WitnessOf<Kind extends string> = Extract<NonNullable<Vault['witnesses']>[number], { kind: Kind }>;

/** What a weakening has at hand. */
interface Hand {
  readonly vault: Vault;
  readonly policy: NonNullable<Vault['policy']>;
  readonly layerZero: WitnessOf<'layerzero'>;
  readonly wormhole: WitnessOf<'wormhole'>;
  readonly random: SeededRandom;
}

const NOBODY = `0x${'0'.repeat(40)}`;
const SIDES = ['atVault', 'atLedger'] as const;
const WAYS = ['send', 'receive'] as const;

/** Each makes a file that chains could agree with, and that nobody should trust. */
const WEAKENINGS: Readonly<Record<string, (hand: Hand) => unknown>> = {
  'an inherited library': ({ layerZero, random }) =>
    (layerZero[random.pick(SIDES)][random.pick(['sendLibrary', 'receiveLibrary'] as const)] = [undefined, NOBODY][
      random.between(0, 1)
    ]),
  'an unset peer': ({ layerZero, wormhole, random }) =>
    (random.pick([layerZero, wormhole])[random.pick(SIDES)].peer = [undefined, NOBODY][random.between(0, 1)]),
  'a stranger as peer': ({ layerZero, wormhole, random }) =>
    (random.pick([layerZero, wormhole])[random.pick(SIDES)].peer = `0x${'9b'.repeat(20)}`),
  'confirmations below finality': ({ layerZero, random }) => {
    const [near, far] = random.pick([
      [layerZero.atVault.send, layerZero.atLedger.receive],
      [layerZero.atLedger.send, layerZero.atVault.receive],
    ] as const);
    return (near.confirmations = far.confirmations = random.between(0, 31));
  },
  'a sender that asks for less': ({ layerZero, random }) => {
    const send = layerZero[random.pick(SIDES)].send;
    return (send.confirmations = random.between(1, send.confirmations - 1));
  },
  'one verifier': ({ layerZero, random }) => {
    const uln = layerZero[random.pick(SIDES)][random.pick(WAYS)];
    return Object.assign(uln, { requiredDvns: uln.requiredDvns.slice(0, 1), optionalDvns: [], optionalThreshold: 0 });
  },
  'no verifier': ({ layerZero, random }) =>
    Object.assign(layerZero[random.pick(SIDES)][random.pick(WAYS)], {
      requiredDvns: [],
      optionalDvns: [],
      optionalThreshold: 0,
    }),
  'a threshold that asks nobody, or more than there are': ({ layerZero, random }) =>
    (layerZero[random.pick(SIDES)][random.pick(WAYS)].optionalThreshold = random.pick([0, random.between(3, 127)])),
  'a verifier twice, in capitals': ({ layerZero, random }) => {
    const { requiredDvns, optionalDvns } = layerZero[random.pick(SIDES)][random.pick(WAYS)];
    const [first, second] = requiredDvns;
    const other = random.pick([second, ...optionalDvns]);
    return ((other as { address: string }).address = `0x${(first?.address ?? NOBODY).slice(2).toUpperCase()}`);
  },
  'an operator twice, in capitals': ({ layerZero, random }) => {
    const { requiredDvns } = layerZero[random.pick(SIDES)][random.pick(WAYS)];
    const [first, second] = requiredDvns;
    return ((second as { operator: string }).operator = random.pick([
      first?.operator ?? '',
      (first?.operator ?? '').toUpperCase(),
      ` ${first?.operator ?? ''}`,
    ]));
  },
  'another core': ({ wormhole, random }) => (wormhole[random.pick(SIDES)].core = `0x${'9c'.repeat(20)}`),
  'a core of the other chain': ({ wormhole }) =>
    ([wormhole.atVault.core, wormhole.atLedger.core] = [wormhole.atLedger.core, wormhole.atVault.core]),
  'few guardians': ({ wormhole, random }) => (wormhole.guardianSet.size = random.between(1, 12)),
  'a level below finality': ({ wormhole, random }) =>
    (wormhole[random.pick(SIDES)].consistencyLevel = random.pick([200, 201, 203])),
  'no confirmation asked': ({ policy }) => (policy.m = 0),
  'more confirmations than witnesses': ({ policy }) => (policy.m = 4),
  'a fast limit above a quarter': ({ policy, random }) => (policy.fastBp = random.between(2_501, 10_000)),
  'a source worth more than its witnesses': ({ policy, random }) =>
    (policy.valueMaxUsd = String(
      BigInt(random.between(80_000_001, 2_000_000_000)) * 10n ** BigInt(random.between(0, 40)),
    )),
  'two witnesses in one place': ({ layerZero, wormhole }) => (wormhole.slot = layerZero.slot),
  'two witnesses of one failure domain': ({ layerZero, wormhole, random }) =>
    (wormhole.failureDomain = random.pick([
      layerZero.failureDomain,
      layerZero.failureDomain.toUpperCase(),
      ` ${layerZero.failureDomain} `,
    ])),
  'one contract as two witnesses, in capitals': ({ layerZero, wormhole, random }) => {
    const side = random.pick(SIDES);
    return (wormhole[side].contract = `0x${layerZero[side].contract.slice(2).toUpperCase()}`);
  },
  'a contract at address 0': ({ layerZero, wormhole, random }) =>
    (random.pick([layerZero, wormhole])[random.pick(SIDES)].contract = NOBODY),
  'an endpoint or core at address 0': ({ layerZero, wormhole, random }) =>
    random.pick([
      () => (layerZero[random.pick(SIDES)].endpoint = NOBODY),
      () => (wormhole[random.pick(SIDES)].core = NOBODY),
    ])(),
  'an asset without a cap': ({ vault }) => Object.assign(vault.assets[0] ?? {}, { cap: '0', minimum: '0' }),
};

/** Weakens a file in one way and says which. */
export function weakenFile(file: NetworkFile, random: SeededRandom): string {
  const vault = file.chains[0]?.vault;
  const [layerZero, wormhole] = vault?.witnesses ?? [];
  if (vault?.policy === undefined || layerZero?.kind !== 'layerzero' || wormhole?.kind !== 'wormhole')
    throw new TypeError('the example has a policy and both bridges');
  const name = random.pick(Object.keys(WEAKENINGS));
  WEAKENINGS[name]?.({ vault, policy: vault.policy, layerZero, wormhole, random });
  return name;
}
