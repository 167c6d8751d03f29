/** One way in which a provider can fail or lie. */
export type Fault =
  /** `eth_getLogs` gives nothing. */
  | { readonly kind: 'drop-logs' }
  /** `eth_getLogs` gives logs whose bytes were changed, or one that was made up. */
  | { readonly kind: 'forge-logs' }
  /** Blocks carry another hash. */
  | { readonly kind: 'wrong-block-hash' }
  /** `eth_getProof` gives nodes and values that were changed. */
  | { readonly kind: 'forged-proof' }
  /** Another chain's id. */
  | { readonly kind: 'wrong-chain-id' }
  /** `result` is null. */
  | { readonly kind: 'empty' }
  /** An HTTP status instead of an answer. */
  | { readonly kind: 'status'; readonly status: 429 | 500 }
  /** No answer, until the caller gives up. */
  | { readonly kind: 'timeout' };

/** A fault with the methods it strikes; without any it strikes all that it can. */
export type ArmedFault = Fault & { readonly methods?: readonly string[] };

/** Methods that each lie is about. */
const TARGETS: Readonly<Partial<Record<Fault['kind'], readonly string[]>>> = {
  'drop-logs': ['eth_getLogs'],
  'forge-logs': ['eth_getLogs'],
  'wrong-block-hash': ['eth_getBlockByNumber', 'eth_getBlockByHash'],
  'forged-proof': ['eth_getProof'],
  'wrong-chain-id': ['eth_chainId', 'net_version'],
};

/** Says whether a fault strikes a call of a method. */
export function strikes(fault: ArmedFault, method: string): boolean {
  const targets = TARGETS[fault.kind];
  return (targets?.includes(method) ?? true) && (fault.methods?.includes(method) ?? true);
}

/** Changes a true result as a lying provider would. Faults of the connection leave it alone. */
export function falsify(fault: ArmedFault, result: unknown): unknown {
  switch (fault.kind) {
    case 'drop-logs':
      return [];
    case 'forge-logs':
      return Array.isArray(result) ? result.map(forgeLog) : result;
    case 'wrong-block-hash':
      return isObject(result) && typeof result['hash'] === 'string'
        ? { ...result, hash: turnLastDigit(result['hash']) }
        : result;
    case 'forged-proof':
      return forgeProof(result);
    case 'wrong-chain-id':
      return '0x3039';
    case 'empty':
      return null;
    case 'status':
    case 'timeout':
      return result;
  }
}

function forgeLog(log: unknown): unknown {
  return isObject(log) && typeof log['data'] === 'string'
    ? { ...log, data: turnDigitAt(log['data'], 2 + 2 * 64 - 1) }
    : log;
}

function forgeProof(result: unknown): unknown {
  if (!isObject(result) || !Array.isArray(result['storageProof'])) return result;
  return { ...result, storageProof: result['storageProof'].map(forgeSlot) };
}

/** Changes the value and the node that proves it, as one who wants both to fit would try. */
function forgeSlot(slot: unknown): unknown {
  if (!isObject(slot) || typeof slot['value'] !== 'string' || !Array.isArray(slot['proof'])) return slot;
  const proof = slot['proof'].map((node: unknown) => (typeof node === 'string' ? turnLastDigit(node) : node));
  return { ...slot, value: turnLastDigit(slot['value']), proof };
}

function turnLastDigit(hex: string): string {
  return turnDigitAt(hex, hex.length - 1);
}

function turnDigitAt(hex: string, at: number): string {
  const place = Math.min(at, hex.length - 1);
  if (place < 2) return hex;
  return `${hex.slice(0, place)}${hex[place] === '0' ? '1' : '0'}${hex.slice(place + 1)}`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
