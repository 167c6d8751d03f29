/** One figure of gas, beside the floor that the test works out. */
export interface GasRow {
  readonly id: string;
  readonly gas: number;
  readonly floor: number;
}

/** Every row that a measurement must give. */
export const IDS = [
  'gas.credit.existing.n400.k9',
  'gas.credit.existing.n64.k9',
  'gas.credit.existing.n64.k9.assets4',
  'gas.credit.new.n64',
  'gas.lock.warm',
  'gas.requestRelease',
  'gas.pay',
  'gas.marginOf.lines16',
  'gas.confirm.layerzero',
  'gas.confirm.wormhole13',
  'gas.credited-account.vs-layerzero',
  'gas.credited-account.vs-wormhole',
  'gas.credited-account.vs-wormhole-lean',
];

/** The batch whose accounts are weighed against messages. */
const BATCH = 400;

const linesOf = (printed: string, word: string): readonly (readonly [name: string, ...figures: number[]])[] =>
  printed.split('\n').flatMap((line) => {
    const [first, name, ...figures] = line.trim().split(/\s+/);
    return first === word && name !== undefined && figures.every((figure) => /^\d+$/.test(figure))
      ? [[name, ...figures.map(Number)] as const]
      : [];
  });

/**
 * Reads what test/gas/GasTable.t.sol and test/bridges/BridgeCosts.t.sol print. Beside their own rows this gives, for each bridge,
 * what a head costs where it arrives (`gas.confirm.<bridge>`) beside what it costs at its origin, and what an account costs in a
 * batch of 400 with its share of one confirmation, beside a message of its own: received as cheaply as ours (`-lean` where an
 * ordinary message is known too), and as an ordinary application receives it, whose messages the bridge's core verifies.
 */
export function readGasRows(printed: string): readonly GasRow[] {
  const table = linesOf(printed, 'GAS').map(([id, gas = Number.NaN, floor = Number.NaN]) => ({ id, gas, floor }));
  const batch = table.find(({ id }) => id === `gas.credit.existing.n${BATCH}.k9`)?.gas ?? Number.NaN;
  /** Cost of a message for each account, and of an account beside it in a batch. */
  const againstMessages = (name: string, message: number, confirmation: number): GasRow => ({
    id: `gas.credited-account.vs-${name}`,
    gas: Math.round((batch + confirmation) / BATCH),
    floor: message,
  });
  const ordinary = new Map(
    linesOf(printed, 'MESSAGE').map(([name, source = Number.NaN, delivery = Number.NaN]) => [name, source + delivery]),
  );
  const bridges = linesOf(printed, 'BRIDGE').flatMap(
    ([bridge, source = Number.NaN, delivery = Number.NaN, confirm = Number.NaN]) => {
      const confirmation = source + delivery + confirm;
      const name = bridge.replace(/\d+$/, '');
      const message = ordinary.get(name);
      return [
        { id: `gas.confirm.${bridge}`, gas: delivery + confirm, floor: source },
        ...(message === undefined ? [] : [againstMessages(name, message, confirmation)]),
        againstMessages(message === undefined ? name : `${name}-lean`, source + delivery, confirmation),
      ];
    },
  );
  return [...table, ...bridges];
}
