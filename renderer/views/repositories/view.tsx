import { Redirect, Route, Switch } from 'wouter';
import { AddRepository } from './add-repository.tsx';
import { RepositoryDetail } from './detail/repository-detail.tsx';
import { RepositoryList } from './repository-list.tsx';

export function View() {
  return (
    <Switch>
      <Route path="/repositories" component={RepositoryList} />
      <Route path="/repositories/new" component={AddRepository} />
      <Route path="/repositories/:id">{({ id }) => <RepositoryDetail key={id} id={id} />}</Route>
      <Route>
        <Redirect to="/repositories" />
      </Route>
    </Switch>
  );
}
