import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { MeasurementError, type Measurement } from '../row.js';

const IDS = [
  'gas.credit.existing.n400.k9',
  'gas.credit.existing.n64.k9',
  'gas.credit.existing.n64.k9.assets4',
  'gas.credit.new.n64',
  'gas.lock.warm',
  'gas.requestRelease',
  'gas.pay',
  'gas.marginOf.lines16',
] as const;

/** Rows whose reference is no floor, and what it is. */
const AGAINST = new Map([
  ['gas.confirm.layerzero', 'publishing it at its origin'],
  ['gas.confirm.wormhole13', 'publishing it at its origin'],
  ['gas.credited-account.vs-layerzero', 'a message for each account, received as ours is'],
  ['gas.credited-account.vs-wormhole', 'a message for each account, verified by the bridge'],
  ['gas.credited-account.vs-wormhole-lean', 'a message for each account, received as ours is'],
]);

/** Gas of whole transactions against the floor that the EVM sets, and of the bridges against each other; forge measures, the references stand beside the measurement. */
export const gasRows: Measurement = {
  ids: [...IDS, ...AGAINST.keys()],
  measure: async (say) => {
    say('compiling and running the gas measurements (minutes when nothing is compiled yet)');
    const script = fileURLToPath(new URL('../../../evidence/dist/contracts/measure-gas.js', import.meta.url));
    const { status, stdout, stderr } = spawnSync(process.execPath, [script], { encoding: 'utf8', maxBuffer: 1 << 26 });
    if (status !== 0) throw new MeasurementError(`measure-gas ended with ${status}: ${stderr.slice(-2_000)}`);
    const figures = JSON.parse(stdout.trim().split('\n').at(-1) ?? '[]') as {
      id: string;
      gas: number;
      floor: number;
    }[];
    return [...IDS, ...AGAINST.keys()].map((id) => {
      const against = AGAINST.get(id);
      const figure = figures.find((one) => one.id === id);
      if (figure === undefined) throw new MeasurementError(`measure-gas gives no ${id}`);
      const ratio = figure.gas / figure.floor;
      if (against === undefined && ratio < 1)
        throw new MeasurementError(`${id}: ${figure.gas} gas is below its floor of ${figure.floor}`);
      return {
        id,
        subject: figure.gas,
        reference: figure.floor,
        ratio,
        better: 'lower',
        spread: 0,
        unit: 'gas',
        against: against ?? 'the floor of the EVM',
      };
    });
  },
};
