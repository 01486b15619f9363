/** The days of a month as a calendar shows them. Pure. */

export interface Month {
  readonly year: number;
  /** From 0. */
  readonly month: number;
}

export function monthOf(day: string): Month {
  const [year = 1970, month = 1] = day.split('-').map(Number);
  return { year, month: month - 1 };
}

export function shiftMonth({ year, month }: Month, by: number): Month {
  const date = new Date(year, month + by, 1);
  return { year: date.getFullYear(), month: date.getMonth() };
}

/**
 * Weeks of seven days; days of the neighbouring months are undefined.
 *
 * @param firstDay of a week: 1 is Monday, 7 Sunday (as Intl has it)
 */
export function weeksOf({ year, month }: Month, firstDay: number): (Date | undefined)[][] {
  const length = new Date(year, month + 1, 0).getDate();
  const before = (new Date(year, month, 1).getDay() - (firstDay % 7) + 7) % 7;
  const cells = Array.from({ length: Math.ceil((before + length) / 7) * 7 }, (_, at) => {
    const day = at - before + 1;
    return day < 1 || day > length ? undefined : new Date(year, month, day);
  });
  return Array.from({ length: cells.length / 7 }, (_, week) => cells.slice(week * 7, week * 7 + 7));
}

/** The day that weeks begin with there: Monday unless the browser knows better. */
export function firstDayOfWeek(language: string): number {
  // Newer than the types of the compiler; missing in some browsers.
  const locale: Intl.Locale & { readonly getWeekInfo?: () => { readonly firstDay: number } } = new Intl.Locale(
    language,
  );
  return locale.getWeekInfo?.().firstDay ?? 1;
}
