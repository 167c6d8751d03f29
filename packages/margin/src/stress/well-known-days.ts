import { decimal, toScaled } from '../number/decimal.js';
import type { Stress, StressStep } from './market-stress.js';

const at = (text: string): bigint => toScaled(decimal(text), 18, 'floor');
const crash = (underlying: string, factor: string): StressStep => ({ kind: 'crash', underlying, factor: at(factor) });
const wilder = (factor: string): StressStep => ({ kind: 'volatility', factor: at(factor) });

/**
 * Well-known days, from their highest price to their lowest, in round figures of the press. The rise of implied
 * volatility is an assumption. The paths of `surety margin simulate` lead to these lows; the rest of each path is
 * invented.
 */
export const WELL_KNOWN_DAYS: readonly Stress[] = [
  {
    // 7,900 to 3,800 and 200 to 90. @source blog.btcmex.com, "Black Thursday: what actually happened to Bitcoin"
    name: '2020-03-12',
    says: 'BTC −52%, ETH −55% within a day',
    steps: [crash('BTC', '0.48'), crash('ETH', '0.45'), wilder('2.5')],
  },
  {
    // 43,000 to 30,000 and a fall of 46%. @source mtwwr.com/2914, "Bitcoin plunges to $30,000 amid 30% 24-hour crash"
    name: '2021-05-19',
    says: 'BTC −30%, ETH −46% within a day',
    steps: [crash('BTC', '0.7'), crash('ETH', '0.54'), wilder('1.8')],
  },
  {
    // 20,500 to 15,625 and 1,570 to 1,083 over two days. @source CoinDesk and Benzinga, 9 November 2022
    name: '2022-11-09',
    says: 'BTC −24%, ETH −31% within two days',
    steps: [crash('BTC', '0.76'), crash('ETH', '0.69'), wilder('1.7')],
  },
  {
    // A stablecoin at 0.869 on one exchange. @source electriccitymagazine.ca, "USDC stablecoin depegs", 11 March 2023
    name: '2023-03-11',
    says: 'a stablecoin at 0.87',
    steps: [{ kind: 'depeg', underlying: 'USD', price: at('0.87') }, wilder('1.2')],
  },
  {
    // 122,000 to 104,000 and 4,350 to 3,500, all offsets gone. @source yellow.com/research and charm-retirement.com, October 2025
    name: '2025-10-10',
    says: 'BTC −15%, ETH −20% within an hour, others as far',
    steps: [crash('BTC', '0.85'), crash('ETH', '0.8'), { kind: 'correlation' }, wilder('1.6')],
  },
];

/** Stresses without a date. A stress of one source belongs in a file, since it needs the source's name. */
export const GENERAL_STRESSES: readonly Stress[] = [
  { name: 'crash', says: 'everything −30%', steps: [{ kind: 'crash', factor: at('0.7') }, wilder('1.5')] },
  { name: 'volatility', says: 'volatility twice as high, no price moves', steps: [wilder('2')] },
  {
    name: 'correlation',
    says: 'BTC −20%, all others as far, no offset left',
    steps: [crash('BTC', '0.8'), { kind: 'correlation' }],
  },
  { name: 'oracle-freeze', says: 'no price for seven hours', steps: [{ kind: 'oracle-freeze', seconds: 25_200n }] },
];
