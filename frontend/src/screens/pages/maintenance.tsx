import { moment } from '../../core/format';
import type { Problem } from '../../core/problem';
import { useAreaWords } from '../../ui/area-words';
import { useWords } from '../../ui/words';
import { Screen } from '../screen';
import { words } from './words';

/** The house is closed for a while. It is asked again and again, and opens by itself; the draft waits on the device. */
export function Maintenance({ problem }: { problem: Problem }) {
  const { lang } = useWords();
  const say = useAreaWords(words);
  const { until } = problem.params;
  return (
    <Screen title={say('maintenance_title')}>
      <p data-testid="maintenance">
        {typeof until === 'string'
          ? say('maintenance_until', { time: moment(until, lang) })
          : say('maintenance_text')}
      </p>
      <p>{say('maintenance_safe')}</p>
    </Screen>
  );
}
