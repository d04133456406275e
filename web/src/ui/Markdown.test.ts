import { expect, test } from 'vitest';
import { safeHtml } from './Markdown';

const hostile = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '[click](javascript:alert(1))',
  '[click](JaVaScRiPt:alert(1))',
  '[click](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)',
  '[click](vbscript:msgbox(1))',
  '<svg onload=alert(1)><script>alert(1)</script></svg>',
  '<math><mtext></p><img src=x onerror=alert(1)></math>',
  '<iframe src="javascript:alert(1)"></iframe>',
  '<a href="&#106;avascript:alert(1)">x</a>',
  '<a href="java\nscript:alert(1)">x</a>',
  '<form action="//evil"><input name=password></form>',
  '<style>*{background:url(//evil)}</style>',
  '<p style="background:url(//evil)">x</p>',
  '<img src="//evil/pixel">',
  '<object data="x"></object><embed src="x">',
  '<base href="//evil/">',
  '<meta http-equiv=refresh content="0;url=//evil">',
  '`</code><script>alert(1)</script>`',
  '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
  '<template><script>alert(1)</script></template>',
  '<div id="root">clobber</div><a name="location">x</a>',
];

test.each(hostile)('nothing of %s is left to run or to load', (text) => {
  const host = document.createElement('div');
  host.innerHTML = safeHtml(text);
  expect(host.querySelector('script,iframe,object,embed,form,input,style,base,meta,svg,math,template,link')).toBeNull();
  for (const element of host.querySelectorAll('*')) {
    for (const { name, value } of element.attributes) {
      expect(name).not.toMatch(/^on|^style$|^id$|^name$/);
      if (name === 'href' || name === 'src') expect(value).toMatch(/^(https?:|mailto:|\/(?!\/)|#|data:image\/)/i);
    }
  }
});

test('what people write is kept', () => {
  const html = safeHtml('# Title\n\n**bold** [link](https://example.org) `code`\n\n| a | b |\n|--|--|\n| 1 | 2 |');
  expect(html).toContain('<h1>Title</h1>');
  expect(html).toContain('<strong>bold</strong>');
  expect(html).toContain('href="https://example.org"');
  expect(html).toContain('<td>1</td>');
});
