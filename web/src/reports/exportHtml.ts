/** What an exported report is made of beside its body. */
export interface ExportHead {
  title: string;
  note: string;
  /** Colours as they are now: pictures of charts have them too. */
  colors: { ink: string; ink2: string; card: string; line: string; accent: string };
}

/** A picture of an element that cannot leave the page as it is, as a data: address; null when there is none. */
export type Picture = (element: Element) => string | null;

const kept = new Set('H1 H2 H3 H4 H5 H6 P UL OL LI TABLE THEAD TBODY TR TH TD BLOCKQUOTE PRE CODE EM STRONG DEL B I S SUB SUP HR BR SPAN DIV SMALL FIGURE FIGCAPTION SECTION TIME DL DT DD'.split(' '));
const empty = new Set(['HR', 'BR']);
const left = new Set('SCRIPT STYLE INPUT SELECT TEXTAREA LABEL NAV OUTPUT IFRAME OBJECT EMBED TEMPLATE NOSCRIPT LINK META BASE FORM MATH DIALOG'.split(' '));
/** Buttons that stand for their text: values that a click copies, and heads of columns. */
const textButtons = 'copyable media-table-sort';

/** Text as HTML shows it and nothing else. */
export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (one) => `&#${one.charCodeAt(0)};`);
}

/**
 * One HTML file of a drawn report. Everything in it is written anew from a short list of tags, texts escaped and attributes but a few dropped, so that
 * whatever a name, a note or a table holds stays text; its own policy forbids scripts and requests on top of that.
 */
export function exportedHtml(body: Element, { title, note, colors }: ExportHead, picture: Picture): string {
  const rule = (color: string) => (/^(rgba?|color|oklch|lab)\([\w\s.,/%-]+\)$|^#[0-9a-f]{3,8}$/i.test(color) ? color : 'inherit');
  const style = `body{font:16px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;color:${rule(colors.ink)};background:${rule(colors.card)}}
a{color:${rule(colors.accent)}}img{max-width:100%}pre{overflow-x:auto;padding:.75rem;border:1px solid ${rule(colors.line)}}table{border-collapse:collapse;font-size:.9em;display:block;overflow-x:auto}
th,td{border:1px solid ${rule(colors.line)};padding:.25rem .5rem;text-align:start;vertical-align:top}figure{margin:1.5rem 0;padding:1rem;border:1px solid ${rule(colors.line)};border-radius:.5rem}
figcaption{font-weight:650}blockquote{margin:0;padding-left:.75rem;border-left:3px solid ${rule(colors.line)}}.note{color:${rule(colors.ink2)}}.mark{display:inline-block;width:.75rem;height:.75rem;border-radius:.2rem}ul.key{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:.25rem 1rem;font-size:.85em}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
<h1>${escaped(title)}</h1>
<p class="note">${escaped(note)}</p>
${children(body, picture)}
</body>
</html>
`;
}

function children(node: Node, picture: Picture): string {
  return [...node.childNodes].map((child) => written(child, picture)).join('');
}

function written(node: Node, picture: Picture): string {
  if (node.nodeType === Node.TEXT_NODE) return escaped(node.textContent ?? '');
  if (node.nodeType !== Node.ELEMENT_NODE) return '';
  const element = node as Element;
  const tag = element.tagName.toUpperCase();
  if (tag === 'IMG' || tag === 'CANVAS' || element.getAttribute('role') === 'img') return pictured(element, picture);
  if (left.has(tag) || tag.toLowerCase() === 'svg') return '';
  const inside = children(element, picture);
  if (tag === 'A') return linked(element, inside);
  if (tag === 'BUTTON') return textButtons.split(' ').some((name) => element.classList.contains(name)) ? inside : '';
  if (!kept.has(tag)) return inside;
  const name = tag.toLowerCase();
  if (empty.has(tag)) return `<${name}>`;
  return `<${name}${attributes(element, tag)}>${inside}</${name}>`;
}

function attributes(element: Element, tag: string): string {
  if (element.classList.contains('legend-mark')) {
    const color = element instanceof HTMLElement ? element.style.backgroundColor : '';
    return /^rgba?\([\d\s.,%]+\)$|^#[0-9a-f]{3,8}$/i.test(color) ? ` class="mark" style="background:${color}"` : ' class="mark"';
  }
  if (element.classList.contains('color-key')) return ' class="key"';
  if (tag === 'TH' || tag === 'TD') {
    return ['colspan', 'rowspan'].flatMap((name) => (/^\d{1,3}$/.test(element.getAttribute(name) ?? '') ? [` ${name}="${element.getAttribute(name)}"`] : [])).join('');
  }
  return '';
}

function linked(element: Element, inside: string): string {
  let url: URL;
  try {
    url = new URL(element.getAttribute('href') ?? '', document.baseURI);
  } catch {
    return inside;
  }
  return ['http:', 'https:', 'mailto:'].includes(url.protocol) ? `<a href="${escaped(url.href)}" rel="noopener noreferrer nofollow">${inside}</a>` : inside;
}

function pictured(element: Element, picture: Picture): string {
  const label = element.getAttribute('aria-label') ?? element.getAttribute('alt') ?? '';
  const data = picture(element);
  if (data === null || !/^data:image\/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/=]+$/.test(data)) return label === '' ? '' : `<p class="note">${escaped(label)}: no picture</p>`;
  return `<img src="${data}" alt="${escaped(label)}">`;
}
