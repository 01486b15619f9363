import { Group, Text } from '@mantine/core';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../../components/use-format.ts';
import { areaPath, linePath, niceTop, type Plot, type Point, xOf, yOf } from './chart-geometry.ts';
import classes from './line-chart.module.css';

interface Series {
  readonly name: string;
  readonly tone: 'first' | 'second';
  /** Oldest first; the same times in each series. */
  readonly points: readonly Point[];
}

interface LineChartProps {
  readonly label: string;
  readonly series: readonly Series[];
  readonly valueText: (value: number) => string;
}

const plot: Plot = { width: 720, height: 200, left: 86, right: 12, top: 16, bottom: 26 };

/** Values over time as lines; the same figures as a table for those who do not see it. */
export function LineChart({ label, series, valueText }: LineChartProps) {
  const format = useFormat();
  const hatch = useId();
  const [pointed, setPointed] = useState<number>();
  const points = series[0]?.points ?? [];
  const from = Date.parse(points[0]?.time ?? '');
  const to = Date.parse(points.at(-1)?.time ?? '');
  const top = niceTop(Math.max(...series.flatMap((one) => one.points.map(({ value }) => value))));
  const span = { from, to, top };
  const isOneDay = new Date(from).toDateString() === new Date(to).toDateString();
  const edge = new Intl.DateTimeFormat(
    format.language,
    isOneDay ? { dateStyle: 'medium', timeStyle: 'short' } : { dateStyle: 'medium' },
  );
  const shown = Math.min(pointed ?? points.length - 1, points.length - 1);
  const shownTime = points[shown]?.time;
  const follow = (event: React.PointerEvent<SVGSVGElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * plot.width;
    const distances = points.map(({ time }) => Math.abs(xOf(plot, span, time) - x));
    setPointed(distances.indexOf(Math.min(...distances)));
  };
  return (
    <figure className={classes.figure}>
      <svg
        viewBox={`0 0 ${plot.width} ${plot.height}`}
        role="img"
        aria-label={label}
        className={classes.chart}
        onPointerMove={follow}
        onPointerLeave={() => setPointed(undefined)}
      >
        {[0, 0.5, 1].map((share) => (
          <g key={share}>
            <line
              x1={plot.left}
              x2={plot.width - plot.right}
              y1={yOf(plot, span, top * share)}
              y2={yOf(plot, span, top * share)}
              className={classes.grid}
            />
            <text x={plot.left - 8} y={yOf(plot, span, top * share) + 4} textAnchor="end" className={classes.label}>
              {valueText(top * share)}
            </text>
          </g>
        ))}
        {points.length > 1 && (
          <text x={plot.left} y={plot.height - 6} className={classes.label}>
            {edge.format(from)}
          </text>
        )}
        {points.length > 0 && (
          <text x={plot.width - plot.right} y={plot.height - 6} textAnchor="end" className={classes.label}>
            {edge.format(to)}
          </text>
        )}
        {series.map((one) => (
          <g key={`${hatch}${one.name}`} data-tone={one.tone} className={classes.series}>
            {one.tone === 'first' && <path d={areaPath(plot, span, one.points)} className={classes.area} />}
            <path d={linePath(plot, span, one.points)} className={classes.line} />
            {one.points[shown] !== undefined && (
              <circle
                cx={xOf(plot, span, one.points[shown].time)}
                cy={yOf(plot, span, one.points[shown].value)}
                r={4}
                className={classes.dot}
              />
            )}
          </g>
        ))}
      </svg>
      <figcaption>
        <Group gap="md">
          {series.map((one) => (
            <Group key={one.name} gap={6} wrap="nowrap">
              <span className={classes.key} data-tone={one.tone} aria-hidden />
              <Text size="sm">
                {one.name}: <strong>{valueText(one.points[shown]?.value ?? 0)}</strong>
              </Text>
            </Group>
          ))}
          {shownTime !== undefined && (
            <Text size="sm" c="dimmed">
              {format.time(shownTime)}
            </Text>
          )}
        </Group>
        <FiguresTable series={series} valueText={valueText} />
      </figcaption>
    </figure>
  );
}

const mostRows = 100;

function FiguresTable({ series, valueText }: Pick<LineChartProps, 'series' | 'valueText'>) {
  const { t } = useTranslation('repositories');
  const format = useFormat();
  const times = series[0]?.points ?? [];
  const first = Math.max(0, times.length - mostRows);
  return (
    <details className={classes.figures}>
      <summary>{t('growth.figures')}</summary>
      <table>
        <thead>
          <tr>
            <th scope="col">{t('growth.time')}</th>
            {series.map(({ name }) => (
              <th scope="col" key={name}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {times.slice(first).map(({ time }, row) => (
            <tr key={time}>
              <td>{format.time(time)}</td>
              {series.map(({ name, points }) => (
                <td key={name}>{valueText(points[first + row]?.value ?? 0)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
