import { echarts } from '../ui/echarts';
import { moment } from '../ui/format';
import { chartColors } from '../ui/palette';
import { exportedHtml } from './exportHtml';
import type { Report } from './reports';

/** The report that is drawn in an element as one file. */
export function exportedReport(report: Report, body: HTMLElement): string {
  const colors = chartColors();
  const note = `Version ${report.version} by ${report.changed_by ?? report.author ?? ''}, ${moment(report.updated_ms ?? 0)}. Exported ${moment(Date.now())} from ${location.origin}${location.pathname}. Panels are as they were then.`;
  return exportedHtml(body, { title: report.title ?? 'Report', note, colors }, (element) => {
    if (element instanceof HTMLImageElement) return ofImage(element);
    if (element instanceof HTMLCanvasElement) return element.toDataURL('image/png');
    const chart = element instanceof HTMLElement ? echarts.getInstanceByDom(element) : undefined;
    return chart ? chart.getDataURL({ type: 'png', pixelRatio: 2, backgroundColor: colors.card }) : null;
  });
}

/** An image as it is seen; whatever its file held beside pixels stays behind. */
function ofImage(image: HTMLImageElement): string | null {
  if (!image.complete || image.naturalWidth === 0) return null;
  const canvas = document.createElement('canvas');
  const scale = Math.min(1, 1600 / image.naturalWidth);
  [canvas.width, canvas.height] = [Math.round(image.naturalWidth * scale), Math.round(image.naturalHeight * scale)];
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
  try {
    return canvas.toDataURL('image/png');
  } catch {
    // A picture of another site: its pixels are not this page's to read.
    return null;
  }
}
