import { Anchor } from '@mantine/core';
import { ArrowLeft } from 'lucide-react';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import classes from './remotes.module.css';

export function BackLink({ href, children }: { readonly href: string; readonly children: ReactNode }) {
  return (
    <Anchor component={Link} href={href} size="sm" className={classes.back}>
      <ArrowLeft size={14} aria-hidden /> {children}
    </Anchor>
  );
}
