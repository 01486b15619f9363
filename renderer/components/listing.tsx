import { Anchor, Paper, Skeleton } from '@mantine/core';
import { type ReactNode, useId } from 'react';
import { Link } from 'wouter';
import { ErrorAlert } from './error-alert.tsx';
import { Facts } from './facts.tsx';
import classes from './listing.module.css';

interface ListingProps<Item> {
  /** Of the list, for screen readers. */
  readonly label: string;
  /** Undefined while they are not there yet. */
  readonly items: readonly Item[] | undefined;
  /** Why they are not there; null when all is well. */
  readonly error: unknown;
  /** Shown when there is none. */
  readonly empty: ReactNode;
  /** A `ListingRow` with a key. */
  readonly row: (item: Item) => ReactNode;
}

/** All things of a kind, a row each, in one panel; what is wrong, that they are on their way, or that there is none. */
export function Listing<Item>({ label, items, error, empty, row }: ListingProps<Item>) {
  return (
    <>
      {error !== null && <ErrorAlert error={error} />}
      {items === undefined && error === null && <Skeleton height={160} radius="lg" />}
      {items?.length === 0 && <Paper>{empty}</Paper>}
      {items !== undefined && items.length > 0 && (
        <Paper component="ul" className={classes.list} aria-label={label}>
          {items.map(row)}
        </Paper>
      )}
    </>
  );
}

interface ListingRowProps {
  /** The page of its own. */
  readonly href: string;
  readonly name: string;
  /** Below the name: what it is. */
  readonly description: ReactNode;
  /** What is wrong with it, in sentences. */
  readonly note?: ReactNode;
  /** Badges. */
  readonly state: ReactNode;
  /** Each a `Fact`; two of them stand in a line. */
  readonly facts: ReactNode;
  /** Buttons. */
  readonly actions?: ReactNode;
}

export function ListingRow({ href, name, description, note, state, facts, actions }: ListingRowProps) {
  const id = useId();
  return (
    <li className={classes.row} aria-labelledby={id} data-acts={actions === undefined ? undefined : true}>
      <div>
        <Anchor component={Link} href={href} id={id} fw={600} c="inherit">
          {name}
        </Anchor>
        {description}
      </div>
      <div className={classes.state}>{state}</div>
      <Facts className={classes.facts}>{facts}</Facts>
      {actions !== undefined && <div className={classes.actions}>{actions}</div>}
      {note !== undefined && note !== false && <div className={classes.note}>{note}</div>}
    </li>
  );
}
