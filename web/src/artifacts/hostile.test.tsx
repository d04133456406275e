import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { cleanup, render } from '@testing-library/react';
import type { ReactNode } from 'react';
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import { parseDiff } from './diff';
import { DiffView } from './DiffView';
import type { Piece } from './files';
import { readModel } from './mlmodel';
import { readNotebook } from './notebook';
import { StoredHtml } from './StoredHtml';
import { StoredImage } from './StoredImage';
import { JsonTree } from './StoredJson';
import { StoredMarkdown } from './StoredMarkdown';
import { StoredNotebook } from './StoredNotebook';

// What people put into files must never run, load or look like a part of the page.
const hostile = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '<svg onload=alert(1)><script>alert(1)</script></svg>',
  '"><iframe src="javascript:alert(1)"></iframe>',
  '<a href="javascript:alert(1)">x</a>',
  '<style>*{display:none}</style><link rel=stylesheet href=//evil>',
  '<form action=//evil><input name=password></form>',
];

beforeAll(() => {
  vi.stubGlobal('ResizeObserver', class { observe() {} unobserve() {} disconnect() {} });
  vi.stubGlobal('fetch', async () => new Response('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'));
  URL.createObjectURL = () => 'blob:picture';
  URL.revokeObjectURL = () => undefined;
});
afterEach(cleanup);

function draw(what: ReactNode): HTMLElement {
  return render(<QueryClientProvider client={new QueryClient()}>{what}</QueryClientProvider>).container;
}

function isHarmless(host: HTMLElement): void {
  expect(host.querySelector('script, iframe:not([sandbox=""]), object, embed, link, style, base, meta, form, svg[onload], math')).toBeNull();
  for (const element of host.querySelectorAll('*'))
    for (const { name, value } of element.attributes) {
      expect(name).not.toMatch(/^on/);
      if (name === 'href' || name === 'src') expect(value).toMatch(/^(https?:|mailto:|\/(?!\/)|#|data:image\/|blob:)/i);
    }
}

function piece(text: string): Piece {
  const bytes = new TextEncoder().encode(text);
  return { bytes, from: 0, total: bytes.length };
}

test.each(hostile)('notebooks: %s', (text) => {
  const outputs = [
    { output_type: 'display_data', data: { 'text/html': [text] } },
    { output_type: 'stream', name: 'stdout', text },
    { output_type: 'error', traceback: [text] },
    { output_type: 'display_data', data: { 'application/javascript': 'alert(1)' } },
    { output_type: 'display_data', data: { 'image/png': 'not base64 "><script>' } },
    { output_type: 'display_data', data: { 'image/svg+xml': text } },
  ];
  const notebook = JSON.stringify({ cells: [{ cell_type: 'markdown', source: [text] }, { cell_type: 'code', source: text, outputs }] });
  const host = draw(<StoredNotebook run="r" path="a.ipynb" head={piece(notebook)} />);
  isHarmless(host);
  expect(host.textContent).toContain(text);
});

test.each(hostile)('Markdown, JSON and differences: %s', (text) => {
  isHarmless(draw(<StoredMarkdown run="r" path="a.md" head={piece(text)} />));
  isHarmless(draw(<JsonTree value={{ [text]: text }} />));
  const diff = `diff --git a/${text} b/${text}\n@@ -1,1 +1,1 @@\n-${text}\n+${text}`;
  const host = draw(<DiffView text={diff} />);
  isHarmless(host);
  expect(host.textContent).toContain(text);
  expect(parseDiff(diff)[0]!.added).toBe(1);
});

test('an SVG is a picture, and HTML lies in a frame that allows nothing', async () => {
  const view = render(
    <QueryClientProvider client={new QueryClient()}>
      <StoredImage run="r" path="a.svg" alt="a" />
    </QueryClientProvider>,
  );
  expect((await view.findByRole('img')).tagName).toBe('IMG');
  const frame = draw(<StoredHtml run="r" path="<b>.html" head={piece('<script>alert(1)</script>')} />).querySelector('iframe')!;
  expect(frame.getAttribute('sandbox')).toBe('');
  expect(frame.getAttribute('src')).toBe('/get-artifact?run_id=r&path=%3Cb%3E.html&sandbox=1');
  expect(frame.getAttribute('srcdoc')).toBeNull();
});

test('scripts of outputs are left out by name, and what is no notebook or model is said', () => {
  const cells = readNotebook('{"cells":[{"cell_type":"code","source":["a","b"],"execution_count":3,"outputs":[{"output_type":"display_data","data":{"application/javascript":"x"}}]}]}');
  expect(cells[0]).toEqual({ kind: 'code', source: 'ab', number: 3, outputs: [{ kind: 'left-out', what: 'application/javascript' }] });
  expect(() => readNotebook('{"no":1}')).toThrow(/no cells/);
  expect(readModel('text')).toBeNull();
});

test('a signature is a table', () => {
  const model = readModel({ flavors: { onnx: { data: 'm' } }, signature: { inputs: '[{"type":"double","name":"d","required":false},{"type":"tensor","tensor-spec":{"dtype":"float32","shape":[-1,28]}}]', outputs: 'broken' } })!;
  expect(model.inputs).toEqual([{ name: 'd', type: 'double', shape: '', required: false }, { name: '1', type: 'tensor of float32', shape: '? × 28', required: true }]);
  expect(model.outputs).toEqual([]);
});
