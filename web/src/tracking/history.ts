/** One thing that changed: what it was and what it is; either may be missing. */
export interface ToldLine {
  name: string;
  before?: string | undefined;
  after?: string | undefined;
}

const titles: Record<string, string> = {
  'run.created': 'Run created',
  'run.updated': 'Run changed',
  'run.logged': 'Logged',
  'run.untagged': 'Tag removed',
  'run.deleted': 'Run deleted',
  'run.restored': 'Run restored',
  'run.lost': 'Lost: no sign of life',
  'run.revived': 'Alive again',
  'run.inputs': 'Data sets noted',
  'run.outputs': 'Models noted',
  'run.model': 'Model logged',
  'experiment.created': 'Experiment created',
  'experiment.renamed': 'Experiment renamed',
  'experiment.tagged': 'Tag set',
  'experiment.untagged': 'Tag removed',
  'experiment.deleted': 'Experiment deleted',
  'experiment.restored': 'Experiment restored',
  'note.written': 'Note written',
  'note.edited': 'Note changed',
  'note.deleted': 'Note deleted',
  'report.created': 'Report created',
  'report.updated': 'Report changed',
  'report.deleted': 'Report deleted',
  'report.restored': 'Report restored',
};

const linesMax = 30;

/** An event in words: a title, and what was before and after. Fields NAME and NAME_before belong together. */
export function told(kind: string, data: string | undefined): { title: string; lines: ToldLine[] } {
  const title = titles[kind] ?? sentence(kind);
  const fields = parsed(data);
  // What was too long for the log is there as its beginning.
  if (fields.cut && typeof fields.start === 'string') return { title, lines: [{ name: 'too long to be kept whole, begins', after: fields.start.length > 300 ? `${fields.start.slice(0, 299)}…` : fields.start }] };
  const lines: ToldLine[] = [];
  for (const [name, value] of Object.entries(fields)) {
    if (name === 'note' || name === 'reply_to' || name.endsWith('_before')) continue;
    if (name === 'params' || name === 'tags') {
      const before = group(fields[`${name}_before`]);
      for (const [key, after] of Object.entries(group(value))) lines.push({ name: key, before: before[key], after });
    } else if (name === 'before' || name === 'after') {
      continue;
    } else {
      const known = fields[`${name}_before`];
      lines.push({ name: name.replaceAll('_', ' '), before: known === undefined ? undefined : plain(known), after: plain(value) });
    }
  }
  if (fields.before !== undefined || fields.after !== undefined) {
    const name = typeof fields.key === 'string' ? fields.key : 'value';
    lines.push({ name, before: fields.before === undefined ? undefined : plain(fields.before), after: fields.after === undefined ? undefined : plain(fields.after) });
    return { title, lines: lines.filter((line) => line.name !== 'key').slice(0, linesMax) };
  }
  const more = lines.length - linesMax;
  return { title, lines: more > 0 ? [...lines.slice(0, linesMax), { name: `and ${more} more` }] : lines };
}

function parsed(data: string | undefined): Record<string, unknown> {
  try {
    const read: unknown = data ? JSON.parse(data) : {};
    return group(read);
  } catch {
    return {};
  }
}

function group(value: unknown): Record<string, string> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, string>) : {};
}

function plain(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function sentence(kind: string): string {
  const words = kind.replaceAll(/[._]/g, ' ');
  return words === '' ? 'Changed' : words[0]!.toUpperCase() + words.slice(1);
}
