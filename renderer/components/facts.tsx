import type { ReactNode } from 'react';
import classes from './facts.module.css';

/** Names with what is so. @param className lays them out: columns and gaps of a grid */
export function Facts({
  className,
  children,
}: {
  readonly className: string | undefined;
  readonly children: ReactNode;
}) {
  return <dl className={`${classes.facts} ${className}`}>{children}</dl>;
}

export function Fact({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}
