import { Button } from './button';
import { Sheet, SheetActions } from './sheet';

export interface ConfirmProps {
  title: string;
  text: string;
  keep: string;
  go: string;
  onClose(confirmed: boolean): void;
}

/** Asks before something is stopped; Esc means "keep". */
export function Confirm({ title, text, keep, go, onClose }: ConfirmProps) {
  return (
    <Sheet title={title} onClose={() => onClose(false)}>
      <p>{text}</p>
      <SheetActions>
        <Button look="quiet" onClick={() => onClose(false)}>
          {keep}
        </Button>
        <Button look="danger" onClick={() => onClose(true)}>
          {go}
        </Button>
      </SheetActions>
    </Sheet>
  );
}
