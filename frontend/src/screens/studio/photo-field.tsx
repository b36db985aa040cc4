import {
  type ChangeEvent,
  type ReactNode,
  type RefObject,
  useEffect,
  useId,
  useLayoutEffect,
  useRef,
} from 'react';
import { variantUrl } from '../../core/api';
import type { Preparing } from '../../core/desk';
import { bytes } from '../../core/format';
import type { Photo } from '../../core/photo';
import { Button, LabelButton } from '../../ui/button';
import { Icon } from '../../ui/icon';
import { useNotices } from '../../ui/notices';
import { Picture } from '../../ui/picture';
import { useWords } from '../../ui/words';
import { FieldError } from './field-error';
import { isLost } from './focus';
import styles from './photo-field.module.css';

export interface PhotoFieldProps {
  photo: Photo | null;
  /** A photo that was chosen and is not ready yet. */
  preparing: Preparing | null;
  /** The job whose picture is the photo, unless one was chosen here. */
  parent: string | null;
  error: string | null;
  /** The way on after an error. */
  remedy: ReactNode;
  onFile(file: File): void;
  onRemove(): void;
  onSample(): void;
  onWithoutPhoto(): void;
}

const ACCEPT = 'image/*,.heic,.heif';

/** Button, drop, paste and camera lead here; drop and paste are listened for on the whole page. */
export function PhotoField(props: PhotoFieldProps) {
  const { t } = useWords();
  const { announce } = useNotices();
  const errorId = useId();
  const preparing = props.preparing !== null;
  useEffect(() => {
    if (preparing) announce(t('preparing'));
  }, [preparing, announce, t]);
  const take = (event: ChangeEvent<HTMLInputElement>) => {
    const file = event.target.files?.[0];
    if (file) props.onFile(file);
    event.target.value = '';
  };
  const input = (
    <input
      id="photo-input"
      name="photo"
      className={styles.input}
      type="file"
      accept={ACCEPT}
      aria-label={props.photo || props.parent ? t('photo_change') : t('photo_add')}
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

  const remove = (
    <Button look="plain" onClick={props.onRemove}>
      {t('photo_remove')}
    </Button>
  );
  const state = preparing ? 'preparing' : props.photo || props.parent ? 'chosen' : 'empty';
  const field = useFocusKept(state);

  return (
    <div id="photo-field" ref={field} data-testid="photo-field">
      {state === 'preparing' && (
        <Chosen
          testId="preparing"
          picture={<Framed src={props.preparing?.url ?? null} alt="" />}
          name={t('preparing')}
        >
          {remove}
        </Chosen>
      )}
      {state === 'chosen' && (
        <Chosen
          picture={<Preview photo={props.photo} parent={props.parent} />}
          name={t(props.photo ? 'photo_yours' : 'photo_parent')}
          about={props.photo && sizeOf(props.photo)}
        >
          <LabelButton look="quiet">
            {input}
            {t('photo_change')}
          </LabelButton>
          {remove}
        </Chosen>
      )}
      {state === 'empty' && (
        <>
          {/* biome-ignore lint/a11y/noLabelWithoutControl: the control is among the children */}
          <label className={`${styles.zone} ${props.error ? styles.wrong : ''}`}>
            {input}
            <span className={styles.sign}>
              <Icon name="photo" size={26} />
            </span>
            <strong>{t('photo_add')}</strong>
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
        {props.remedy}
        <Button look="plain" onClick={props.onWithoutPhoto}>
          {t('without_photo')}
        </Button>
      </FieldError>
    </div>
  );
}

/** When the control that had the focus is gone with a state, the first one of the next state has it. */
function useFocusKept(state: string): RefObject<HTMLDivElement | null> {
  const field = useRef<HTMLDivElement>(null);
  const drawn = useRef(state);
  useLayoutEffect(() => {
    if (drawn.current === state) return;
    drawn.current = state;
    if (isLost()) field.current?.querySelector<HTMLElement>('input, button')?.focus();
  }, [state]);
  return field;
}

function sizeOf({ size, blob }: Photo): string {
  return (size ? `${size.width} × ${size.height} · ` : '') + bytes(blob.size);
}

interface ChosenProps {
  picture: ReactNode;
  name: string;
  about?: string | null;
  testId?: string;
  children: ReactNode;
}

function Chosen({ picture, name, about, testId, children }: ChosenProps) {
  return (
    <div className={styles.chosen} data-testid={testId}>
      {picture}
      <div className={styles.about}>
        <p className={styles.name}>{name}</p>
        {about && <p className={styles.size}>{about}</p>}
        <div className={styles.row}>{children}</div>
      </div>
    </div>
  );
}

function Preview({ photo, parent }: Pick<PhotoFieldProps, 'photo' | 'parent'>) {
  const { t } = useWords();
  if (photo?.size) return <Framed src={photo.url} alt={t('photo_yours')} />;
  if (photo || !parent) return <Framed src={null} alt={t('photo_no_preview')} />;
  const thumbnail = variantUrl(parent, { of: 'thumbnail', size: 384 });
  return <Framed src={thumbnail} alt={t('photo_parent')} />;
}

function Framed({ src, alt }: { src: string | null; alt: string }) {
  if (src) return <Picture className={styles.preview} src={src} alt={alt} />;
  return (
    <div className={styles.preview}>
      <Icon name="photo" size={28} />
      {alt && <span className="sr-only">{alt}</span>}
    </div>
  );
}
