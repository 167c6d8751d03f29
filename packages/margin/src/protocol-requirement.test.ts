import { describe, expect, it } from 'vitest';
import { REQUIREMENT_INFINITE } from './account-margin.js';
import { protocolRequirementOf } from './protocol-requirement.js';

const answering = (initialWad: bigint, maintenanceWad: bigint, positionNonce = 1n) => ({
  answer: { initialWad, maintenanceWad, positionNonce },
  recordedMaintenanceWad: 7n,
});

describe('what protocols require', () => {
  it('is nothing without protocols', () => {
    expect(protocolRequirementOf([])).toEqual({ initial: 0n, maintenance: 0n });
  });

  it('sums, with initial at least maintenance', () => {
    expect(protocolRequirementOf([answering(10n, 4n), answering(1n, 5n)])).toEqual({ initial: 15n, maintenance: 9n });
  });

  it('is infinite at initial while one fails, and its recorded maintenance stands', () => {
    const failing = { recordedMaintenanceWad: 7n };
    const sum = protocolRequirementOf([answering(10n, 4n), failing]);
    expect(sum).toEqual({ initial: REQUIREMENT_INFINITE, maintenance: 11n });
  });

  it('takes figures up to 128 bits and a number up to 64, and nothing past them', () => {
    const most = 2n ** 128n - 1n;
    expect(protocolRequirementOf([answering(most, most, 2n ** 64n - 1n)]).initial).toBe(most);
    for (const beyond of [answering(most + 1n, 0n), answering(0n, most + 1n), answering(0n, 0n, 2n ** 64n)]) {
      expect(protocolRequirementOf([beyond])).toEqual({ initial: REQUIREMENT_INFINITE, maintenance: 7n });
    }
  });
});
