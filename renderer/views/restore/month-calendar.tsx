import { ActionIcon } from '@mantine/core';
import { ChevronLeft, ChevronRight } from 'lucide-react';
import { type KeyboardEvent, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../components/use-format.ts';
import { dayOf } from './backups-of.ts';
import classes from './month-calendar.module.css';
import { firstDayOfWeek, type Month, shiftMonth, weeksOf } from './month-days.ts';

interface MonthCalendarProps {
  readonly month: Month;
  readonly onMonth: (month: Month) => void;
  /** How many backups a day has, by "2026-11-27". */
  readonly counts: ReadonlyMap<string, number>;
  readonly selected: string | undefined;
  readonly onSelect: (day: string) => void;
}

/** A month; days with backups are buttons, walked by Tab and the arrow keys. */
export function MonthCalendar({ month, onMonth, counts, selected, onSelect }: MonthCalendarProps) {
  const { t } = useTranslation('restore');
  const { language } = useFormat();
  const table = useRef<HTMLTableElement>(null);
  const firstDay = firstDayOfWeek(language);
  const title = new Intl.DateTimeFormat(language, { month: 'long', year: 'numeric' }).format(
    new Date(month.year, month.month, 1),
  );
  const days = [...counts.keys()].sort();
  const thisMonth = `${String(month.year).padStart(4, '0')}-${String(month.month + 1).padStart(2, '0')}`;
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const steps: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const buttons = [...(table.current?.querySelectorAll<HTMLElement>('button') ?? [])];
    buttons[buttons.indexOf(document.activeElement as HTMLElement) + step]?.focus();
  };
  return (
    <div className={classes.calendar}>
      <div className={classes.head}>
        <ActionIcon
          variant="subtle"
          aria-label={t('calendar.earlier')}
          disabled={!((days[0] ?? '').slice(0, 7) < thisMonth)}
          onClick={() => onMonth(shiftMonth(month, -1))}
        >
          <ChevronLeft size={18} aria-hidden />
        </ActionIcon>
        <span className={classes.title} aria-live="polite">
          {title}
        </span>
        <ActionIcon
          variant="subtle"
          aria-label={t('calendar.later')}
          disabled={!((days.at(-1) ?? '').slice(0, 7) > thisMonth)}
          onClick={() => onMonth(shiftMonth(month, 1))}
        >
          <ChevronRight size={18} aria-hidden />
        </ActionIcon>
      </div>
      <table ref={table} className={classes.days} aria-label={title}>
        <thead>
          <tr>
            {Array.from({ length: 7 }, (_, at) => new Date(2026, 0, 4 + firstDay + at)).map((day) => (
              <th
                key={day.getDay()}
                scope="col"
                abbr={new Intl.DateTimeFormat(language, { weekday: 'long' }).format(day)}
              >
                {new Intl.DateTimeFormat(language, { weekday: 'short' }).format(day)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {weeksOf(month, firstDay).map((week, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: weeks have no other name
            <tr key={at}>
              {week.map((date, weekday) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: as above
                <td key={weekday}>
                  {date !== undefined && (
                    <Day
                      date={date}
                      count={counts.get(dayOf(date)) ?? 0}
                      selected={dayOf(date) === selected}
                      onSelect={onSelect}
                      onKeyDown={onKeyDown}
                    />
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface DayProps {
  readonly date: Date;
  readonly count: number;
  readonly selected: boolean;
  readonly onSelect: (day: string) => void;
  readonly onKeyDown: (event: KeyboardEvent<HTMLElement>) => void;
}

function Day({ date, count, selected, onSelect, onKeyDown }: DayProps) {
  const { t } = useTranslation('restore');
  const { language, count: number } = useFormat();
  if (count === 0) return <span className={classes.empty}>{date.getDate()}</span>;
  const words = new Intl.DateTimeFormat(language, { dateStyle: 'full' }).format(date);
  return (
    <button
      type="button"
      className={classes.day}
      aria-label={`${words}, ${t('timeline.count', { count, backups: number(count) })}`}
      aria-pressed={selected}
      onClick={() => onSelect(dayOf(date))}
      onKeyDown={onKeyDown}
    >
      {date.getDate()}
    </button>
  );
}
