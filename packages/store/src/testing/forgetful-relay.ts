import { type AddressInfo, type Socket, connect, createServer } from 'node:net';

/** A way to a server that loses its connections as a firewall does: the clients are reset, and the server hears nothing of it. */
export interface ForgetfulRelay {
  /** The address of the server through the relay. */
  readonly url: string;
  /** Resets every client and keeps all that the server has. */
  forget(): void;
  /** Ends what the server has, of which the clients hear nothing until they next speak: then they are reset. */
  strand(): void;
  /** Ends both sides. */
  close(): Promise<void>;
}

/** Opens a relay to a server; `change` may replace what clients send by as many other bytes. */
export async function openForgetfulRelay(
  server: string,
  change: (sent: Buffer) => Buffer = (sent) => sent,
): Promise<ForgetfulRelay> {
  const { hostname, port } = new URL(server);
  const clients = new Set<Socket>();
  const sides = new Set<Socket>();
  const stranded = new Set<Socket>();
  const ends = new Map<Socket, Socket>();
  const relay = createServer((client) => {
    const behind = connect(Number(port === '' ? '5432' : port), hostname);
    clients.add(client);
    for (const side of [client, behind]) {
      sides.add(side);
      side.on('error', () => undefined);
      side.on('close', () => sides.delete(side));
    }
    client.on('data', (sent) => (stranded.has(client) ? client.resetAndDestroy() : behind.write(change(sent))));
    client.on('end', () => behind.end());
    client.on('close', () => {
      clients.delete(client);
      ends.delete(client);
    });
    behind.on('data', (answer) => client.destroyed || client.write(answer));
    behind.on('close', () => stranded.has(client) || client.destroy());
    ends.set(client, behind);
  });
  await new Promise<void>((resolve) => void relay.listen(0, '127.0.0.1', resolve));
  const url = new URL(server);
  Object.assign(url, { hostname: '127.0.0.1', port: String((relay.address() as AddressInfo).port) });
  return {
    url: url.toString(),
    forget: () => clients.forEach((client) => client.resetAndDestroy()),
    strand: () =>
      ends.forEach((behind, client) => {
        stranded.add(client);
        behind.destroy();
      }),
    close: async () => {
      const closed = new Promise<void>((resolve) => void relay.close(() => resolve()));
      sides.forEach((side) => side.destroy());
      await closed;
    },
  };
}
