import { useQueryClient } from '@tanstack/react-query';
import { useState, useSyncExternalStore } from 'react';
import type { Account } from '../core/api.types';
import { Problem } from '../core/problem';
import { noteSessionOpened, putOff, sessionRefused } from '../core/session';
import { useAreaWords } from '../ui/area-words';
import { Button } from '../ui/button';
import { useNotices } from '../ui/notices';
import { Sheet, SheetActions } from '../ui/sheet';
import { useWords } from '../ui/words';
import { words } from './session-sheet.words';
import { sessionQuery } from './use-house';

/** Laid over the page when the session has ended. Nothing is unloaded: what waits goes on with the next one. */
export function SessionSheet() {
  const refused = useSyncExternalStore(sessionRefused.subscribe, sessionRefused.now, () => false);
  return refused ? <Ended /> : null;
}

function Ended() {
  const client = useQueryClient();
  const { explain } = useWords();
  const { announce } = useNotices();
  const t = useAreaWords(words);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const guest = client.getQueryData<Account>(['account'])?.kind === 'guest';

  const go = async () => {
    if (busy) return;
    setBusy(true);
    setProblem(null);
    try {
      await client.fetchQuery({ ...sessionQuery(client), staleTime: 0, retry: 2 });
      noteSessionOpened();
      announce(t('back'));
      void client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' });
    } catch (cause) {
      setBusy(false);
      setProblem(Problem.from(cause));
    }
  };

  return (
    <Sheet title={t('title')} onClose={putOff}>
      <div role="alert" data-testid="session-ended">
        <p>{t('safe')}</p>
        {guest && <p>{t('guest')}</p>}
        {problem && <p>{explain(problem)}</p>}
      </div>
      <SheetActions>
        <Button look="quiet" onClick={putOff}>
          {t('later')}
        </Button>
        <Button look="primary" onClick={() => void go()} aria-disabled={busy}>
          {t('go')}
        </Button>
      </SheetActions>
    </Sheet>
  );
}
