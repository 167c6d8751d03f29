import { expect, test } from 'vitest';
import { listSuites } from './handlers.js';

const handler = `contract Handler {
    function lock() external counted("lock") {
        _hit("locked");
        _hit(isLate ? "late" : "early");
    }

    function payOne() external counted("pay") {
        _hit("paid");
    }
}
`;
const suite = (asked: string): string => `import {Handler} from "./Handler.sol";
abstract contract Base { function invariant_base() external {} }
contract VaultInvariants is Base {
    ${asked}
    function invariant_holds() external {}
}
contract Plain { function test_a() external {} }
`;
const reader =
  (asked: string) =>
  (file: string): string =>
    file === 'test/Handler.sol' ? handler : suite(asked);

test('names the acts and paths of every handler that a suite imports', () => {
  expect(listSuites('test/Vault.t.sol', reader(''), '')).toEqual([
    {
      file: 'test/Vault.t.sol',
      name: 'VaultInvariants',
      acts: ['lock', 'pay'],
      paths: ['locked', 'late', 'early', 'paid'],
    },
  ]);
});

test('leaves out acts that the suite asks no handler for', () => {
  const [one] = listSuites('test/Vault.t.sol', reader('bytes4 act = Handler.lock.selector;'), '');
  expect(one).toMatchObject({ acts: ['lock'], paths: ['locked', 'late', 'early'] });
  // The act's own name is another one.
  const [other] = listSuites('test/Vault.t.sol', reader('bytes4 act = Handler.payOne.selector;'), '');
  expect(other).toMatchObject({ acts: ['pay'], paths: ['paid'] });
});

test('finds suites by a part of their name', () => {
  expect(listSuites('test/Vault.t.sol', reader(''), 'Ledger')).toEqual([]);
});
