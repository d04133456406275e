// Packs the built files once, at the highest level, so that the server never compresses: NAME.br and NAME.gz, and the list of names.
import { readdirSync, readFileSync, mkdirSync, rmSync, writeFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const from = new URL('../artifacts/web/files', import.meta.url).pathname.replace(/^\/([A-Za-z]:)/, '$1');
const to = new URL('../artifacts/web/packed', import.meta.url).pathname.replace(/^\/([A-Za-z]:)/, '$1');
rmSync(to, { recursive: true, force: true });
for (const entry of readdirSync(from, { recursive: true })) {
  const file = join(from, entry);
  if (statSync(file).isDirectory()) continue;
  const name = join(to, relative(from, file));
  const bytes = readFileSync(file);
  mkdirSync(dirname(name), { recursive: true });
  // The page itself is filled in by the server, from the list of what comes ahead.
  if (entry === 'index.html' || entry === 'preloads.json') writeFileSync(name, bytes);
  else {
    writeFileSync(`${name}.br`, brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }));
    writeFileSync(`${name}.gz`, gzipSync(bytes, { level: 9 }));
  }
}
