import { Route, Switch } from 'wouter';
import { JobPage } from './job-page.tsx';
import { JobsPage } from './jobs-page.tsx';

/** What is going on, what was, and one job in all its details. */
export function View() {
  return (
    <Switch>
      <Route path="/jobs/:id">{({ id }) => <JobPage key={id} id={id} />}</Route>
      <Route>
        <JobsPage />
      </Route>
    </Switch>
  );
}
