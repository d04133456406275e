import { useTheme } from '../app/theme';
import { number } from '../ui/format';
import { rampColor, seriesColor } from '../ui/palette';
import { fieldName, type FieldRef, type Scale } from './fields';

/** What the colours of a drawing stand for. */
export function ColorKey({ of, scale }: { of: FieldRef; scale: Scale }) {
  const theme = useTheme();
  if (scale.kind === 'category') {
    return (
      <ul role="list" className="color-key" aria-label={`Colours of ${fieldName(of)}`}>
        {scale.categories.slice(0, 20).map((name, index) => (
          <li key={name}>
            <span className="legend-mark" style={{ background: seriesColor(index, theme) }} /> {name}
          </li>
        ))}
      </ul>
    );
  }
  const stops = [0, 0.25, 0.5, 0.75, 1].map((share) => rampColor(share, theme)).join(', ');
  return (
    <div className="color-key" role="group" aria-label={`Colours of ${fieldName(of)}`}>
      <span>{fieldName(of)}</span>
      <span className="mono">{number(scale.least)}</span>
      <span className="color-key-ramp" style={{ background: `linear-gradient(to right, ${stops})` }} />
      <span className="mono">{number(scale.greatest)}</span>
      {scale.log && <span className="pill">log</span>}
    </div>
  );
}
