import { useLocation } from 'wouter';
import { pathOf } from '../../core/lang';
import type { Problem } from '../../core/problem';
import { remedyOf, type Way } from '../../core/remedy';
import { Button, type Look } from '../../ui/button';
import { useWords } from '../../ui/words';
import { focusOn } from './focus';

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
    photo: () => document.getElementById('photo-input')?.click(),
    prompt: () => focusOn('prompt-input'),
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
