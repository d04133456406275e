import { useQuery } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { meQuery } from '../app/me';
import { Button } from '../ui/Button';
import { CodeBlock } from '../ui/CodeBlock';
import { Loading } from '../ui/States';
import { Copyable } from '../ui/Value';
import { mainArm } from './endpoints';
import { pathOf, protocolOf, protocols, type Protocol } from './protocols';
import { readCell, type Cell, type Json } from './signature';
import { feedback, languages, snippet, type Called, type Language } from './snippets';
import { ProtocolSelect } from './TryTab';
import { useSignature } from './useSignature';
import type { Endpoint } from './wire';

/** How a program calls this endpoint, in the dialect that it speaks already. */
export function UseTab({ of }: { of: Endpoint }) {
  const { as } = useSearch({ from: '/endpoints/$name' });
  const protocol = protocolOf(as);
  const [language, setLanguage] = useState<Language>('curl');
  const me = useQuery(meQuery).data;
  const taken = useSignature(of);
  if (taken.loading) return <Loading lines={6} />;
  const arm = mainArm(of);
  const called: Called = {
    origin: location.origin,
    endpoint: of.name,
    token: me !== undefined && !me.single_user,
    model: `models:/${arm?.model ?? of.name}${arm?.alias ? `@${arm.alias}` : `/${arm?.stage ?? arm?.version ?? '1'}`}`,
    asked: {
      inputs: taken.inputs,
      rows: taken.example.rows.slice(0, 1).map((row) => taken.inputs.map((input, at): Cell => valueOf(readCell(input, row[at] ?? '')))),
      tensors: taken.example.tensors.map((text) => JSON.parse(text) as Json),
    },
  };
  return (
    <div className="endpoint-columns">
      <div className="stack">
        <section className="card stack" aria-label="Call it">
          <div className="row between">
            <h2>Call it</h2>
            <ProtocolSelect of={of} protocol={protocol} />
          </div>
          <div className="row" role="group" aria-label="Language">
            {(Object.keys(languages) as Language[]).map((one) => (
              <Button key={one} aria-pressed={one === language} onClick={() => setLanguage(one)}>
                {languages[one]}
              </Button>
            ))}
          </div>
          <CodeBlock text={snippet(language, protocol, called)} label={`Call it from ${languages[language]}`} />
          {called.token && <p className="muted endpoint-small">A key that may only call this endpoint is made under Settings here.</p>}
        </section>
        <section className="card stack" aria-label="Tell what came of it">
          <h2>Tell what came of it</h2>
          <p className="muted endpoint-small">The answer’s X-Request-Id names the prediction. What really happened, posted under it, joins the prediction log, the A/B analysis and the bandit.</p>
          <CodeBlock text={feedback(called)} label="Post an outcome" />
        </section>
      </div>
      <section className="card stack" aria-label="Addresses">
        <h2>Addresses</h2>
        <p className="muted endpoint-small">All of them answer at once. Who comes from another server changes the URL.</p>
        <dl className="endpoint-addresses">
          {(Object.keys(protocols) as Protocol[]).map((one) => (
            <div key={one}>
              <dt>
                {protocols[one].label} <span className="muted">{protocols[one].note}</span>
              </dt>
              <dd>
                <Copyable text={called.origin + pathOf(one, of.name)} title="Copy the address">
                  <code>{pathOf(one, of.name)}</code>
                </Copyable>
              </dd>
            </div>
          ))}
        </dl>
        <p className="endpoint-small">
          <a href={`/endpoints/${encodeURIComponent(of.name)}/openapi.json`}>Its OpenAPI document</a>
        </p>
      </section>
    </div>
  );
}

function valueOf(read: ReturnType<typeof readCell>): Cell {
  return 'value' in read ? read.value : null;
}
