import { isIPv4, isIPv6 } from 'node:net';

/** Groups of 16 bits that name a network of IPv6: one host may call from each of the 2^64 addresses in it. @source RFC 4291, section 2.5.1 */
const NETWORK_GROUPS = 4;

/**
 * Returns the name of the budget that a remote address spends: an IPv4 address in its one spelling, also where it stands inside of IPv6,
 * or else the first 64 bits. What is no address stays as it is: a trusted proxy may name its clients in its own way.
 */
export function budgetKeyOf(remote: string): string {
  const [bare = remote] = remote.split('%', 1);
  if (!isIPv6(bare)) return remote;
  const groups = groupsOf(bare);
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (isMapped) return groups.slice(6).flatMap(bytesOf).join('.');
  const network = groups.slice(0, NETWORK_GROUPS).map((group) => group.toString(16));
  return `${network.join(':')}::/${NETWORK_GROUPS * 16}`;
}

/** True for an address of this machine's own, in every spelling. */
export function isLoopback(remote: string): boolean {
  const key = budgetKeyOf(remote);
  if (isIPv4(key)) return key.startsWith('127.');
  const [bare = remote] = remote.split('%', 1);
  return isIPv6(bare) && groupsOf(bare).every((group, at) => group === (at === 7 ? 1 : 0));
}

/** Returns the eight groups of an IPv6 address. */
function groupsOf(ip: string): number[] {
  const hex = ip.replace(/\d+\.\d+\.\d+\.\d+$/, (inside) => {
    const [a = 0, b = 0, c = 0, d = 0] = inside.split('.').map(Number);
    return [(a << 8) | b, (c << 8) | d].map((group) => group.toString(16)).join(':');
  });
  const [head = [], tail = []] = hex
    .split('::')
    .map((part) => (part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16))));
  return [...head, ...Array.from({ length: 8 - head.length - tail.length }, () => 0), ...tail];
}

function bytesOf(group: number): number[] {
  return [group >> 8, group & 0xff];
}
