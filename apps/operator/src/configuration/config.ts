import { type Network, loadNetwork } from '@surety/config';
import { type TemplateRole, environmentTemplate } from './environment-template.js';
import { formatTable } from '../terminal/format.js';
import { type OutputOptions, type Terminal, writeResult } from '../terminal/terminal.js';

/** Writes the checked configuration: chains, finality, providers by variable name, vaults. */
export function configShow(terminal: Terminal, options: OutputOptions): void {
  const network = loadNetwork(terminal.environment);
  writeResult(terminal, options, network, () => [
    `profile ${network.profile}, settlement ${network.settlement?.chainId ?? 'not deployed'}`,
    ...formatTable([
      ['chain', 'id', 'finality', 'frame', 'providers', 'LayerZero', 'Wormhole', 'vault', 'witnesses'],
      ...network.chains.map((chain) => [
        chain.name,
        String(chain.chainId),
        chain.finality.rule === 'depth' ? `depth ${chain.finality.depth}` : 'finalized',
        String(chain.frameLength),
        `${chain.providers.length} (${new Set(chain.providers.map((one) => one.operator)).size} operators)`,
        String(chain.layerZeroEid ?? '-'),
        String(chain.wormholeChainId ?? '-'),
        chain.vault === undefined ? '-' : `${chain.vault.address}, ${chain.vault.assets.length} assets`,
        witnessesOf(chain.vault),
      ]),
    ]),
  ]);
}

/** Writes the environment of a role for the chains of the configuration, ready to be filled in. */
export function configEnv(terminal: Terminal, role: TemplateRole): void {
  terminal.write(environmentTemplate(role, loadNetwork(terminal.environment)));
}

function witnessesOf(vault: Network['chains'][number]['vault']): string {
  const kinds = (vault?.witnesses ?? []).map(({ kind }) => kind);
  return kinds.length === 0 ? '-' : `${vault?.policy?.m ?? 0} of ${kinds.join(', ')}`;
}
