import { type Entry, tokenUnits } from '@surety/domain';
import { encodePacked, keccak256 } from 'viem';
import { describe, expect, it } from 'vitest';
import { describeLoss, describeRecord } from './stop.js';

const account = `0x${'ab'.repeat(32)}` as Entry['account'];
const payment = { entry: { kind: 'RELEASE', asset: 2, amount: tokenUnits(7n), account } as Entry };

describe('the ledger’s number of the loss that it waits for', () => {
  it('is the one to be stopped, none, or another one', () => {
    expect(describeLoss({ seq: 7n }, 7n)).toContain('waits for the answer');
    expect(describeLoss({ seq: 7n }, 0n)).toContain('waits for NO loss');
    expect(describeLoss({ seq: 7n }, 8n)).toContain('ANOTHER loss of this asset, number 8');
  });
});

describe('the ledger’s record of a release', () => {
  it('is equal, missing, or of another release', () => {
    const record = keccak256(encodePacked(['uint16', 'uint128', 'bytes32'], [2, 7n, account]));
    expect(describeRecord(payment, record)).toContain('recorded this release');
    expect(describeRecord(payment, `0x${'00'.repeat(32)}`)).toContain('has NO record of it');
    const other = keccak256(encodePacked(['uint16', 'uint128', 'bytes32'], [2, 8n, account]));
    expect(describeRecord(payment, other)).toContain('this one is forged');
  });
});
