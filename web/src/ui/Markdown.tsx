import DOMPurify from 'dompurify';
import { marked } from 'marked';
import { useMemo } from 'react';

const purifier = DOMPurify();
purifier.addHook('afterSanitizeAttributes', (node) => {
  if (node.tagName !== 'A') return;
  // Links lead out of the page, and tell nobody where from.
  node.setAttribute('rel', 'noopener noreferrer nofollow');
  if (/^[a-z]+:/i.test(node.getAttribute('href') ?? '')) node.setAttribute('target', '_blank');
});

/** Markdown of people as HTML that runs nothing, loads nothing from elsewhere and looks like nothing of ours. */
export function safeHtml(text: string): string {
  return cleanHtml(marked.parse(text, { async: false, gfm: true, breaks: false }));
}

/** HTML of people, of which nothing is left that runs, loads or looks like ours. */
export function cleanHtml(html: string): string {
  return purifier.sanitize(html, {
    USE_PROFILES: { html: true },
    FORBID_TAGS: ['style', 'form', 'input', 'button', 'textarea', 'select', 'video', 'audio', 'source', 'picture', 'svg', 'math', 'iframe', 'template'],
    FORBID_ATTR: ['style', 'class', 'id', 'name', 'srcset', 'background', 'poster'],
    ALLOW_DATA_ATTR: false,
    ALLOWED_URI_REGEXP: /^(?:https?:|mailto:|\/(?!\/)|#|data:image\/(?:png|jpeg|gif|webp);)/i,
  });
}

/** Draws Markdown. Pictures from elsewhere are not loaded: the policy of the pages forbids it. */
export function Markdown({ text }: { text: string }) {
  const html = useMemo(() => safeHtml(text), [text]);
  return <div className="markdown" dangerouslySetInnerHTML={{ __html: html }} />;
}
