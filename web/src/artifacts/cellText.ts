/** A value of a table as text: exact numbers, times in the form of ISO 8601, bytes in hexadecimal, nested values as JSON. */
export function cellText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return value;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? '' : value.toISOString();
  if (value instanceof Uint8Array) return [...value.subarray(0, 64)].map((byte) => byte.toString(16).padStart(2, '0')).join('') + (value.length > 64 ? '…' : '');
  if (typeof value === 'object') return JSON.stringify(value, (_, one: unknown) => (typeof one === 'bigint' ? Number(one) : one instanceof Uint8Array ? cellText(one) : one));
  return String(value);
}
