import { BlockList, type Server, type Socket, isIPv6 } from 'node:net';
import { budgetKeyOf, isLoopback } from './remote-address.js';

/** Most connections of a server, of all and of one address, and the proxies that have no bound of their own. */
export interface ConnectionLimits {
  readonly max: number;
  readonly perAddressMax: number;
  readonly trustedProxies: readonly string[];
}

/**
 * Bounds the connections of all together, and of each remote address: one that opens a thousand and says nothing would shut everybody else
 * out. A trusted proxy and this machine hold as many as they like: behind their one address stand many.
 */
export function limitConnections(server: Server, { max, perAddressMax, trustedProxies }: ConnectionLimits): void {
  server.maxConnections = max;
  const proxies = listProxies(trustedProxies);
  const open = new Map<string, number>();
  server.on('connection', (socket: Socket) => {
    const remote = socket.remoteAddress;
    if (remote === undefined || isLoopback(remote) || proxies.check(remote, isIPv6(remote) ? 'ipv6' : 'ipv4')) return;
    const key = budgetKeyOf(remote);
    const held = open.get(key) ?? 0;
    if (held >= perAddressMax) return void socket.destroy();
    open.set(key, held + 1);
    socket.once('close', () => {
      const left = (open.get(key) ?? 1) - 1;
      if (left === 0) open.delete(key);
      else open.set(key, left);
    });
  });
}

/** Whole ranges by the names that `SURETY_TRUSTED_PROXIES` has for them. @source RFC 3927, 4291, 1918, 4193 */
const RANGES: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.0/8', '::1'],
  linklocal: ['169.254.0.0/16', 'fe80::/10'],
  uniquelocal: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
};

function listProxies(trusted: readonly string[]): BlockList {
  const list = new BlockList();
  for (const one of trusted.flatMap((name) => RANGES[name] ?? name)) {
    const [base = '', bits] = one.split('/');
    const family = isIPv6(base) ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(base, family);
    else list.addSubnet(base, Number(bits), family);
  }
  return list;
}
