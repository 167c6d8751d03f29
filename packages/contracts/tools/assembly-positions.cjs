'use strict';
// Gives each statement of inline assembly, and each call without argument and answer, its position in the source maps of contracts
// compiled for coverage. The intermediate language gives all of a block the position of the whole, so coverage would see none of
// its lines. Here that text is compiled once more with a position before each statement: positions change no code, which is
// checked, and only the maps are taken over.

/** Yul has no file of its own to be at, so a position carries the file's id above these bits. */
const FILE_BITS = 2 ** 21;

const tokenPattern = /\/\/[^\n]*|\/\*[^]*?\*\/|"[^"\n]*"|[\w$][\w$.]*|:=|->|[{}(),:]/g;
const tokensOf = (text) =>
  [...text.matchAll(tokenPattern)]
    .filter(([token]) => !/^\/[/*]/.test(token))
    .map(({ 0: token, index }) => ({ token, start: index, end: index + token.length }));

/** Says of each token whether a statement or a condition begins there: a word outside of brackets that nothing before asks for. */
function markStatements(tokens) {
  const asking = new Set(['let', ':=', ',', 'switch', 'case', 'for', 'function', '->', ':', '(']);
  let depth = 0;
  return tokens.map(({ token }, place) => {
    if (token === '(') ++depth;
    if (token === ')') --depth;
    return depth === 0 && /^[\w$]/.test(token) && !asking.has(tokens[place - 1]?.token);
  });
}

/** Writes the positions of one block's statements into its text in the intermediate language; both have the same tokens. */
function placeBlock(ir, from, { id, offset, source }) {
  const body = source.indexOf('{');
  const written = tokensOf(source.slice(body));
  const printed = tokensOf(ir.slice(from, from + 4 * source.length + 1000)).slice(0, written.length);
  const same = ({ token }, place) => /^[\w$]/.test(token) === /^[\w$]/.test(printed[place]?.token ?? '');
  if (!written.every(same)) throw new Error(`assembly at ${id}:${offset} is not printed as it is written`);
  const starts = markStatements(written);
  let text = '';
  let done = from;
  for (const [place, { token, start }] of written.entries()) {
    if (!starts[place]) continue;
    const next = written.findIndex((one, at) => at > place && (starts[at] || /^[{}]$/.test(one.token)));
    const at = offset + body;
    text += `${ir.slice(done, from + printed[place].start)}\n/// @src ${id}:${at + start}:${at + written[next - 1].end}\n`;
    done = from + printed[place].start;
    if (token === 'function') throw new Error('functions in assembly have no positions yet');
  }
  const end = from + printed.at(-1).end;
  return { text: `${text}${ir.slice(done, end)}\n/// @src ${id}:${offset}:${offset + source.length}\n`, end };
}

/** Writes positions into every block of assembly of a contract's text; `sources` are the files by id. */
function placeAssembly(ir, sources) {
  let text = '';
  let done = 0;
  for (const { 0: mark, 1: id, 2: from, 3: to, index } of ir.matchAll(/\/\/\/ @src (\d+):(\d+):(\d+)\s+(?=\{)/g)) {
    const source = sources.get(Number(id))?.subarray(Number(from), Number(to)).toString('latin1') ?? '';
    if (index < done || !source.startsWith('assembly')) continue;
    const block = placeBlock(ir, index + mark.length, { id, offset: Number(from), source });
    text += ir.slice(done, index + mark.length) + block.text;
    done = block.end;
  }
  return text + ir.slice(done);
}

/** Gives calls without argument and answer their position: the compiler leaves them at that of what comes before. */
function placeCalls(ir, sources) {
  let before = [];
  return ir.replace(/\/\/\/ @src (\d+):(\d+):(\d+)|^ *fun_(\w+)_\d+\(\)$/gm, (whole, id, from, to, name) => {
    if (name === undefined) {
      before = [id, Number(from), whole];
      return whole;
    }
    const at = sources.get(Number(before[0]))?.indexOf(`${name}()`, before[1]) ?? -1;
    return at < 0 ? whole : `/// @src ${before[0]}:${at}:${at + name.length + 2}\n${whole}\n${before[2]}`;
  });
}

/** Positions with the file's id in them, and back. */
const packIds = (ir) =>
  ir.replace(/@src (\d+):(\d+):(\d+)/g, (_, id, from, to) => {
    const base = Number(id) * FILE_BITS;
    return `@src ${id}:${base + Number(from)}:${base + Number(to)}`;
  });

function unpackIds(map) {
  const last = ['0', '0', '', '-', '0'];
  return map
    .split(';')
    .map((item) => {
      for (const [place, value] of item.split(':').entries()) if (value !== '') last[place] = value;
      const [start, length, , jump] = last;
      if (Number(start) < 0) return `-1:-1:-1:${jump}`;
      return `${Number(start) % FILE_BITS}:${length}:${Math.floor(Number(start) / FILE_BITS)}:${jump}`;
    })
    .join(';');
}

/** Names the files that a source map's positions are in. */
const filesOf = (map) => {
  const ids = map.split(';').map((item) => Number(item.split(':')[2] || -1));
  return [...new Set(ids.filter((id) => id >= 0))].sort((a, b) => a - b).join();
};

/** Gives a contract of nothing but the object that is deployed, out of the text of the whole contract. */
function deployedAlone(ir) {
  let depth = 0;
  // What stands before an object says which files its positions are in.
  let start = -1;
  for (const { token, start: at, end } of tokensOf(ir)) {
    if (start < 0 && depth === 1 && token.endsWith('_deployed"')) start = ir.lastIndexOf('/// @use-src', at);
    if (token === '{') ++depth;
    if (token === '}' && --depth === 1 && start >= 0) {
      const deployed = ir.slice(start, end);
      const names = new Set([...deployed.matchAll(/loadimmutable\(("\w+")\)/g)].map(([, name]) => name));
      const immutables = [...names].map((name) => `setimmutable(0, ${name}, 0)`).join('\n');
      return `object "alone" { code { ${immutables} }\n${deployed}\n}`;
    }
  }
  throw new Error('the contract has no object that is deployed');
}

/** Replaces the source maps of an output's contracts by refined ones. The output must hold `ir`, which is taken out. */
module.exports = function refinePositions(input, output, compile) {
  const sources = new Map(
    Object.entries(output.sources).map(([file, { id }]) => [id, Buffer.from(input.sources[file].content)]),
  );
  const { evmVersion, optimizer } = input.settings;
  const compileYul = (content) => {
    const outputSelection = { '*': { '*': ['evm.bytecode', 'evm.deployedBytecode'] } };
    const settings = { evmVersion, optimizer, outputSelection };
    const answer = compile({ language: 'Yul', sources: { yul: { content } }, settings });
    if (!answer.contracts) throw new Error(answer.errors.map(({ formattedMessage }) => formattedMessage).join('\n'));
    return Object.values(answer.contracts.yul)[0].evm;
  };
  for (const [name, contract] of Object.values(output.contracts ?? {}).flatMap(Object.entries)) {
    if (!contract.ir) continue;
    const text = packIds(placeAssembly(placeCalls(contract.ir, sources), sources));
    delete contract.ir;
    const { bytecode, deployedBytecode } = compileYul(text);
    // Where a contract creates others the compiler does not say which object is the one that is deployed.
    const refined = {
      bytecode,
      deployedBytecode: deployedBytecode ?? compileYul(deployedAlone(text)).deployedBytecode,
    };
    for (const [part, { object, sourceMap }] of Object.entries(refined)) {
      const map = unpackIds(sourceMap);
      if (object !== contract.evm[part].object) throw new Error(`${name} compiles to other code with positions`);
      if (filesOf(map) !== filesOf(contract.evm[part].sourceMap)) throw new Error(`${name} lost positions`);
      contract.evm[part].sourceMap = map;
    }
  }
};
