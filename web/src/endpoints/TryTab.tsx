import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useId, useState } from 'react';
import { Button } from '../ui/Button';
import { CodeBlock } from '../ui/CodeBlock';
import { Field, TextField } from '../ui/Field';
import { micros } from '../ui/format';
import { Icon } from '../ui/Icon';
import { Failed, Loading } from '../ui/States';
import { Copyable } from '../ui/Value';
import { endpointKey, mayDo } from './endpoints';
import { bodyOf, pathOf, protocolOf, protocols, type Protocol } from './protocols';
import { askEndpoint, laidOut, type Answered } from './send';
import { isTabular, kindOf, readCell, type Cell, type Input, type Json } from './signature';
import { useSignature, type Taken } from './useSignature';
import type { Endpoint } from './wire';

/** A form made of the model's signature that sends a real request. */
export function TryTab({ of }: { of: Endpoint }) {
  const taken = useSignature(of);
  if (taken.loading) return <Loading lines={6} />;
  if (!mayDo(of, 'invoke')) return <p className="card">You may look at this endpoint, not call it: the right InvokeEndpoints is missing.</p>;
  // Made anew for another signature: what was typed for the old one fits no more.
  return <Form key={JSON.stringify(taken.inputs)} of={of} taken={taken} />;
}

function Form({ of, taken }: { of: Endpoint; taken: Taken }) {
  const { as } = useSearch({ from: '/endpoints/$name' });
  const protocol = protocolOf(as);
  const { inputs } = taken;
  const tabular = isTabular(inputs);
  const queries = useQueryClient();
  const [rows, setRows] = useState<readonly (readonly string[])[]>(taken.example.rows);
  const [tensors, setTensors] = useState<readonly string[]>(taken.example.tensors);
  const [raw, setRaw] = useState('{"inputs": []}');
  const [key, setKey] = useState('');
  const read = inputs.length === 0 ? readRaw(raw) : tabular ? readRows(inputs, rows, protocol) : readTensors(inputs, tensors, protocol);
  const asking = useMutation({
    mutationFn: (body: Json) => askEndpoint(pathOf(protocol, of.name), body, key.trim() || undefined),
    meta: { silent: true },
    onSettled: () => queries.invalidateQueries({ queryKey: [...endpointKey(of.name), 'predictions'] }),
  });
  return (
    <div className="endpoint-columns">
      <form
        className="card stack"
        aria-label="Request"
        onSubmit={(event) => {
          event.preventDefault();
          if ('value' in read) asking.mutate(read.value);
        }}
      >
        <div className="row between">
          <h2>Request</h2>
          <ProtocolSelect of={of} protocol={protocol} />
        </div>
        <p className="muted endpoint-small">
          {inputs.length === 0
            ? 'The version has no signature: write the body yourself.'
            : taken.own
              ? 'Filled with the input example that was saved beside the model.'
              : 'The model has no input example: the form begins with noughts.'}
        </p>
        {inputs.length === 0 ? (
          <TextField label="Body, as JSON" rows={10} className="input mono" spellCheck={false} value={raw} onChange={(event) => setRaw(event.target.value)} />
        ) : tabular ? (
          <RowsForm inputs={inputs} rows={rows} setRows={setRows} />
        ) : (
          inputs.map((input, index) => (
            <TextField
              key={index}
              label={input.name || `Input ${index + 1}`}
              hint={`${input.type ?? ''} ${input.shape ?? ''}`}
              rows={4}
              className="input mono"
              spellCheck={false}
              value={tensors[index] ?? ''}
              onChange={(event) => setTensors(tensors.map((text, at) => (at === index ? event.target.value : text)))}
            />
          ))
        )}
        {of.sticky && <Field label="Sticky key" value={key} maxLength={256} onChange={(event) => setKey(event.target.value)} hint="The same key gets the same arm." />}
        {'wrong' in read && (
          <p className="endpoint-wrong endpoint-small" role="status">
            {read.wrong}
          </p>
        )}
        <div className="row">
          <Button type="submit" look="primary" disabled={'wrong' in read || asking.isPending}>
            Send
          </Button>
          <span className="muted endpoint-small mono">POST {pathOf(protocol, of.name)}</span>
        </div>
        {'value' in read && (
          <details>
            <summary className="endpoint-small">What is sent</summary>
            <CodeBlock text={laidOut(JSON.stringify(read.value))} label="What is sent" />
          </details>
        )}
      </form>
      <div className="stack" aria-live="polite">
        {asking.error && <Failed problem={asking.error} />}
        {asking.data && <Answer of={asking.data} endpoint={of.name} />}
        {!asking.data && !asking.error && (
          <section className="card">
            <p className="muted">The answer comes here, with the version that gave it and where the time went.</p>
          </section>
        )}
      </div>
    </div>
  );
}

/** Which dialect is spoken; part of the address. */
export function ProtocolSelect({ of, protocol }: { of: Endpoint; protocol: Protocol }) {
  const navigate = useNavigate({ from: '/endpoints/$name' });
  const id = useId();
  return (
    <div className="row endpoint-small">
      <label htmlFor={id}>Protocol</label>
      <select id={id} className="input" value={protocol} onChange={(event) => void navigate({ params: { name: of.name }, search: (before) => ({ ...before, as: event.target.value }), replace: true, resetScroll: false })}>
        {(Object.keys(protocols) as Protocol[]).map((one) => (
          <option key={one} value={one}>
            {protocols[one].label}
          </option>
        ))}
      </select>
    </div>
  );
}

