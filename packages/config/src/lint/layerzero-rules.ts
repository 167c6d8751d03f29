import { layerZeroV1ChainOf } from '../chain-tables.js';
import { type LintRule, lintRule } from './lint-rule.js';
import { type Uln, isUnset, layerZeroEndsOf, ulnsOf, waysOf } from './lint-subjects.js';

const PATH = 'chains[0].vault.witnesses[0]';

/** DVNs of the example network, at the ledger's end. */
function dvns(...operators: readonly string[]): { operator: string; address: string }[] {
  return operators.map((operator, at) => ({ operator, address: `0x${`d${at + 1}`.repeat(20)}` }));
}

/** Rules about LayerZero paths: what a library inherits, and who verifies. */
export const LAYERZERO_RULES: readonly LintRule[] = [
  lintRule({
    id: 'default-library',
    severity: 'refuse',
    wants: 'send and receive libraries set by the application itself',
    why: 'What is unset follows the endpoint’s default, which its owner may change overnight, verifiers included.',
    fix: 'Call `setSendLibrary` and `setReceiveLibrary`, and name both here.',
    bad: { [`${PATH}.atLedger.receiveLibrary`]: null },
    good: { [`${PATH}.atLedger.receiveLibrary`]: `0x${'c4'.repeat(20)}` },
    subjects: layerZeroEndsOf,
    judge: ({ end }) => {
      const unset = (['sendLibrary', 'receiveLibrary'] as const).filter((name) => isUnset(end[name]));
      return unset.length === 0 ? null : `no ${unset.join(', no ')}`;
    },
  }),
  lintRule({
    id: 'v1-endpoint',
    severity: 'refuse',
    wants: 'an EndpointV2 of LayerZero',
    why: 'A V1 endpoint has other libraries and no DVNs: nothing that the witness was built for is there, and it never hears of a head.',
    fix: 'Name the EndpointV2 of the chain; its V1 endpoint is the one in the tables of `@layerzerolabs/lz-sdk`.',
    bad: { [`${PATH}.atLedger.endpoint`]: '0x66a71dcef29a0ffbdbe3c6a460a3b5bc225cd675' },
    good: { [`${PATH}.atLedger.endpoint`]: '0x1a44076050125825900e736c501f859c50fe728c' },
    subjects: layerZeroEndsOf,
    field: 'endpoint',
    judge: ({ end }) => {
      const chain = layerZeroV1ChainOf(end.endpoint);
      return chain === undefined ? null : `${end.endpoint}, the V1 endpoint of ${chain}`;
    },
  }),
  lintRule({
    id: 'default-executor',
    severity: 'warn',
    wants: 'an executor set by the application itself',
    why: 'The default may change; an executor cannot forge, but it can leave heads undelivered until somebody else brings them.',
    fix: 'Set the executor in the send library’s configuration, and name it here.',
    bad: { [`${PATH}.atVault.executor`]: null },
    good: { [`${PATH}.atVault.executor`]: `0x${'c5'.repeat(20)}` },
    subjects: layerZeroEndsOf,
    field: 'executor',
    judge: ({ end }) => (isUnset(end.executor) ? 'none' : null),
  }),
  lintRule({
    id: 'zero-confirmations',
    severity: 'refuse',
    wants: 'confirmations above 0',
    why: 'On chain 0 does not mean none: it means the library’s default, whatever that is tomorrow.',
    fix: 'Set `confirmations` to what is final on the origin chain.',
    bad: { [`${PATH}.atLedger.receive.confirmations`]: 0 },
    good: { [`${PATH}.atLedger.receive.confirmations`]: 96 },
    subjects: ulnsOf,
    field: 'confirmations',
    judge: ({ uln }) => (uln.confirmations === 0 ? '0' : null),
  }),
  lintRule({
    id: 'unreachable-confirmations',
    severity: 'refuse',
    wants: 'a sender that asks for at least as many confirmations as the receiver wants',
    why: 'DVNs state what they were asked to wait for; the receiving library counts no smaller statement, so nothing arrives.',
    fix: 'Raise `confirmations` at the sending end.',
    bad: { [`${PATH}.atVault.send.confirmations`]: 95 },
    good: { [`${PATH}.atVault.send.confirmations`]: 96 },
    subjects: waysOf,
    field: 'confirmations',
    judge: ({ send, receive }) =>
      send.confirmations !== 0 && send.confirmations < receive.confirmations
        ? `${receive.confirmations}, while the sender asks for ${send.confirmations}`
        : null,
  }),
  lintRule({
    id: 'one-of-one-verifier',
    severity: 'refuse',
    wants: 'two DVNs that must agree',
    why: 'KelpDAO, April 2026: one verifier of one, its nodes lied to it, 292 M in 46 minutes.',
    fix: 'Require a second DVN of another operator.',
    bad: {
      [`${PATH}.atLedger.receive.requiredDvns`]: dvns('dvn-alpha'),
      [`${PATH}.atLedger.receive.optionalDvns`]: [],
      [`${PATH}.atLedger.receive.optionalThreshold`]: 0,
    },
    good: {
      [`${PATH}.atLedger.receive.requiredDvns`]: dvns('dvn-alpha', 'dvn-beta'),
      [`${PATH}.atLedger.receive.optionalDvns`]: [],
      [`${PATH}.atLedger.receive.optionalThreshold`]: 0,
    },
    subjects: ulnsOf,
    judge: ({ uln }) => {
      const needed = uln.requiredDvns.length + uln.optionalThreshold;
      return needed < 2 ? `${needed} of ${uln.requiredDvns.length + uln.optionalDvns.length}` : null;
    },
  }),
  lintRule({
    id: 'duplicate-verifier-operator',
    severity: 'refuse',
    wants: 'each DVN run by another operator',
    why: 'Two contracts of one operator are one word said twice: one-of-one with a longer list.',
    fix: 'Replace one of the two.',
    bad: {
      [`${PATH}.atLedger.receive.requiredDvns`]: dvns('dvn-alpha', 'dvn-alpha'),
    },
    good: {
      [`${PATH}.atLedger.receive.requiredDvns`]: dvns('dvn-alpha', 'dvn-beta'),
    },
    subjects: ulnsOf,
    judge: ({ uln }) => {
      const all = verifiersOf(uln);
      const twice = all.find((one, at) =>
        all
          .slice(0, at)
          .some(
            (other) => other.operator === one.operator || other.address.toLowerCase() === one.address.toLowerCase(),
          ),
      );
      return twice === undefined ? null : `${twice.operator} (${twice.address}) twice`;
    },
  }),
  lintRule({
    id: 'unreachable-verifier-quorum',
    severity: 'refuse',
    wants: 'a threshold from 1 to the number of optional DVNs, or 0 where there are none',
    why: 'Above their number nothing ever arrives; at 0 the list is for show, and the library refuses it.',
    fix: 'Correct `optionalThreshold`.',
    bad: { [`${PATH}.atLedger.receive.optionalThreshold`]: 3 },
    good: { [`${PATH}.atLedger.receive.optionalThreshold`]: 2 },
    subjects: ulnsOf,
    field: 'optionalThreshold',
    judge: ({ uln: { optionalDvns, optionalThreshold } }) =>
      optionalThreshold > optionalDvns.length || (optionalDvns.length > 0 && optionalThreshold === 0)
        ? `${optionalThreshold} of ${optionalDvns.length}`
        : null,
  }),
  lintRule({
    id: 'unasked-verifier',
    severity: 'refuse',
    wants: 'a sender that asks every DVN whose word the receiver needs',
    why: 'A DVN that nobody asked and paid at the origin verifies nothing, and the receiver waits for it for ever.',
    fix: 'Name the same operators at the sending end.',
    bad: { [`${PATH}.atVault.send.requiredDvns`]: dvns('dvn-alpha') },
    good: { [`${PATH}.atVault.send.requiredDvns`]: dvns('dvn-alpha', 'dvn-beta') },
    subjects: waysOf,
    judge: ({ send, receive }) => {
      const asked = new Set(verifiersOf(send).map(({ operator }) => operator));
      const unasked = receive.requiredDvns.filter(({ operator }) => !asked.has(operator));
      if (unasked.length > 0) return `${unasked.map(({ operator }) => operator).join(', ')} not asked by the sender`;
      const reachable = receive.optionalDvns.filter(({ operator }) => asked.has(operator)).length;
      return reachable < Math.min(receive.optionalThreshold, receive.optionalDvns.length)
        ? `${reachable} optional DVNs asked, ${receive.optionalThreshold} needed`
        : null;
    },
  }),
  lintRule({
    id: 'verifier-of-another-witness',
    severity: 'refuse',
    wants: 'DVNs whose operator runs no other witness of the source',
    why: 'A bridge may serve as another one’s DVN: then one operator speaks in both, and two witnesses are one and a half.',
    fix: 'Replace that DVN, or the other witness.',
    bad: { [`${PATH}.atLedger.receive.optionalDvns`]: dvns('x', 'x', 'dvn-gamma', 'wormhole').slice(2) },
    good: { [`${PATH}.atLedger.receive.optionalDvns`]: dvns('x', 'x', 'dvn-gamma', 'dvn-delta').slice(2) },
    subjects: ulnsOf,
    judge: ({ uln, otherOperators }) => {
      const both = verifiersOf(uln).find(({ operator }) => otherOperators.has(operator));
      return both === undefined ? null : `${both.operator}, who is a witness too`;
    },
  }),
];

function verifiersOf(uln: Uln): readonly Uln['requiredDvns'][number][] {
  return [...uln.requiredDvns, ...uln.optionalDvns];
}
