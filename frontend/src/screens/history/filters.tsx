import { FILTERS } from '../../core/listing';
import { useAreaWords } from '../../ui/area-words';
import { Choice } from '../../ui/choice';
import { Icon } from '../../ui/icon';
import styles from './filters.module.css';
import type { Wish } from './use-wanted';
import { words } from './words';

const KINDS = ['all', ...FILTERS] as const;

/** What to look for, and which kind of pictures. */
export function Filters({ wish }: { wish: Wish }) {
  const say = useAreaWords(words);
  const clear = () => {
    wish.write('');
    document.getElementById('search')?.focus();
  };
  return (
    // biome-ignore lint/a11y/noRedundantRoles: Chromium before 118 does not know the element
    <search role="search" className={styles.filters}>
      <div className={styles.search}>
        <label className="sr-only" htmlFor="search">
          {say('search')}
        </label>
        <Icon name="search" />
        <input
          id="search"
          type="search"
          enterKeyHint="search"
          autoComplete="off"
          placeholder={say('search_hint')}
          value={wish.text}
          onChange={(event) => wish.write(event.target.value)}
        />
        {wish.text && (
          <button type="button" aria-label={say('search_clear')} title={say('search_clear')} onClick={clear}>
            <Icon name="close" size={18} />
          </button>
        )}
      </div>
      <Choice
        name="show"
        title={say('show')}
        small
        options={KINDS.map((value) => ({ value, label: say(`show_${value}`) }))}
        value={wish.wanted.filter ?? 'all'}
        onChoose={(kind) => wish.choose(kind === 'all' ? null : kind)}
      />
    </search>
  );
}
