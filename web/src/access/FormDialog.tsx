import { useId, type ReactNode } from 'react';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';

interface Props {
  title: string;
  action: string;
  danger?: boolean | undefined;
  ready: boolean;
  busy: boolean;
  wrong: Error | null;
  onSubmit: () => void;
  onClose: () => void;
  children: ReactNode;
}

/** A dialog that asks for something and does it; what the server refuses is said in it, so that nothing typed is lost. */
export function FormDialog({ title, action, danger, ready, busy, wrong, onSubmit, onClose, children }: Props) {
  const id = useId();
  return (
    <Dialog
      title={title}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form={id} look={danger ? 'danger' : 'primary'} disabled={!ready || busy}>
            {action}
          </Button>
        </>
      }
    >
      <form
        id={id}
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (ready && !busy) onSubmit();
        }}
      >
        {children}
        {wrong && (
          <div className="problem" role="alert">
            {wrong.message}
          </div>
        )}
      </form>
    </Dialog>
  );
}
