/** A line of a difference as people read it. */
export interface DiffLine {
  kind: 'same' | 'added' | 'removed' | 'hunk' | 'note';
  text: string;
  /** Its number in the old and in the new file. */
  old: number | null;
  now: number | null;
}

/** What changed in one file. */
export interface DiffFile {
  name: string;
  was: 'added' | 'removed' | 'renamed' | 'changed' | 'binary';
  from: string | null;
  added: number;
  removed: number;
  lines: DiffLine[];
}

const headLines = /^(index |--- |\+\+\+ |old mode |new mode |similarity index |copy )/;

/** Takes a difference of git apart; what it does not understand is kept as notes. */
export function parseDiff(text: string): DiffFile[] {
  const files: DiffFile[] = [];
  let file: DiffFile | null = null;
  let [old, now, oldLeft, nowLeft] = [0, 0, 0, 0];
  for (const line of text.split('\n')) {
    // Within a hunk its counts say what a line is: a removed `-- x` looks like a head otherwise.
    if (file && nowLeft > 0 && line.startsWith('+')) {
      file.lines.push({ kind: 'added', text: line.slice(1), old: null, now: now++ });
      file.added++;
      nowLeft--;
    } else if (file && oldLeft > 0 && line.startsWith('-')) {
      file.lines.push({ kind: 'removed', text: line.slice(1), old: old++, now: null });
      file.removed++;
      oldLeft--;
    } else if (file && oldLeft > 0 && nowLeft > 0 && (line.startsWith(' ') || line === '')) {
      file.lines.push({ kind: 'same', text: line.slice(1), old: old++, now: now++ });
      oldLeft--;
      nowLeft--;
    } else {
      const begins = /^diff --git (?:"a\/(?:.*?)"|a\/.*?) "?b\/(.*?)"?$/.exec(line);
      const hunk = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(line);
      if (begins) {
        file = { name: begins[1]!, was: 'changed', from: null, added: 0, removed: 0, lines: [] };
        files.push(file);
        oldLeft = nowLeft = 0;
      } else if (!file) {
        continue;
      } else if (hunk) {
        [old, oldLeft, now, nowLeft] = [Number(hunk[1]), Number(hunk[2] ?? 1), Number(hunk[3]), Number(hunk[4] ?? 1)];
        file.lines.push({ kind: 'hunk', text: line, old: null, now: null });
      } else {
        head(file, line);
      }
    }
  }
  return files;
}

function head(file: DiffFile, line: string): void {
  if (line.startsWith('new file mode')) file.was = 'added';
  else if (line.startsWith('deleted file mode')) file.was = 'removed';
  else if (line.startsWith('rename from ')) [file.was, file.from] = ['renamed', line.slice(12)];
  else if (line.startsWith('rename to ')) file.name = line.slice(10);
  else if (line.startsWith('GIT binary patch') || line.startsWith('Binary files ')) file.was = 'binary';
  else if (line.startsWith('\\ ')) file.lines.push({ kind: 'note', text: line.slice(2), old: null, now: null });
  else if (file.was !== 'binary' && line !== '' && !headLines.test(line)) file.lines.push({ kind: 'note', text: line, old: null, now: null });
}
