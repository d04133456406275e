import { marked } from 'marked';
import type { RunSource } from '../compare/runs';

/** What every panel that draws runs has. */
interface Drawn {
  title?: string | undefined;
  source: RunSource;
}

/** A panel of a report, as its JSON says. */
export type Panel =
  | (Drawn & { type: 'chart'; keys: string[]; x?: 'step' | 'time' | 'relative' | undefined; log?: boolean | undefined; smooth?: number | undefined; group?: string | undefined; band?: 'range' | 'deviation' | undefined })
  | (Drawn & { type: 'table'; columns: string[] })
  | (Drawn & { type: 'images'; name?: string | undefined; step?: number | undefined })
  | (Drawn & { type: 'parallel'; axes: string[]; color?: string | undefined })
  | (Drawn & { type: 'scatter'; x: string; y: string; color?: string | undefined; size?: string | undefined })
  | (Drawn & { type: 'histogram'; key?: string | undefined; path?: string | undefined; look?: 'heat' | 'ridge' | undefined })
  | (Drawn & { type: 'media-table'; path: string })
  | (Drawn & { type: 'embedding'; path: string; x?: string | undefined; y?: string | undefined; columns?: string[] | undefined; color?: string | undefined })
  | { type: 'note'; title?: string | undefined; text: string };

export type PanelType = Panel['type'];

/** The kinds of panels in the words of the dialog that makes them. */
export const panelTypes: Readonly<Record<PanelType, string>> = {
  chart: 'Chart of metrics',
  table: 'Table of runs',
  images: 'Images at a step',
  parallel: 'Parallel coordinates',
  scatter: 'Scatter',
  histogram: 'Histograms over steps',
  'media-table': 'Table from a file',
  embedding: 'Embedding in two dimensions',
  note: 'Note',
};

/** Limits of one panel; what goes beyond is said, not cut. */
const charsMax = 64 * 1024;
const listMax = 100;
const textMax = 4_000;

/** Why a panel cannot be shown; what it says is for the person who writes it. */
export class PanelProblem extends Error {}

/** Reads a panel's JSON. */
export function parsePanel(text: string): Panel {
  if (text.length > charsMax) throw new PanelProblem(`A panel is at most ${charsMax} characters long; this one has ${text.length}.`);
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch (fault) {
    throw new PanelProblem(`A panel is a JSON object. ${fault instanceof Error ? fault.message : ''}`);
  }
  const at = fields(read, 'A panel');
  const title = optional(at, 'title', aText);
  const type = aText(at.type, 'type');
  switch (type) {
    case 'note':
      return { type, title, text: aText(at.text, 'text', textMax * 4) };
    case 'chart':
      return {
        type,
        title,
        source: aSource(at.source),
        keys: texts(at.keys, 'keys'),
        x: optional(at, 'x', oneOf('step', 'time', 'relative')),
        log: optional(at, 'log', aSwitch),
        smooth: optional(at, 'smooth', aNumber(0, 0.99)),
        group: optional(at, 'group', aText),
        band: optional(at, 'band', oneOf('range', 'deviation')),
      };
    case 'table':
      return { type, title, source: aSource(at.source), columns: texts(at.columns, 'columns') };
    case 'images':
      return { type, title, source: aSource(at.source), name: optional(at, 'name', aText), step: optional(at, 'step', aNumber(-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)) };
    case 'parallel':
      return { type, title, source: aSource(at.source), axes: texts(at.axes, 'axes', 2), color: optional(at, 'color', aText) };
    case 'scatter':
      return { type, title, source: aSource(at.source), x: aText(at.x, 'x'), y: aText(at.y, 'y'), color: optional(at, 'color', aText), size: optional(at, 'size', aText) };
    case 'histogram': {
      const [key, path] = [optional(at, 'key', aText), optional(at, 'path', aText)];
      if ((key === undefined) === (path === undefined)) throw new PanelProblem("A histogram has either 'key', a metric, or 'path', the files that hold one for each step.");
      return { type, title, source: aSource(at.source), key, path, look: optional(at, 'look', oneOf('heat', 'ridge')) };
    }
    case 'media-table':
      return { type, title, source: aSource(at.source), path: aText(at.path, 'path') };
    case 'embedding':
      return {
        type,
        title,
        source: aSource(at.source),
        path: aText(at.path, 'path'),
        x: optional(at, 'x', aText),
        y: optional(at, 'y', aText),
        columns: at.columns === undefined ? undefined : texts(at.columns, 'columns', 2),
        color: optional(at, 'color', aText),
      };
    default:
      throw new PanelProblem(`There is no panel of type '${type.slice(0, 60)}'. Expected one of ${Object.keys(panelTypes).join(', ')}.`);
  }
}

