import type { EChartsCoreOption, EChartsType } from 'echarts/core';
import { useEffect, useRef, useState } from 'react';
import { useTheme } from '../app/theme';
import type { echarts } from './echarts';
import { chartColors, type ChartColors } from './palette';

interface Props {
  /** What the chart shows, for those who do not see it. */
  label: string;
  /** The drawing, made anew when it or the theme changes. Tooltips are of text: the policy of the pages runs no HTML of a library. */
  option: (colors: ChartColors, theme: 'light' | 'dark') => EChartsCoreOption;
  /** In rem. */
  height?: number;
  /** Told of the chart once it is there, to listen to brushes and zooms; what it answers is called at the end. */
  onReady?: (chart: EChartsType) => void | (() => void);
  /** Charts of one group share their pointer. */
  group?: string | undefined;
}

type Library = typeof echarts;

// The library is the largest file of the pages: it comes while the page asks for what is to be drawn.
let library: Library | null = null;
const coming = import('./echarts').then(({ echarts }) => (library = echarts));
coming.catch(() => undefined); // Each chart says it.

/** The library that draws, as soon as it is there. */
function useLibrary(): Library | null {
  const [there, setThere] = useState<Library | null>(library);
  useEffect(() => {
    if (there === null)
      coming.then(
        (came) => setThere(() => came),
        (problem: unknown) =>
          setThere(() => {
            throw problem;
          }),
      );
  }, [there]);
  return there;
}

/** A chart on canvas that follows its size and the theme, and moves only for people who want motion. */
export function Chart({ label, option, height = 16, onReady, group }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const chart = useRef<EChartsType>(null);
  const theme = useTheme();
  const ready = useRef(onReady);
  ready.current = onReady;
  const library = useLibrary();

  useEffect(() => {
    if (library === null) return;
    const element = host.current!;
    const made = library.init(element, null, { renderer: 'canvas' });
    chart.current = made;
    const sizes = new ResizeObserver(() => made.resize());
    sizes.observe(element);
    // Said for whoever waits for the drawing: tests, measurements.
    let drawn = 0;
    made.on('finished', () => {
      element.dataset.drawn = String(++drawn);
    });
    const end = ready.current?.(made);
    return () => {
      end?.();
      sizes.disconnect();
      made.dispose();
      chart.current = null;
    };
  }, [library]);

  useEffect(() => {
    if (!chart.current || library === null || group === undefined) return;
    chart.current.group = group;
    library.connect(group);
  }, [group, library]);

  useEffect(() => {
    if (!chart.current) return;
    const colors = chartColors();
    chart.current.setOption(
      { animation: false, textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: colors.ink }, ...option(colors, theme) },
      { notMerge: true, lazyUpdate: true },
    );
  }, [option, theme, library]);

  return <div ref={host} role="img" aria-label={label} style={{ blockSize: `${height}rem`, inlineSize: '100%' }} />;
}
