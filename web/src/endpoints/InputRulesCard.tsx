import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { toast } from '../ui/Toasts';
import { change, changed } from './endpoints';
import { emptyRule, readRules, ruleText, type RuleText } from './inputRules';
import type { Endpoint } from './wire';
import { Wrong } from './Wrong';

/** What columns may hold, and what happens to what they may not. */
export function InputRulesCard({ of, may }: { of: Endpoint; may: boolean }) {
  const queries = useQueryClient();
  const [rules, setRules] = useState<readonly RuleText[]>(() => (of.input_rules ?? []).map(ruleText));
  const read = readRules(rules);
  const saving = useMutation({
    mutationFn: (input_rules: unknown) => change(of.name, { input_rules }),
    meta: { silent: true },
    onSuccess: async (now) => {
      toast('Saved. The rules count from now on.');
      await changed(queries, of.name, now);
    },
  });
  const set = (at: number, part: Partial<RuleText>) => setRules(rules.map((one, index) => (index === at ? { ...one, ...part } : one)));
  if (!may && rules.length === 0) return null;
  return (
    <form
      className="card stack"
      aria-label="Input rules"
      onSubmit={(event) => {
        event.preventDefault();
        if ('rules' in read) saving.mutate(read.rules);
      }}
    >
      <h2>Input rules</h2>
      <p className="muted endpoint-small">Bounds and categories of columns. Reject answers 400; warn and clip answer, and say so in a header.</p>
      {rules.map((rule, at) => (
        <fieldset key={at} className="endpoint-rule" disabled={!may}>
          <input className="input" aria-label={`Column of rule ${at + 1}`} placeholder="column" value={rule.column} maxLength={1000} onChange={(event) => set(at, { column: event.target.value })} />
          <input className="input" aria-label={`Least of rule ${at + 1}`} placeholder="least" inputMode="decimal" value={rule.min} onChange={(event) => set(at, { min: event.target.value })} />
          <input className="input" aria-label={`Most of rule ${at + 1}`} placeholder="most" inputMode="decimal" value={rule.max} onChange={(event) => set(at, { max: event.target.value })} />
          <input className="input" aria-label={`Categories of rule ${at + 1}`} placeholder="or categories, with commas" value={rule.categories} onChange={(event) => set(at, { categories: event.target.value })} />
          <select className="input" aria-label={`What rule ${at + 1} does`} value={rule.action} onChange={(event) => set(at, { action: event.target.value })}>
            <option>warn</option>
            <option>reject</option>
            <option>clip</option>
          </select>
          <Button look="plain" square aria-label={`Remove rule ${at + 1}`} onClick={() => setRules(rules.filter((_, index) => index !== at))}>
            <Icon name="close" size={12} />
          </Button>
        </fieldset>
      ))}
      {'wrong' in read && <p className="endpoint-wrong endpoint-small">{read.wrong}</p>}
      <Wrong problem={saving.error} />
      {may && (
        <div className="row">
          <Button onClick={() => setRules([...rules, emptyRule])}>
            <Icon name="plus" /> Rule
          </Button>
          <Button type="submit" look="primary" disabled={'wrong' in read || saving.isPending}>
            Save
          </Button>
        </div>
      )}
    </form>
  );
}
