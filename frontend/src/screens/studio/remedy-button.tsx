import { useLocation } from 'wouter';
import { pathOf } from '../../core/lang';
import type { Problem } from '../../core/problem';
import { remedyOf, type Way } from '../../core/remedy';
import { Button, type Look } from '../../ui/button';
import { useWords } from '../../ui/words';
import { focusOn } from './focus';
import { desk } from './use-draft';

export interface RemedyButtonProps {
  problem: Problem;
  /** Sending again would be refused still. */
  waiting: boolean;
  look?: Look['look'];
  onSend(): void;
}

/** The next step that a refusal leaves, as a button. */
export function RemedyButton({ problem, waiting, look = 'plain', onSend }: RemedyButtonProps) {
  const { t, lang } = useWords();
  const [, navigate] = useLocation();
  const remedy = remedyOf(problem.code);
  if (!remedy || (waiting && remedy.way === 'send')) return null;
  const ways: Record<Way, () => void> = {
    photo() {
      const input = document.getElementById('photo-input');
      if (input) return input.click();
      desk.change({ mode: 'photo' });
      focusOn('photo-input');
    },
    prompt: () => focusOn('prompt-input'),
    ratio: () => document.querySelector<HTMLElement>('#form input[name=ratio]')?.focus(),
    form: () => document.querySelector<HTMLElement>('#form [aria-invalid=true], #form input')?.focus(),
    send: onSend,
    history: () => navigate(pathOf(lang, 'history')),
    account: () => navigate(pathOf(lang, 'account')),
    studio: () => navigate(pathOf(lang)),
  };
  return (
    <Button look={look} onClick={ways[remedy.way]}>
      {t(remedy.word)}
    </Button>
  );
}
