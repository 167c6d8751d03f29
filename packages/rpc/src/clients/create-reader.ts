import { type PublicClient, type Transport, createPublicClient } from 'viem';

/**
 * Creates a viem client that reads over a transport and reaches nothing else. By itself the library follows a revert that asks its caller to
 * fetch an address (EIP-3668), past every limit of time and size, and again after each answer: any contract that is read, or one
 * provider that lies, would choose what a process fetches. Nor is a height kept for four seconds, in which others may act.
 */
export function createReader(transport: Transport): PublicClient {
  return createPublicClient({ transport, ccipRead: false, cacheTime: 0 });
}
