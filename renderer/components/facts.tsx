import type { ReactNode } from 'react';
import classes from './facts.module.css';

interface FactsProps {
  /** Lays them out otherwise: columns and gaps of a grid. */
  readonly className?: string | undefined;
  readonly children: ReactNode;
}

/** Names with what is so, as many beside each other as there is room for. */
export function Facts({ className = classes.columns, children }: FactsProps) {
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
