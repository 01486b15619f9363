import { Route, Switch } from 'wouter';
import { RestorePage } from './restore-page.tsx';

/** Getting files back. */
export function View() {
  return (
    <Switch>
      <Route path="/restore/repository/:id">
        {({ id }) => <RestorePage key={`repository-${id}`} scope={{ kind: 'repository', id }} />}
      </Route>
      <Route path="/restore/:id">{({ id }) => <RestorePage key={`plan-${id}`} scope={{ kind: 'plan', id }} />}</Route>
      <Route>
        <RestorePage key="all" scope={{ kind: 'all' }} />
      </Route>
    </Switch>
  );
}
