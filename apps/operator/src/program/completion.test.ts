import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { runSurety } from '../testing/run-surety.js';

const scriptOf = async (shell: string): Promise<string> => (await runSurety(['completion', shell])).output;

/** What bash offers at the end of these words, the last of which is being typed. */
function offered(script: string, ...words: readonly string[]): string[] {
  const ask = '_surety; printf "%s\\n" "${COMPREPLY[@]}"';
  const line = `COMP_WORDS=(surety "$@"); COMP_CWORD=$#; ${ask}`;
  return execFileSync('bash', ['-c', `${script}\n${line}`, 'bash', ...words], { encoding: 'utf8' })
    .split('\n')
    .filter((word) => word !== '');
}

describe('the completion of', () => {
  it('bash offers commands, options and named choices, whatever options stand between', async () => {
    const script = await scriptOf('bash');
    expect(offered(script, 'rel')).toEqual(['release', 'release-parked', 'relay']);
    expect(offered(script, 'config', '')).toEqual(['show', 'env', 'lint', 'diff', '--help']);
    expect(offered(script, '--json', 'config', 'env', 'w')).toEqual(['watcher']);
    expect(offered(script, 'lock', '--chain', 'alpha', '--am')).toEqual(['--amount']);
    expect(offered(script, 'nothing-such', '--zz')).toEqual([]);
  });

  it('zsh is that of bash, and fish names each word of each command with what it is for', async () => {
    expect((await scriptOf('zsh')).endsWith(await scriptOf('bash'))).toBe(true);
    const fish = (await scriptOf('fish')).split('\n');
    expect(fish).toContainEqual(
      expect.stringMatching(
        /^complete -c surety -n '__surety_at '\\''surety config'\\''' -a 'env' -d 'write every .+'$/,
      ),
    );
    const words = fish.filter((line) => line.startsWith('complete '));
    expect(new Set(words).size).toBe(words.length);
  });
});
