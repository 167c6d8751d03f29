import { describe, expect, test } from 'vitest';
import { type StorageLayout, compareLayouts, describeLayout } from './storage-layout.js';

const layout: StorageLayout = {
  storage: [
    { slot: '0', offset: 0, type: 't_address', label: 'owner' },
    { slot: '1', offset: 0, type: 't_mapping_12', label: 'lines' },
  ],
  types: {
    t_address: { label: 'address' },
    t_bytes32: { label: 'bytes32' },
    t_mapping_12: { label: 'mapping(bytes32 => struct Line)', key: 't_bytes32', value: 't_struct_34' },
    t_struct_34: {
      label: 'struct Line',
      members: [
        { slot: '0', offset: 0, type: 't_address', label: 'asset' },
        { slot: '0', offset: 20, type: 't_struct_34', label: 'next' },
      ],
    },
  },
};
const described = describeLayout(layout);

test('a layout names each variable, and each struct that one of them holds, once', () => {
  expect(described).toEqual({
    variables: { 'slot 0 byte 0': 'address owner', 'slot 1 byte 0': 'mapping(bytes32 => struct Line) lines' },
    structs: { 'struct Line': { 'slot 0 byte 0': 'address asset', 'slot 0 byte 20': 'struct Line next' } },
  });
});

test('a contract without storage has none', () => {
  expect(describeLayout({ storage: [], types: null })).toEqual({ variables: {}, structs: {} });
});

describe('compareLayouts', () => {
  test('says nothing of what is the same', () => {
    expect(compareLayouts({ A: described }, { A: describeLayout(layout) })).toEqual([]);
  });

  test('shows what moved on both sides, and contracts that one side lacks', () => {
    const moved = { ...described, variables: { 'slot 0 byte 0': 'uint256 fee', 'slot 1 byte 0': 'address owner' } };
    expect(compareLayouts({ A: described }, { A: moved, B: { variables: {}, structs: {} } })).toEqual([
      '- A: slot 0 byte 0: address owner',
      '- A: slot 1 byte 0: mapping(bytes32 => struct Line) lines',
      '+ A: slot 0 byte 0: uint256 fee',
      '+ A: slot 1 byte 0: address owner',
      '+ B',
    ]);
  });
});
