import { Link } from '@tanstack/react-router';
import { placeOf } from './words';

/** What an event was about: a link where it has a page, and an id in short. */
export function Subject({ of }: { of: string }) {
  const place = placeOf(of);
  const name = of.slice(of.indexOf('/') + 1);
  const text = /^[0-9a-f]{32}$/.test(name) ? name.slice(0, 8) : /^[A-Z]+ \//.test(of) ? of : name;
  return place === null ? (
    <span title={of}>{text}</span>
  ) : (
    <Link to={place} title={of} className={text === name ? undefined : 'mono'}>
      {text}
    </Link>
  );
}
