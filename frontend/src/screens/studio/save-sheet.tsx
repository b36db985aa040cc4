import { type ReactNode, useState } from 'react';
import { variantUrl } from '../../core/api';
import type { Download, Job } from '../../core/api.types';
import type { WordKey } from '../../core/catalog';
import { Button, LinkButton } from '../../ui/button';
import { Sheet, SheetActions } from '../../ui/sheet';
import { useWords } from '../../ui/words';
import styles from './save.module.css';

type Format = 'original' | Download['formats'][number];

const NAMES: Record<Format, [WordKey, WordKey]> = {
  original: ['format_original', 'note_original'],
  png: ['format_png', 'note_png'],
  jpeg: ['format_jpeg', 'note_jpeg'],
  webp: ['format_webp', 'note_webp'],
};
const USUAL_QUALITY = 85;

function addressOf(job: Job, format: Format, quality: number): string {
  if (format === 'original') return job.download_url ?? '#';
  if (format === 'png') return variantUrl(job.id, { of: 'result', format });
  return variantUrl(job.id, { of: 'result', format, quality });
}

export interface SaveSheetProps {
  job: Job;
  download: Download;
  onClose(): void;
}

/** Which kind of file, and how good. */
export function SaveSheet({ job, download, onClose }: SaveSheetProps) {
  const { t } = useWords();
  const [format, setFormat] = useState<Format>('original');
  const [quality, setQuality] = useState(USUAL_QUALITY);
  const lossy = format === 'jpeg' || format === 'webp';
  const formats: Format[] = ['original', ...download.formats];
  return (
    <Sheet title={t('save_title')} onClose={onClose}>
      <fieldset className={styles.choices}>
        <legend className="sr-only">{t('format')}</legend>
        {formats.map((one) => (
          <Radio key={one} name="format" value={one} checked={one === format} onChoose={() => setFormat(one)}>
            {t(NAMES[one][0])} <small>{t(NAMES[one][1])}</small>
          </Radio>
        ))}
      </fieldset>
      {lossy && (
        <fieldset className={styles.qualities}>
          <legend>{t('quality')}</legend>
          {download.qualities.map((one) => (
            <Radio
              key={one}
              name="quality"
              value={one}
              checked={one === quality}
              onChoose={() => setQuality(one)}
            >
              {one}
            </Radio>
          ))}
        </fieldset>
      )}
      <p>{t('save_hint')}</p>
      <SheetActions>
        <Button look="quiet" onClick={onClose}>
          {t('close')}
        </Button>
        <LinkButton
          look="primary"
          icon="save"
          id="save-as"
          href={addressOf(job, format, quality)}
          download=""
          onClick={onClose}
        >
          {t('save')}
        </LinkButton>
      </SheetActions>
    </Sheet>
  );
}

interface RadioProps {
  name: string;
  value: string | number;
  checked: boolean;
  onChoose(): void;
  children: ReactNode;
}

function Radio({ name, value, checked, onChoose, children }: RadioProps) {
  return (
    <label className={styles.choice}>
      <input type="radio" name={name} value={value} checked={checked} onChange={onChoose} />
      <span>{children}</span>
    </label>
  );
}
