/** Rows of a long answer, page by page, as a table shows them: what is out of sight is not asked for. */
import { type queryOptions, useQueries } from '@tanstack/react-query';
import { useState } from 'react';
import type { HoldfastError } from '../../src/control/errors.ts';

interface PageOfRows {
  readonly total: number;
}

interface PagesOptions<Answer extends PageOfRows, Row> {
  /** The query of a page. */
  readonly query: (page: {
    readonly offset: number;
    readonly limit: number;
  }) => ReturnType<typeof queryOptions<Answer, HoldfastError>>;
  readonly rows: (answer: Answer) => readonly Row[];
}

const pageSize = 200;

export function usePages<Answer extends PageOfRows, Row>({ query, rows }: PagesOptions<Answer, Row>) {
  const [inSight, setInSight] = useState({ first: 0, last: 0 });
  const numbers = new Set([0]);
  for (let number = inSight.first; number <= inSight.last; number++) numbers.add(number);
  const asked = [...numbers];
  const answers = useQueries({ queries: asked.map((number) => query({ offset: number * pageSize, limit: pageSize })) });
  const pages = new Map(asked.map((number, at) => [number, answers[at]?.data]));
  const first = pages.get(0);
  return {
    /** Of the first page, which says how many there are. */
    first,
    error: answers.find(({ error }) => error !== null)?.error ?? null,
    total: first?.total,
    row: (index: number): Row | undefined => {
      const page = pages.get(Math.floor(index / pageSize));
      return page === undefined ? undefined : rows(page)[index % pageSize];
    },
    /** Told by the table. */
    onRange: (firstRow: number, lastRow: number) => {
      const next = { first: Math.floor(firstRow / pageSize), last: Math.floor(lastRow / pageSize) };
      setInSight((now) => (now.first === next.first && now.last === next.last ? now : next));
    },
  };
}
