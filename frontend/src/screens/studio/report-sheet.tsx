import { useState } from 'react';
import type { Job } from '../../core/api.types';
import { lastRequest } from '../../core/last-request';
import { reportText } from '../../core/report';
import { Button } from '../../ui/button';
import { Sheet, SheetActions } from '../../ui/sheet';
import { useWords } from '../../ui/words';
import styles from './report-sheet.module.css';

/** What to send to the people who run the studio, to be copied by a button or by hand. */
export function ReportSheet({ job, onClose }: { job: Job; onClose(): void }) {
  const { t } = useWords();
  const [text] = useState(() => reportText(job, lastRequest()));
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
    } catch {
      document.querySelector<HTMLTextAreaElement>('#report-text')?.select();
    }
  };
  return (
    <Sheet title={t('report')} onClose={onClose}>
      <p>{t('report_text')}</p>
      <textarea
        id="report-text"
        className={styles.text}
        lang="en"
        readOnly
        rows={7}
        aria-label={t('report_label')}
        value={text}
      />
      <SheetActions>
        <Button look="quiet" onClick={onClose}>
          {t('close')}
        </Button>
        <Button look="primary" icon={copied ? 'check' : 'copy'} onClick={copy}>
          {t(copied ? 'copied' : 'copy')}
        </Button>
      </SheetActions>
    </Sheet>
  );
}
