import { Link } from '@tanstack/react-router';
import type { Arm } from './wire';

/** The version that an arm answers with, as a link, and what it follows. */
export function ArmVersion({ of, long }: { of: Arm; long?: boolean }) {
  const version = of.serving_version ?? of.version;
  const follows = of.alias ? `@${of.alias}` : of.stage;
  return (
    <span className="endpoint-version">
      {version === undefined ? (
        <Link to="/models/$name" params={{ name: of.model }}>
          {of.model}
        </Link>
      ) : (
        <Link to="/models/$name/versions/$version" params={{ name: of.model, version }}>
          {of.model} v{version}
        </Link>
      )}
      {follows && (
        <span className="muted" title={of.alias ? 'Follows the alias' : 'Follows the stage'}>
          {long ? ` follows ${follows}` : ` ${follows}`}
        </span>
      )}
    </span>
  );
}
