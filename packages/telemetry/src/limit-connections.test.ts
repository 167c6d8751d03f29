import { createServer } from 'node:net';
import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { limitConnections } from './limit-connections.js';

const [CONNECTIONS_MAX, CONNECTIONS_PER_ADDRESS_MAX] = [32, 8];

const server = (...trustedProxies: string[]) => {
  const listening = createServer();
  limitConnections(listening, { max: CONNECTIONS_MAX, perAddressMax: CONNECTIONS_PER_ADDRESS_MAX, trustedProxies });
  /** Connects once from an address; every address of this machine is loopback, so the socket is made up. */
  const connect = (remoteAddress: string): PassThrough => {
    const socket = Object.assign(new PassThrough(), { remoteAddress });
    listening.emit('connection', socket);
    return socket;
  };
  const connectOften = (address: string): readonly PassThrough[] =>
    Array.from({ length: CONNECTIONS_PER_ADDRESS_MAX + 1 }, () => connect(address));
  return { listening, connect, connectOften };
};
const open = (sockets: readonly PassThrough[]): number => sockets.filter(({ destroyed }) => !destroyed).length;

it('ends what one address opens past its bound, and lets it in again as connections close', async () => {
  const { listening, connect, connectOften } = server('loopback');
  expect(listening.maxConnections).toBe(CONNECTIONS_MAX);
  const sockets = connectOften('203.0.113.9');
  expect([open(sockets), sockets.at(-1)?.destroyed]).toEqual([CONNECTIONS_PER_ADDRESS_MAX, true]);
  expect(connect('203.0.113.10').destroyed).toBe(false);
  const [first] = sockets;
  await new Promise((resolve) => first?.once('close', resolve).destroy());
  expect([connect('::ffff:203.0.113.9').destroyed, connect('203.0.113.9').destroyed]).toEqual([false, true]);
});

it('counts a network of IPv6 as one address', () => {
  const { connect, connectOften } = server();
  connectOften('2001:db8::1');
  expect([connect('2001:db8::ffff').destroyed, connect('2001:db8:0:1::1').destroyed]).toEqual([true, false]);
});

it.each([
  ['this machine', '127.0.0.1', 'none'],
  ['a proxy by its address', '10.1.2.3', '10.1.2.3'],
  ['a proxy by its range', '::ffff:10.1.2.3', '10.0.0.0/8'],
  ['a proxy by the name of its range', '192.168.7.7', 'uniquelocal'],
])('does not bound %s', (_, address, trusted) => {
  const { connectOften } = server(...(trusted === 'none' ? [] : [trusted]));
  expect(open(connectOften(address))).toBe(CONNECTIONS_PER_ADDRESS_MAX + 1);
});
