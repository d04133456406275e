import { send } from '../api/client';

/** Saves what a route sends as a file. It is asked for by script, so that a refusal is told and not saved, and so that the workspace is named. */
export async function saveFile(url: string, name: string): Promise<void> {
  const made = URL.createObjectURL(await (await send(url)).blob());
  const link = document.createElement('a');
  link.href = made;
  link.download = name;
  link.click();
  // The browser has begun to save by then.
  setTimeout(() => URL.revokeObjectURL(made), 60_000);
}

/** The name of a file about a version: letters that every file system takes. */
export function fileName(name: string, version: string, ending: string): string {
  return `${name.replace(/[^\w.-]+/g, '_').slice(0, 80)}-${version}.${ending}`;
}
