import { type ChangeEvent, useId } from 'react';
import { bytes } from '../../core/format';
import type { Photo } from '../../core/photo';
import { Button, LabelButton } from '../../ui/button';
import { Icon } from '../../ui/icon';
import { useWords } from '../../ui/words';
import { FieldError } from './field-error';
import styles from './photo-field.module.css';

export interface PhotoFieldProps {
  photo: Photo | null;
  preparing: boolean;
  error: string | null;
  onFile(file: File): void;
  onRemove(): void;
  onSample(): void;
  onWithoutPhoto(): void;
}

const ACCEPT = 'image/*,.heic,.heif';

/** Button, drop, paste and camera lead here; drop and paste are listened for on the whole page. */
export function PhotoField(props: PhotoFieldProps) {
  const { t } = useWords();
  const errorId = useId();
  const take = (event: ChangeEvent<HTMLInputElement>) => {
    const file = event.target.files?.[0];
    if (file) props.onFile(file);
    event.target.value = '';
  };
  const input = (
    <input
      id="photo-input"
      className={styles.input}
      type="file"
      accept={ACCEPT}
      aria-label={props.photo ? t('photo_change') : t('photo_add')}
      aria-invalid={props.error !== null}
      aria-describedby={props.error ? errorId : undefined}
      onChange={take}
    />
  );
  const camera = (
    <LabelButton look="quiet" icon="camera" className={styles.camera}>
      <input className={styles.input} type="file" accept="image/*" capture="environment" onChange={take} />
      {t('photo_take')}
    </LabelButton>
  );

  return (
    <div data-testid="photo-field">
      {props.photo ? (
        <div className={styles.chosen}>
          <Preview photo={props.photo} />
          <div className={styles.about}>
            <p className={styles.name}>{t('photo_yours')}</p>
            <p className={styles.size}>
              {props.photo.size && `${props.photo.size.width} × ${props.photo.size.height} · `}
              {bytes(props.photo.blob.size)}
            </p>
            <div className={styles.row}>
              <LabelButton look="quiet">
                {input}
                {t('photo_change')}
              </LabelButton>
              <Button look="plain" onClick={props.onRemove}>
                {t('photo_remove')}
              </Button>
            </div>
          </div>
        </div>
      ) : (
        <>
          {/* biome-ignore lint/a11y/noLabelWithoutControl: the control is among the children */}
          <label className={`${styles.zone} ${props.error ? styles.wrong : ''}`}>
            {input}
            <span className={styles.sign}>
              <Icon name="photo" size={26} />
            </span>
            <strong>{props.preparing ? t('preparing') : t('photo_add')}</strong>
            <span className={styles.hint}>{t('photo_hint')}</span>
          </label>
          <div className={styles.row}>
            {camera}
            <Button look="plain" onClick={props.onSample}>
              {t('photo_sample')}
            </Button>
          </div>
        </>
      )}
      <FieldError id={errorId} text={props.error}>
        <Button look="plain" onClick={props.onWithoutPhoto}>
          {t('without_photo')}
        </Button>
      </FieldError>
    </div>
  );
}

function Preview({ photo }: { photo: Photo }) {
  const { t } = useWords();
  if (photo.size) return <img className={styles.preview} src={photo.url} alt={t('photo_yours')} />;
  return (
    <div className={styles.preview}>
      <Icon name="photo" size={28} />
      <span className="sr-only">{t('photo_no_preview')}</span>
    </div>
  );
}
