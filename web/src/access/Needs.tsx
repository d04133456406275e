import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { meQuery, type Me } from '../app/me';
import { CodeBlock } from '../ui/CodeBlock';
import { Empty, Shown } from '../ui/States';
import { rightText, rolesWith } from './words';

/** Shows its content to who has a right, and to everybody else which right is missing and who can give it. */
export function Needs({ right, children }: { right: string; children: ReactNode }) {
  const me = useQuery(meQuery);
  return <Shown of={me}>{(who) => (has(who, right) ? <>{children}</> : <Lacking right={right} who={who} />)}</Shown>;
}

/** Whether somebody has a right, or has every one. */
export function has(who: Me, right: string): boolean {
  return who.administrator === true || who.single_user === true || (who.rights ?? []).includes(right);
}

function Lacking({ right, who }: { right: string; who: Me }) {
  const givenBy = rolesWith(right);
  return (
    <section className="card">
      <Empty title="You may not see this">
        <p>
          It takes the right to <strong>{rightText(right)}</strong> ({right}), which <strong>{who.name}</strong> does not have in the workspace <strong>{who.workspace}</strong>.
        </p>
        <p>{givenBy.length === 0 ? 'Only administrators of the installation have it.' : `An admin of the workspace can give it: it comes with the role ${givenBy.join(' or ')}.`}</p>
      </Empty>
    </section>
  );
}

/** Where nobody signs in: what that means, and how to change it. */
export function SingleUser({ what, othersHere }: { what: string; othersHere?: boolean | undefined }) {
  return (
    <section className="card">
      <Empty title="Nobody signs in here">
        <p>
          This server is for one user: whoever reaches its port may do everything, so there {what}.{othersHere && ' Other people have an account on its machine: they can do everything too.'}
        </p>
        <p>To share it, start it with</p>
        <CodeBlock text="slipway server --access-mode people --urls http://0.0.0.0:5000" label="Command for a server with sign-in" />
        <p>The first start prints a link, good once, that makes the first administrator. Everything that is here stays.</p>
      </Empty>
    </section>
  );
}

/** Content for servers where people sign in; for any other the reason why it is not there. */
export function People({ what, children }: { what: string; children: ReactNode }) {
  const me = useQuery(meQuery);
  return <Shown of={me}>{(who) => (who.single_user ? <SingleUser what={what} othersHere={who.others_here} /> : <>{children}</>)}</Shown>;
}
