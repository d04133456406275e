/** A value as it came; NaN and infinities as the words of the API. Null: the run has none. */
export type Cell = string | number | boolean | null;

/** Asks the server for the cells of some runs: an array of values for each column. */
export type AskRows = (ids: readonly string[], fields: readonly string[]) => Promise<{ rows: readonly (readonly Cell[])[]; missing: readonly string[] }>;

interface Row {
  cells: Map<string, Cell>;
  /** Fields that are known to be fresh, or on their way. */
  asked: Set<string>;
  version: number;
}

/**
 * Cells by run and column. A cache of queries would know pages of rows, and forget all of them whenever a sort, a new run or a chosen column moves
 * the pages; by run, everything that was seen once is drawn at once, a new column asks for itself alone, and news of one run costs one row.
 */
export class RunCells {
  /** Runs that are kept; those seen longest ago go first. */
  static readonly runsMax = 30_000;
  /** What the server answers at most in one request. */
  static readonly askMax = 1_000;

  private readonly rows = new Map<string, Row>();
  private readonly listeners = new Set<() => void>();
  private changes = 0;
  private failure: unknown = null;
  private answered = false;

  constructor(private readonly ask: AskRows) {}

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Grows with every change. */
  version = (): number => this.changes;

  /** Why cells could not be had, the last time. */
  get problem(): unknown {
    return this.failure;
  }

  /** The version of one run's cells. */
  rowVersion(id: string): number {
    return this.rows.get(id)?.version ?? 0;
  }

  /** A cell; undefined while it is not known. */
  cell(id: string, field: string): Cell | undefined {
    return this.rows.get(id)?.cells.get(field);
  }

  /** Whether anything is known, or was refused. */
  get begun(): boolean {
    return this.answered;
  }

  /** Whether all of these are known, fresh or not. */
  has(ids: readonly string[], fields: readonly string[]): boolean {
    return ids.every((id) => {
      const row = this.rows.get(id);
      return row !== undefined && fields.every((field) => row.cells.has(field));
    });
  }

  /** Asks for what is missing of these. */
  async want(ids: readonly string[], fields: readonly string[]): Promise<void> {
    const batches = new Map<string, { fields: string[]; ids: string[] }>();
    for (const id of ids) {
      const row = this.row(id);
      const missing = fields.filter((field) => !row.asked.has(field));
      if (missing.length === 0) continue;
      missing.forEach((field) => row.asked.add(field));
      const key = missing.join('\n');
      const batch = batches.get(key);
      if (batch) batch.ids.push(id);
      else batches.set(key, { fields: missing, ids: [id] });
    }
    const requests = [...batches.values()].flatMap((batch) => chunks(batch.ids, RunCells.askMax).map((some) => ({ fields: batch.fields, ids: some })));
    // Four at a time: browsers open six connections, and the page needs some for itself.
    let next = 0;
    await Promise.all(
      Array.from({ length: Math.min(4, requests.length) }, async () => {
        for (let request = requests[next++]; request; request = requests[next++]) await this.fetch(request.ids, request.fields);
      }),
    );
    this.forget();
  }

  /** Something changed about these runs: they are asked anew when they are next wanted; until then the old cells stay. */
  stale(ids: Iterable<string> | 'all'): void {
    this.failure = null;
    for (const id of ids === 'all' ? [...this.rows.keys()] : ids) this.rows.get(id)?.asked.clear();
    this.tell();
  }

  private row(id: string): Row {
    const known = this.rows.get(id);
    const row = known ?? { cells: new Map<string, Cell>(), asked: new Set<string>(), version: 0 };
    // Last in the map: last to be forgotten.
    if (known) this.rows.delete(id);
    this.rows.set(id, row);
    return row;
  }

  private async fetch(ids: readonly string[], fields: readonly string[]): Promise<void> {
    try {
      const answer = await this.ask(ids, fields);
      ids.forEach((id, at) => {
        const row = this.rows.get(id);
        if (!row) return;
        let changed = false;
        fields.forEach((field, of) => {
          const cell = answer.rows[of]?.[at] ?? null;
          if (row.cells.get(field) !== cell) {
            row.cells.set(field, cell);
            changed = true;
          }
        });
        if (changed) row.version++;
      });
      this.failure = null;
    } catch (problem) {
      for (const id of ids) fields.forEach((field) => this.rows.get(id)?.asked.delete(field));
      this.failure = problem;
    }
    this.answered = true;
    this.tell();
  }

  private forget(): void {
    for (const id of this.rows.keys()) {
      if (this.rows.size <= RunCells.runsMax) return;
      this.rows.delete(id);
    }
  }

  private tell(): void {
    this.changes++;
    this.listeners.forEach((one) => one());
  }
}

function chunks<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, at) => all.slice(at * size, at * size + size));
}
