/** Where the points of a chart lie. Pure. */
export interface Plot {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export interface Point {
  /** ISO */
  readonly time: string;
  readonly value: number;
}

/** What is shown: from one time to another (milliseconds), from 0 to `top`. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly top: number;
}

/** One point alone lies at the right. */
export function xOf({ width, left, right }: Plot, { from, to }: Span, time: string): number {
  const share = to > from ? (Date.parse(time) - from) / (to - from) : 1;
  return left + share * (width - left - right);
}

export function yOf({ height, top, bottom }: Plot, span: Span, value: number): number {
  return height - bottom - (value / span.top) * (height - top - bottom);
}

export function linePath(plot: Plot, span: Span, points: readonly Point[]): string {
  return points
    .map(
      ({ time, value }, at) =>
        `${at === 0 ? 'M' : 'L'}${round(xOf(plot, span, time))} ${round(yOf(plot, span, value))}`,
    )
    .join('');
}

/** The line, closed along the bottom. */
export function areaPath(plot: Plot, span: Span, points: readonly Point[]): string {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return '';
  const bottom = round(yOf(plot, span, 0));
  return `${linePath(plot, span, points)}L${round(xOf(plot, span, last.time))} ${bottom}L${round(xOf(plot, span, first.time))} ${bottom}Z`;
}

/** A little above the largest value: 1, 2 or 5 times a power of ten. */
export function niceTop(largest: number): number {
  if (!(largest > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(largest));
  return power * ([1, 2, 5, 10].find((step) => step * power >= largest) ?? 10);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
