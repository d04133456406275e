import { promptTextTag, type Version } from './models';

const variable = /\{\{\s*([A-Za-z_][\w.]*)\s*\}\}/g;

/** The text of a version of a prompt; that of a chat is its messages, one below the other. */
export function textOf(version: Version): string {
  const text = version.tags?.find(({ key }) => key === promptTextTag)?.value ?? '';
  if (!text.startsWith('[')) return text;
  try {
    const messages: unknown = JSON.parse(text);
    if (Array.isArray(messages) && messages.length > 0 && messages.every(isMessage)) return messages.map(({ role, content }) => `${role}:\n${content}`).join('\n\n');
  } catch {
    // A text that only begins like a list.
  }
  return text;
}

function isMessage(one: unknown): one is { role: string; content: string } {
  return typeof one === 'object' && one !== null && typeof (one as { role?: unknown }).role === 'string' && typeof (one as { content?: unknown }).content === 'string';
}

/** A text cut into what stands there and what is filled in. */
export function parts(text: string): { text: string; variable: boolean }[] {
  const found: { text: string; variable: boolean }[] = [];
  let end = 0;
  for (const match of text.matchAll(variable)) {
    if (match.index > end) found.push({ text: text.slice(end, match.index), variable: false });
    found.push({ text: match[0], variable: true });
    end = match.index + match[0].length;
  }
  if (end < text.length) found.push({ text: text.slice(end), variable: false });
  return found;
}

/** What a text wants to be given, each once, in the order of the text. */
export function variables(text: string): string[] {
  return [...new Set([...text.matchAll(variable)].map((match) => match[1]!))];
}
