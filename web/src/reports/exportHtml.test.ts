import { expect, test } from 'vitest';
import { safeHtml } from '../ui/Markdown';
import { exportedHtml } from './exportHtml';

const colors = { ink: 'rgb(0, 0, 0)', ink2: 'rgb(9, 9, 9)', card: 'rgb(255, 255, 255)', line: 'rgb(1, 1, 1)', accent: 'red;}</style><script>alert(1)</script>' };

function exported(fill: (body: HTMLElement) => void, title = 'Report', picture: (element: Element) => string | null = () => null): Document {
  const body = document.createElement('div');
  fill(body);
  return new DOMParser().parseFromString(exportedHtml(body, { title, note: `by ${title}`, colors }, picture), 'text/html');
}

/** What a file that runs nothing may hold. */
function isHarmless(file: Document): void {
  expect(file.querySelector('script, iframe, object, embed, form, input, button, link, base, svg, math, template, video, audio, style + style')).toBeNull();
  for (const element of file.querySelectorAll('*')) {
    for (const { name, value } of element.attributes) {
      if (element.tagName !== 'META') expect(name).not.toMatch(/^on|^srcdoc$|^id$|^name$/);
      if (name === 'src') expect(value).toMatch(/^data:image\/(png|jpeg|gif|webp);base64,/);
      if (name === 'href') expect(value).toMatch(/^(https?|mailto):/);
      if (name === 'style') expect(value).toMatch(/^background:(rgba?\([\d\s.,%]+\)|#[0-9a-f]+)$/);
    }
  }
  expect(file.querySelector('meta[http-equiv="Content-Security-Policy"]')?.getAttribute('content')).toContain("default-src 'none'");
  expect(file.querySelectorAll('style')).toHaveLength(1);
}

const hostile = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '"><svg onload=alert(1)>',
  '</title><script>alert(1)</script>',
  '</style><script>alert(1)</script>',
  "javascript:alert('1')",
  '&lt;script&gt;alert(1)&lt;/script&gt;',
  '<!--',
  '\u2028<b onclick=alert(1)>',
  ']]><script>',
];

test.each(hostile)('as a title, a name, a value and a label, %s stays text', (text) => {
  const file = exported((body) => {
    const table = body.appendChild(document.createElement('table'));
    table.insertRow().insertCell().textContent = text;
    const chart = body.appendChild(document.createElement('div'));
    chart.setAttribute('role', 'img');
    chart.setAttribute('aria-label', text);
    const link = body.appendChild(document.createElement('a'));
    link.setAttribute('href', text);
    link.textContent = text;
  }, text);
  isHarmless(file);
  expect(file.title.trim()).toBe(text.trim());
  expect(file.querySelector('h1')?.textContent).toBe(text);
  expect(file.querySelector('td')?.textContent).toBe(text);
});

test.each(hostile)('in Markdown and as raw elements of the page, %s is harmless too', (text) => {
  isHarmless(exported((body) => (body.innerHTML = safeHtml(`${text}\n\n[x](javascript:alert(1)) ![y](https://evil.example/p.png)`))));
  isHarmless(
    exported((body) => {
      // What the page itself would never draw: the export does not count on that.
      const raw = new DOMParser().parseFromString(`<p onclick="alert(1)" style="background:url(//evil)" id="root">${text}</p><a href="java&#10;script:alert(1)">x</a><a href="data:text/html,x">y</a><span class="legend-mark" style="background:url(//evil)"></span>`, 'text/html');
      body.append(...raw.body.childNodes);
    }),
  );
});

test('what was drawn is there: text, tables, links that are absolute, pictures; controls are not', () => {
  const png = 'data:image/png;base64,iVBORw0KGgo=';
  const file = exported(
    (body) => {
      body.innerHTML = safeHtml('# Title\n\n**bold** `code` [run](/runs/1)\n\n| a |\n|--|\n| 1 |');
      const figure = body.appendChild(document.createElement('figure'));
      figure.innerHTML = '<figcaption>Loss</figcaption><div role="img" aria-label="Loss of 2 runs"><canvas></canvas></div><img alt="gone"><button class="button">Next</button><button class="copyable">0.25</button><label>Step<input></label><ul class="color-key"><li><span class="legend-mark" style="background: rgb(1, 2, 3)"></span> run-a</li></ul>';
    },
    'Report',
    (element) => (element.getAttribute('role') === 'img' ? png : null),
  );
  isHarmless(file);
  expect(file.querySelector('strong')?.textContent).toBe('bold');
  expect(file.querySelector('a')?.getAttribute('href')).toMatch(/^http.*\/runs\/1$/);
  expect(file.querySelector('figure img')?.getAttribute('src')).toBe(png);
  expect(file.querySelector('figure img')?.getAttribute('alt')).toBe('Loss of 2 runs');
  expect(file.querySelector('figure')?.textContent).toContain('0.25');
  expect(file.querySelector('figure')?.textContent).not.toMatch(/Next|Step/);
  expect(file.querySelector('.mark')?.getAttribute('style')).toBe('background:rgb(1, 2, 3)');
  expect(file.querySelector('figure')?.textContent).toContain('gone: no picture');
});

test.each(['data:image/svg+xml;base64,PHN2Zy8+', 'data:text/html;base64,PHNjcmlwdD4=', 'https://evil.example/x.png', 'data:image/png;base64,"onerror=alert(1)'])('%s is no picture', (address) => {
  const file = exported((body) => body.appendChild(document.createElement('canvas')), 'x', () => address);
  expect(file.querySelector('img')).toBeNull();
});
