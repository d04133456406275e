import { expect, test } from 'vitest';
import { imageAt, imageSeries } from './imageSeries';

test('names of pictures are taken apart, and the smaller rendering goes with its picture', () => {
  const series = imageSeries([
    'images/val#examples%step%10%timestamp%1763700000010%g1-a.png',
    'images/val#examples%step%10%timestamp%1763700000010%g1-a%compressed.webp',
    'images/val#examples%step%2%timestamp%1763700000002%h2-b%compressed.webp',
    'images/val#examples%step%2%timestamp%1763700000002%h2-b.png',
    'images/c+d+step+3+timestamp+5+zz.png',
    'images/plain.png',
    'images/<img src=x>%step%1%timestamp%1%q.png',
  ]);
  expect([...series.keys()]).toEqual(['<img src=x>', 'c+d', 'val/examples']);
  expect(series.get('val/examples')).toEqual([
    { path: 'images/val#examples%step%2%timestamp%1763700000002%h2-b.png', small: 'images/val#examples%step%2%timestamp%1763700000002%h2-b%compressed.webp', step: 2, time: 1763700000002 },
    { path: 'images/val#examples%step%10%timestamp%1763700000010%g1-a.png', small: 'images/val#examples%step%10%timestamp%1763700000010%g1-a%compressed.webp', step: 10, time: 1763700000010 },
  ]);
});

test('whatever the key and the step, they come back', () => {
  for (let i = 0; i < 300; i++) {
    const key = `k${'#%+ _-'[i % 6]}${i}`;
    const [found, images] = [...imageSeries([`images/${key}%step%${i * 7 - 50}%timestamp%${i}%x-${i}.png`])][0]!;
    expect(found).toBe(key.replaceAll('#', '/'));
    expect(images[0]).toMatchObject({ step: i * 7 - 50, time: i });
  }
});

test.each([
  ['images/samples%step%3%timestamp%1700000000000%g1.png', 'samples', 3],
  ['images/eval#grid+step+12+timestamp+1700000000000+x.webp', 'eval/grid', 12],
  ['images/a%b~step~0~timestamp~1~z.jpg', 'a%b', 0],
])('%s is an image of %s at step %i', (path, key, step) => expect(imageSeries([path]).get(key)?.[0]).toMatchObject({ path, step }));

test.each(['images/photo.png', 'images/a%step%x%timestamp%1%z.png', 'images/a%step%1%timestamp%1%z.html'])('%s is none', (path) => expect(imageSeries([path]).size).toBe(0));

test('of two images at one step the later counts, and a step between shows the one before', () => {
  const images = imageSeries(['images/a%step%5%timestamp%2%b.png', 'images/a%step%5%timestamp%9%a.png', 'images/a%step%1%timestamp%1%c.png']).get('a')!;
  expect(imageAt(images, 5)?.time).toBe(9);
  expect(imageAt(images, 4)?.step).toBe(1);
  expect(imageAt(images, 0)).toBeUndefined();
});