/** A part of a report: text as it was written, or the JSON of a panel. */
export interface Part {
  kind: 'text' | 'panel';
  text: string;
}

/** Takes a report apart. Blocks inside of lists and quotes stay text, and links that are defined anywhere hold everywhere. */
export function partsOf(markdown: string): Part[] {
  const parts: Part[] = [];
  const definitions: string[] = [];
  for (const token of marked.lexer(markdown, { gfm: true })) {
    if (token.type === 'code' && 'lang' in token && (token.lang as string | undefined)?.trim() === 'slipway-panel') {
      parts.push({ kind: 'panel', text: token.text as string });
      continue;
    }
    if (token.type === 'def') definitions.push(token.raw.trim());
    const last = parts.at(-1);
    if (last?.kind === 'text') last.text += token.raw;
    else parts.push({ kind: 'text', text: token.raw });
  }
  const shared = definitions.length === 0 ? '' : `\n\n${definitions.join('\n')}`;
  return parts.flatMap((part) => (part.kind === 'panel' ? [part] : part.text.trim() === '' ? [] : [{ ...part, text: part.text + shared }]));
}

/** A panel as a block of a report. */
export function blockOf(panel: Panel): string {
  return `\`\`\`slipway-panel\n${JSON.stringify(panel, null, 2)}\n\`\`\`\n`;
}

/** The sources of all panels that can be read. */
export function sourcesOf(markdown: string): RunSource[] {
  return partsOf(markdown).flatMap((part) => {
    if (part.kind !== 'panel') return [];
    try {
      const panel = parsePanel(part.text);
      return panel.type === 'note' ? [] : [panel.source];
    } catch {
      return [];
    }
  });
}

type Read<T> = (value: unknown, name: string) => T;

function fields(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new PanelProblem(`${what} is a JSON object, for example {"type": "note", "text": "..."}.`);
  // Own fields only: what hides in a prototype is not what somebody wrote.
  return Object.assign(Object.create(null) as Record<string, unknown>, value);
}

function optional<T>(at: Record<string, unknown>, name: string, read: Read<T>): T | undefined {
  return at[name] === undefined || at[name] === null ? undefined : read(at[name], name);
}

function aText(value: unknown, name: string, max = textMax): string {
  if (typeof value !== 'string' || value === '') throw new PanelProblem(`'${name}' is a text, got ${shown(value)}.`);
  if (value.length > max) throw new PanelProblem(`'${name}' is at most ${max} characters long.`);
  return value;
}

function texts(value: unknown, name: string, least = 1): string[] {
  if (!Array.isArray(value) || value.length < least || value.length > listMax) throw new PanelProblem(`'${name}' is a list of ${least} to ${listMax} texts, got ${shown(value)}.`);
  return value.map((one, index) => aText(one, `${name}[${index}]`));
}

function aSwitch(value: unknown, name: string): boolean {
  if (typeof value !== 'boolean') throw new PanelProblem(`'${name}' is true or false, got ${shown(value)}.`);
  return value;
}

function aNumber(least: number, greatest: number): Read<number> {
  return (value, name) => {
    if (typeof value !== 'number' || !(value >= least && value <= greatest)) throw new PanelProblem(`'${name}' is a number from ${least} to ${greatest}, got ${shown(value)}.`);
    return value;
  };
}

function oneOf<T extends string>(...allowed: T[]): Read<T> {
  return (value, name) => {
    const found = allowed.find((one) => one === value);
    if (found === undefined) throw new PanelProblem(`'${name}' is one of ${allowed.join(', ')}, got ${shown(value)}.`);
    return found;
  };
}

function aSource(value: unknown): RunSource {
  if (value === undefined) throw new PanelProblem("A panel draws on a 'source': {\"runs\": [ids]} or {\"experiments\": [ids], \"filter\", \"order\", \"limit\"}.");
  const at = fields(value, "'source'");
  if (at.runs !== undefined) return { runs: texts(at.runs, 'source.runs') };
  return {
    experiments: texts(at.experiments, 'source.experiments'),
    filter: optional(at, 'filter', aText),
    order: optional(at, 'order', aText),
    limit: optional(at, 'limit', aNumber(1, listMax)) ?? 20,
  };
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
