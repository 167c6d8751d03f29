import { deployError } from './errors.js';

/** Returns the connection to a chain. @throws WRONG_CHAIN. */
export function connectionTo<Connection>(connections: ReadonlyMap<number, Connection>, chainId: number): Connection {
  const connection = connections.get(chainId);
  if (connection === undefined)
    throw deployError('WRONG_CHAIN', `the plan names chain ${chainId}, for which no connection was given`);
  return connection;
}
