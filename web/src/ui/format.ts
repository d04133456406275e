/** Numbers and times for reading. What is copied stays exact: see {@link exact}. */

const significant = new Intl.NumberFormat('en', { maximumSignificantDigits: 5, useGrouping: true });
const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const percentage = new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 1 });
const dayAndTime = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });

/** Five significant digits; very large and very small numbers as powers of ten. */
export function number(value: number | string | null | undefined): string {
  if (value === null || value === undefined || value === '') return '';
  const read = typeof value === 'string' ? Number(value) : value;
  if (Number.isNaN(read)) return typeof value === 'string' && value !== 'NaN' ? value : 'NaN';
  if (!Number.isFinite(read)) return read > 0 ? '∞' : '-∞';
  if (read === 0) return '0';
  const size = Math.abs(read);
  if (size >= 1e9 || size < 1e-4) return read.toExponential(3).replace(/\.?0+e/, 'e').replace('e+', 'e');
  return Number.isInteger(read) ? whole.format(read) : significant.format(read);
}

/** Every digit. */
export function exact(value: number | string): string {
  return typeof value === 'string' ? value : Object.is(value, Infinity) ? 'Infinity' : String(value);
}

/** A count: `12,345`. */
export function count(value: number | null | undefined): string {
  return value === null || value === undefined ? '' : whole.format(value);
}

/** A share of one: `12.5%`. */
export function percent(value: number): string {
  return percentage.format(value);
}

/** A share that is mostly nought: `0%`, `<0.1%`, `2.1%`. What is not nothing never reads as nothing. */
export function smallPercent(value: number): string {
  return value > 0 && value < 0.001 ? '<0.1%' : percentage.format(value);
}

/** Bytes in units of 1,000. */
export function bytes(value: number | null | undefined): string {
  if (value === null || value === undefined) return '';
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let size = value;
  let unit = 0;
  while (Math.abs(size) >= 999.5 && unit < units.length - 1) {
    size /= 1000;
    unit++;
  }
  return `${unit === 0 || size >= 100 ? Math.round(size) : size.toFixed(1)} ${units[unit]}`;
}

/** How long something took, from milliseconds: `350 ms`, `12.3 s`, `4 min 10 s`, `3 h 5 min`, `2 d 4 h`. */
export function duration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined || ms < 0) return '';
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 60) return two(minutes, 'min', Math.floor((ms % 60_000) / 1000), 's');
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return two(hours, 'h', minutes % 60, 'min');
  return two(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

function two(large: number, unit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${unit}` : `${large} ${unit} ${small} ${smallUnit}`;
}

/** How long something took, from microseconds: `31 µs`, `1.24 ms`, `2.5 s`. */
export function micros(us: number | null | undefined): string {
  if (us === null || us === undefined || !Number.isFinite(us) || us < 0) return '';
  if (us < 9.95) return `${Number(us.toFixed(1))} µs`;
  if (us < 999.5) return `${Math.round(us)} µs`;
  if (us < 999_500) return `${Number((us / 1000).toPrecision(3))} ms`;
  return duration(us / 1000);
}

/** So many a second: `812/s`, `0.4/s`. */
export function perSecond(rate: number | null | undefined): string {
  if (rate === null || rate === undefined || !Number.isFinite(rate)) return '';
  return `${rate >= 100 ? whole.format(rate) : rate >= 10 ? rate.toFixed(1) : Number(rate.toPrecision(2))}/s`;
}

/** How long ago: `just now`, `5 min ago`, `yesterday`; from a month on the day itself. */
export function ago(at: number, now: number): string {
  const seconds = Math.round((now - at) / 1000);
  if (seconds < -60) return day.format(at);
  if (seconds < 10) return 'just now';
  if (seconds < 60) return `${seconds} s ago`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ago`;
  const days = Math.floor(hours / 24);
  if (days === 1) return 'yesterday';
  return days < 30 ? `${days} days ago` : day.format(at);
}

/** Day and time, in this browser's zone and way. */
export function moment(at: number): string {
  return dayAndTime.format(at);
}
