/** Whose backups are looked at: those of a plan, all of a repository, or all that there are. And where in the window that is. */

export type Scope =
  | { readonly kind: 'all' }
  | { readonly kind: 'plan'; readonly id: string }
  | { readonly kind: 'repository'; readonly id: string };

/** As the control API asks for it. */
export function queryOf(scope: Scope): { readonly planId?: string; readonly repositoryId?: string } {
  if (scope.kind === 'plan') return { planId: scope.id };
  return scope.kind === 'repository' ? { repositoryId: scope.id } : {};
}

export function pathOf(scope: Scope): string {
  if (scope.kind === 'plan') return `/restore/${encodeURIComponent(scope.id)}`;
  return scope.kind === 'repository' ? `/restore/repository/${encodeURIComponent(scope.id)}` : '/restore';
}
