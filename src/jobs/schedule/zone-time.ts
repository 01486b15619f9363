/**
 * Instants and wall-clock times of a time zone, both ways.
 *
 * A wall-clock time is kept as the number that `Date.UTC` makes of its fields ("wall milliseconds"): it compares and adds as
 * if there were no zones. A wall-clock time has no instant in a gap (spring), two in a fold (autumn), else one.
 */
import { HoldfastError } from '../../base/errors.ts';

/** Zones are at most 14 hours off UTC, and shifts move them by a day at most: further away lies the other side of a shift. */
const surelyPastShiftMs = 36 * 3_600_000;

export class ZoneTime {
  readonly #format: Intl.DateTimeFormat;

  /**
   * @param timeZone of the IANA database; this host's own if left out
   * @throws `invalid-input` for a zone that is not known
   */
  constructor(timeZone: string | undefined) {
    const fields = { year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' } as const;
    try {
      this.#format = new Intl.DateTimeFormat('en-US', {
        ...fields,
        second: 'numeric',
        hourCycle: 'h23',
        calendar: 'gregory',
        ...(timeZone === undefined ? {} : { timeZone }),
      });
    } catch (cause) {
      throw new HoldfastError('invalid-input', `The time zone (timeZone) "${timeZone}" is not known.`, {
        hint: "Give a name of the IANA database, for example Europe/Berlin or UTC, or leave it out for this computer's own.",
        context: { field: 'timeZone' },
        cause,
      });
    }
  }

  /** What the clock on the wall shows, in whole seconds. */
  wallOf(instantMs: number): number {
    const field: Record<string, number> = {};
    for (const { type, value } of this.#format.formatToParts(instantMs)) field[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = field;
    return Date.UTC(year, month - 1, day, hour, minute, second);
  }

  /** The instants at which the wall shows this, in order: none in a gap, two in a fold. */
  instantsOf(wallMs: number): readonly number[] {
    const before = wallMs - this.#offsetAt(wallMs - surelyPastShiftMs);
    const after = wallMs - this.#offsetAt(wallMs + surelyPastShiftMs);
    const candidates = before === after ? [before] : [Math.min(before, after), Math.max(before, after)];
    return candidates.filter((instantMs) => this.wallOf(instantMs) === wallMs);
  }

  /** Like `instantsOf`; a time that the wall leaves out becomes the first instant after the gap. Never empty. */
  instantsOrGapEnd(wallMs: number): readonly number[] {
    const instants = this.instantsOf(wallMs);
    return instants.length > 0 ? instants : [this.#firstInstantPast(wallMs)];
  }

  #offsetAt(instantMs: number): number {
    const wholeSecondsMs = Math.floor(instantMs / 1000) * 1000;
    return this.wallOf(wholeSecondsMs) - wholeSecondsMs;
  }

  /** By halving: the wall shows less before the shift, and more after it. */
  #firstInstantPast(wallMs: number): number {
    let before = Math.floor((wallMs - surelyPastShiftMs) / 1000);
    let past = Math.ceil((wallMs + surelyPastShiftMs) / 1000);
    while (past - before > 1) {
      const middle = Math.floor((before + past) / 2);
      if (this.wallOf(middle * 1000) < wallMs) before = middle;
      else past = middle;
    }
    return past * 1000;
  }
}
