import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '../ui/Button';
import { Chooser } from '../ui/Chooser';
import { Field } from '../ui/Field';
import { Failed } from '../ui/States';
import { findModels } from './Attachments';
import { CheckResults } from './CheckResults';
import { missing, slotName } from './gates';
import { tryDraft } from './policies';

/** What a policy that is still written would say of a version. Nothing is saved, moved or run. */
export function DraftTry({ yaml, name }: { yaml: string; name: string }) {
  const [model, setModel] = useState('');
  const [version, setVersion] = useState('');
  const [place, setPlace] = useState('');
  const ready = model !== '' && version !== '';
  const trying = useMutation({
    mutationFn: async () => {
      const slot = place.trim();
      return { of: yaml, said: await tryDraft({ yaml, model, version, name: name || undefined, ...(slot.startsWith('@') ? { alias: slot.slice(1) } : slot !== '' && { stage: slot }) }) };
    },
    meta: { silent: true },
  });
  const { of, said } = trying.data ?? {};
  const checks = said?.checks ?? [];
  return (
    <details className="policies-draft">
      <summary>Try it on a version before saving</summary>
      <div className="stack">
        {/* No form of its own: it stands within the one that saves. */}
        <div
          className="policies-try"
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || event.defaultPrevented || !(event.target instanceof HTMLInputElement)) return;
            event.preventDefault();
            if (ready) trying.mutate();
          }}
        >
          <Chooser label="Model" of="models" chosen={model === '' ? null : { id: model, name: model }} onChoose={(choice) => setModel(choice?.id ?? '')} find={findModels} placeholder="Part of its name" />
          <Field label="Version" inputMode="numeric" maxLength={19} autoComplete="off" value={version} onChange={(event) => setVersion(event.target.value.replace(/\D/g, ''))} />
          <Field label="Place" maxLength={256} autoComplete="off" placeholder="@champion" value={place} onChange={(event) => setPlace(event.target.value)} hint="An alias, or a stage." />
          <Button disabled={!ready || trying.isPending} onClick={() => trying.mutate()}>
            Try
          </Button>
        </div>
        <div aria-live="polite" className="stack">
          {trying.error && <Failed problem={trying.error} />}
          {said?.valid === false && <p className="policies-wrong">The text is no policy yet: what is wrong stands above.</p>}
          {said && said.valid !== false && (
            <>
              <h3 className="row">
                To {slotName(said)} <span className={said.passed ? 'pill good' : 'pill bad'}>{said.passed ? 'would pass' : `${missing(checks).length} missing`}</span>
                {of !== yaml && <span className="pill warn">of an earlier text</span>}
              </h3>
              <CheckResults checks={checks} />
            </>
          )}
        </div>
      </div>
    </details>
  );
}
