import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

/** Asks the system for a port that is free now; whoever binds it soon will have it. */
export async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}
