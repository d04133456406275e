import { Icon } from '../ui/Icon';
import { steps } from './reasons';
import { rightText, rightWords } from './words';
import './why.css';

/** What somebody may do and what makes it so, step by step. */
export function Why({ subject, rights, reasons }: { subject: string; rights: readonly string[]; reasons: readonly string[] }) {
  const order = Object.keys(rightWords);
  const shown = rights.filter((right) => right !== 'SignedIn').sort((a, b) => order.indexOf(a) - order.indexOf(b));
  return (
    <div className="why">
      <div>
        <h3>{shown.length === 0 ? `${subject} may do nothing` : `${subject} may`}</h3>
        <ul role="list" className="why-rights">
          {shown.map((right) => (
            <li key={right} title={right}>
              <Icon name="check" /> {rightText(right)}
            </li>
          ))}
        </ul>
      </div>
      <div>
        <h3>Because</h3>
        <ol role="list" className="why-steps">
          {steps(reasons).map((step, index) => (
            <li key={index} className={step.effect}>
              {step.text}
            </li>
          ))}
        </ol>
      </div>
    </div>
  );
}
