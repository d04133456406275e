/** How a file is shown. */
export type Kind = 'image' | 'text' | 'markdown' | 'json' | 'table' | 'parquet' | 'notebook' | 'html' | 'onnx' | 'mlmodel' | 'audio' | 'video' | 'diff' | 'pickle' | 'binary';

const endings: Partial<Record<Kind, string>> = {
  image: 'png jpg jpeg gif webp avif bmp ico svg',
  markdown: 'md markdown',
  json: 'json geojson webmanifest',
  table: 'csv tsv tab',
  parquet: 'parquet pq',
  notebook: 'ipynb',
  html: 'html htm',
  onnx: 'onnx',
  audio: 'wav mp3 ogg oga flac m4a opus',
  video: 'mp4 webm mov m4v ogv',
  diff: 'diff patch',
  pickle: 'pkl pickle joblib pt pth ckpt npy npz',
  text: 'txt log err out cfg conf cnf ini properties toml yaml yml xml js mjs ts tsx jsx py pyi r jl java cs fs kt scala go rs c h cc cpp hpp cu cuh sh bash ps1 bat sql rst tex bib css scss lua rb php pl swift dockerfile makefile gitignore env lock proto graphql jsonl ndjson',
};

const kinds = new Map<string, Kind>(Object.entries(endings).flatMap(([kind, list]) => list.split(' ').map((ending): [string, Kind] => [ending, kind as Kind])));

function endingOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
  return name.slice(name.lastIndexOf('.') + 1);
}

/** What an ending or a well-known name says; null where the bytes must say it. */
export function kindOf(path: string): Kind | null {
  const ending = endingOf(path);
  return ending === 'mlmodel' ? 'mlmodel' : (kinds.get(ending) ?? null);
}

/** Whether bytes look like text: no zero among the first, and valid UTF-8 but for a letter that the end cuts. */
export function looksLikeText(bytes: Uint8Array): boolean {
  const head = bytes.subarray(0, 4096);
  if (head.includes(0)) return false;
  for (let cut = 0; cut < 4 && cut <= head.length; cut++) {
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(head.subarray(0, head.length - cut));
      return true;
    } catch {
      // The last letter may be cut in two.
    }
  }
  return false;
}

const types: Record<string, string> = {
  jpg: 'image/jpeg', ico: 'image/x-icon', svg: 'image/svg+xml', mp3: 'audio/mpeg', oga: 'audio/ogg', opus: 'audio/ogg', m4a: 'audio/mp4', mov: 'video/quicktime', m4v: 'video/mp4', ogv: 'video/ogg',
};

/** The type of a picture or a recording by its ending. */
export function typeOf(path: string): string {
  const ending = endingOf(path);
  const kind = kinds.get(ending);
  return types[ending] ?? (kind === 'image' || kind === 'audio' || kind === 'video' ? `${kind}/${ending}` : 'application/octet-stream');
}