const rowsMax = 20;

function RowsForm({ inputs, rows, setRows }: { inputs: readonly Input[]; rows: readonly (readonly string[])[]; setRows: (rows: readonly (readonly string[])[]) => void }) {
  const set = (row: number, column: number, text: string) => setRows(rows.map((cells, at) => (at === row ? cells.map((cell, place) => (place === column ? text : cell)) : cells)));
  return (
    <>
      {rows.map((cells, row) => (
        <fieldset key={row} className="endpoint-row">
          <legend>
            Row {row + 1}
            {rows.length > 1 && (
              <Button look="plain" square aria-label={`Remove row ${row + 1}`} onClick={() => setRows(rows.filter((_, at) => at !== row))}>
                <Icon name="close" size={12} />
              </Button>
            )}
          </legend>
          <div className="endpoint-cells">
            {inputs.map((input, column) => (
              <label key={column} className="field">
                <span title={input.name}>
                  {input.name} <span className="muted">{input.type}</span>
                </span>
                {kindOf(input.type) === 'boolean' ? (
                  <select className="input" value={cells[column] ?? ''} onChange={(event) => set(row, column, event.target.value)}>
                    {input.required === false && <option value="" />}
                    <option>true</option>
                    <option>false</option>
                  </select>
                ) : (
                  <input className="input" inputMode={kindOf(input.type) === 'text' ? 'text' : 'decimal'} placeholder={input.required === false ? 'may be empty' : undefined} value={cells[column] ?? ''} onChange={(event) => set(row, column, event.target.value)} />
                )}
              </label>
            ))}
          </div>
        </fieldset>
      ))}
      {rows.length < rowsMax && (
        <div>
          <Button onClick={() => setRows([...rows, [...(rows.at(-1) ?? inputs.map(() => ''))]])}>
            <Icon name="plus" /> Another row
          </Button>
        </div>
      )}
    </>
  );
}

type Body = { value: Json } | { wrong: string };

function readRows(inputs: readonly Input[], rows: readonly (readonly string[])[], protocol: Protocol): Body {
  const read: Cell[][] = [];
  for (const [index, cells] of rows.entries()) {
    const row: Cell[] = [];
    for (const [column, input] of inputs.entries()) {
      const cell = readCell(input, cells[column] ?? '');
      if ('wrong' in cell) return { wrong: rows.length > 1 ? `Row ${index + 1}: ${cell.wrong}` : cell.wrong };
      row.push(cell.value);
    }
    read.push(row);
  }
  return { value: bodyOf(protocol, { inputs, rows: read, tensors: [] }) };
}

function readTensors(inputs: readonly Input[], texts: readonly string[], protocol: Protocol): Body {
  const tensors: Json[] = [];
  for (const [index, input] of inputs.entries()) {
    try {
      tensors.push(JSON.parse(texts[index] ?? '') as Json);
    } catch {
      return { wrong: `${input.name || `Input ${index + 1}`} is no JSON: nested lists of values, one list for each row.` };
    }
  }
  return { value: bodyOf(protocol, { inputs, rows: [], tensors }) };
}

function readRaw(text: string): Body {
  try {
    return { value: JSON.parse(text) as Json };
  } catch {
    return { wrong: 'This is no JSON.' };
  }
}

/** An answer as it came, refusals too. */
export function Answer({ of, endpoint }: { of: Answered; endpoint: string }) {
  const ok = of.status < 300;
  const navigate = useNavigate({ from: '/endpoints/$name' });
  return (
    <section className="card stack" aria-label="Answer">
      <div className="row between">
        <h2 className="row">
          Answer <span className={`pill ${ok ? 'good' : of.status < 500 ? 'warn' : 'bad'}`}>{of.status}</span>
        </h2>
        {ok && of.id && (
          <Button onClick={() => void navigate({ params: { name: endpoint }, search: (before) => ({ ...before, prediction: of.id ?? undefined }), resetScroll: false })} title="Its entry in the prediction log, with its explanation">
            Look into it
          </Button>
        )}
      </div>
      <dl className="facts">
        {of.version && (
          <div className="endpoint-fact">
            <dt>Version</dt>
            <dd>{of.version}</dd>
          </div>
        )}
        {of.id && (
          <div className="endpoint-fact">
            <dt>Request</dt>
            <dd>
              <Copyable text={of.id} />
            </dd>
          </div>
        )}
        {of.phases.length > 0 && (
          <div className="endpoint-fact">
            <dt>On the server</dt>
            <dd>{of.phases.map(({ name, ms }) => `${name} ${micros(ms * 1000)}`).join(', ')}</dd>
          </div>
        )}
        <div className="endpoint-fact">
          <dt>From here</dt>
          <dd>{micros(of.ms * 1000)}, network and browser included</dd>
        </div>
        {of.warnings && (
          <div className="endpoint-fact">
            <dt>Warnings</dt>
            <dd className="endpoint-held">{of.warnings}</dd>
          </div>
        )}
      </dl>
      <CodeBlock text={laidOut(of.text)} label="The answer" />
    </section>
  );
}
