import type { AbiParameter } from 'viem';

/** A value of a type that reaches the question who calls, in most functions. */
export function plainArgument(parameter: AbiParameter): unknown {
  const { type } = parameter;
  if (type.endsWith('[]')) return [];
  if (type === 'tuple') {
    const { components } = parameter as AbiParameter & { components: readonly AbiParameter[] };
    return Object.fromEntries(components.map((inner) => [inner.name, plainArgument(inner)]));
  }
  if (type === 'address') return `0x${'00'.repeat(20)}`;
  if (type === 'bool') return false;
  if (type === 'bytes') return '0x';
  if (type === 'string') return '';
  if (type.startsWith('bytes')) return `0x${'00'.repeat(Number(type.slice(5)))}`;
  return Number(/\d+/.exec(type)?.[0]) <= 48 ? 0 : 0n;
}
