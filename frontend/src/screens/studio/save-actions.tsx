import { type MouseEvent, useState } from 'react';
import { fetchPhoto } from '../../core/api';
import type { Config, Job } from '../../core/api.types';
import { nameFor, sniffBlob } from '../../core/image';
import { inAppBrowser } from '../../core/in-app';
import { sharePicture, sharesPictures } from '../../core/share';
import { Button, LinkButton } from '../../ui/button';
import { useNotices } from '../../ui/notices';
import { useWords } from '../../ui/words';
import type { Trouble } from './save-help';
import { SaveSheet } from './save-sheet';
import styles from './stage.module.css';

export interface SaveActionsProps {
  job: Job;
  /** The file types that the gateway makes; null when it makes none. */
  download: Config['download'] | null;
  onTrouble(trouble: Trouble | null): void;
}

async function pictureFile(job: Job): Promise<File> {
  const blob = await fetchPhoto(job.result_url ?? '');
  const type = (await sniffBlob(blob)) ?? 'image/png';
  return new File([blob], nameFor(type, `picture-${job.id.slice(-8)}`), { type });
}

export function SaveActions({ job, download, onTrouble }: SaveActionsProps) {
  const { t } = useWords();
  const [choosing, setChoosing] = useState(false);
  const [shares] = useState(sharesPictures);
  const inApp = inAppBrowser(navigator.userAgent) !== null;
  const save = (event: MouseEvent) => {
    if (!inApp) return;
    event.preventDefault();
    onTrouble('in_app_browser');
  };
  return (
    <>
      <LinkButton
        className={styles.main}
        look="primary"
        icon="save"
        id="save"
        href={job.download_url ?? '#'}
        download=""
        onClick={save}
      >
        {t('save')}
      </LinkButton>
      {shares && <ShareButton job={job} onTrouble={onTrouble} />}
      {download && !inApp && (
        <Button icon="files" onClick={() => setChoosing(true)}>
          {t('save_as')}
        </Button>
      )}
      {choosing && download && <SaveSheet job={job} download={download} onClose={() => setChoosing(false)} />}
    </>
  );
}

/** Fetching may take longer than a press counts for: the file is kept, and the next press is quick. */
function ShareButton({ job, onTrouble }: Pick<SaveActionsProps, 'job' | 'onTrouble'>) {
  const { t } = useWords();
  const { show } = useNotices();
  const [file, setFile] = useState<File | null>(null);
  const [busy, setBusy] = useState(false);
  const share = async () => {
    if (busy) return;
    setBusy(true);
    onTrouble(null);
    try {
      const picture = file ?? (await pictureFile(job));
      setFile(picture);
      const ended = await sharePicture(picture);
      if (ended === 'too_late') show({ text: t('share_again') });
      if (ended === 'failed') onTrouble('share_failed');
    } catch {
      onTrouble('download_failed');
    }
    setBusy(false);
  };
  return (
    <Button icon="share" aria-disabled={busy} onClick={share}>
      {t(busy && !file ? 'share_preparing' : 'share')}
    </Button>
  );
}
