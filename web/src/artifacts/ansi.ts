/**
 * Text of a terminal as it was seen at the end: colours and movements of the cursor left out, a line that was written over (progress bars) as it was
 * written last.
 */
export function plainText(text: string): string {
  const without = text.replace(/\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\-_])/g, '').replaceAll('\r\n', '\n');
  return without.includes('\r') ? without.replace(/[^\n]*\r(?!\n|$)/gm, '').replaceAll('\r', '') : without;
}
