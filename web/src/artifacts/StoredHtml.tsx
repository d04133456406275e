import { baseName, fileUrl } from './files';
import { PageOrText } from './PageOrText';
import type { Shown } from './Preview';

/**
 * A page of HTML in a frame in which nothing runs and nothing is loaded: the server sends it under a policy of its own, and the frame allows nothing
 * beside. Two locks, since either may be forgotten one day.
 */
export function StoredHtml(file: Shown) {
  return (
    <PageOrText
      file={file}
      hint="Without its scripts and what it would load. Download it to see a page that draws itself by script."
      page={<iframe className="stored-html" sandbox="" referrerPolicy="no-referrer" title={baseName(file.path)} src={fileUrl(file.run, file.path, { sandbox: '1' })} />}
    />
  );
}
