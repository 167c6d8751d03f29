import { expect, test } from 'vitest';
import { readGasRows } from './gas-rows.js';

const printed = `[PASS] test_gas() (gas: 1)
Logs:
  GAS gas.lock.warm 50000 21000
  GAS gas.credit.existing.n400.k9 4000000 1000000
  BRIDGE layerzero 300000 100000 60000
  BRIDGE wormhole13 200000 150000 50000
  MESSAGE wormhole 200000 400000
  GAS of nothing
`;

test('reads figures beside their floors, and weighs a batch with its confirmation against messages', () => {
  expect(readGasRows(printed)).toEqual([
    { id: 'gas.lock.warm', gas: 50_000, floor: 21_000 },
    { id: 'gas.credit.existing.n400.k9', gas: 4_000_000, floor: 1_000_000 },
    { id: 'gas.confirm.layerzero', gas: 160_000, floor: 300_000 },
    { id: 'gas.credited-account.vs-layerzero', gas: 11_150, floor: 400_000 },
    { id: 'gas.confirm.wormhole13', gas: 200_000, floor: 200_000 },
    { id: 'gas.credited-account.vs-wormhole', gas: 11_000, floor: 600_000 },
    { id: 'gas.credited-account.vs-wormhole-lean', gas: 11_000, floor: 350_000 },
  ]);
});
