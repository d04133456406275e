import { expect, test } from 'vitest';
import { blockOf, PanelProblem, panelTypes, parsePanel, partsOf, sourcesOf, type Panel } from './panels';

const runs = { runs: ['0192aaaaaaaaaaaaaaaaaaaaaaaaaaaa'] };
const query = { experiments: ['1'], filter: 'metrics.loss < 1', order: 'metrics.loss ASC', limit: 10 };

const good: Panel[] = [
  { type: 'chart', source: query, keys: ['loss', 'val/loss'], x: 'relative', log: true, smooth: 0.5, group: 'params.optimizer', band: 'deviation' },
  { type: 'table', source: runs, columns: ['metrics.loss'] },
  { type: 'images', source: runs, name: 'samples', step: 3 },
  { type: 'parallel', source: query, axes: ['params.lr', 'metrics.loss'], color: 'metrics.loss' },
  { type: 'scatter', source: query, x: 'params.lr', y: 'metrics.loss' },
  { type: 'histogram', source: runs, path: 'histograms/weights', look: 'ridge' },
  { type: 'histogram', source: runs, key: 'loss' },
  { type: 'media-table', source: runs, path: 'predictions.json' },
  { type: 'embedding', source: runs, path: 'e.csv', columns: ['a', 'b'], color: 'label' },
  { type: 'note', title: 'Mind', text: '**this**' },
];

test.each(good.map((panel) => [panel.type, panel] as const))('a panel of type %s is read as it was written, also out of a report', (_, panel) => {
  expect(JSON.parse(JSON.stringify(parsePanel(JSON.stringify(panel))))).toEqual(panel);
  const parts = partsOf(`# Title\n\ntext\n\n${blockOf(panel)}\nafter`);
  expect(parts.map((part) => part.kind)).toEqual(['text', 'panel', 'text']);
  expect(JSON.parse(JSON.stringify(parsePanel(parts[1]!.text)))).toEqual(panel);
});

test('every type of the dialog has a panel here', () => expect(new Set(good.map((panel) => panel.type))).toEqual(new Set(Object.keys(panelTypes))));

test.each([
  ['', /JSON object/],
  ['{', /JSON object/],
  ['null', /JSON object/],
  ['[]', /JSON object/],
  ['7', /JSON object/],
  ['{}', /'type' is a text/],
  ['{"type":"nonsense"}', /no panel of type 'nonsense'/],
  ['{"type":"constructor"}', /no panel of type/],
  ['{"type":"__proto__"}', /no panel of type/],
  ['{"type":{"toString":1}}', /'type' is a text/],
  ['{"type":"chart","keys":["a"]}', /'source'/],
  ['{"type":"chart","source":{"runs":[]},"keys":["a"]}', /source.runs/],
  ['{"type":"chart","source":{"runs":[7]},"keys":["a"]}', /source.runs\[0\]/],
  ['{"type":"chart","source":{"experiments":["1"],"limit":1e9},"keys":["a"]}', /'limit' is a number from 1 to 100/],
  ['{"type":"chart","source":{"runs":["a"]},"keys":[]}', /'keys' is a list/],
  ['{"type":"chart","source":{"runs":["a"]},"keys":["a"],"smooth":"much"}', /'smooth' is a number/],
  ['{"type":"chart","source":{"runs":["a"]},"keys":["a"],"x":"up"}', /'x' is one of/],
  ['{"type":"chart","source":{"runs":["a"]},"keys":["a"],"log":1}', /true or false/],
  ['{"type":"histogram","source":{"runs":["a"]}}', /either 'key'/],
  ['{"type":"histogram","source":{"runs":["a"]},"key":"a","path":"b"}', /either 'key'/],
  ['{"type":"parallel","source":{"runs":["a"]},"axes":["a"]}', /'axes' is a list of 2/],
  ['{"__proto__":{"type":"note","text":"x"}}', /'type' is a text/],
  [`{"type":"note","text":"${'x'.repeat(20_000)}"}`, /at most/],
  ['x'.repeat(70_000), /at most 65536 characters/],
  [`{"type":"chart","source":{"runs":[${Array.from({ length: 101 }, () => '"a"').join()}]},"keys":["a"]}`, /1 to 100/],
])('%s is refused with a reason', (text, reason) => {
  expect(() => parsePanel(text)).toThrow(PanelProblem);
  expect(() => parsePanel(text)).toThrow(reason);
});

test('whatever is mangled is refused as a panel, and breaks nothing else', () => {
  const base = JSON.stringify(good[0]);
  for (let at = 0; at < base.length; at++) {
    for (const with_ of ['', '"', '}', '\u0000', '[']) {
      const mangled = base.slice(0, at) + with_ + base.slice(at + 1);
      try {
        expect(Object.keys(panelTypes)).toContain(parsePanel(mangled).type);
      } catch (problem) {
        expect(problem).toBeInstanceOf(PanelProblem);
      }
    }
  }
});

test('blocks of other languages, in quotes and in lists stay text; definitions of links hold in all of it', () => {
  const parts = partsOf('> ```slipway-panel\n> {}\n> ```\n\n```js\nlet a;\n```\n\n[a][1]\n\n```slipway-panel\n{}\n```\n\n[b][1]\n\n[1]: https://example.org');
  expect(parts.map((part) => part.kind)).toEqual(['text', 'panel', 'text']);
  expect(parts[0]!.text).toContain('[1]: https://example.org');
  expect(parts[2]!.text).toContain('[1]: https://example.org');
});

test('a report says which runs it draws on, whatever else is wrong in it', () => {
  const text = ['```slipway-panel\n{"type":', ...good.map(blockOf)].join('\n```\n\n');
  expect(sourcesOf(`${blockOf(good[0]!)}\n${blockOf(good[1]!)}\n${blockOf(good[9]!)}`)).toEqual([query, runs]);
  expect(() => sourcesOf(text)).not.toThrow();
});
